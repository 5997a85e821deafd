import { type AudioFormat, sameFormat } from '#libs/contracts';

/** The media formats of the AudioCodes Bot API, section 10.1. Names without a rate mean 16 kHz for lpcm16, 8 kHz for mulaw. */
const FORMATS = {
  'raw/lpcm16': { encoding: 'pcm16', sampleRate: 16000 },
  'wav/lpcm16': { encoding: 'pcm16', sampleRate: 16000 },
  'raw/lpcm16_8': { encoding: 'pcm16', sampleRate: 8000 },
  'wav/lpcm16_8': { encoding: 'pcm16', sampleRate: 8000 },
  'raw/lpcm16_24': { encoding: 'pcm16', sampleRate: 24000 },
  'wav/lpcm16_24': { encoding: 'pcm16', sampleRate: 24000 },
  'raw/mulaw': { encoding: 'mulaw', sampleRate: 8000 },
  'wav/mulaw': { encoding: 'mulaw', sampleRate: 8000 },
} as const satisfies Record<string, AudioFormat>;

export type MediaFormatName = keyof typeof FORMATS;

export const MEDIA_FORMATS = Object.keys(FORMATS) as readonly MediaFormatName[];

export interface MediaFormat {
  readonly name: MediaFormatName;
  readonly audio: AudioFormat;
  /** The sound stands behind a WAV header. */
  readonly wav: boolean;
}

export function mediaFormat(name: MediaFormatName): MediaFormat {
  return { name, audio: FORMATS[name], wav: name.startsWith('wav/') };
}

/** What is left of an offer after our own preferences: best first. */
export interface UsableFormats {
  readonly caller: readonly MediaFormat[];
  readonly agent: readonly MediaFormat[];
}

export interface FormatPreferences {
  readonly callerFormats: readonly MediaFormatName[];
  readonly playFormats: readonly MediaFormatName[];
  /** Offer caller sound at 24 kHz to the negotiation although 16 kHz is there too. */
  readonly trustCaller24k: boolean;
}

/**
 * Caller sound at 16 kHz is proven in the field, at 24 kHz it is not; so 24 kHz is left out where 16 kHz was offered,
 * unless the operator trusts it.
 */
export function usableFormats(offered: readonly string[], preferences: FormatPreferences): UsableFormats {
  const among = (names: readonly MediaFormatName[]) =>
    names.filter((name) => offered.includes(name)).map(mediaFormat);
  const caller = among(preferences.callerFormats);
  const has16k = caller.some(({ audio }) => audio.sampleRate === 16000);
  return {
    caller:
      has16k && !preferences.trustCaller24k
        ? caller.filter(({ audio }) => audio.sampleRate !== 24000)
        : caller,
    agent: among(preferences.playFormats),
  };
}

/** The sound formats behind media formats, each once, in the same order. */
export function audioFormats(list: readonly MediaFormat[]): AudioFormat[] {
  const distinct: AudioFormat[] = [];
  for (const { audio } of list) if (!distinct.some((known) => sameFormat(known, audio))) distinct.push(audio);
  return distinct;
}

/** The best-liked media format that carries `audio`. */
export function carrying(list: readonly MediaFormat[], audio: AudioFormat): MediaFormat | null {
  return list.find((candidate) => sameFormat(candidate.audio, audio)) ?? null;
}
