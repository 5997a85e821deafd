import type { AgentCard } from './agents.js';
import type { EventRouter } from './events.js';
import type { LegInfo, SetupEntry } from './platform.js';

export type CallState = 'offered' | 'connecting' | 'active' | 'suspended' | 'ending' | 'ended';

/** What an observer may see of a call. */
export interface CallView {
  readonly id: string;
  readonly info: LegInfo;
  readonly backend: string;
  readonly agent: AgentCard;
  readonly state: CallState;
  /** Wall-clock time of the offer, milliseconds since 1970. */
  readonly startedAt: number;
  /** The offer on the gateway's clock, which the stamps of events and the times of frames have too: the zero of the call's own clock. */
  readonly offeredMs: number;
  readonly router: EventRouter;
}

/** Sees every call, changes none. */
export interface CallObserver {
  readonly name: string;
  /** Called when a call is offered. The returned function is awaited (5 s at most) when the call ends. */
  onCall(call: CallView): (() => void | Promise<void>) | void;
  /** What the start-up page says about it, for one that can be asked over HTTP at `origin`. */
  setup?(origin: string): readonly SetupEntry[];
}
