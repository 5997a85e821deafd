import type { IncomingMessage } from 'node:http';
import { bearerToken, isDirectLoopback, sameSecret, type UpgradeRejectReason } from '#libs/contracts';

/** Checks access tokens that change from call to call, such as those of OAuth 2.0's client-credentials grant. */
export interface AccessTokenVerifier {
  /** The edge waits for it with a time-out; a rejection refuses. */
  verify(token: string): Promise<boolean>;
}

/** Provide an `AccessTokenVerifier` under this token to have it asked where no configured token matches. */
export const ACCESS_TOKEN_VERIFIER = Symbol.for('patchbay.audiocodes.access-token-verifier');

export interface Refusal {
  readonly status: 401 | 403;
  readonly reason: UpgradeRejectReason;
}

const NO_CREDENTIALS: Refusal = { status: 401, reason: 'no-credentials' };
const BAD_CREDENTIALS: Refusal = { status: 401, reason: 'bad-credentials' };
const LOOPBACK_ONLY: Refusal = { status: 403, reason: 'loopback-only' };

/** Who may come in, by socket or by HTTP. With neither token nor verifier: this machine alone. */
export class AudioCodesDoor {
  constructor(
    private readonly tokens: readonly string[],
    private readonly verifier: AccessTokenVerifier | null,
  ) {}

  /** Null: come in. */
  async refusal(request: IncomingMessage): Promise<Refusal | null> {
    if (this.tokens.length === 0 && this.verifier === null) {
      return isDirectLoopback(request) ? null : LOOPBACK_ONLY;
    }
    const given = bearerToken(request);
    if (given === null) return NO_CREDENTIALS;
    // Every token is compared, so that the time tells nothing about which one nearly fitted.
    let known = false;
    for (const token of this.tokens) known = sameSecret(given, token) || known;
    if (known || (await this.verifier?.verify(given))) return null;
    return BAD_CREDENTIALS;
  }
}
