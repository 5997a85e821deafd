import type { CallState } from '#libs/contracts';
import { forbiddenMove } from '../errors.js';

/** What each state may become. The README of this library tells what the states mean. */
export const MOVES: Readonly<Record<CallState, readonly CallState[]>> = {
  offered: ['connecting', 'ending'],
  connecting: ['active', 'suspended', 'ending'],
  active: ['suspended', 'ending'],
  suspended: ['active', 'connecting', 'ending'],
  ending: ['ended'],
  ended: [],
};

/** Throws GatewayError CALL_FORBIDDEN_MOVE when the table does not allow the step. */
export function checkMove(from: CallState, to: CallState): void {
  if (!MOVES[from].includes(to)) throw forbiddenMove(from, to);
}
