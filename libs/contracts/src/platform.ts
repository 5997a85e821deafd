import type { AudioFormat, AudioFrame, AudioSink } from './audio.js';
import type { GatewayError } from './errors.js';

export interface PlatformCapabilities {
  /** The platform reports when a mark was reached. Without it, what was heard is told by the clock. */
  readonly marks: boolean;
  /** A lost leg may come back on a new socket within this time; null when it cannot. */
  readonly resumeWithinMs: number | null;
  /** Caller sound never pauses. Where it does, the leg fills the gaps so that voice detection does not hang. */
  readonly continuousCallerAudio: boolean;
  /**
   * The caller's line is open before `answer`, so silence would be heard: the call is answered early and filled with a
   * tone if the AI takes long to come. Where it is false the platform keeps the line ringing until `answer`.
   */
  readonly earlyMedia?: boolean;
  readonly transfer: boolean;
  readonly dial: boolean;
}

/** What the leg knows about its call. `from` and `to` are personal data: log them under `pii` only. */
export interface LegInfo {
  readonly platform: string;
  /** The platform's own id of the call; unique within the platform, opaque. */
  readonly platformCallId: string;
  readonly direction: 'inbound' | 'outbound';
  readonly from: string | null;
  readonly to: string | null;
  /** What the caller's sound may come as, best first. */
  readonly callerFormats: readonly AudioFormat[];
  /** What the agent's sound may be sent as, best first. */
  readonly agentFormats: readonly AudioFormat[];
  /** Custom parameters and metadata of the call. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The agent that this call is for, where somebody entitled has said so: an order to dial, a URL or a softphone of the operator's. */
  readonly agent?: string;
  /** What the platform's own configuration calls this bot; routes may choose by it. */
  readonly botName?: string;
  /** Of a call that was dialled: `DialOrder.orderId`. */
  readonly orderId?: string;
  readonly capabilities: PlatformCapabilities;
}

export interface LegFormats {
  readonly caller: AudioFormat;
  readonly agent: AudioFormat;
}

/** Why a call ended; a closed list, since it is a metric's label. */
export type EndReason = (typeof END_REASONS)[number];

export const END_REASONS = [
  'caller-hung-up',
  'agent-hung-up',
  'operator-hung-up',
  'transferred',
  'caller-silent',
  'limit-reached',
  'machine-answered',
  'leg-lost',
  'never-connected',
  'ai-unavailable',
  'ai-closed',
  'protocol-error',
  'gateway-draining',
  'internal-error',
] as const;

/** What the AI has understood of the caller, for platforms that run no recogniser of their own. */
export type CallerNews =
  | { readonly kind: 'speech-started' }
  | { readonly kind: 'speech-stopped' }
  | { readonly kind: 'turn-committed' }
  | { readonly kind: 'hypothesis'; readonly text: string }
  | { readonly kind: 'recognition'; readonly text: string };

/** A conversation by text: the platform says the words and hears the caller by means of its own. Outlives the leg's sound. */
export interface TextTurns {
  /** Said first. */
  readonly opening: string;
  /** Never rejects: what cannot be had is an apology with `hangUp`. */
  reply(said: string, signal: AbortSignal): Promise<{ readonly say: string; readonly hangUp: boolean }>;
  /** The platform's last word, once: nothing is asked for after it, and the call is over. */
  over(): void;
}

/**
 * One call's connection to its platform. Written by the platform plug-in, driven by the call session.
 * No method waits or throws; after `hangUp` or after the far side is gone every method does nothing.
 */
