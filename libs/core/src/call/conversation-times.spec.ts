import { describe, expect, it } from '@jest/globals';
import { connectedCall } from '#libs/testing';

describe('the times of a conversation', () => {
  it('are told of each utterance: arrived, left, and heard by the first mark behind it', async () => {
    const { leg, ai, clock, tape } = await connectedCall();
    ai.say('a', 100);
    ai.say('b', 100);
    const arrivedMs = clock.nowMs();
    expect(tape.all('agent.audio.arrived')).toEqual([
      { itemId: 'a', arrivedMs },
      { itemId: 'b', arrivedMs },
    ]);
    expect(tape.all('agent.audio.started')).toMatchObject([
      { itemId: 'a', leftMs: arrivedMs, sinceConnectedMs: 0 },
      { itemId: 'b', leftMs: arrivedMs, sinceConnectedMs: null },
    ]);
    // The platform plays 50 ms late.
    clock.advance(70);
    leg.listener.onMarkHeard(leg.marks[0]!);
    clock.advance(100);
    leg.listener.onMarkHeard(leg.marks[1]!);
    expect(tape.all('agent.audio.heard')).toEqual([
      { itemId: 'a', heardAtMs: arrivedMs + 50, by: 'mark' },
      { itemId: 'b', heardAtMs: arrivedMs + 150, by: 'mark' },
    ]);
  });

  it('are told by the clock, when the time has come, where there are no marks', async () => {
    const { ai, clock, tape } = await connectedCall({}, { capabilities: { marks: false } });
    const startMs = clock.nowMs();
    ai.say('a', 400);
    ai.say('b', 400);
    ai.say('c', 400);
    expect(tape.all('agent.audio.heard')).toEqual([{ itemId: 'a', heardAtMs: startMs, by: 'clock' }]);
    clock.advance(400);
    expect(tape.last('agent.audio.heard')).toEqual({ itemId: 'b', heardAtMs: startMs + 400, by: 'clock' });
    ai.listener.onInterrupted();
    clock.advance(5000);
    expect(tape.all('agent.audio.heard')).toHaveLength(2);
  });

  it('tell an utterance that was interrupted before its mark came back', async () => {
    const { leg, ai, clock, tape } = await connectedCall();
    const startMs = clock.nowMs();
    ai.say('a', 400);
    ai.say('b', 400);
    clock.advance(15);
    ai.listener.onInterrupted();
    expect(tape.all('agent.audio.heard')).toEqual([{ itemId: 'a', heardAtMs: startMs, by: 'clock' }]);
    for (const mark of leg.marks) leg.listener.onMarkHeard(mark);
    expect(tape.all('agent.audio.heard')).toHaveLength(1);
  });

  it('tell holes in an utterance that last', async () => {
    const { ai, clock, tape } = await connectedCall({}, { capabilities: { marks: false } });
    ai.say('a', 100);
    clock.advance(110);
    ai.say('a', 100);
    clock.advance(250);
    ai.say('a', 100);
    expect(tape.all('agent.audio.starved')).toEqual([
      { itemId: 'a', ranOutMs: clock.nowMs() - 150, starvedMs: 150 },
    ]);
  });

  it('tell when the caller really spoke, and who silenced the agent since when', async () => {
    const { ai, clock, tape } = await connectedCall();
    ai.say('a', 4000);
    clock.advance(100);
    ai.listener.onCallerSpeech('started', clock.nowMs() - 80);
    // This backend wants to be sure.
    clock.advance(300);
    ai.listener.onInterrupted();
    ai.listener.onCallerSpeech('stopped', clock.nowMs() - 50);
    expect(tape.last('caller.speech.started')).toEqual({ startedMs: clock.nowMs() - 380 });
    expect(tape.last('caller.speech.stopped')).toEqual({ stoppedMs: clock.nowMs() - 50 });
    expect(tape.last('agent.interrupted')).toMatchObject({ cause: 'speech', stopMs: 300 });
  });
});
