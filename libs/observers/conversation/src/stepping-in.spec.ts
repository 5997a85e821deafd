import { describe, expect, it } from '@jest/globals';
import { frameFromSamples, tone } from '#libs/audio';
import type { AudioFormat, OperatorLine } from '#libs/contracts';
import { callHouse, ManualClock, settled } from '#libs/testing';
import { ConversationConfig } from './conversation.config.js';
import { ConversationObserver } from './conversation.observer.js';

const FORMAT: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };

/** A call of the real core on a clock that stands still, with an AI that says what the test tells it to. */
async function conversation() {
  const clock = new ManualClock();
  const { tape, backend, offer } = callHouse({
    clock,
    formats: [FORMAT],
    observers: [new ConversationObserver(new ConversationConfig(), clock)],
    limits: { fillerAfterMs: 60_000 },
  });
  const { leg, control } = offer({ capabilities: { marks: false } });
  await settled();
  const ai = backend.session;
  const speech = (edge: 'started' | 'stopped') => ai.listener.onCallerSpeech(edge, clock.nowMs());
  /** The caller speaks for a second, and the AI knows half a second later that it was a turn. */
  const turn = () => {
    speech('started');
    clock.advance(1000);
    speech('stopped');
    clock.advance(500);
    ai.listener.onTurnCommitted();
  };
  /** The whole of an utterance, heard to its end. */
  const answer = (itemId: string) => {
    ai.listener.onResponseStarted(`r-${itemId}`);
    ai.say(itemId, 1000);
    ai.finish(itemId);
    ai.listener.onResponseFinished(`r-${itemId}`, 'completed', null);
    clock.advance(2000);
  };
  /** The operator speaks, and his sound comes as he speaks. */
  const operate = (line: OperatorLine, durationMs: number) => {
    const samples = tone({ sampleRate: FORMAT.sampleRate, frequencyHz: 400, durationMs: 20 });
    for (let ms = 0; ms < durationMs; ms += 20) {
      line.push(frameFromSamples('agent', FORMAT, clock.nowMs(), samples));
      clock.advance(20);
    }
  };
  const figures = () => {
    leg.listener.onHangUp('caller-hung-up');
    return settled().then(() => tape.last('conversation.measured')!);
  };
  return { clock, tape, ai, control, speech, turn, answer, operate, figures };
}

describe('figures of a conversation in which an operator has the line', () => {
  it('hold nothing that the operator said or did not say', async () => {
    const { tape, clock, ai, control, turn, answer, operate, speech, figures } = await conversation();
    turn();
    clock.advance(300);
    answer('a');
    const line = control.takeOver('ann')!;
    operate(line, 5000);
    // The AI may still tell of what it had heard before; nothing of it is owed to the operator's caller.
    speech('started');
    operate(line, 1000);
    speech('stopped');
    ai.listener.onTurnCommitted();
    clock.advance(20_000);
    line.release();
    clock.advance(10_000);
    turn();
    clock.advance(400);
    answer('b');
    expect(await figures()).toMatchObject({
      turns: 2,
      answeredTurns: 2,
      turnLatency: { count: 2, maxMs: 900 },
      silenceOwedMs: 800 + 900,
      talkOverMs: 0,
      interruptions: 0,
    });
    expect(tape.all('turn.measured').map(({ turnLatencyMs }) => turnLatencyMs)).toEqual([800, 900]);
  });

  it('count the wait for the agent until the operator came, and no turn that was left to him', async () => {
    const { tape, clock, ai, control, turn, answer, figures } = await conversation();
    answer('greeting');
    turn();
    clock.advance(700);
    const line = control.takeOver('ann')!;
    clock.advance(30_000);
    // It was under way, and nobody hears it.
    answer('late');
    ai.listener.onTurnCommitted();
    line.release();
    clock.advance(5000);
    answer('of itself');
    expect(tape.all('turn.measured')).toEqual([]);
    expect(await figures()).toMatchObject({
      turns: 0,
      answeredTurns: 0,
      turnLatency: null,
      silenceOwedMs: 1200,
    });
  });

  it('tell of a turn that began with the operator what is the agent’s own part of it', async () => {
    const { tape, clock, ai, control, speech, answer, figures } = await conversation();
    answer('greeting');
    speech('started');
    const stoppedMs = clock.nowMs() + 400;
    clock.advance(500);
    const line = control.takeOver('ann')!;
    clock.advance(8000);
    line.release();
    clock.advance(600);
    // Only now does the AI hear silence, and thinks that it began where the sound broke off.
    ai.listener.onCallerSpeech('stopped', stoppedMs);
    ai.listener.onTurnCommitted();
    clock.advance(250);
    answer('a');
    expect(tape.all('turn.measured')).toEqual([
      expect.objectContaining({ turnLatencyMs: null, heardLatencyMs: null, endOfTurnMs: null, modelMs: 250 }),
    ]);
    expect(await figures()).toMatchObject({ turns: 1, turnLatency: null, silenceOwedMs: 850 });
  });

  it('have no talk-over between caller and operator, and have that with the agent before', async () => {
    const { clock, ai, control, speech, operate, figures } = await conversation();
    ai.say('a', 5000);
    clock.advance(1000);
    speech('started');
    clock.advance(300);
    const line = control.takeOver('ann')!;
    operate(line, 4000);
    line.release();
    clock.advance(100);
    ai.say('b', 1000);
    clock.advance(2000);
    expect(await figures()).toMatchObject({ talkOverMs: 300, interruptions: 0 });
  });

  it('have no time to first audio where the operator greeted', async () => {
    const { clock, control, operate, answer, figures } = await conversation();
    const line = control.takeOver('ann')!;
    operate(line, 2000);
    line.release();
    clock.advance(500);
    answer('a');
    expect(await figures()).toMatchObject({ firstAudioMs: null, firstHeardMs: null, silenceOwedMs: 0 });
  });

  it('owe nothing while an operator has muted the agent', async () => {
    const { clock, control, turn, answer, figures } = await conversation();
    answer('greeting');
    turn();
    control.mute(true, 'ann');
    clock.advance(10_000);
    turn();
    clock.advance(10_000);
    control.mute(false, 'ann');
    clock.advance(10_000);
    turn();
    clock.advance(200);
    answer('a');
    expect(await figures()).toMatchObject({ turns: 1, answeredTurns: 1, silenceOwedMs: 500 + 700 });
  });

  it('do not judge an interruption whose words nobody can hear any more', async () => {
    const { tape, clock, ai, control, speech, figures } = await conversation();
    // Words were seen, so that their absence would prove something.
    ai.listener.onTranscript({ speaker: 'caller', itemId: 'c0', text: 'Hello', final: true });
    ai.say('a', 5000);
    clock.advance(1000);
    speech('started');
    ai.listener.onInterrupted();
    const line = control.takeOver('ann')!;
    clock.advance(30_000);
    line.release();
    expect(tape.all('interruption.judged').map(({ wasFalse }) => wasFalse)).toEqual([null]);
    expect(await figures()).toMatchObject({ interruptions: 1, falseInterruptions: 0 });
  });
});
