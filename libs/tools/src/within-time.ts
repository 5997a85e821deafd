import { createContext, Script } from 'node:vm';

interface Place {
  act: (() => unknown) | null;
}

/** The clock of a busy machine goes on while this process has no processor: then the time was not used, and it is tried again. */
const MOST_TRIES = 10;

const place: Place = { act: null };
const context = createContext(place);
const script = new Script('act()');

/**
 * What `act` returns, or `late` where it works longer than `mostMs`. It runs at once and in place, on the thread that carries the
 * sound, and is broken off in whatever it does, in the middle of a regular expression too. It must leave nothing half done behind.
 */
export function withinTime<T, L>(mostMs: number, act: () => T, late: L): T | L {
  place.act = act;
  try {
    for (let tries = 1; ; tries++) {
      const before = process.cpuUsage();
      try {
        return script.runInContext(context, { timeout: mostMs }) as T;
      } catch (thrown) {
        if ((thrown as { code?: unknown } | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw thrown;
        const { user, system } = process.cpuUsage(before);
        if (tries === MOST_TRIES || (user + system) / 1000 > mostMs / 2) return late;
      }
    }
  } finally {
    place.act = null;
  }
}
