import { readWav } from '#libs/audio';
import { findLikeness, type Sound } from './likeness.js';

/** How a track of the gateway's recording compares with what was really said or heard, half second by half second. */
export interface TrackLikeness {
  /** 1 for the same but for loudness. A recording may set its place right within a piece, which costs that piece about a half. */
  readonly meanShare: number;
  readonly leastShare: number;
  /** Between the places of the pieces in the call and in the recording; the same for all where nothing has moved. */
  readonly shiftsMs: readonly number[];
}

export interface RecordedCall {
  readonly sampleRate: number;
  readonly durationMs: number;
  readonly left: Sound;
  readonly right: Sound;
}

/** Throws GatewayError WAV_… */
export function readRecording(file: Uint8Array): RecordedCall {
  const { sampleRate, channels } = readWav(file);
  const [left, right] = channels;
  if (left === undefined || right === undefined) throw new Error('The recording has not two channels.');
  return {
    sampleRate,
    durationMs: (left.length * 1000) / sampleRate,
    left: { samples: left, sampleRate },
    right: { samples: right, sampleRate },
  };
}

const PIECE_MS = 500;
/** The recording begins about when the line is up. */
const REACH_MS = 300;

/** Looks for each utterance in the call as it was, and for each piece of it in the recording. */
export function compareTrack(
  utterances: readonly Sound[],
  truth: Sound,
  recorded: Sound,
  bandRate: number,
): TrackLikeness {
  const shares: number[] = [];
  const shiftsMs: number[] = [];
  for (const utterance of utterances) {
    const lastMs = Math.max(0, lengthMs(truth) - lengthMs(utterance));
    const saidAtMs = findLikeness(utterance, truth, bandRate, 0, lastMs)?.atMs ?? 0;
    for (let fromMs = 0; fromMs + PIECE_MS <= lengthMs(utterance); fromMs += PIECE_MS) {
      const atMs = saidAtMs + fromMs;
      const piece = pieceOf(utterance, fromMs);
      const found = findLikeness(piece, recorded, bandRate, Math.max(0, atMs - REACH_MS), atMs + REACH_MS);
      // A pause within the sentence.
      if (found === null) continue;
      shares.push(found.share);
      shiftsMs.push(found.atMs - atMs);
    }
  }
  if (shares.length === 0) return { meanShare: 0, leastShare: 0, shiftsMs };
  return {
    meanShare: shares.reduce((sum, share) => sum + share, 0) / shares.length,
    leastShare: Math.min(...shares),
    shiftsMs,
  };
}

function pieceOf({ samples, sampleRate }: Sound, fromMs: number): Sound {
  const at = (ms: number) => Math.round((ms * sampleRate) / 1000);
  return { samples: samples.subarray(at(fromMs), at(fromMs + PIECE_MS)), sampleRate };
}

function lengthMs({ samples, sampleRate }: Sound): number {
  return (samples.length * 1000) / sampleRate;
}
