import { createHash, randomBytes } from 'node:crypto';
import type { Cancel, Clock, Operator, OperatorSession } from '#libs/contracts';

export const SESSION_MS = 12 * 3600 * 1000;
/** The oldest ends when there would be more. */
const MOST_SESSIONS = 1000;

class Session implements OperatorSession {
  private readonly atEnd = new Set<() => void>();
  private isOver = false;

  constructor(
    readonly operator: Operator,
    private readonly cancelTimer: Cancel,
  ) {}

  onEnd(action: () => void): Cancel {
    if (this.isOver) action();
    else this.atEnd.add(action);
    return () => this.atEnd.delete(action);
  }

  end(): void {
    this.isOver = true;
    this.cancelTimer();
    for (const action of this.atEnd) action();
    this.atEnd.clear();
  }
}

/** Who is logged in. Only this process knows, so that a log-out is one, and a restart logs everybody out. */
export class Sessions {
  /** By the digest of its id, oldest first: how long a look-up takes tells nothing of an id. */
  private readonly sessions = new Map<string, Session>();

  constructor(private readonly clock: Clock) {}

  /** The id of a new session: a secret, for the cookie. */
  open(operator: Operator): string {
    const [oldest] = this.sessions.keys();
    if (oldest !== undefined && this.sessions.size >= MOST_SESSIONS) this.endKey(oldest);
    const id = randomBytes(32).toString('base64url');
    const key = keyOf(id);
    this.sessions.set(
      key,
      new Session(
        operator,
        this.clock.after(SESSION_MS, () => this.endKey(key)),
      ),
    );
    return id;
  }

  find(id: string): Session | null {
    return this.sessions.get(keyOf(id)) ?? null;
  }

  end(id: string): void {
    this.endKey(keyOf(id));
  }

  private endKey(key: string): void {
    const session = this.sessions.get(key);
    this.sessions.delete(key);
    session?.end();
  }
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64');
}
