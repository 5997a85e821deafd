import { createHash, randomBytes } from 'node:crypto';
import type { Clock, DialOrder } from '#libs/contracts';
import { ExpiringMap } from './expiring-map.js';
import type { TransferableLeg } from './twilio.transfers.js';

/** What `/twilio/voice` knows of a call, and what its media stream must match. */
export interface AnnouncedCall {
  readonly callSid: string;
  readonly accountSid: string;
  readonly direction: 'inbound' | 'outbound';
  readonly from: string | null;
  readonly to: string | null;
  /** Of a call that was dialled. */
  readonly order?: DialOrder;
  /** Named behind the URL of the webhook. */
  readonly agent?: string;
  /** The leg that the stream belongs to, of a caller whom nobody took. */
  readonly back?: TransferableLeg;
}

const TOKEN_BYTES = 24;
const MOST_TOKENS = 10_000;

/**
 * One-shot tokens for stream URLs. The signature of a handshake holds no time and no nonce and could be replayed; a token
 * works once, for its own call, within `ttlMs`. Kept by digest, so that a look-up tells nothing through its timing.
 */
export class StreamTokens {
  private readonly calls: ExpiringMap<AnnouncedCall>;

  constructor(clock: Clock, ttlMs: number) {
    this.calls = new ExpiringMap(clock, ttlMs, MOST_TOKENS);
  }

  /** 192 random bits in characters that a URL's path takes as they are. */
  issue(call: AnnouncedCall): string {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    this.calls.set(digest(token), call);
    return token;
  }

  /** Undefined when the token was never issued, was used before, or is too old. */
  redeem(token: string): AnnouncedCall | undefined {
    return this.calls.take(digest(token));
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
