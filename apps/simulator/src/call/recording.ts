import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesFromSamples, writeWav } from '#libs/audio';
import { formatName } from '#libs/contracts';
import { atRate } from './at-rate.js';
import { type HeardPiece, linear } from './ear.js';
import type { LineRecord } from './line-record.js';
import { FRAME_MS } from './ticker.js';

/** Both sides of a call on one timeline that begins when the line was up. */
export interface CallRecording {
  readonly sampleRate: number;
  readonly spoken: Int16Array;
  readonly heard: Int16Array;
}

/** Of a call that keeps its sound (`record` is not false). At the highest rate that was used. */
export function recordingOf(record: LineRecord): CallRecording {
  const rates = [
    ...record.slots.map((slot) => slot.frame!.format),
    ...record.ear.pieces.map((piece) => piece.format),
  ];
  const sampleRate = rates.reduce((highest, format) => Math.max(highest, format.sampleRate), 8000);
  const length = Math.ceil((record.lastedMs * sampleRate) / 1000);
  return {
    sampleRate,
    spoken: spokenTrack(record, sampleRate, length),
    heard: heardTrack(record, sampleRate, length),
  };
}

/** A WAV file with the caller on the left and the agent on the right. */
export async function writeCallRecording(folder: string, name: string, record: LineRecord): Promise<string> {
  const { sampleRate, spoken, heard } = recordingOf(record);
  const both = new Int16Array(2 * heard.length);
  for (let i = 0; i < heard.length; i++) {
    both[2 * i] = spoken[i]!;
    both[2 * i + 1] = heard[i]!;
  }
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}.wav`);
  await writeFile(path, writeWav({ encoding: 'pcm16', sampleRate }, 2, bytesFromSamples(both)));
  return path;
}

function spokenTrack(record: LineRecord, sampleRate: number, length: number): Int16Array {
  const pieces = record.slots.map((slot) => ({
    atMs: slot.index * FRAME_MS,
    bytes: slot.frame!.bytes,
    format: slot.frame!.format,
  }));
  return track(pieces, sampleRate, length);
}

function heardTrack(record: LineRecord, sampleRate: number, length: number): Int16Array {
  const pieces = record.ear.pieces.map((piece) => ({ ...piece, atMs: record.sinceUp(piece.atMs) }));
  return track(pieces, sampleRate, length);
}

function track(pieces: readonly HeardPiece[], sampleRate: number, length: number): Int16Array {
  const result = new Int16Array(length);
  for (const run of seamless(pieces)) {
    const at = Math.round((run.atMs * sampleRate) / 1000);
    const samples = atRate(linear(run.bytes, run.format), run.format.sampleRate, sampleRate);
    result.set(samples.subarray(0, Math.max(0, length - at)), Math.max(0, at));
  }
  return result;
}

/** Joins pieces that follow each other without a break, so that a change of rate leaves no seams. */
function seamless(pieces: readonly HeardPiece[]): readonly HeardPiece[] {
  const runs: { atMs: number; endMs: number; parts: Uint8Array[]; format: HeardPiece['format'] }[] = [];
  for (const { atMs, bytes, format } of pieces) {
    const durationMs = (linear(bytes, format).length * 1000) / format.sampleRate;
    const last = runs.at(-1);
    if (last && Math.abs(atMs - last.endMs) < 0.01 && formatName(format) === formatName(last.format)) {
      last.parts.push(bytes);
      last.endMs += durationMs;
    } else {
      runs.push({ atMs, endMs: atMs + durationMs, parts: [bytes], format });
    }
  }
  return runs.map(({ atMs, parts, format }) => ({ atMs, bytes: Buffer.concat(parts), format }));
}
