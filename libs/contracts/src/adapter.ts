import type { Dialler } from './dial.js';
import type { CallView } from './observer.js';
import type { PlatformCapabilities, SetupEntry } from './platform.js';

/** Recordings that a platform makes itself, beside the gateway's own. Calls are named by the platform's id. */
export interface PlatformRecordings {
  /** Told of each call of this platform as an observer is, so that it can follow the recording policy of the call's agent. */
  onCall(call: CallView): void;
  /** Of a running call; false: the platform does not record it. */
  pause(platformCallId: string): boolean;
  resume(platformCallId: string): boolean;
  /**
   * Deletes what the platform has recorded of a call that is over, also what is still to come of it. False: there was none, or the
   * call still runs.
   */
  remove(platformCallId: string): Promise<boolean>;
}

export interface PlatformAdapter {
  readonly name: string;
  readonly capabilities: PlatformCapabilities;
  /** Present on a platform that is set up to place calls. */
  readonly dialler?: Dialler | null;
  /** Present on a platform that can make recordings of its own. */
  readonly recordings?: PlatformRecordings | null;
  /** What to paste where, and what is missing. `origin` is PUBLIC_URL, or the local origin when there is none. */
  setup(origin: string, isPublic: boolean): readonly SetupEntry[];
}
