import { describe, expect, it } from '@jest/globals';
import type { Operator } from '#libs/contracts';
import { ManualClock } from '#libs/testing';
import { SESSION_MS, Sessions } from './sessions.js';

const ADA: Operator = { name: 'Ada', role: 'operator' };

describe('Sessions', () => {
  it('knows who is logged in until he logs out, and ends then what he had opened', () => {
    const clock = new ManualClock();
    const sessions = new Sessions(clock);
    const [id, other] = [sessions.open(ADA), sessions.open(ADA)];
    const session = sessions.find(id)!;
    expect(session.operator).toBe(ADA);
    const ended: string[] = [];
    session.onEnd(() => ended.push('socket'));
    session.onEnd(() => ended.push('closed before'))();
    sessions.find(other)!.onEnd(() => ended.push('of the other'));
    sessions.end(id);
    sessions.end(id);
    expect(ended).toEqual(['socket']);
    session.onEnd(() => ended.push('too late'));
    expect(ended).toEqual(['socket', 'too late']);
    expect(sessions.find(id)).toBeNull();
    expect(sessions.find(other)).not.toBeNull();
    expect(clock.pending).toBe(1);
  });

  it('ends a session in time', () => {
    const clock = new ManualClock();
    const sessions = new Sessions(clock);
    const id = sessions.open(ADA);
    let ended = 0;
    sessions.find(id)!.onEnd(() => ended++);
    clock.advance(SESSION_MS - 1);
    expect([ended, sessions.find(id) !== null]).toEqual([0, true]);
    clock.advance(1);
    expect([ended, sessions.find(id)]).toEqual([1, null]);
  });

  it('keeps the newest thousand', () => {
    const clock = new ManualClock();
    const sessions = new Sessions(clock);
    const ids = Array.from({ length: 1001 }, () => sessions.open(ADA));
    let ended = 0;
    expect(sessions.find(ids[0]!)).toBeNull();
    sessions.find(ids[1]!)!.onEnd(() => ended++);
    sessions.open(ADA);
    expect([ended, clock.pending]).toEqual([1, 1000]);
  });
});
