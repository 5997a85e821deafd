import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CallState } from '#libs/contracts';
import { checkMove, MOVES } from './call-state.js';

const states = Object.keys(MOVES) as CallState[];

describe('the table of moves', () => {
  it('leads from every state to the end', () => {
    for (const start of states) {
      const reachable = new Set<CallState>([start]);
      for (const state of reachable) for (const next of MOVES[state]) reachable.add(next);
      expect(reachable.has('ended')).toBe(true);
    }
  });

  it('never comes back from ending', () => {
    expect(MOVES.ending).toEqual(['ended']);
    expect(MOVES.ended).toEqual([]);
  });

  it('lets through exactly the moves in the table, and names those it refuses', () => {
    fc.assert(
      fc.property(fc.constantFrom(...states), fc.constantFrom(...states), (from, to) => {
        if (MOVES[from].includes(to)) expect(() => checkMove(from, to)).not.toThrow();
        else
          expect(() => checkMove(from, to)).toThrow(expect.objectContaining({ code: 'CALL_FORBIDDEN_MOVE' }));
      }),
    );
  });
});
