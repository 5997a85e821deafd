import type { AudioFormat } from '#libs/contracts';

/**
 * What the sound is and what it is taken for. The bytes leave as fast as the sound was spoken, so that a platform that takes
 * them for something else gets more or less sound than time passes.
 */
export type FormatFault = 'pcm-as-mulaw' | 'mulaw-as-pcm' | 'byte-swapped' | 'wrong-rate';

export const FORMAT_FAULTS: readonly FormatFault[] = [
  'pcm-as-mulaw',
  'mulaw-as-pcm',
  'byte-swapped',
  'wrong-rate',
];

/** 16 kHz sent as 24, 8 as 16, and on lines of 8 kHz 16 as 8. */
const WRONG_RATES: Readonly<Record<number, number>> = { 24000: 16_000, 16000: 8000, 8000: 16_000 };

/** What the sound is on a line that is declared to carry `declared`. Throws TypeError for a fault it cannot have. */
export function madeFormat(declared: AudioFormat, fault: FormatFault | undefined): AudioFormat {
  const { encoding, sampleRate } = declared;
  const isPcm = encoding === 'pcm16';
  if (fault === 'pcm-as-mulaw' && !isPcm) return { encoding: 'pcm16', sampleRate };
  if (fault === 'mulaw-as-pcm' && isPcm) return { encoding: 'mulaw', sampleRate: 8000 };
  if (fault === 'wrong-rate') return { encoding, sampleRate: WRONG_RATES[sampleRate] ?? 8000 };
  if (fault === undefined || (fault === 'byte-swapped' && isPcm)) return declared;
  throw new TypeError(`A line of ${encoding} cannot have the fault "${fault}".`);
}

export function swapBytes(bytes: Uint8Array): void {
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const low = bytes[i]!;
    bytes[i] = bytes[i + 1]!;
    bytes[i + 1] = low;
  }
}
