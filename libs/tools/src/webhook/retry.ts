import type { Clock, HttpAnswer } from '#libs/contracts';
import { toolTimeout } from '../errors.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 4000;

/** Half of it by chance, so that many calls do not come back at the same moment. `retry` counts from 1. */
export function pauseBefore(retry: number): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (retry - 1));
  return longest / 2 + (Math.random() * longest) / 2;
}

/** What the answer asks for, in seconds or as a date; 0 where it asks for nothing. */
export function retryAfterMs(answer: HttpAnswer): number {
  const text = answer.headers['retry-after'] ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}

export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = clock.after(ms, resolve);
    const stop = () => {
      cancel();
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  if (signal.aborted) throw toolTimeout();
}
