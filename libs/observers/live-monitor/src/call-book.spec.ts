import { describe, expect, it } from '@jest/globals';
import type { QualitySample } from '#libs/contracts';
import { Rig } from '../test/rig.js';

const second = (levelDbov: number, score: number | null): QualitySample =>
  ({ levelDbov, snrDb: null, clippingPercent: 0, arrival: null, score }) as QualitySample;

describe('what is known of a call', () => {
  it('is bounded in every respect, and the newest is kept', () => {
    const rig = new Rig({ keptEvents: 20, keptLines: 10, keptSamples: 10 });
    const { router } = rig.call('a');
    for (let i = 0; i < 1000; i++) {
      router.publish('caller.dtmf', { digit: String(i % 10) });
      router.publish('transcript.final', { speaker: 'caller', itemId: `i${i}`, text: `line ${i}` });
      router.publish('quality.sampled', { track: 'caller', second: second(-i, 50), call: second(-20, 50) });
      router.publish('caller.speech.started', { startedMs: 1000 + i });
    }
    const { events, transcript, samples, speech } = rig.list.find('a')!.story;
    expect([events.length, transcript.length, samples.length, speech.length]).toEqual([20, 10, 10, 10]);
    expect(transcript.at(-1)?.text).toBe('line 999');
    expect(samples[0]).toMatchObject({ levelDbov: -990, snrDb: null, clippingPercent: 0, jitterMs: null });
    expect(samples.at(-1)?.levelDbov).toBe(-999);
  });

  it('keeps how the call went through a flood of anything else, which is folded', () => {
    const rig = new Rig();
    const { router } = rig.call('a');
    router.publish('call.connected', { setupMs: 1 } as never);
    router.publish('operator.acted', { action: 'take-over', by: 'Ada' });
    router.publish('operator.acted', { action: 'give-back', by: 'Ada' });
    router.publish('agent.interrupted', { itemId: 'x', heardMs: 1, sentMs: 2, stopMs: 1, cause: 'key' });
    for (let i = 0; i < 5000; i++) {
      rig.clock.advance(10);
      router.publish('caller.dtmf', { digit: String(i % 10) });
    }
    const { events } = rig.list.find('a')!.story;
    expect(events.slice(0, 5).map(({ type }) => type)).toEqual([
      'call.offered',
      'call.connected',
      'operator.acted',
      'operator.acted',
      'agent.interrupted',
    ]);
    const keys = events.slice(5);
    // The digits of a long number stay readable; what comes on top stands in one.
    expect(keys).toHaveLength(20);
    expect(keys[0]).toEqual({ type: 'caller.dtmf', atMs: 10, data: { digit: '0' } });
    expect(keys.at(-1)).toEqual({
      type: 'caller.dtmf',
      atMs: 200,
      data: { digit: '9' },
      count: 4981,
      lastAtMs: 50_000,
    });
  });

  it('keeps it through a flood of many kinds in turn, and the newest of each kind', () => {
    const rig = new Rig({ keptEvents: 100 });
    const { router } = rig.call('a');
    router.publish('call.connected', { setupMs: 1 } as never);
    router.publish('tool.called', { toolCallId: 't', name: 'hours', arguments: '{}' });
    for (let i = 0; i < 5000; i++) {
      router.publish('caller.dtmf', { digit: String(i % 10) });
      router.publish('platform.failed', { platform: 'browser', code: `C${i}`, fatal: false });
      router.publish('operator.acted', { action: i % 2 === 0 ? 'mute' : 'unmute', by: 'Ada' });
    }
    router.publish('call.suspended', { code: 'LOST' });
    const { events } = rig.list.find('a')!.story;
    const ofType = (type: string) => events.filter((event) => event.type === type);
    expect(events).toHaveLength(100);
    for (const type of ['call.offered', 'call.connected', 'call.suspended', 'tool.called'])
      expect(ofType(type)).toHaveLength(1);
    // The life cycle has half of the room, however often an operator acts.
    expect(ofType('operator.acted')).toHaveLength(47);
    expect(ofType('platform.failed').at(-1)?.data).toMatchObject({ code: 'C4999' });
    expect(ofType('caller.dtmf').length + ofType('platform.failed').length).toBe(49);
    expect(Math.abs(ofType('caller.dtmf').length - ofType('platform.failed').length)).toBeLessThanOrEqual(1);
  });

  it('places what a caller said at the beginning of his turn, not where its words came', () => {
    const rig = new Rig();
    const { router } = rig.call('a');
    const zero = rig.clock.nowMs();
    const say = (text: string) => {
      rig.clock.advance(2500);
      router.publish('transcript.final', { speaker: 'caller', itemId: text, text });
    };
    rig.clock.advance(4000);
    router.publish('caller.speech.started', { startedMs: zero + 3600 });
    rig.clock.advance(1000);
    router.publish('caller.speech.stopped', { stoppedMs: zero + 4500 });
    router.publish('caller.turn.committed', {});
    say('one');
    // Nothing told of a beginning.
    say('two');
    router.publish('caller.speech.started', { startedMs: zero + 9900 });
    router.publish('operator.acted', { action: 'take-over', by: 'Ada' });
    rig.clock.advance(60_000);
    router.publish('operator.acted', { action: 'give-back', by: 'Ada' });
    router.publish('caller.speech.started', { startedMs: zero + 70_000 });
    router.publish('caller.turn.committed', {});
    say('three');
    expect(rig.list.find('a')!.story.transcript.map(({ text, atMs }) => [text, atMs])).toEqual([
      ['one', 3600],
      ['two', 10_000],
      ['three', 70_000],
    ]);
  });

  it('has the score of the worse track and the sum of the costs', () => {
    const rig = new Rig();
    const { router } = rig.call('a');
    const { summary } = rig.list.find('a')!;
    expect([summary.score, summary.costUsd]).toEqual([null, null]);
    router.publish('quality.sampled', { track: 'caller', second: second(-20, 90), call: second(-20, 80) });
    router.publish('quality.sampled', { track: 'agent', second: second(-20, 90), call: second(-20, 70) });
    for (const costUsd of [0.5, null, 0.25])
      router.publish('backend.used', { backend: 'echo', usage: { tokens: {}, costUsd } as never });
    expect(rig.list.find('a')!.summary).toMatchObject({ score: 70, costUsd: 0.75 });
  });

  it('tells followers of a cut line, with what was heard of it', () => {
    const rig = new Rig();
    const { router } = rig.call('a');
    const { socket, viewer } = rig.viewer();
    rig.list.find('a')!.follow(viewer);
    rig.clock.advance(100);
    router.publish('transcript.final', { speaker: 'agent', itemId: 'x', text: 'one two three four' });
    const cut = { itemId: 'x', heardMs: 500, sentMs: 1000, stopMs: 1, cause: 'speech' } as const;
    router.publish('agent.interrupted', cut);
    expect(socket.told('call.event').map(({ type, atMs }) => [type, atMs])).toEqual([
      ['transcript.final', 100],
      ['agent.interrupted', 100],
      ['transcript.heard', 100],
    ]);
    expect(socket.told('call.event').at(-1).data).toEqual({
      itemId: 'x',
      text: 'one two three four',
      heardText: 'one two',
      cut: true,
    });
    expect(rig.list.find('a')!.story.transcript[0]).toMatchObject({ heardText: 'one two', cut: true });
  });

  it('knows at the end of the call what of the agent’s words was not heard, and tells it', () => {
    const rig = new Rig();
    const call = rig.call('a');
    const { router } = call;
    const { socket, viewer } = rig.viewer();
    rig.list.find('a')!.follow(viewer);
    for (const [itemId, text] of [
      ['x', 'heard to the end'],
      ['y', 'one two three four'],
      ['z', 'words without sound'],
    ] as const)
      router.publish('transcript.final', { speaker: 'agent', itemId, text });
    router.publish('agent.item.unheard', { itemId: 'x', heardMs: 400, sentMs: 400 });
    router.publish('agent.item.unheard', { itemId: 'y', heardMs: 500, sentMs: 1000 });
    void call.end();
    const { transcript } = rig.list.find('a')!.story;
    expect(transcript.map(({ heardText, cut }) => [heardText, cut])).toEqual([
      ['heard to the end', false],
      ['one two', true],
      ['', true],
    ]);
    const told = socket.told('call.event').filter(({ type }) => type === 'transcript.heard');
    expect(told.map(({ data }) => [data.itemId, data.heardText])).toEqual([
      ['y', 'one two'],
      ['z', ''],
    ]);
  });

  it('knows who spoke when', () => {
    const rig = new Rig();
    const { router } = rig.call('a');
    const zero = rig.clock.nowMs();
    router.publish('caller.speech.started', { startedMs: zero + 10 });
    router.publish('caller.speech.stopped', { stoppedMs: zero + 50 });
    router.publish('agent.audio.heard', { itemId: 'x', heardAtMs: zero + 100, by: 'clock' });
    expect(rig.list.find('a')!.story.speech.at(-1)).toEqual({ speaker: 'agent', fromMs: 100, toMs: null });
    rig.clock.advance(500);
    router.publish('agent.item.heard', { itemId: 'x', heardMs: 300, errorMs: null });
    router.publish('agent.audio.heard', { itemId: 'y', heardAtMs: zero + 450, by: 'clock' });
    router.publish('agent.interrupted', { itemId: 'y', heardMs: 50, sentMs: 90, stopMs: 1, cause: 'speech' });
    expect(rig.list.find('a')!.story.speech).toEqual([
      { speaker: 'caller', fromMs: 10, toMs: 50 },
      { speaker: 'agent', fromMs: 100, toMs: 400 },
      { speaker: 'agent', fromMs: 450, toMs: 500 },
    ]);
  });

  it('logs who did what, and no words or numbers of people', () => {
    const rig = new Rig();
    const { router } = rig.call('a');
    router.publish('transcript.final', { speaker: 'caller', itemId: 'x', text: 'my secret' });
    router.publish('operator.acted', { action: 'say', by: 'Ada' });
    expect(rig.log.lines).toEqual([
      {
        level: 'info',
        fields: { callId: 'a', action: 'say', by: 'Ada' },
        message: 'An operator acted in a call.',
      },
    ]);
  });
});
