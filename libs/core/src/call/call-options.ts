import type { CallAgent, CallObserver, Clock, LegInfo, Log } from '#libs/contracts';
import type { Announcements } from '../media/announcements.js';
import type { GatewayEventRouter } from '../routing/event-router.js';

export interface CallLimits {
  /** Caller sound kept while the AI is not there. */
  readonly earlyAudioMs: number;
  /** Silence of the AI's line before the caller hears a tone. */
  readonly fillerAfterMs: number;
  readonly toolTimeoutMs: number;
  /** A key interrupts the agent. */
  readonly keysInterrupt: boolean;
  /** How long observers may take to finish when a call ends. */
  readonly closersMs: number;
}

export interface CallSessionOptions {
  readonly id: string;
  readonly info: LegInfo;
  readonly agent: CallAgent;
  readonly callerHash: string | null;
  readonly limits: CallLimits;
  readonly announcements: Announcements;
  readonly observers: readonly CallObserver[];
  readonly gateway: GatewayEventRouter;
  readonly clock: Clock;
  readonly log: Log;
  /** The call takes no more sound; its place is free. */
  readonly onOver: () => void;
  /** Observers have finished; nothing of the call is left. */
  readonly onEnded: () => void;
}
