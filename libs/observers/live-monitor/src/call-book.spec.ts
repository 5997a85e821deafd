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
