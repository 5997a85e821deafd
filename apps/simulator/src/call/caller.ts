import type { Speech } from './speech.js';

/** A person on the phone, as a script drives it. Promises reject with CallOver when the call ends before they are done. */
export interface Caller {
  /** Says it now, over the agent if need be; resolves when the last of it has left. */
  say(speech: Speech): Promise<void>;
  /** Waits until the agent can be heard with something new since the caller last spoke. */
  hearAgent(timeoutMs?: number): Promise<void>;
  /** As `hearAgent`, and until the agent has finished. */
  listen(timeoutMs?: number): Promise<void>;
  /** Waits until the agent has been heard for `afterMs`, then talks over it. */
  interrupt(afterMs: number, speech: Speech): Promise<void>;
  /** Keys, one every 200 ms. */
  press(keys: string): Promise<void>;
  pause(durationMs: number): Promise<void>;
  hangUp(): void;
  /** Tears the socket away without a goodbye. */
  cut(): void;
}

/** What the caller does, from the line being up; afterwards the caller hangs up if the call still lasts. */
export type CallScript = (caller: Caller) => Promise<void>;

/** The call ended while a script was waiting for something. */
export class CallOver extends Error {}

/** The agent did not do in time what a script waited for. */
export class ExpectationFailed extends Error {}
