import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import {
  bearerToken,
  CLOCK,
  type Clock,
  GATEWAY_SITE,
  type GatewaySite,
  isDirectLoopback,
  LOG,
  type Log,
  type Operator,
  type OperatorDecision,
  type OperatorDoor,
  type OperatorSession,
  sameSecret,
} from '#libs/contracts';
import { ApiKeys } from '#libs/store';
import { GatewayConfig } from '../config/gateway.config.js';
import { GuessLimit, WRONG_TOKENS_A_MINUTE } from './guess-limit.js';
import { Sessions } from './sessions.js';
import { weaknessOf } from './token-strength.js';

export const SESSION_COOKIE = 'patchbay_session';

const LOCAL: Operator = { name: 'this machine', role: 'admin' };
const TOKEN: Operator = { name: 'ADMIN_TOKEN', role: 'admin' };
/** How API keys begin, so that a wrong one is told from other tokens. */
const KEY_PREFIX = 'pb_';

/** Whose token it is; with `session` where it may be taken back while it is in use. */
interface Holder {
  readonly operator: Operator;
  readonly session?: OperatorSession;
}

type Refusal = Extract<OperatorDecision, { ok: false }>;

/** Of a WebSocket or a page's request: whose page it is. Absent where no browser asks. */
function originOf(request: IncomingMessage): string | null {
  const { origin } = request.headers;
  return origin === undefined ? null : origin.toLowerCase();
}

@Injectable()
export class TokenDoor implements OperatorDoor {
  private readonly sessions: Sessions;
  private readonly guesses: GuessLimit;

  constructor(
    private readonly config: GatewayConfig,
    @Inject(GATEWAY_SITE) private readonly site: GatewaySite,
    @Inject(CLOCK) clock: Clock,
    @Inject(LOG) private readonly log: Log,
    private readonly keys: ApiKeys,
  ) {
    this.sessions = new Sessions(clock);
    this.guesses = new GuessLimit(clock);
    const weakness = config.adminToken === null ? null : weaknessOf(config.adminToken);
    if (weakness !== null)
      log.warn(
        { code: 'ADMIN_TOKEN_WEAK' },
        `ADMIN_TOKEN can be guessed, since ${weakness}. Nothing else keeps strangers out: make one with "openssl rand -hex 16".`,
      );
  }

  admit(request: IncomingMessage): OperatorDecision {
    if (this.isForeign(request)) return { ok: false, status: 403, reason: 'foreign-origin' };
    const given = bearerToken(request);
    // A key says who asks and what he may, also where the door would be open to him without one.
    if (given !== null && (this.needsToken || given.startsWith(KEY_PREFIX))) {
      const holder = this.holderOf(given);
      return holder === null ? this.refuseGuess(request) : { ok: true, ...holder };
    }
    const cookie = cookieOf(request, SESSION_COOKIE);
    const session = cookie === null ? null : this.sessions.find(cookie);
    if (session !== null) return { ok: true, operator: session.operator, session };
    if (this.needsToken)
      return { ok: false, status: 401, reason: cookie === null ? 'no-credentials' : 'bad-credentials' };
    return isDirectLoopback(request)
      ? { ok: true, operator: LOCAL }
      : { ok: false, status: 403, reason: 'loopback-only' };
  }

  /** The value of the cookie that keeps a browser logged in, or why it is not. */
  logIn(token: string, request: IncomingMessage): { readonly ok: true; readonly cookie: string } | Refusal {
    const holder = this.holderOf(token);
    if (holder === null) return this.refuseGuess(request);
    const { operator, session } = holder;
    // In the log the owner of ADMIN_TOKEN is told apart from programs that hold it too.
    const cookie = this.sessions.open(session === undefined ? { ...operator, name: 'console' } : operator);
    const cancel = session?.onEnd(() => this.sessions.end(cookie));
    if (cancel !== undefined) this.sessions.find(cookie)?.onEnd(cancel);
    return { ok: true, cookie };
  }

  /** Ends the session of this request, if it has one, and what was opened with it. */
  logOut(request: IncomingMessage): void {
    const cookie = cookieOf(request, SESSION_COOKIE);
    if (cookie !== null) this.sessions.end(cookie);
  }

  get needsToken(): boolean {
    return this.config.adminToken !== null;
  }

  /** Browsers let any page open WebSockets and send cookies along: only our own pages may. */
  isForeign(request: IncomingMessage): boolean {
    const origin = originOf(request);
    if (origin === null) return false;
    const own = [`http://${request.headers.host}`, `https://${request.headers.host}`, this.site.publicUrl];
    return !own.some((each) => each?.toLowerCase() === origin);
  }

  /** Null: nobody's. */
  private holderOf(token: string): Holder | null {
    const { adminToken } = this.config;
    if (adminToken !== null && sameSecret(token, adminToken)) return { operator: TOKEN };
    const key = this.keys.verify(token);
    if (key === null) return null;
    return {
      operator: { name: `key ${key.name}`, role: key.role, keyId: key.id },
      session: { onEnd: (action) => this.keys.onRevoked(key.id, action) },
    };
  }

  /**
   * Wrong tokens are counted by address, wherever they are tried. A right one always passes: behind a proxy all have one
   * address, and a stranger must not be able to shut the operators out. So it is the token's length that keeps guessers
   * out; the limit keeps them from filling the log.
   */
  private refuseGuess(request: IncomingMessage): Refusal {
    const address = request.socket.remoteAddress ?? '';
    const count = this.guesses.count(address);
    if (count <= WRONG_TOKENS_A_MINUTE) {
      this.log.warn({ code: 'OPERATOR_TOKEN_WRONG', pii: { address } }, 'A wrong token was refused.');
      return { ok: false, status: 401, reason: 'bad-credentials' };
    }
    if (count === WRONG_TOKENS_A_MINUTE + 1) {
      this.log.warn(
        { code: 'OPERATOR_TOKEN_GUESSED', pii: { address } },
        'Too many wrong tokens come from one address; further ones in this minute are refused without a line.',
      );
    }
    return { ok: false, status: 429, reason: 'bad-credentials' };
  }
}

function cookieOf(request: IncomingMessage, name: string): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}
