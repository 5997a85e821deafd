import type { IncomingMessage } from 'node:http';
import type { AudioFrame } from './audio.js';
import type { Cancel } from './clock.js';
import type { UpgradeRejectReason } from './events.js';
import type { CallView } from './observer.js';
import type { EndReason } from './platform.js';

/** An operator's own voice in place of the agent's. */
export interface OperatorLine {
  /** Sound of any format, in pieces of any size up to a second. False: not taken. Never waits, never throws. */
  push(frame: AudioFrame): boolean;
  /** Gives the line back to the agent. Idempotent. */
  release(): void;
}

/**
 * What an operator may do to a running call. Nothing waits or throws; after the end of the call nothing has an effect. `by`
 * names the operator in the call's events; what the agent does itself is by `agent`, what the gateway does by `gateway`.
 */
export interface CallControl {
  readonly view: CallView;
  readonly muted: boolean;
  readonly takenOver: boolean;
  /**
   * The agent says these words as they stand, after what it is saying. False: this backend cannot, the AI is not there, or
   * nobody would hear it (the agent is muted, an operator has the line, the caller is away).
   */
  say(text: string, by: string): boolean;
  /** The agent is told something that the caller does not hear. False: this backend cannot, or the AI is not there. */
  whisper(text: string, by: string): boolean;
  /** A muted agent is not heard, and knows that it was not. */
  mute(muted: boolean, by: string): void;
  /** The agent falls silent and hears nothing until the line is released. Null: somebody else has taken over. */
  takeOver(by: string): OperatorLine | null;
  /** `reason`: where the gateway itself ends the call; an operator's otherwise. */
  hangUp(by: string, reason?: EndReason): void;
  /**
   * The call ends when the caller has heard what is being said, told by mark or clock, and at most 1.5 s after it should have been
   * heard. What the agent says after this is not heard any more.
   */
  hangUpAfterLastWord(by: string): void;
  /** Hands the caller on. Rejects with a GatewayError when the call goes on: TRANSFER_UNSUPPORTED, TRANSFER_UNDER_WAY or the platform's; with TRANSFER_CALL_OVER when it ended before. */
  transfer(order: TransferOrder, by: string): Promise<void>;
  /** 0-9, *, #, A-D, w (half a second). False: not these characters, or nobody would hear them. */
  sendDtmf(digits: string, by: string): boolean;
  /** Waits for keys; they do not reach the model otherwise meanwhile. Rejects with DIGITS_UNDER_WAY, DIGITS_CALL_OVER, or what `signal` says. */
  collectDigits(order: DigitsOrder, signal: AbortSignal): Promise<CollectedDigits>;
}

export interface TransferOrder {
  /** A number or SIP address. */
  readonly to: string;
  /** Said and heard before; null: nothing. */
  readonly say: string | null;
}

export interface DigitsOrder {
  readonly maxDigits: number;
  /** Ends the collection and is not part of it; null: none. */
  readonly finishKey: string | null;
  /** Without a key for so long it is over; before the first key it counts from when what is being said was heard. */
  readonly timeoutMs: number;
  /** Nobody shall keep them: the events carry no digits, recordings pause. */
  readonly sensitive: boolean;
}

export interface CollectedDigits {
  readonly digits: string;
  /** All digits or the finish key came; otherwise time ran out. */
  readonly complete: boolean;
}

/** Where operators find calls. Inject with the token `CALL_DESK`. */
export interface CallDesk {
  readonly calls: readonly CallControl[];
  find(callId: string): CallControl | null;
}

/** A viewer sees and listens, an operator also steps in, an admin also changes settings. Each may what those before it may. */
export type OperatorRole = 'viewer' | 'operator' | 'admin';

export const OPERATOR_ROLES: readonly OperatorRole[] = ['viewer', 'operator', 'admin'];

export function mayAct(role: OperatorRole, needed: OperatorRole): boolean {
  return OPERATOR_ROLES.indexOf(role) >= OPERATOR_ROLES.indexOf(needed);
}

/** Who is at the door, for the log and for what he may do. */
export interface Operator {
  readonly name: string;
  readonly role: OperatorRole;
  /** Of the API key that let this operator in, since several keys may have one name. Absent: it was none. */
  readonly keyId?: string;
}

/** A log-in that may end before what was opened with it. */
export interface OperatorSession {
  /** Runs `action` once when it ends, by log-out or in time; at once where it has ended already. */
  onEnd(action: () => void): Cancel;
}

export type OperatorDecision =
  | {
      readonly ok: true;
      readonly operator: Operator;
      /** Absent where what let the operator in lasts as long as the gateway. */
      readonly session?: OperatorSession;
    }
  | { readonly ok: false; readonly status: 401 | 403 | 429; readonly reason: UpgradeRejectReason };

/**
 * Lets operators in: by bearer token, by the session cookie that logging in gave a browser, or, while ADMIN_TOKEN is not set,
 * from this very machine. A browser's request must come from the gateway's own pages. Who opens something that lasts ends it with
 * the decision's `session`; the edge does so for sockets that are given it. Inject with the token `OPERATOR_DOOR`.
 */
export interface OperatorDoor {
  /** False: nobody but this machine is let in, since there is no token to ask for. */
  readonly needsToken: boolean;
  admit(request: IncomingMessage): OperatorDecision;
}
