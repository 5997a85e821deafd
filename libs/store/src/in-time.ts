import type { Cancel, Clock } from '#libs/contracts';
import { storeErrors } from './errors.js';

/** The answer; rejects with STORE_AWAY where the database is silent for longer. What it answers later is of no matter. */
export function inTime<T>(answer: Promise<T>, withinMs: number, clock: Clock): Promise<T> {
  let cancel: Cancel = () => undefined;
  const late = new Promise<never>((_, reject) => {
    const silent = storeErrors.away(new Error(`no answer within ${withinMs} ms`));
    cancel = clock.after(withinMs, () => reject(silent));
  });
  return Promise.race([answer, late]).finally(cancel);
}
