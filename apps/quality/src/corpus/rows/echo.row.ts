import type { AudioFormat, Echo } from '#libs/contracts';
import { EchoMeter } from '#libs/observers/quality';
import type { Bench } from '../bench.js';
import { caseName, type Row, Tally, Worst } from '../row.js';
import { FRAME_MS } from '../sound/faults.js';
import { TELEPHONE, through } from '../sound/line.js';
import { noise } from '../sound/noises.js';
import { amplitude, fromSamples, lowPassed, mixed, type Signal, scaled, toSamples } from '../sound/signal.js';
import { talk } from '../sound/voices.js';

const SECONDS = 30;
const DELAYS_MS = [30, 80, 170, 320, 480];
const LEVELS_DB = [-6, -12, -18, -24, -30];
const AGENT_LINES: readonly AudioFormat[] = [TELEPHONE, { encoding: 'pcm16', sampleRate: 24000 }];

export const echoRow: Row = (bench) => {
  const tally = new Tally();
  const delays = new Worst();
  const levels = new Worst();
  for (const line of AGENT_LINES) {
    const { agent, heard } = conversation(line);
    for (const delayMs of DELAYS_MS) {
      for (const levelDb of LEVELS_DB) {
        const label = caseName(line, `echo after ${delayMs} ms at ${levelDb} dB`);
        const back = delayed(scaled(heard, amplitude(levelDb)), delayMs);
        const echo = listen(bench, label, line, agent, mixed(callerAlone(), back));
        delays.add(tally.near(`${label}, delay`, echo?.delayMs ?? null, delayMs, 10));
        levels.add(tally.near(`${label}, level`, echo?.levelDb ?? null, levelDb, 2));
      }
    }
    const label = caseName(line, 'no echo');
    tally.none(label, listen(bench, label, line, agent, callerAlone()));
    const other = caseName(line, 'no echo, both talk at once');
    const talking = talk({
      sampleRate: 8000,
      seconds: SECONDS,
      seed: 203,
      only: 'recorded',
      pauseMs: [200, 900],
    });
    tally.none(other, listen(bench, other, line, agent, talking));
  }
  return tally.result(
    'echo',
    '± 10 ms, ± 2 dB for -6 to -30 dB; none without echo',
    `${delays.text('ms')}; ${levels.text('dB')}`,
  );
};

/** The agent's sound on its line, and as a telephone gives it out. */
function conversation(line: AudioFormat): { readonly agent: Int16Array; readonly heard: Signal } {
  const { sampleRate } = line;
  const said = talk({ sampleRate, seconds: SECONDS, seed: 200, only: 'synthetic', pauseMs: [800, 3000] });
  const narrow =
    sampleRate === 8000 ? said : decimated(lowPassed(said, sampleRate, 3400, 400), sampleRate / 8000);
  return { agent: through(line, said), heard: fromSamples(toSamples(narrow)) };
}

function decimated(signal: Signal, by: number): Signal {
  return Float64Array.from({ length: Math.floor(signal.length / by) }, (_, i) => signal[i * by]!);
}

/** Now and then the caller speaks too, sometimes over the agent; there is the noise of a room. */
function callerAlone(): Signal {
  const said = talk({
    sampleRate: 8000,
    seconds: SECONDS,
    seed: 201,
    only: 'recorded',
    pauseMs: [6000, 9000],
  });
  return mixed(said, scaled(noise('pink', said.length, 8000, 202), amplitude(-62)));
}

function delayed(signal: Signal, delayMs: number): Signal {
  const by = delayMs * 8;
  return signal.map((_, i) => (i < by ? 0 : signal[i - by]!));
}

function listen(
  bench: Bench,
  name: string,
  line: AudioFormat,
  agent: Int16Array,
  caller: Signal,
): Echo | null {
  const heard = through(TELEPHONE, caller);
  bench.hear(name, TELEPHONE, heard);
  const meter = new EchoMeter(TELEPHONE.sampleRate, line.sampleRate);
  const perMs = line.sampleRate / 1000;
  for (let atMs = 0; atMs < SECONDS * 1000; atMs += FRAME_MS) {
    meter.agent(agent.subarray(atMs * perMs, (atMs + FRAME_MS) * perMs), atMs);
    meter.caller(heard.subarray(atMs * 8, (atMs + FRAME_MS) * 8), atMs);
  }
  return meter.echo;
}
