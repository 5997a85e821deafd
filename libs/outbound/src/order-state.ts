import type { DialState } from '#libs/contracts';

/** What may follow what. An attempt that is to be made again goes back into the queue; an answered one never does. */
const MOVES: Readonly<Record<DialState, readonly DialState[]>> = {
  queued: ['dialling', 'over'],
  dialling: ['ringing', 'answered', 'queued', 'over'],
  ringing: ['answered', 'queued', 'over'],
  answered: ['over'],
  over: [],
};

const STATES = Object.keys(MOVES) as readonly DialState[];

export function mayMove(from: DialState, to: DialState): boolean {
  return MOVES[from].includes(to);
}

/** From which `to` may be reached. */
export function statesBefore(to: DialState): readonly DialState[] {
  return STATES.filter((from) => mayMove(from, to));
}

/** Somebody's telephone may ring or be in use. */
export const UNDER_WAY: readonly DialState[] = ['dialling', 'ringing', 'answered'];
