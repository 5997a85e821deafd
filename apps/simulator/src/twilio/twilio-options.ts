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
  /** How much later than it was reached the next mark is echoed, in milliseconds; null: never. */
  readonly markDelayMs?: () => number | null;
  /** Fields that replace those of the `start` message, to see what a gateway does with them. */
  readonly startOverride?: Readonly<Record<string, unknown>>;
  /** Where recordings are said to be; Twilio's own API unless given. */
  readonly apiOrigin?: string;
  /** Status callbacks never come. */
  readonly statusCallbacksLost?: boolean;
  /** What becomes of a `<Dial>`; without it the first one ends the call as transferred. */
  readonly onDial?: (target: string) => DialScript;
  /** What the caller answers to one `<Gather>` after the other; null, and when there are no more: silence. */
  readonly gatherAnswers?: readonly (GatherAnswer | null)[];
  /** The call was ordered by REST, and is not answered yet. Set by the simulated API. */
  readonly dialled?: DialledCall;
  /** How the call has to end for the report to be good. Unless given: any of the three ways in which calls should end. */
  readonly expect?: CallOutcome;
}

/** Who is called, and how he takes it. */
export interface CalleeScript {
  /** Unless given, he answers. */
  readonly does?: 'answer' | 'busy' | 'no-answer' | 'failed';
  /** So long does it ring before he does; 0 unless given. */
  readonly ringsForMs?: number;
  /** In its place: it rings until then. */
  readonly ringsUntil?: Promise<void>;
  /** What the detection of machines finds: `human` unless given. */
  readonly is?: 'human' | 'machine' | 'fax' | 'unknown';
  /** From the answer until that is known; 0 unless given. */
  readonly knownAfterMs?: number;
  /** More of the call: script, faults, disorder of callbacks, what becomes of a `<Dial>` … */
  readonly call?: Omit<TwilioCallOptions, 'webhookUrl' | 'streamUrl' | 'dialled' | 'callSid' | 'from' | 'to'>;
}

export interface DialledCall {
  readonly callee: CalleeScript;
  /** The `Timeout` of the order. */
  readonly ringForMs: number;
  /** The `TimeLimit` of the order, from the answer on; null: Twilio's own four hours. */
  readonly limitMs: number | null;
  /** A document of its own in place of the URL. */
  readonly twiml: string | null;
  readonly method: 'GET' | 'POST';
  readonly detection: MachineDetection | null;
}

export interface MachineDetection {
  /** Wait for the end of the greeting. */
  readonly messageEnd: boolean;
  /** Beside the call; otherwise the call waits for it. */
  readonly beside: { readonly url: string; readonly method: 'GET' | 'POST' } | null;
}

/** How a dialled party takes it. */
export interface DialScript {
  readonly status: 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled';
  /** It rings for so long; 0 unless given, and at most the `timeout` of the verb. */
  readonly ringsForMs?: number;
  /** The parties talk for so long; 0 unless given. */
  readonly talksForMs?: number;
}

export interface GatherAnswer {
  readonly speech?: string;
  readonly digits?: string;
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