export interface PlatformLeg extends AudioSink {
  readonly info: LegInfo;
  /** The AI is ready: take the call with these formats. Nothing is pushed before. Called again on a resumed leg. */
  answer(formats: LegFormats): void;
  /** Agent sound in the agreed format. Sent at once, in any size. */
  push(frame: AudioFrame): boolean;
  /** Agent sound that was pushed and is held back to fill a frame, in milliseconds. Absent: none ever is. */
  readonly heldMs?: number;
  /** The utterance is complete: send what is held back to fill a frame, and hand the floor to the caller. */
  flush(): void;
  /** Ask to be told by `onMarkHeard(name)` when everything pushed before was heard. Only with `capabilities.marks`. */
  mark(name: string): void;
  /** Silence now: drop everything that was pushed and not yet heard. */
  clear(): void;
  /** `told`: the caller has heard why. A platform that has a spoken fall-back of its own leaves it unsaid then. */
  hangUp(reason: EndReason, told?: boolean): void;
  /**
   * Hands the caller to another number or SIP address; whoever is to be heard first was heard. Resolves when the platform has taken the
   * caller over, rejects with a GatewayError when the call goes on here. Only with `capabilities.transfer`.
   */
  transfer?(to: string): Promise<void>;
  /** Keys towards the caller's side, where the platform has a way of its own. Absent or false: they are sent as tones. */
  sendDtmf?(digits: string): boolean;
  /**
   * The AI is away: the platform goes on in turns of text until `turns.over()`. The leg carries no sound and tells nothing any more;
   * `hangUp` ends the conversation. False: it cannot.
   */
  takeTurns?(turns: TextTurns): boolean;
  understood?(news: CallerNews): void;
}

/** What a leg tells its call. Handed out by `CallIntake.offer` and `resume`. Every method returns quickly and never throws. */
export interface LegListener {
  /** The caller can hear from now on: greet. Once per leg, after `answer`. */
  onReady(): void;
  /** Sound of the caller. Allowed before `answer`: early sound is kept, 2 s at most. */
  onCallerAudio(frame: AudioFrame): void;
  onMarkHeard(name: string): void;
  /** The platform says that all sound it was sent has been played, where it says so without marks. */
  onPlaybackFinished(): void;
  /** One key: 0-9, *, #, A-D. */
  onDtmf(digit: string): void;
  /** The platform told more about the call after the offer. */
  onDetails(details: {
    readonly to?: string;
    readonly from?: string;
    readonly parameters?: Readonly<Record<string, string>>;
  }): void;
  /** Something was wrong and the call goes on. Counted and published, never fatal. */
  onFault(error: GatewayError): void;
  /** The socket is gone without a goodbye. The leg may come back where the platform can resume. */
  onLegLost(error: GatewayError): void;
  /** The call is over on the platform's side. */
  onHangUp(reason: EndReason): void;
}

/** One of the MAX_CALLS places, taken before the upgrade. */
export interface CallPlace {
  /** Gives the place back. Idempotent; without effect once a call has taken it over. */
  release(): void;
}

/** A call that the platform has promised by webhook and whose media socket is still to come. */
export interface CallAnnouncement {
  readonly info: LegInfo;
  /** After this time without a leg the announced call is given up. */
  readonly expiresInMs: number;
  /** The call ended before it had a leg that could have been hung up: the line is still the platform's to end. At most once. */
  readonly onOver?: (reason: EndReason) => void;
}

/** Where platforms bring their calls. Inject with the token `CALL_INTAKE`. */
export interface CallIntake {
  /** Null while the gateway is full or draining. */
  reserve(): CallPlace | null;
  /**
   * Starts connecting the AI before the media socket is there. False: full or draining, refuse the call. Throws a GatewayError where
   * the call cannot be taken at all, because its agent is not there for instance.
   */
  announce(announcement: CallAnnouncement): boolean;
  isAnnounced(platform: string, platformCallId: string): boolean;
  /** The media socket of an announced call failed to come up or the caller hung up before: give it up. */
  withdraw(platform: string, platformCallId: string): void;
  /**
   * A new call. `place` may be null only for an announced one, which has its place already.
   * Throws GatewayError CALL_DUPLICATE when this platform call is already running on another leg.
   */
  offer(leg: PlatformLeg, place: CallPlace | null): LegListener;
  /** A lost leg came back on a new socket. Null: no such call here. The old leg is dropped without ending the call. */
  resume(leg: PlatformLeg): LegListener | null;
  /** Is any call of this platform running here? Lets a platform that can resume admit sockets while draining or full. */
  hasCalls(platform: string): boolean;
  readonly draining: boolean;
  readonly full: boolean;
}

/** What the start-up page says about one platform, backend or setting. */
export interface SetupEntry {
  readonly title: string;
  readonly state: 'ready' | 'loopback-only' | 'incomplete';
  readonly lines: readonly string[];
  /** What is pasted elsewhere as a whole, under a line that says where. */
  readonly snippets?: readonly { readonly where: string; readonly text: string }[];
}
