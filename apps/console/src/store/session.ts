import { Cell } from './cell.js';
import type { OperatorIdentity } from './protocol.js';

/** Whether this browser is let in; asked of `/api/session`. */
export type SessionState =
  | { readonly phase: 'asking' }
  | { readonly phase: 'in'; readonly operator: OperatorIdentity; readonly needsToken: boolean }
  | { readonly phase: 'log-in' }
  /** No log-in would help: while ADMIN_TOKEN is not set, only the gateway's own machine is let in. */
  | { readonly phase: 'not-allowed'; readonly reason: string }
  | { readonly phase: 'unreachable' };

interface SessionAnswer {
  readonly operator: OperatorIdentity | null;
  readonly needsToken: boolean;
  readonly reason?: string;
}

const SESSION_PATH = 'api/session';
/** Differences below this are the path's, not the clocks'. */
const SAME_CLOCK_MS = 2000;

export class Session {
  readonly state = new Cell<SessionState>({ phase: 'asking' });
  /** How far the gateway's clock is ahead of this browser's. */
  aheadMs = 0;

  constructor(
    private readonly request: typeof fetch,
    private readonly timeOfDay: () => number,
  ) {}

  /** Resolves to whether the gateway lets this browser in; keeps the state when the gateway cannot be asked. */
  async ask(): Promise<boolean> {
    try {
      const response = await this.request(SESSION_PATH, { cache: 'no-store' });
      if (!response.ok) throw new Error(`The gateway answered ${response.status}.`);
      this.compareClocks(response.headers.get('date'));
      this.state.set(stateOf((await response.json()) as SessionAnswer));
    } catch (error) {
      if (this.state.get().phase === 'in') throw error;
      this.state.set({ phase: 'unreachable' });
    }
    return this.state.get().phase === 'in';
  }

  /** Null when it worked; else what to tell the person. */
  async logIn(token: string): Promise<string | null> {
    try {
      const response = await this.request(SESSION_PATH, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token }),
      });
      if (response.status === 401) return 'This is not the ADMIN_TOKEN and no valid API key of the gateway.';
      if (response.status === 429) return 'Too many wrong tokens. Wait a minute, then try again.';
      if (!response.ok) return `The gateway answered ${response.status}.`;
      if (await this.ask()) return null;
      return 'The token is right, but this browser did not keep the log-in. Allow cookies for this page.';
    } catch {
      return 'The gateway cannot be reached.';
    }
  }

  async logOut(): Promise<void> {
    await this.request(SESSION_PATH, { method: 'DELETE' }).catch(() => undefined);
    await this.ask().catch(() => undefined);
  }

  private compareClocks(date: string | null): void {
    const aheadMs = Date.parse(date ?? '') + 500 - this.timeOfDay();
    this.aheadMs = Math.abs(aheadMs) > SAME_CLOCK_MS ? aheadMs : 0;
  }
}

function stateOf({ operator, needsToken, reason }: SessionAnswer): SessionState {
  if (operator !== null) return { phase: 'in', operator, needsToken };
  if (needsToken && reason !== 'foreign-origin') return { phase: 'log-in' };
  return { phase: 'not-allowed', reason: reason ?? '' };
}
