import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  type DashboardLinkBuilder,
  type PanelBuilder,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as text from '@grafana/grafana-foundation-sdk/text';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { DATASOURCE } from './reference.js';

export interface Query {
  readonly expr: string;
  /** The series' name, with labels as `{{label}}`. */
  readonly legend: string;
}

interface Limits {
  readonly worry: number;
  readonly bad: number;
  /** Where both sides are bad: the lower ones. */
  readonly low?: { readonly worry: number; readonly bad: number };
}

/** For what is judged by another panel: no process carries so many calls. */
export const NO_LIMITS: Limits = { worry: 100_000, bad: 1_000_000 };

/** What every panel has. A person who reads only this must know what is shown and when it is bad. */
export interface PanelText {
  readonly title: string;
  readonly description: string;
  /** Grafana's name of the unit, from the Foundation SDK's list. */
  readonly unit: string;
  /** Where the figure begins to be a worry and where it is bad. With `bad` under `worry`, less is worse. */
  readonly limits: Limits;
  readonly queries: readonly Query[];
  /** Columns of 24. */
  readonly width: number;
  readonly links?: readonly DashboardLinkBuilder[];
  /** Shown where there is no value, as when there are no calls. */
  readonly without?: string;
}

/** One number for now. */
export function now(spec: PanelText): stat.PanelBuilder {
  const panel = new stat.PanelBuilder()
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .colorMode(common.BigValueColorMode.Background)
    .graphMode(common.BigValueGraphMode.Area)
    .height(5);
  return told(panel, spec);
}

/** Lines over time, with the limits drawn in. */
export function overTime(spec: PanelText): timeseries.PanelBuilder {
  const panel = new timeseries.PanelBuilder()
    .lineWidth(1)
    .fillOpacity(8)
    .showPoints(common.VisibilityMode.Never)
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
    )
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Bottom)
        .calcs(['mean', 'max', 'lastNotNull']),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    )
    .height(9);
  return told(panel, spec);
}

/** A row for each series, worst first; its links know the row's labels. */
export function ranking(spec: PanelText): bargauge.PanelBuilder {
  const panel = new bargauge.PanelBuilder()
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .min(0)
    .height(9);
  return told(panel, spec, 'instant');
}

/** The labels of each series as columns. */
export function rows(spec: PanelText, hidden: readonly string[] = []): table.PanelBuilder {
  const panel = new table.PanelBuilder()
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: Object.fromEntries(
          ['Time', 'Value', '__name__', 'job', 'instance', ...hidden].map((name) => [name, true]),
        ),
      },
    })
    .height(9);
  return told(panel, spec, 'instant');
}

/** Words for a person on call. */
export function words(title: string, content: string, width: number): text.PanelBuilder {
  return new text.PanelBuilder()
    .title(title)
    .mode(text.TextMode.Markdown)
    .content(content)
    .span(width)
    .height(9);
}

/** What all kinds of panels have; each builder's methods return the builder itself. */
interface Tellable {
  title(title: string): unknown;
  description(description: string): unknown;
  unit(unit: string): unknown;
  datasource(datasource: typeof DATASOURCE): unknown;
  span(columns: number): unknown;
  noValue(text: string): unknown;
  thresholds(thresholds: ThresholdsConfigBuilder): unknown;
  dataLinks(links: DashboardLinkBuilder[]): unknown;
  withTarget(query: prometheus.DataqueryBuilder): unknown;
}

function told<P extends Tellable>(panel: P, spec: PanelText, at: 'range' | 'instant' = 'range'): P {
  panel.title(spec.title);
  panel.description(spec.description);
  panel.unit(spec.unit);
  panel.datasource(DATASOURCE);
  panel.span(spec.width);
  panel.noValue(spec.without ?? 'no data');
  panel.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps(spec.limits)));
  if (spec.links) panel.dataLinks([...spec.links]);
  spec.queries.forEach(({ expr, legend }, index) => {
    const query = new prometheus.DataqueryBuilder()
      .refId(String.fromCharCode(65 + index))
      .expr(expr)
      .legendFormat(legend);
    if (at === 'instant') query.instant().format(formatOf(panel));
    else query.range();
    panel.withTarget(query);
  });
  return panel;
}

function formatOf(panel: unknown): prometheus.PromQueryFormat {
  return panel instanceof table.PanelBuilder
    ? prometheus.PromQueryFormat.Table
    : prometheus.PromQueryFormat.TimeSeries;
}

function steps({ worry, bad, low }: Limits): Threshold[] {
  if (low !== undefined)
    return [
      { color: 'red', value: null },
      { color: 'orange', value: low.bad },
      { color: 'green', value: low.worry },
      { color: 'orange', value: worry },
      { color: 'red', value: bad },
    ];
  if (bad < worry)
    return [
      { color: 'red', value: null },
      { color: 'orange', value: bad },
      { color: 'green', value: worry },
    ];
  return [
    { color: 'green', value: null },
    { color: 'orange', value: worry },
    { color: 'red', value: bad },
  ];
}

/** Any panel of any kind, for lists. */
export type AnyPanel = Pick<PanelBuilder, 'build'>;
