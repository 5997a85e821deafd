import { randomBytes } from 'node:crypto';
import type { CallOutcome } from '../call/call-report.js';
import type { LineOptions } from '../call/caller-line.js';
import type { SignatureVariant } from './twilio-signature.js';

export interface TwilioCallOptions extends LineOptions {
  /** The "a call comes in" webhook, as this machine reaches it. Give this or `streamUrl`. */
  readonly webhookUrl?: string;
  /** The stream itself, for a hand-written TwiML document without a webhook. `ws:` needs `allowInsecure`. */
  readonly streamUrl?: string;
  /**
   * The origin by which the gateway calls itself (its PUBLIC_URL). It is what gets signed; connections to it are made
   * to the origin of `webhookUrl` or `streamUrl` instead.
   */
  readonly publicUrl?: string;
  /** Without one nothing is signed. */
  readonly authToken?: string | null;
  /** Accept `ws:` streams, which Twilio never does. True unless given: the simulator's usual place is one machine. */
  readonly allowInsecure?: boolean;
  readonly signature?: SignatureVariant;
  readonly webhookSignature?: Exclude<SignatureVariant, 'https-form' | 'trailing-slash'>;
  readonly accountSid?: string;
  readonly callSid?: string;
  readonly from?: string;
  readonly to?: string;
  /** More form fields of the webhook, over the usual ones. */
  readonly form?: Readonly<Record<string, string>>;
  /** Custom parameters of a direct stream. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The number's own status callback. */
  readonly statusCallbackUrl?: string;
  readonly statusCallbackEvents?: readonly StatusEvent[];
  /** Callbacks may come twice and out of order; this makes them. */
  readonly statusCallbackDisorder?: boolean;
  /** Time between `connected` and `start`; 0 unless given. */
  readonly startDelayMs?: number;
  /** Fields that replace those of the `start` message, to see what a gateway does with them. */
  readonly startOverride?: Readonly<Record<string, unknown>>;
  /** How the call has to end for the report to be good. Unless given: any of the three ways in which calls should end. */
  readonly expect?: CallOutcome;
}

export type StatusEvent = 'initiated' | 'ringing' | 'in-progress' | 'completed';

/** Two letters and 32 hex digits. */
export function newSid(prefix: 'AC' | 'CA' | 'MZ' | 'RE'): string {
  return prefix + randomBytes(16).toString('hex');
}

/** Between what a URL is called in public and where this machine finds it. */
export class Route {
  private readonly publicOrigin: URL | null;
  private readonly localOrigin: URL;

  constructor(reachableUrl: string, publicUrl: string | undefined) {
    this.localOrigin = new URL(reachableUrl);
    this.publicOrigin = publicUrl === undefined ? null : new URL(publicUrl);
  }

  /** What Twilio would have been given and signs. A URL of another host stays as it is. */
  publicOf(url: string): string {
    return this.publicOrigin === null ? url : moved(url, this.localOrigin, this.publicOrigin);
  }

  localOf(url: string): string {
    return this.publicOrigin === null ? url : moved(url, this.publicOrigin, this.localOrigin);
  }
}

function moved(url: string, from: URL, to: URL): string {
  const parsed = new URL(url);
  if (parsed.host !== from.host) return url;
  const secure = to.protocol === 'https:' || to.protocol === 'wss:';
  const socket = parsed.protocol === 'ws:' || parsed.protocol === 'wss:';
  const scheme = (socket ? 'ws' : 'http') + (secure ? 's' : '');
  // Pasted as text: a URL parser would change escapes, and signatures are over the text as it stands.
  return `${scheme}://${to.host}${url.slice(url.indexOf(parsed.host) + parsed.host.length)}`;
}
