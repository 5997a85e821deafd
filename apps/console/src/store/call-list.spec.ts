import { describe, expect, it } from '@jest/globals';
import { FakeMonitor, summary } from '../../test/fake-monitor.js';
import { NO_FILTER, platformsOf, sorted } from './call-filter.js';
import { CallList, type CallTable, reduceCalls } from './call-list.js';
import { deflection, LevelBoard } from './level-board.js';

const table = (...calls: ReturnType<typeof summary>[]): CallTable =>
  new Map(calls.map((call) => [call.callId, call]));

describe('the list of calls', () => {
  it('is unknown until the gateway has told it', () => {
    const monitor = new FakeMonitor();
    const list = new CallList(monitor.client, monitor.clock);
    monitor.connect();
    expect(list.calls.get()).toBeNull();
    monitor.socket.tell('calls', { calls: [] });
    expect(list.calls.get()?.size).toBe(0);
  });

  it('takes changes and goodbyes, and tells many of them at once', () => {
    const monitor = new FakeMonitor();
    const list = new CallList(monitor.client, monitor.clock);
    monitor.connect();
    monitor.socket.tell('calls', { calls: [summary(), summary({ callId: 'c2' })] });
    let told = 0;
    list.calls.watch(() => told++);
    monitor.socket.tell('call.changed', summary({ callId: 'c2', muted: true }));
    monitor.socket.tell('call.changed', summary({ callId: 'c3' }));
    monitor.socket.tell('call.gone', { callId: 'c1' });
    monitor.clock.advance(100);
    expect(told).toBe(1);
    expect([...(list.calls.get()?.keys() ?? [])]).toEqual(['c2', 'c3']);
    expect(list.calls.get()?.get('c2')?.muted).toBe(true);
  });

  it('keeps calls that did not change the same objects, so that only what changed is drawn', () => {
    const first = summary();
    const second = summary({ callId: 'c2', score: 80 });
    const before = table(first, second);
    const after = reduceCalls(before, {
      event: 'levels',
      data: {
        calls: [
          ['c1', -20, -30, 77],
          ['c2', -20, -30, 80],
        ],
      },
    });
    expect(after?.get('c1')).toMatchObject({ score: 77 });
    expect(after?.get('c2')).toBe(second);
    expect(reduceCalls(after, { event: 'levels', data: { calls: [['c2', -1, -1, 80]] } })).toBe(after);
    expect(reduceCalls(after, { event: 'call.gone', data: { callId: 'c9' } })).toBe(after);
  });

  it('shows running calls longest first and ended ones newest first, as far as they match', () => {
    const calls = table(
      summary({ callId: 'young', startedAt: 50 }),
      summary({ callId: 'old', startedAt: 10, platform: 'audiocodes', score: 50 }),
      summary({
        callId: 'gone',
        agent: { name: 'shop', version: 3 },
        state: 'ended',
        startedAt: 1,
        endedAfterMs: 100,
        score: 91,
      }),
      summary({ callId: 'gone before', state: 'ended', startedAt: 2, endedAfterMs: 5, from: 'Zoë' }),
    );
    const ids = (filter = NO_FILTER) => {
      const { live, ended } = sorted(calls, filter);
      return [live.map(({ callId }) => callId), ended.map(({ callId }) => callId)];
    };
    expect(ids()).toEqual([
      ['old', 'young'],
      ['gone', 'gone before'],
    ]);
    expect(ids({ ...NO_FILTER, text: 'zoë twilio' })).toEqual([[], ['gone before']]);
    expect(ids({ ...NO_FILTER, text: 'shop' })).toEqual([[], ['gone']]);
    expect(ids({ ...NO_FILTER, platform: 'audiocodes' })).toEqual([['old'], []]);
    expect(ids({ ...NO_FILTER, quality: 'poor' })).toEqual([['old'], []]);
    expect(ids({ ...NO_FILTER, quality: 'good' })).toEqual([[], ['gone']]);
    expect(platformsOf(calls)).toEqual(['audiocodes', 'twilio']);
  });
});

describe('level meters', () => {
  it('show decibels from the floor to full scale', () => {
    expect([null, -127, -60, -30, 0, 3].map(deflection)).toEqual([0, 0, 0, 0.5, 1, 1]);
  });

  it('fall to zero when no new level comes', () => {
    let nowMs = 0;
    const board = new LevelBoard(() => nowMs);
    board.take([['c1', -30, null, 80]]);
    expect(board.read('c1', 'caller')).toBe(0.5);
    expect(board.read('c1', 'agent')).toBe(0);
    nowMs = 2600;
    expect(board.read('c1', 'caller')).toBe(0);
  });
});
