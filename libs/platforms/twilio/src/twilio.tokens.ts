import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '#libs/contracts';
import { ExpiringMap } from './expiring-map.js';

/** What `/twilio/voice` knows of a call, and what its media stream must match. */
export interface AnnouncedCall {
  readonly callSid: string;
  readonly accountSid: string;
  readonly direction: 'inbound' | 'outbound';
  readonly from: string | null;
  readonly to: string | null;
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
