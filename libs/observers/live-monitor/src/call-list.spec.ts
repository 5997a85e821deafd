import { describe, expect, it } from '@jest/globals';
import { sineAmplitude } from '#libs/audio';
import { Rig } from '../test/rig.js';

describe('the list of calls', () => {
  it('is told to a new viewer first, then what changes, and changes that come together as one', () => {
    const rig = new Rig();
    const call = rig.call('a');
    const { socket, viewer } = rig.viewer();
    rig.list.watch(viewer, 1);
    expect(socket.told('calls')).toMatchObject([
      { calls: [{ callId: 'a', from: '+15550100001', agent: { name: 'desk', version: 1 } }] },
    ]);
    call.router.publish('operator.acted', { action: 'mute', by: 'Ada' });
    call.router.publish('operator.acted', { action: 'take-over', by: 'Ada' });
    expect(socket.told('call.changed')).toEqual([]);
    rig.clock.advance(60);
    expect(socket.told('call.changed')).toMatchObject([{ callId: 'a', muted: true, takenOver: true }]);
  });

  it('keeps the newest calls that ended, for a while', () => {
    const rig = new Rig({ endedCalls: 2, endedMinutes: 10 });
    const { socket, viewer } = rig.viewer();
    const calls = ['a', 'b', 'c'].map((id) => rig.call(id));
    rig.list.watch(viewer, 1);
    for (const call of calls) call.end();
    expect(socket.told('call.gone')).toEqual([{ callId: 'a' }]);
    expect(rig.list.find('a')).toBeNull();
    expect(rig.list.find('b')?.summary).toMatchObject({ state: 'ended', reason: 'caller-hung-up' });
    rig.clock.advance(10 * 60_000);
    expect(socket.told('call.gone').map(({ callId }) => callId)).toEqual(['a', 'b', 'c']);
    rig.list.unwatch(viewer);
    expect(rig.clock.pending).toBe(0);
  });

  it('shows levels at the time at which they are heard, and measures only while somebody watches', () => {
    const rig = new Rig({ levelsEveryMs: 250 });
    const call = rig.call('a');
    expect(rig.clock.pending).toBe(0);
    const { socket, viewer } = rig.viewer();
    rig.list.watch(viewer, 1);
    const amplitude = sineAmplitude(-20);
    const tone = (ms: number) =>
      Buffer.from(
        Int16Array.from(
          { length: ms * 24 },
          (_, i) => amplitude * Math.sin((2 * Math.PI * 1000 * i) / 24_000),
        ).buffer,
      );
    // Heard from the second interval on, for two of them, though all of it is there now.
    for (let i = 0; i < 25; i++) call.agentSays(tone(20), 250 + i * 20);
    for (let i = 0; i < 4; i++) rig.clock.advance(250);
    expect(socket.told('levels').map(({ calls }) => calls[0])).toEqual([
      ['a', null, null, null],
      ['a', null, expect.closeTo(-20, 0), null],
      ['a', null, expect.closeTo(-20, 0), null],
      ['a', null, null, null],
    ]);
    rig.list.unwatch(viewer);
    expect(rig.clock.pending).toBe(0);
  });

  it('forgets levels of what was cut off', () => {
    const rig = new Rig({ levelsEveryMs: 250 });
    const call = rig.call('a');
    const { socket, viewer } = rig.viewer();
    rig.list.watch(viewer, 1);
    for (let i = 0; i < 50; i++) call.agentSays(Buffer.alloc(960, 100), i * 20);
    rig.clock.advance(250);
    call.paths.agent.cut(rig.clock.nowMs());
    rig.clock.advance(500);
    expect(socket.told('levels').map(({ calls }) => calls[0][2] === null)).toEqual([false, true, true]);
  });
});
