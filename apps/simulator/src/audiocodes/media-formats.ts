import type { AudioFormat } from '#libs/contracts';

/** One of the names that AudioCodes gives to formats, taken apart. */
export interface MediaFormat {
  readonly name: string;
  readonly format: AudioFormat;
  /** A WAV header comes before the sound. */
  readonly wav: boolean;
}

const ENCODINGS: Readonly<Record<string, AudioFormat>> = {
  lpcm16: { encoding: 'pcm16', sampleRate: 16000 },
  lpcm16_8: { encoding: 'pcm16', sampleRate: 8000 },
  lpcm16_24: { encoding: 'pcm16', sampleRate: 24000 },
  mulaw: { encoding: 'mulaw', sampleRate: 8000 },
};

/** Null for a name that is none of the eight. */
export function mediaFormat(name: unknown): MediaFormat | null {
  const match = typeof name === 'string' ? /^(raw|wav)\/(.+)$/.exec(name) : null;
  if (match === null || !Object.hasOwn(ENCODINGS, match[2]!)) return null;
  return { name: name as string, format: ENCODINGS[match[2]!]!, wav: match[1] === 'wav' };
}

/** What the platform offers unless told otherwise; as seen on a live one. */
export const USUAL_OFFER: readonly string[] = [
  'raw/lpcm16',
  'wav/lpcm16',
  'raw/lpcm16_24',
  'wav/lpcm16_24',
  'raw/mulaw',
  'wav/mulaw',
];
