import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import {
  bearerToken,
  GATEWAY_SITE,
  type GatewaySite,
  isDirectLoopback,
  type Operator,
  type OperatorDecision,
  type OperatorDoor,
  sameSecret,
} from '#libs/contracts';
import { GatewayConfig } from '../config/gateway.config.js';

export const SESSION_COOKIE = 'patchbay_session';
const SESSION_MS = 12 * 3600 * 1000;

const LOCAL: Operator = { name: 'this machine', role: 'admin' };
const TOKEN: Operator = { name: 'ADMIN_TOKEN', role: 'admin' };
const CONSOLE: Operator = { name: 'console', role: 'admin' };

/** Of a WebSocket or a page's request: whose page it is. Absent where no browser asks. */
function originOf(request: IncomingMessage): string | null {
  const { origin } = request.headers;
  return origin === undefined ? null : origin.toLowerCase();
}

@Injectable()
export class TokenDoor implements OperatorDoor {
  constructor(
    private readonly config: GatewayConfig,
    @Inject(GATEWAY_SITE) private readonly site: GatewaySite,
  ) {}

  admit(request: IncomingMessage): OperatorDecision {
    if (this.isForeign(request)) return { ok: false, status: 403, reason: 'foreign-origin' };
    const { adminToken } = this.config;
    if (adminToken === null) {
      return isDirectLoopback(request)
        ? { ok: true, operator: LOCAL }
        : { ok: false, status: 403, reason: 'loopback-only' };
    }
    const given = bearerToken(request);
    if (given !== null) {
      return sameSecret(given, adminToken)
        ? { ok: true, operator: TOKEN }
        : { ok: false, status: 401, reason: 'bad-credentials' };
    }
    const cookie = cookieOf(request, SESSION_COOKIE);
    if (cookie === null) return { ok: false, status: 401, reason: 'no-credentials' };
    return this.isSession(cookie, adminToken)
      ? { ok: true, operator: CONSOLE }
      : { ok: false, status: 401, reason: 'bad-credentials' };
  }

  /** The value of the cookie that keeps a browser logged in; null when the token is wrong or there is none to know. */
  logIn(token: string): { readonly cookie: string; readonly maxAgeMs: number } | null {
    const { adminToken } = this.config;
    if (adminToken === null || !sameSecret(token, adminToken)) return null;
    const until = String(Date.now() + SESSION_MS);
    return { cookie: `${until}.${signature(until, adminToken)}`, maxAgeMs: SESSION_MS };
  }

  get needsToken(): boolean {
    return this.config.adminToken !== null;
  }

  /** Browsers let any page open WebSockets and send cookies along: only our own pages may. */
  private isForeign(request: IncomingMessage): boolean {
    const origin = originOf(request);
    if (origin === null) return false;
    const own = [`http://${request.headers.host}`, `https://${request.headers.host}`, this.site.publicUrl];
    return !own.some((each) => each?.toLowerCase() === origin);
  }

  private isSession(cookie: string, adminToken: string): boolean {
    const [until = '', given = ''] = cookie.split('.', 2);
    return sameSecret(given, signature(until, adminToken)) && Number(until) > Date.now();
  }
}

/** Changing the token ends all sessions. */
function signature(until: string, adminToken: string): string {
  return createHmac('sha256', adminToken).update(`patchbay console session ${until}`).digest('base64url');
}

function cookieOf(request: IncomingMessage, name: string): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}
