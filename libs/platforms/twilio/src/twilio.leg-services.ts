import type { EndReason, TextTurns } from '#libs/contracts';
import type { TransferableLeg } from './twilio.transfers.js';

/** What a leg can have done about its call beside its stream. */
export interface LegServices {
  transfer(leg: TransferableLeg, to: string): Promise<void>;
  /** False: the call cannot go on in turns. Calls `instead` where that has to be begun by ending the stream. */
  takeTurns(callSid: string, turns: TextTurns, announced: boolean, instead: () => void): boolean;
  /** Ends a call that goes on in turns, unless the caller is somebody else's now. */
  endTurns(callSid: string, reason: EndReason): void;
  /** Ends a call that has no stream. */
  hangUp(callSid: string): void;
  legEnded(leg: TransferableLeg): void;
}
