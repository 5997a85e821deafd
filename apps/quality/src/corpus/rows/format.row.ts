import { bytesFromSamples, decodeMulaw, encodeMulaw } from '#libs/audio';
import type { AudioFormat, FormatSuspicion } from '#libs/contracts';
import { caseName, type Row, show, Tally } from '../row.js';
import { LINES, TELEPHONE } from '../sound/line.js';
import { noise } from '../sound/noises.js';
import { amplitude, mixed, type Signal, scaled, toSamples } from '../sound/signal.js';
import { dtmf, music } from '../sound/tones.js';
import { talk, voices } from '../sound/voices.js';

const WITHIN_MS = 2000;

interface Mistake {
  readonly suspicion: FormatSuspicion;
  /** What the sound really is. */
  readonly rate: number;
  /** What it was declared to be. */
  readonly line: AudioFormat;
  readonly take: (samples: Int16Array) => Int16Array;
}

const pcm = (sampleRate: number): AudioFormat => ({ encoding: 'pcm16', sampleRate });

function pcmOf(bytes: Uint8Array): Int16Array {
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 2));
  return Int16Array.from(
    { length: whole.length / 2 },
    (_, i) => ((whole[2 * i]! | (whole[2 * i + 1]! << 8)) << 16) >> 16,
  );
}

const swapped = (samples: Int16Array) =>
  samples.map((sample) => ((((sample & 0xff) << 8) | ((sample >> 8) & 0xff)) << 16) >> 16);
const same = (samples: Int16Array) => samples;

const MISTAKES: readonly Mistake[] = [
  { suspicion: 'mulaw-as-pcm', rate: 8000, line: pcm(8000), take: (samples) => pcmOf(encodeMulaw(samples)) },
  { suspicion: 'mulaw-as-pcm', rate: 8000, line: pcm(16000), take: (samples) => pcmOf(encodeMulaw(samples)) },
  { suspicion: 'mulaw-as-pcm', rate: 8000, line: pcm(24000), take: (samples) => pcmOf(encodeMulaw(samples)) },
  { suspicion: 'pcm-as-mulaw', rate: 8000, line: TELEPHONE, take: (s) => decodeMulaw(bytesFromSamples(s)) },
  { suspicion: 'pcm-as-mulaw', rate: 16000, line: TELEPHONE, take: (s) => decodeMulaw(bytesFromSamples(s)) },
  { suspicion: 'pcm-as-mulaw', rate: 24000, line: TELEPHONE, take: (s) => decodeMulaw(bytesFromSamples(s)) },
  ...[8000, 16000, 24000].map((rate) => ({
    suspicion: 'byte-swapped' as const,
    rate,
    line: pcm(rate),
    take: swapped,
  })),
  ...[
    [16000, 24000],
    [24000, 16000],
    [8000, 16000],
    [16000, 8000],
    [8000, 24000],
    [24000, 8000],
  ].map(([rate, declared]) => ({
    suspicion: 'wrong-rate' as const,
    rate: rate!,
    line: pcm(declared!),
    take: same,
  })),
];

/** From the moment the sound begins. */
export const formatRow: Row = (bench) => {
  const tally = new Tally();
  let slowest = 0;
  for (const mistake of MISTAKES) {
    for (const { name, signal } of voices(mistake.rate)) {
      const label = caseName(mistake.line, `${mistake.suspicion} (${mistake.rate} Hz)`, name);
      const measured = bench.measureSamples(
        label,
        mistake.line,
        mistake.take(toSamples(lively(signal, mistake.rate))),
        // Sound alone does not tell a rate; a live sender's clock does.
        mistake.suspicion === 'wrong-rate' ? mistake.rate : null,
      );
      const suspected = measured.suspectedAtMs;
      const inTime = suspected !== null && suspected <= WITHIN_MS;
      tally.holds(label, inTime, `within ${WITHIN_MS} ms`, suspected === null ? 'never' : `${suspected} ms`);
      if (suspected !== null) {
        slowest = Math.max(slowest, suspected);
        const last = measured.call.formatSuspicion;
        tally.holds(`${label}, which`, last === mistake.suspicion, mistake.suspicion, show(last));
      }
    }
  }
  return tally.result(
    'wrong format',
    'each flagged within 2 s (a wrong rate: on live lines)',
    `${tally.misses.length} of ${tally.cases} missed; slowest ${slowest} ms`,
  );
};

/** With the faint noise of a microphone, said again and again for at least three seconds. */
function lively(signal: Signal, sampleRate: number): Signal {
  const length = Math.max(signal.length, 3 * sampleRate);
  const long = Float64Array.from({ length }, (_, i) => signal[i % signal.length]!);
  return mixed(long, scaled(noise('pink', length, sampleRate, 11), amplitude(-65)));
}

export const goodFormatRow: Row = (bench) => {
  const tally = new Tally();
  for (const [l, line] of LINES.entries()) {
    const { sampleRate } = line;
    const speech = (only: 'recorded' | 'synthetic', seed: number) =>
      talk({ sampleRate, seconds: 60, seed, only, swingDb: 6, pauseMs: [100, 1500] });
    const sounds: Record<string, Signal> = {
      'recorded speech': speech('recorded', 120 + l),
      'synthetic speech': speech('synthetic', 140 + l),
      ...Object.fromEntries(voices(sampleRate).map(({ name, signal }) => [name, lively(signal, sampleRate)])),
      'quiet speech': scaled(speech('recorded', 150 + l), amplitude(-15)),
      'speech in noise': mixed(
        speech('recorded', 160 + l),
        scaled(noise('white', 60 * sampleRate, sampleRate, 12), amplitude(-41)),
      ),
      music: music(30, sampleRate, 13),
      dtmf: dtmf(10, sampleRate, 14),
      noise: scaled(noise('white', 10 * sampleRate, sampleRate, 15), amplitude(-40)),
      silence: new Float64Array(10 * sampleRate),
    };
    for (const [name, signal] of Object.entries(sounds)) {
      const label = caseName(line, 'good', name);
      const { suspectedAtMs, call } = bench.measure(label, line, signal);
      const verdict =
        suspectedAtMs === null ? 'none' : `${show(call.formatSuspicion)} at ${suspectedAtMs} ms`;
      tally.holds(label, suspectedAtMs === null, 'none', verdict);
    }
  }
  return tally.result('wrong format, good sound', 'none', `${tally.misses.length} of ${tally.cases} flagged`);
};
