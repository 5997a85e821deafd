import { asGatewayError, type Clock, type GatewayError } from '#libs/contracts';
import { connectAborted, connectTimeout } from './errors.js';
import type { RealtimeConnection } from './openai-realtime.connection.js';

const FIRST_DELAY_MS = 300;
const LONGEST_DELAY_MS = 2400;

/** Brings up connections: tries again with growing pauses where that may help, within a budget of time. */
export class Dialer {
  constructor(
    private readonly clock: Clock,
    private readonly make: () => RealtimeConnection,
  ) {}

  /**
   * Resolves with a ready connection. Rejects with the GatewayError of the last attempt, at once when `signal` aborts or the
   * error is not one that passes. `failures` counts attempts before this one: with any, it begins with a pause.
   */
  async dial(budgetMs: number, signal: AbortSignal, failures = 0): Promise<RealtimeConnection> {
    const endMs = this.clock.nowMs() + budgetMs;
    if (failures > 0) await this.sleep(Math.min(pauseMs(failures), budgetMs), signal);
    for (let failed = failures; ; ) {
      const connection = this.make();
      try {
        // An attempt that hangs must leave time for another one.
        await connection.open(Math.max(1, Math.min(endMs - this.clock.nowMs(), budgetMs / 2)), signal);
        return connection;
      } catch (thrown) {
        const error = asGatewayError(thrown, 'OPENAI_UNREACHABLE', 'OpenAI could not be reached');
        failed += 1;
        const waitMs = pauseMs(failed);
        if (!error.retryable || signal.aborted) throw error;
        if (this.clock.nowMs() + waitMs >= endMs) throw lastWord(error, budgetMs);
        await this.sleep(waitMs, signal);
      }
    }
  }

  private sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        cancel();
        reject(connectAborted());
      };
      const cancel = this.clock.after(ms, () => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
    });
  }
}

function lastWord(error: GatewayError, budgetMs: number): GatewayError {
  return error.code === 'OPENAI_CONNECT_TIMEOUT' ? connectTimeout(budgetMs) : error;
}

/** Spread by a quarter, so that calls which lost their connections together do not come back together. */
function pauseMs(failures: number): number {
  const baseMs = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS);
  return baseMs * (0.75 + Math.random() / 2);
}
