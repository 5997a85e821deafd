import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  bytesFromSamples,
  bytesPerMs,
  encodeAlaw,
  encodeMulaw,
  frameFromBytes,
  monoOf,
  readWav,
  silence,
} from '#libs/audio';
import { type AudioFormat, type AudioFrame, formatName } from '#libs/contracts';
import { simulatorFile } from '../simulator-file.js';
import { atRate } from './at-rate.js';
import { audibleRange } from './ear.js';
import { FRAME_MS } from './ticker.js';

/** Something to say. */
export interface Speech {
  readonly name: string;
  readonly samples: Int16Array;
  readonly sampleRate: number;
}

/** Speech as it leaves: 20 ms frames in one format, the last one filled up with silence. */
export interface SpokenFrames {
  readonly frames: readonly AudioFrame[];
  /** Index of the first and last frame in which anything is to be heard; -1 when nothing is. */
  readonly firstAudible: number;
  readonly lastAudible: number;
}

const encoded = new WeakMap<Speech, Map<string, SpokenFrames>>();

/** Throws GatewayError WAV_… for a file that is no WAV file. Several channels are mixed to one. */
export function loadSpeech(path: string): Speech {
  const sound = readWav(readFileSync(path));
  return { name: basename(path, '.wav'), samples: monoOf(sound), sampleRate: sound.sampleRate };
}

/** The speech that is shipped with the simulators; speech/README.md lists it. */
export type ShippedSpeech =
  | 'caller-hello'
  | 'caller-hours'
  | 'caller-stop'
  | 'caller-order'
  | 'caller-bye'
  | 'caller-person'
  | 'agent-greeting'
  | 'agent-answer'
  | 'agent-goodbye'
  | 'agent-recorded'
  | 'agent-order'
  | 'agent-transfer';

const shipped = new Map<string, Speech>();

export function shippedSpeech(name: ShippedSpeech): Speech {
  let speech = shipped.get(name);
  if (speech === undefined) {
    speech = loadSpeech(shippedSpeechPath(name));
    shipped.set(name, speech);
  }
  return speech;
}

export function shippedSpeechPath(name: ShippedSpeech): string {
  return simulatorFile('speech', `${name}.wav`);
}

/** Encoded once for all callers that say the same thing in the same format. */
export function spokenFrames(speech: Speech, format: AudioFormat): SpokenFrames {
  let formats = encoded.get(speech);
  if (formats === undefined) {
    formats = new Map();
    encoded.set(speech, formats);
  }
  let frames = formats.get(formatName(format));
  if (frames === undefined) {
    frames = cutIntoFrames(atRate(speech.samples, speech.sampleRate, format.sampleRate), format);
    formats.set(formatName(format), frames);
  }
  return frames;
}

export function encode(samples: Int16Array, format: AudioFormat): Uint8Array {
  if (format.encoding === 'mulaw') return encodeMulaw(samples);
  return format.encoding === 'alaw' ? encodeAlaw(samples) : bytesFromSamples(samples);
}

function cutIntoFrames(samples: Int16Array, format: AudioFormat): SpokenFrames {
  const bytes = encode(samples, format);
  const size = bytesPerMs(format) * FRAME_MS;
  const frames = Array.from({ length: Math.max(1, Math.ceil(bytes.length / size)) }, (_, index) => {
    const full = silence(format, FRAME_MS);
    full.set(bytes.subarray(index * size, (index + 1) * size));
    return frameFromBytes('caller', format, 0, full);
  });
  const range = audibleRange(samples);
  const frameOf = (sample: number) => Math.floor((sample * 1000) / format.sampleRate / FRAME_MS);
  return {
    frames,
    firstAudible: range ? frameOf(range.first) : -1,
    lastAudible: range ? frameOf(range.last) : -1,
  };
}
