import { useEffect, useId, useRef } from 'react';
import uPlot, { type AlignedData, type Options } from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { duration } from '../store/words.js';
import { currentPalette, watchPalette } from './palette.js';

export interface PlotSeries {
  readonly color: 'caller' | 'agent';
  readonly points: readonly (readonly [atMs: number, value: number | null])[];
  readonly isDots?: boolean;
}

const HEIGHT = 120;
const SHOWN_SECONDS = 300;
/** Less would stretch the first seconds of a call across the page. */
const LEAST_SECONDS = 30;

/** A curve over the last minutes of the call. Its newest figures stand in words beside its name. */
export function Plot({
  name,
  unit = '',
  series,
  atLeast,
  newest,
}: {
  name: string;
  /** Of the figures; none where each says its own. */
  unit?: string;
  series: readonly PlotSeries[];
  atLeast: readonly [low: number, high: number];
  newest: readonly { color: 'caller' | 'agent'; words: string }[];
}) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const data = useRef<AlignedData>([[]]);
  const head = useId();
  data.current = alignedFrom(series);
  const shape = series.map(({ color, isDots }) => `${color}${isDots ? '.' : ''}`).join();
  const [low, high] = atLeast;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape says what of the series a new chart depends on.
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    const build = () => {
      chart.current?.destroy();
      chart.current = new uPlot(optionsFor(series, low, high, current.clientWidth), data.current, current);
    };
    build();
    const sized = new ResizeObserver(() => {
      chart.current?.setSize({ width: current.clientWidth, height: HEIGHT });
    });
    sized.observe(current);
    const stopWatching = watchPalette(build);
    return () => {
      sized.disconnect();
      stopWatching();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [shape, low, high]);

  useEffect(() => {
    chart.current?.setData(alignedFrom(series));
  }, [series]);

  return (
    <figure className="panel plot" aria-labelledby={head}>
      <figcaption id={head}>
        <span>
          {name} <span className="unit">{unit}</span>
        </span>
        {newest.map(({ color, words }) => (
          <b key={color} className={`figures ${color}`}>
            <span className="sr-only">{color === 'caller' ? 'Caller' : 'Agent'} </span>
            {words}
          </b>
        ))}
      </figcaption>
      <div ref={box} className="plot-box" aria-hidden="true" />
    </figure>
  );
}

/** One column of seconds for all series; undefined where another series has a point: the line goes on over it. */
function alignedFrom(series: readonly PlotSeries[]): AlignedData {
  const times = [...new Set(series.flatMap(({ points }) => points.map(([atMs]) => atMs)))].sort(
    (a, b) => a - b,
  );
  const columns = series.map(({ points }) => {
    const values = new Map(points);
    return times.map((atMs) => values.get(atMs));
  });
  return [times.map((atMs) => atMs / 1000), ...columns] as AlignedData;
}

function optionsFor(series: readonly PlotSeries[], low: number, high: number, width: number): Options {
  const palette = currentPalette();
  const axis: uPlot.Axis = {
    stroke: palette.soft,
    font: '11px system-ui, sans-serif',
    grid: { stroke: palette.line, width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    padding: [6, 16, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: 'call' }, y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: {
        time: false,
        range: (_chart, _from, newest) => {
          const to = Math.max(newest ?? 0, LEAST_SECONDS);
          return [Math.max(0, to - SHOWN_SECONDS), to];
        },
      },
      // What is below the axis, as the level of silence, is off the plot.
      y: { range: (_chart, _from, to) => [low, Math.max(high, to ?? high)] },
    },
    axes: [
      { ...axis, size: 24, gap: 6, values: (_chart, splits) => splits.map((at) => duration(at * 1000)) },
      { ...axis, size: 42, gap: 4, space: 26 },
    ],
    series: [
      {},
      ...series.map(({ color, isDots }) => ({
        stroke: palette[color],
        width: 1.5,
        ...(isDots === true ? { paths: () => null } : {}),
        points: { show: isDots === true, size: 6, fill: palette[color] },
      })),
    ],
  };
}
