import { useMemo } from 'react';
import type { CallDetail, Turn } from '../store/call-detail.js';
import type { Sample } from '../store/protocol.js';
import { figure, span } from '../store/words.js';
import { Plot, type PlotSeries } from './plot.js';

type Measure = 'snrDb' | 'levelDbov' | 'clippingPercent' | 'jitterMs';

interface MeasurePlot {
  readonly measure: Measure;
  readonly name: string;
  readonly unit: string;
  readonly digits: number;
  /** The least that the axis shows, so that a quiet line is not blown up. */
  readonly atLeast: readonly [low: number, high: number];
}

const PLOTS: readonly MeasurePlot[] = [
  { measure: 'snrDb', name: 'SNR', unit: 'dB', digits: 0, atLeast: [0, 40] },
  { measure: 'levelDbov', name: 'Level', unit: 'dBov', digits: 0, atLeast: [-60, 0] },
  { measure: 'clippingPercent', name: 'Clipping', unit: '%', digits: 2, atLeast: [0, 1] },
  { measure: 'jitterMs', name: 'Jitter', unit: 'ms', digits: 1, atLeast: [0, 20] },
];

/** How it sounds, second by second, and how fast the agent answers. */
export function Plots({ call: { samples, turns } }: { call: CallDetail }) {
  return (
    <section aria-labelledby="plots-head" className="plots-section">
      <div className="panel-head">
        <h2 id="plots-head">Sound and speed</h2>
        <p className="legend" aria-hidden="true">
          <i className="swatch" /> Caller <i className="swatch agent" /> Agent
        </p>
      </div>
      <div className="plots">
        {PLOTS.map((plot) => (
          <SamplePlot key={plot.measure} plot={plot} caller={samples.caller} agent={samples.agent} />
        ))}
        <TurnPlot turns={turns} />
      </div>
    </section>
  );
}

function SamplePlot({
  plot,
  caller,
  agent,
}: {
  plot: MeasurePlot;
  caller: readonly Sample[];
  agent: readonly Sample[];
}) {
  const { measure, name, unit, digits, atLeast } = plot;
  const series = useMemo<readonly PlotSeries[]>(
    () => [
      { color: 'caller', points: caller.map((sample) => [sample.atMs, sample[measure]] as const) },
      { color: 'agent', points: agent.map((sample) => [sample.atMs, sample[measure]] as const) },
    ],
    [caller, agent, measure],
  );
  return (
    <Plot
      name={name}
      unit={unit}
      series={series}
      atLeast={atLeast}
      newest={[
        { color: 'caller', words: figure(newestOf(caller, measure), digits) },
        { color: 'agent', words: figure(newestOf(agent, measure), digits) },
      ]}
    />
  );
}

const SILENT_DBOV = -100;

function newestOf(samples: readonly Sample[], measure: Measure): number | null {
  const newest = samples.findLast((sample) => sample[measure] !== null)?.[measure] ?? null;
  // Digital silence is told as -127 dBov.
  return measure === 'levelDbov' && newest !== null && newest < SILENT_DBOV ? null : newest;
}

const TURN_AXIS = [0, 1500] as const;

function TurnPlot({ turns }: { turns: readonly Turn[] }) {
  const series = useMemo<readonly PlotSeries[]>(
    () => [
      { color: 'agent', isDots: true, points: turns.map((turn) => [turn.atMs, turn.turnLatencyMs] as const) },
    ],
    [turns],
  );
  const newest = turns.findLast(({ turnLatencyMs }) => turnLatencyMs !== null)?.turnLatencyMs ?? null;
  return (
    <Plot
      name="Turn latency"
      series={series}
      atLeast={TURN_AXIS}
      newest={[{ color: 'agent', words: span(newest) }]}
    />
  );
}
