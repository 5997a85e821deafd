import type { IncomingMessage } from 'node:http';
import type { AudioFrame } from './audio.js';
import type { UpgradeRejectReason } from './events.js';
import type { CallView } from './observer.js';

/** An operator's own voice in place of the agent's. */
export interface OperatorLine {
  /** Sound of any format, in pieces of any size up to a second. False: not taken. Never waits, never throws. */
  push(frame: AudioFrame): boolean;
  /** Gives the line back to the agent. Idempotent. */
  release(): void;
}

/**
 * What an operator may do to a running call. Nothing waits or throws; after the end of the call nothing has an effect. `by`
 * names the operator in the call's events.
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
  hangUp(by: string): void;
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
}

export type OperatorDecision =
  | { readonly ok: true; readonly operator: Operator }
  | { readonly ok: false; readonly status: 401 | 403; readonly reason: UpgradeRejectReason };

/**
 * Lets operators in: by bearer token, by the session cookie that logging in gave a browser, or, while ADMIN_TOKEN is not set,
 * from this very machine. A browser's request must come from the gateway's own pages. Inject with the token `OPERATOR_DOOR`.
 */
export interface OperatorDoor {
  admit(request: IncomingMessage): OperatorDecision;
}
