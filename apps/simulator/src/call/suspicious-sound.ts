import type { AudioFormat } from '#libs/contracts';
import type { BreachList } from './breaches.js';

/** Shorter pieces may be full-scale by chance. */
const LONG_ENOUGH = 16;

const HEADERS = [
  { code: 'PAYLOAD_RIFF', start: 'RIFF', what: 'a WAV header' },
  { code: 'PAYLOAD_ID3', start: 'ID3', what: 'an MP3 tag' },
  { code: 'PAYLOAD_AU', start: '.snd', what: 'an AU header' },
] as const;

/** Complains about raw sound that will be played as it stands, but surely is not what was meant. */
export function inspectSound(bytes: Uint8Array, format: AudioFormat, breaches: BreachList): void {
  for (const { code, start, what } of HEADERS) {
    if (beginsWith(bytes, start)) breaches.add(code, `${what} in the payload is played as noise`);
  }
  if (format.encoding !== 'mulaw' || bytes.length < LONG_ENOUGH) return;
  const first = bytes[0]!;
  if ((first === 0x80 || first === 0x00) && bytes.every((code) => code === first)) {
    const hex = first === 0 ? '0x00' : '0x80';
    breaches.add(
      'PAYLOAD_FULL_SCALE',
      `a payload of nothing but ${hex} is a full-scale step; μ-law silence is 0xFF`,
    );
  }
}

function beginsWith(bytes: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}
