import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboards } from './dashboards.js';

export interface PanelQuery {
  readonly dashboard: string;
  readonly panel: string;
  /** PromQL with every variable put in. */
  readonly expr: string;
}

/** What Grafana would put in for its variables. */
export interface QueryValues {
  /** A duration as Prometheus writes it; Grafana takes at least four scrape intervals. */
  readonly rateInterval: string;
  /** The time shown, as a duration. */
  readonly range: string;
  /** Values of the dashboards' own variables, as regular expressions. Those left out stand for all. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Every query of every panel as Prometheus gets it, for checks against a real one. Throws where a variable is left. */
export function panelQueries(values: QueryValues, of: readonly Dashboard[] = dashboards()): PanelQuery[] {
  return of.flatMap((dashboard) =>
    (dashboard.panels ?? []).flatMap((panel) =>
      ('targets' in panel ? (panel.targets ?? []) : []).map((target) => ({
        dashboard: dashboard.title ?? '',
        panel: panel.title ?? '',
        expr: putIn((target as { expr?: string }).expr ?? '', values),
      })),
    ),
  );
}

function putIn(expr: string, { rateInterval, range, variables = {} }: QueryValues): string {
  const known: Readonly<Record<string, string>> = {
    platform: '.*',
    track: '.*',
    kind: '.*',
    backend: '.*',
    ...variables,
    __rate_interval: rateInterval,
    __range: range,
  };
  return expr.replaceAll(/\$(?:\{(\w+)[^}]*\}|(\w+))/g, (_, braced?: string, plain?: string) => {
    const name = braced ?? plain ?? '';
    const value = known[name];
    if (value === undefined) throw new Error(`No value for the variable ${name} in: ${expr}`);
    return value;
  });
}
