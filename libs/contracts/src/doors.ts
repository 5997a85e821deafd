import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { OperatorSession } from './control.js';
import type { UpgradeRejectReason } from './events.js';

/** A socket that asks to be let in, before the upgrade. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  /** Path without query. */
  readonly path: string;
  /** Values of `:name` parts of the gateway's path. */
  readonly params: Readonly<Record<string, string>>;
}

export type UpgradeDecision =
  | {
      readonly ok: true;
      /** Handed to `handleConnection` as `request.edge.context`. */
      readonly context?: unknown;
      /** What the peer was let in with, where that may end: the edge closes the socket (4401) when it does. */
      readonly session?: OperatorSession | undefined;
      /** Called once if the socket never comes to `handleConnection`. */
      readonly abandon?: () => void;
    }
  | {
      readonly ok: false;
      readonly status: 400 | 401 | 403 | 404 | 429 | 503;
      readonly reason: UpgradeRejectReason;
    };

/** How many messages a peer may send: `burst` at once, and `perSecond` in the long run. Each 8 KiB of a long one count as one more. */
export interface MessageRate {
  readonly burst: number;
  readonly perSecond: number;
}

export interface MessageLimits {
  /** Of text messages, and of the pings and pongs of the WebSocket protocol. */
  readonly text: MessageRate;
  readonly binary: MessageRate;
}

/** Set on the `ws` server by a gateway in `afterInit`. The edge asks it before each upgrade, with a time-out. */
export interface EdgeServer {
  authorize?: (upgrade: UpgradeRequest) => UpgradeDecision | Promise<UpgradeDecision>;
  /** Sockets are refused while the gateway drains, unless this says otherwise. */
  admitsWhileDraining?: () => boolean;
  /**
   * A peer that sends more is cut off (1008) before anybody reads it. Default: twenty seconds of a call's messages at once, and the double
   * of what a call brings in the long run.
   */
  messageLimits?: MessageLimits;
}

/** What `handleConnection(client, request)` finds on its request. */
export interface EdgeRequest extends IncomingMessage {
  edge: {
    readonly path: string;
    readonly params: Readonly<Record<string, string>>;
    readonly context: unknown;
  };
}

const FORWARDING_HEADERS = new Set([
  'client-ip',
  'forwarded',
  'front-end-https',
  'true-client-ip',
  'via',
  'wl-proxy-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-host',
  'x-proxyuser-ip',
  'x-real-ip',
  'x-scheme',
]);
/** What proxies, tunnels and clouds call their own headers. */
const FORWARDING_PREFIX =
  /^(?:x-forwarded|x-original|x-envoy|x-amzn|x-azure|x-appengine|x-vercel|cf-|fly-|fastly-|tailscale-|ngrok-|cdn-)/;

const PRIVATE_ADDRESS = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|f[cd][0-9a-f]{2}:)/;

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/**
 * A connection that no proxy or tunnel has passed on, from this machine or (if asked) from a private network. A bare `proxy_pass`
 * of nginx adds no header, but speaks HTTP/1.0, which neither browsers nor platforms do.
 */
export function isDirect(request: IncomingMessage, reach: 'this-machine' | 'private-network'): boolean {
  const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const forwarded = (name: string) => FORWARDING_HEADERS.has(name) || FORWARDING_PREFIX.test(name);
  if (request.httpVersion === '1.0' || Object.keys(request.headers).some(forwarded)) return false;
  return isLoopbackAddress(address) || (reach === 'private-network' && PRIVATE_ADDRESS.test(address));
}

const LOOPBACK_NAME = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

/** Is the request made by a page of another site, in a browser on this machine? Browsers let any page open WebSockets. */
function isForeignPage(request: IncomingMessage): boolean {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return true;
  return origin !== undefined && !LOOPBACK_NAME.test(origin.replace(/^https?:\/\//, ''));
}

/**
 * A connection from this very machine that no proxy or tunnel has passed on. Doors whose secret is not set open to it alone.
 * The Host must be a loopback name too, so that a page in a browser cannot rebind its own name to this machine; and a page of
 * another site, which browsers let talk to this machine, is told by its Origin.
 */
export function isDirectLoopback(request: IncomingMessage): boolean {
  return (
    isDirect(request, 'this-machine') &&
    LOOPBACK_NAME.test(request.headers.host ?? '') &&
    !isForeignPage(request)
  );
}

/** Compares in constant time, whatever the lengths. An empty expected secret matches nothing. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected)) && expected.length > 0;
}

/** The token of `Authorization: Bearer <token>`, whatever the case of the scheme; null when there is none. */
export function bearerToken(request: IncomingMessage): string | null {
  const match = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '');
  return match?.[1] ?? null;
}
