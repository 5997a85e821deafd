import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Clock, LegInfo, OutgoingHttp } from '#libs/contracts';
import { isRecord } from './checks.js';
import { errors } from './errors.js';

/** An answer is a handful of variables. */
const LONGEST_ANSWER = 65_536;

/** How a look-up is asked. */
export interface LookupPlan {
  readonly agent: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly secret: string | null;
}

/** Asks the operator's server what it knows about a call. */
export class Lookup {
  constructor(
    private readonly plan: LookupPlan,
    private readonly http: OutgoingHttp,
    private readonly clock: Clock,
    /** Milliseconds since 1970. */
    private readonly now: () => number,
  ) {}

  /** Rejects with what the way out rejects with, or with a GatewayError when the time is up or the call is over. */
  async ask(info: LegInfo, callId: string, signal: AbortSignal): Promise<object> {
    const { agent, url, timeoutMs } = this.plan;
    const { from, to, platform, direction, parameters } = info;
    const body = JSON.stringify({ callId, agent, platform, direction, from, to, parameters });
    const stop = new AbortController();
    let giveUp: (error: Error) => void = () => undefined;
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    const abandon = () => giveUp(errors.lookupAbandoned());
    const cancelTimer = this.clock.after(timeoutMs, () => giveUp(errors.lookupSlow()));
    signal.addEventListener('abort', abandon, { once: true });
    if (signal.aborted) abandon();
    try {
      const order = {
        url,
        method: 'POST',
        body,
        headers: this.headers(body),
        timeoutMs,
        maxBytes: LONGEST_ANSWER,
        signal: stop.signal,
      } as const;
      // The caller is waiting, so the time is kept here too, whatever the way out does.
      const answer = await Promise.race([givenUp, this.http.send(order)]);
      if (answer.status < 200 || answer.status > 299) throw errors.lookupStatus(answer.status);
      return parsed(answer.body);
    } finally {
      cancelTimer();
      signal.removeEventListener('abort', abandon);
      stop.abort();
    }
  }

  private headers(body: string): Record<string, string> {
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      accept: 'application/json',
    };
    if (this.plan.secret === null) return headers;
    const id = `msg_${randomUUID()}`;
    const at = new Date(this.now());
    headers['webhook-id'] = id;
    headers['webhook-timestamp'] = String(Math.floor(at.getTime() / 1000));
    headers['webhook-signature'] = new Webhook(this.plan.secret).sign(id, at, body);
    return headers;
  }
}

function parsed(body: Uint8Array): object {
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw errors.lookupAnswer();
  }
  if (!isRecord(answer)) throw errors.lookupAnswer();
  return answer;
}
