import { readFileSync } from 'node:fs';
import { readWav } from '#libs/audio';
import {
  type AudioEncoding,
  type AudioFormat,
  type Echo,
  GatewayError,
  type QualityFigures,
  type QualityRating,
} from '#libs/contracts';
import { type Dropout, EchoMeter, rate, TrackAnalyser } from '#libs/observers/quality';

/** What is known of one channel of one file; null where a figure cannot be had. */
export interface QualityRecord extends Omit<QualityFigures, 'dropouts' | 'arrival'>, QualityRating {
  readonly file: string;
  /** From 0. In recordings of calls 0 is the caller, 1 the agent. */
  readonly channel: number;
  readonly sampleRate: number;
  readonly dropouts: readonly Dropout[];
  /** Of the second channel in the first; null for other channels, and where there is none. */
  readonly echo: Echo | null;
}

const LOWEST_RATE = 8000;
const HIGHEST_RATE = 48_000;
const FRAME_MS = 20;

/**
 * One record a channel. Throws GatewayError WAV_… and QUALITY_…, and what the file system throws, for a file that holds
 * nothing to measure.
 */
export function measureFile(path: string): readonly QualityRecord[] {
  const file = readFileSync(path);
  if (file.length === 0) throw new GatewayError('QUALITY_FILE_EMPTY', 'The file is empty.');
  const { sampleRate, channels } = readWav(file);
  if (sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE)
    throw new GatewayError(
      'QUALITY_RATE_UNSUPPORTED',
      `Sound at ${sampleRate} Hz cannot be measured, only from ${LOWEST_RATE} to ${HIGHEST_RATE} Hz.`,
    );
  if (channels[0]!.length === 0) throw new GatewayError('QUALITY_NO_SOUND', 'The WAV file holds no sound.');
  const line: AudioFormat = { encoding: encodingOf(file), sampleRate };
  return channels.map((samples, channel) =>
    recordOf(path, channel, line, samples, channel === 0 ? echoIn(channels, sampleRate) : null),
  );
}

function recordOf(
  file: string,
  channel: number,
  line: AudioFormat,
  samples: Int16Array,
  echo: Echo | null,
): QualityRecord {
  const analyser = new TrackAnalyser(line);
  for (const frame of framesOf(samples, line.sampleRate)) analyser.push(frame);
  const figures = analyser.call();
  const { mos, score, reasons } = rate({ ...figures, echo, arrival: null }, line);
  return {
    file,
    channel,
    sampleRate: line.sampleRate,
    durationMs: rounded(figures.durationMs, 0)!,
    speechMs: rounded(figures.speechMs, 0)!,
    snrDb: rounded(figures.snrDb, 1),
    thdPercent: rounded(figures.thdPercent, 2),
    clippingPercent: rounded(figures.clippingPercent, 3),
    levelDbov: rounded(figures.levelDbov, 1),
    noiseDbov: rounded(figures.noiseDbov, 1),
    dcOffset: rounded(figures.dcOffset, 4),
    humDb: rounded(figures.humDb, 1),
    humHz: figures.humHz,
    bandwidthHz: rounded(figures.bandwidthHz, 0),
    dropouts: analyser.dropouts.map(({ atMs, durationMs }) => ({
      atMs: rounded(atMs, 0)!,
      durationMs: rounded(durationMs, 0)!,
    })),
    formatSuspicion: figures.formatSuspicion,
    echo: echo && { delayMs: rounded(echo.delayMs, 0)!, levelDb: rounded(echo.levelDb, 1)! },
    mos,
    score,
    reasons,
  };
}

/** A call is recorded with the caller on the left and the agent on the right, both as they were to be heard. */
function echoIn(channels: readonly Int16Array[], sampleRate: number): Echo | null {
  if (channels.length !== 2) return null;
  const meter = new EchoMeter(sampleRate, sampleRate);
  const agent = framesOf(channels[1]!, sampleRate);
  let atMs = 0;
  for (const frame of framesOf(channels[0]!, sampleRate)) {
    meter.agent(agent.next().value!, atMs);
    meter.caller(frame, atMs);
    atMs += (frame.length * 1000) / sampleRate;
  }
  return meter.echo;
}

function* framesOf(samples: Int16Array, sampleRate: number): Generator<Int16Array, void> {
  const size = Math.round((sampleRate * FRAME_MS) / 1000);
  for (let at = 0; at < samples.length; at += size) yield samples.subarray(at, at + size);
}

/** Of the format chunk's tag: in silence G.711 makes a noise of its own that is not the talker's. */
function encodingOf(file: Buffer): AudioEncoding {
  const chunk = file.indexOf('fmt ', 12, 'latin1');
  const tag = file.readUInt16LE(chunk + 8);
  const plain = tag === 0xfffe ? file.readUInt16LE(chunk + 32) : tag;
  if (plain === 7) return 'mulaw';
  return plain === 6 ? 'alaw' : 'pcm16';
}

function rounded(value: number | null, digits: number): number | null {
  // Adding 0 makes 0 of -0, which JSON would print as 0 and a table as -0.
  return value === null ? null : Number(value.toFixed(digits)) + 0;
}
