import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
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
      /** Called once if the socket never comes to `handleConnection`. */
      readonly abandon?: () => void;
    }
  | {
      readonly ok: false;
      readonly status: 400 | 401 | 403 | 404 | 503;
      readonly reason: UpgradeRejectReason;
    };

/** Set on the `ws` server by a gateway in `afterInit`. The edge asks it before each upgrade, with a time-out. */
export interface EdgeServer {
  authorize?: (upgrade: UpgradeRequest) => UpgradeDecision | Promise<UpgradeDecision>;
  /** Sockets are refused while the gateway drains, unless this says otherwise. */
  admitsWhileDraining?: () => boolean;
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
  'forwarded',
  'via',
  'true-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-real-ip',
]);
/** What proxies, tunnels and clouds call their own headers. */
const FORWARDING_PREFIX =
  /^(?:x-forwarded|x-original|x-envoy|x-amzn|x-azure|x-appengine|x-vercel|cf-|fly-|fastly-|tailscale-|ngrok-|cdn-)/;

const PRIVATE_ADDRESS = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|f[cd][0-9a-f]{2}:)/;

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** A connection that no proxy or tunnel has passed on, from this machine or (if asked) from a private network. */
export function isDirect(request: IncomingMessage, reach: 'this-machine' | 'private-network'): boolean {
  const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const forwarded = (name: string) => FORWARDING_HEADERS.has(name) || FORWARDING_PREFIX.test(name);
  if (Object.keys(request.headers).some(forwarded)) return false;
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
