import { bytesPerMs, bytesPerSample, joined, tone } from '#libs/audio';
import { type AudioFormat, formatName } from '#libs/contracts';
import { atRate } from '../call/at-rate.js';
import { encode } from '../call/speech.js';

export interface Tone {
  readonly hz: number;
  readonly ms: number;
}

export interface Samples {
  readonly samples: Int16Array;
  readonly sampleRate: number;
}

/** Stands in for a voice where there is no recording: a tone for each word, as long as the word. */
export interface Babble {
  readonly babble: string;
}

export type Sound = Tone | Samples | Babble;

/** A piece of an answer's sound, ready to be sent. */
export interface Delta {
  readonly bytes: Uint8Array;
  readonly base64: string;
  readonly ms: number;
}

/** The sound of one utterance in the format of the session, cut into deltas; each is encoded at most once. */
export class Rendered {
  readonly durationMs: number;
  readonly deltaCount: number;
  private readonly encoded: (string | undefined)[] = [];
  private readonly deltaBytes: number;
  private readonly bytesPerMs: number;

  constructor(
    readonly bytes: Uint8Array,
    format: AudioFormat,
    deltaMs: number,
  ) {
    this.bytesPerMs = bytesPerMs(format);
    this.durationMs = bytes.byteLength / this.bytesPerMs;
    this.deltaBytes = Math.max(1, Math.round((deltaMs * format.sampleRate) / 1000)) * bytesPerSample(format);
    this.deltaCount = Math.ceil(bytes.byteLength / this.deltaBytes);
  }

  delta(index: number): Delta {
    const bytes = this.bytes.subarray(index * this.deltaBytes, (index + 1) * this.deltaBytes);
    this.encoded[index] ??= Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    return { bytes, base64: this.encoded[index], ms: bytes.byteLength / this.bytesPerMs };
  }
}

const TONE_DBOV = -15;

function toneSamples({ hz, ms }: Tone, sampleRate: number): Int16Array {
  return tone({ frequencyHz: hz, durationMs: ms, sampleRate, levelDbov: TONE_DBOV });
}

function babbleSamples(text: string, sampleRate: number): Int16Array {
  const words = text.split(/\s+/).filter((word) => word.length > 0);
  const parts = words.map((word, index) => {
    const sound = toneSamples(
      { hz: 330 + 55 * ((word.length + index) % 5), ms: 60 + 45 * word.length },
      sampleRate,
    );
    const part = new Int16Array(sound.length + Math.round(0.06 * sampleRate));
    part.set(sound);
    return part;
  });
  return joined(parts);
}

/** Renders sounds, and remembers what will be asked for again: a tone is the same in every session. */
export class SoundRoom {
  private readonly tones = new Map<string, Rendered>();
  private readonly recordings = new WeakMap<Int16Array, Map<string, Rendered>>();

  constructor(private readonly deltaMs: number) {}

  render(sound: Sound, format: AudioFormat): Rendered {
    const rate = format.sampleRate;
    const formatKey = formatName(format);
    if ('hz' in sound) {
      return remembered(this.tones, `${formatKey} ${sound.hz} ${sound.ms}`, () =>
        this.cut(toneSamples(sound, rate), format),
      );
    }
    if ('babble' in sound) return this.cut(babbleSamples(sound.babble, rate), format);
    const known = remembered(this.recordings, sound.samples, () => new Map());
    return remembered(known, formatKey, () =>
      this.cut(atRate(sound.samples, sound.sampleRate, rate), format),
    );
  }

  private cut(samples: Int16Array, format: AudioFormat): Rendered {
    return new Rendered(encode(samples, format), format, this.deltaMs);
  }
}

interface Memory<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
}

function remembered<K, V>(memory: Memory<K, V>, key: K, make: () => V): V {
  let value = memory.get(key);
  if (value === undefined) {
    value = make();
    memory.set(key, value);
  }
  return value;
}
