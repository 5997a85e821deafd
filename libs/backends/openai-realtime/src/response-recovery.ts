import type { Cancel, GatewayError, ResponseStatus } from '#libs/contracts';
import { responseIncomplete, severityOf, vendorError } from './errors.js';
import type { ResponseQueue, Wanted } from './response-queue.js';
import type { ServerResponse } from './server-objects.js';
import type { SessionContext } from './session-context.js';

const SHORTEST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5000;

export interface Outcome {
  readonly status: ResponseStatus;
  readonly error: GatewayError | null;
  /** The account is refused: no response will ever succeed. */
  readonly fatal: boolean;
}

/** How a response ended, by its `response.done`. Failures of quota, rate and server come here, not as error events. */
export function outcomeOf(response: ServerResponse): Outcome {
  const { status, error, reason } = response;
  if (status === 'cancelled') return { status: 'interrupted', error: null, fatal: false };
  if (status === 'incomplete')
    return { status: 'incomplete', error: responseIncomplete(reason), fatal: false };
  if (status !== 'failed') return { status: 'completed', error: null, fatal: false };
  const cause = error ?? { type: 'server_error', code: null, message: '', param: null, eventId: null };
  return { status: 'failed', error: vendorError(cause), fatal: severityOf(cause) === 'fatal' };
}

/** The caller waits for what failed: it is tried once more, and then over a new connection. */
export class ResponseRecovery {
  private failures = 0;
  private limitResetMs = 0;
  private cancelRetry: Cancel | null = null;

  constructor(
    private readonly context: SessionContext,
    private readonly responses: ResponseQueue,
    private readonly renew: (error: GatewayError) => void,
  ) {}

  onLimits(resetSeconds: number): void {
    this.limitResetMs = resetSeconds * 1000;
  }

  onDone({ status, error }: Outcome, wanted: Wanted): void {
    if (status !== 'failed' || error === null) {
      this.failures = 0;
      return;
    }
    if (!error.retryable) return;
    this.failures += 1;
    if (error.code === 'OPENAI_RATE_LIMITED') {
      if (this.failures > 1) return;
      const waitMs = Math.min(Math.max(this.limitResetMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
      this.close();
      this.cancelRetry = this.context.clock.after(waitMs, () => this.ask(wanted));
    } else if (this.failures === 1) {
      this.ask(wanted);
    } else {
      this.failures = 0;
      this.renew(error);
    }
  }

  private ask({ purpose, text }: Wanted): void {
    if (purpose === 'words') this.responses.sayAgain(text);
    else this.responses.request(purpose);
  }

  close(): void {
    this.cancelRetry?.();
    this.cancelRetry = null;
  }
}
