import { joined } from './pcm.js';
import { tone } from './tone.js';

/** Rows and columns of the keypad (ITU-T Q.23), in Hz. */
const ROWS_HZ = [697, 770, 852, 941] as const;
const COLUMNS_HZ = [1209, 1336, 1477, 1633] as const;
const KEYPAD = ['123A', '456B', '789C', '*0#D'] as const;

/**
 * A full-scale sine is 3.17 dBm0 in G.711 μ-law, so 0 dBm0 is -6.18 dBov. The high tone is 2 dB above the low one, since lines take
 * more of high tones: -9 and -7 dBm0, in the middle of what receivers take (ITU-T Q.24: 0 … -25 dBm, twist -8 … +4 dB).
 */
const ROW_DBOV = -15.2;
const COLUMN_DBOV = -13.2;

/** Receivers must take 40 ms of tone and 40 ms of pause (ITU-T Q.24); these are easy for all of them. */
const TONE_MS = 100;
const PAUSE_MS = 100;
const WAIT_MS = 500;
/** Long enough not to click, and short of the 5 ms that a tone may take to rise. */
const FADE_MS = 2;

/** The sound of keys: `0`-`9`, `*`, `#`, `A`-`D`, and `w` for half a second of silence. Throws RangeError for anything else. */
export function dtmfTones(keys: string, sampleRate: number): Int16Array {
  return joined(
    [...keys].map((key) => (key === 'w' ? silenceOf(WAIT_MS, sampleRate) : keyTone(key, sampleRate))),
  );
}

function keyTone(key: string, sampleRate: number): Int16Array {
  const row = key.length === 1 ? KEYPAD.findIndex((keys) => keys.includes(key)) : -1;
  if (row < 0) throw new RangeError(`There is no key "${key}".`);
  const column = KEYPAD[row]!.indexOf(key);
  const common = { sampleRate, durationMs: TONE_MS, fadeMs: FADE_MS };
  const low = tone({ ...common, frequencyHz: ROWS_HZ[row]!, levelDbov: ROW_DBOV });
  const high = tone({ ...common, frequencyHz: COLUMNS_HZ[column]!, levelDbov: COLUMN_DBOV });
  const samples = silenceOf(TONE_MS + PAUSE_MS, sampleRate);
  for (let i = 0; i < low.length; i++) samples[i] = low[i]! + high[i]!;
  return samples;
}

function silenceOf(durationMs: number, sampleRate: number): Int16Array {
  return new Int16Array(Math.round((durationMs * sampleRate) / 1000));
}
