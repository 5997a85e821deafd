import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { frameFromBytes, frameFromSamples, tone } from '#libs/audio';
import { type AudioFormat, type AudioFrame, GatewayError } from '#libs/contracts';
import {
  CapturedLog,
  EventTape,
  ManualClock,
  ScriptedAgent,
  ScriptedBackend,
  ScriptedLeg,
  type ScriptedLegOptions,
  until,
} from '#libs/testing';
import { GatewayEventRouter } from '../routing/event-router.js';
import { Switchboard } from './switchboard.js';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
const PCM: AudioFormat = { encoding: 'pcm16', sampleRate: 24_000 };
const LIMITS = {
  earlyAudioMs: 2000,
  fillerAfterMs: 1500,
  toolTimeoutMs: 5000,
  keysInterrupt: true,
  closersMs: 5000,
};
const NO_MARKS = { capabilities: { marks: false } };
const RESUMABLE = { capabilities: { marks: false, resumeWithinMs: 30_000 } };

/** Lets promises that are already settled run on. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

function make(legOptions: ScriptedLegOptions = {}, formats: readonly AudioFormat[] = [MULAW]) {
  const clock = new ManualClock();
  const log = new CapturedLog();
  const events = new GatewayEventRouter(clock, log);
  const tape = new EventTape(events);
  const backend = new ScriptedBackend(formats);
  const switchboard = new Switchboard({
    agents: new ScriptedAgent(backend).directory,
    observers: [],
    events,
    clock,
    log,
    maxCalls: 10,
    callerHashKey: null,
    limits: LIMITS,
  });
  const leg = new ScriptedLeg(legOptions);
  leg.listener = switchboard.offer(leg, switchboard.reserve());
  const control = switchboard.desk.calls[0]!;
  const session = switchboard.calls[0]!;
  /** What observers of the agent's track are shown. */
  const tapped: AudioFrame[] = [];
  const cuts: number[] = [];
  session.router.audio('agent').tap({ push: (frame) => tapped.push(frame), cut: (atMs) => cuts.push(atMs) });
  const dropped = (track: 'agent' | 'caller') => session.router.audio(track).stats.dropped;
  return { clock, tape, backend, switchboard, leg, control, session, tapped, cuts, dropped };
}

async function connected(legOptions: ScriptedLegOptions = NO_MARKS, formats?: readonly AudioFormat[]) {
  const parts = make(legOptions, formats);
  await settled();
  return { ...parts, ai: parts.backend.session };
}

/** The leg's sound that is not silence, in milliseconds. */
function voiceMs(leg: ScriptedLeg): number {
  return leg.orders.reduce(
    (sum, order) =>
      order.kind === 'push' && order.frame.samples.some((sample) => Math.abs(sample) > 1000)
        ? sum + order.frame.durationMs
        : sum,
    0,
  );
}

function operatorFrame(format: AudioFormat = MULAW, durationMs = 20): AudioFrame {
  const samples = tone({ sampleRate: format.sampleRate, frequencyHz: 400, durationMs });
  const linear = frameFromSamples('caller', format, 0, samples);
  return frameFromBytes('caller', format, 0, linear.bytes);
}

const away = (code = 'LOST') => new GatewayError(code, 'Away.');

describe('words of an operator', () => {
  it('reach the AI, to say and to know, and are told as done by him', async () => {
    const { control, ai, tape } = await connected();
    expect(control.say('We close at five.', 'ann')).toBe(true);
    expect(control.whisper('She is a member.', 'ann')).toBe(true);
    expect(ai.spoken).toEqual(['We close at five.']);
    expect(ai.instructions).toEqual(['She is a member.']);
    expect(tape.all('operator.acted')).toEqual([
      { action: 'say', by: 'ann' },
      { action: 'whisper', by: 'ann' },
    ]);
  });

  it('are refused where there is no AI yet, where it cannot, and after the call', async () => {
    const early = make();
    early.backend.hold();
    expect(early.control.say('Hello.', 'ann')).toBe(false);
    expect(early.control.whisper('Hello.', 'ann')).toBe(false);
    const { control, ai, leg, tape } = await connected();
    Object.assign(ai, { speak: undefined, instruct: undefined });
    expect(control.say('Hello.', 'ann')).toBe(false);
    expect(control.whisper('Hello.', 'ann')).toBe(false);
    const ended = await connected();
    ended.leg.listener.onHangUp('caller-hung-up');
    expect(ended.control.say('Hello.', 'ann')).toBe(false);
    expect(ended.control.whisper('Hello.', 'ann')).toBe(false);
    expect(tape.all('operator.acted')).toEqual([]);
    expect(leg.pushedMs).toBe(0);
  });

  it('are not said while nobody would hear them, but can be known', async () => {
    const { control, ai, leg } = await connected(RESUMABLE);
    control.mute(true, 'ann');
    expect(control.say('Hello.', 'ann')).toBe(false);
    control.mute(false, 'ann');
    const line = control.takeOver('ann');
    expect(control.say('Hello.', 'ann')).toBe(false);
    expect(control.whisper('He was refunded.', 'ann')).toBe(true);
    line!.release();
    leg.listener.onLegLost(away());
    expect(control.say('Hello.', 'ann')).toBe(false);
    expect(ai.spoken).toEqual([]);
    expect(ai.instructions).toEqual(['He was refunded.']);
  });
});

describe('a muted agent', () => {
  it('is silent at once, and the AI is told what was heard until then', async () => {
    const { control, ai, leg, clock, tape, cuts } = await connected();
    ai.say('a', 1000);
    clock.advance(400);
    control.mute(true, 'ann');
    expect(control.muted).toBe(true);
    expect(leg.story.at(-1)).toBe('clear');
    expect(cuts).toEqual([clock.nowMs()]);
    expect(ai.interruptions).toEqual([[{ itemId: 'a', sentMs: 1000, heardMs: 400, complete: false }]]);
    expect(tape.last('agent.interrupted')).toMatchObject({ itemId: 'a', heardMs: 400, cause: 'operator' });
    ai.say('a', 200);
    expect(leg.pushedMs).toBe(1000);
  });

  it('is told of each utterance that nobody heard any of it, and its sound is counted as muted', async () => {
    const { control, ai, leg, dropped, tapped, tape, clock } = await connected();
    control.mute(true, 'ann');
    ai.interruptions.length = 0;
    ai.say('a', 600);
    expect(ai.interruptions).toEqual([]);
    ai.finish('a');
    ai.say('b', 100);
    ai.finish('b');
    expect(ai.interruptions).toEqual([
      [{ itemId: 'a', sentMs: 600, heardMs: 0, complete: true }],
      [{ itemId: 'b', sentMs: 100, heardMs: 0, complete: true }],
    ]);
    expect(leg.pushedMs).toBe(0);
    expect(tapped).toEqual([]);
    expect(dropped('agent')).toMatchObject({ muted: 35, interrupted: 0 });
    clock.advance(1000);
    expect(tape.all('audio.dropped')).toEqual([{ track: 'agent', reason: 'muted', frames: 35 }]);
    expect(tape.types).not.toContain('agent.audio.started');
  });

  it('keeps an utterance unheard that began so, to its end, and speaks the next', async () => {
    const { control, ai, leg } = await connected();
    control.mute(true, 'ann');
    ai.interruptions.length = 0;
    ai.say('a', 200);
    control.mute(false, 'ann');
    ai.say('a', 200);
    ai.finish('a');
    expect(leg.pushedMs).toBe(0);
    expect(ai.interruptions).toEqual([[{ itemId: 'a', sentMs: 400, heardMs: 0, complete: true }]]);
    ai.say('a', 20);
    ai.say('b', 200);
    expect(leg.pushedMs).toBe(200);
  });

  it('does not lose the functions that a response calls after its unheard words', async () => {
    const { control, ai } = await connected();
    control.mute(true, 'ann');
    ai.interruptions.length = 0;
    ai.listener.onResponseStarted('r');
    ai.say('a', 200);
    ai.finish('a');
    expect(ai.interruptions).toEqual([]);
    ai.listener.onResponseFinished('r', 'completed', null);
    expect(ai.interruptions).toEqual([[{ itemId: 'a', sentMs: 200, heardMs: 0, complete: true }]]);
  });

  it('tells the unheard part with the rest when the caller interrupts, and refuses its late sound', async () => {
    const { control, ai, leg, dropped } = await connected();
    control.mute(true, 'ann');
    ai.interruptions.length = 0;
    ai.say('a', 200);
    ai.listener.onInterrupted();
    expect(ai.interruptions).toEqual([[{ itemId: 'a', sentMs: 200, heardMs: 0, complete: false }]]);
    control.mute(false, 'ann');
    ai.say('a', 200);
    ai.finish('a');
    expect(ai.interruptions).toHaveLength(1);
    expect(leg.pushedMs).toBe(0);
    expect(dropped('agent')).toMatchObject({ muted: 10, interrupted: 10 });
  });

  it('leaves ledger and marks right for what is said afterwards', async () => {
    const { control, ai, leg, clock } = await connected({});
    ai.say('a', 1000);
    clock.advance(100);
    leg.listener.onMarkHeard(leg.marks[0]!);
    const before = [...leg.marks];
    control.mute(true, 'ann');
    ai.say('b', 1000);
    ai.finish('b');
    control.mute(false, 'ann');
    expect(leg.marks).toEqual(before);
    ai.say('c', 1000);
    // Marks of what was silenced come back late and say nothing.
    for (const mark of before) leg.listener.onMarkHeard(mark);
    clock.advance(20);
    leg.listener.onMarkHeard(leg.marks[before.length]!);
    clock.advance(280);
    ai.interruptions.length = 0;
    ai.listener.onInterrupted();
    expect(ai.interruptions).toEqual([[{ itemId: 'c', sentMs: 1000, heardMs: 300, complete: false }]]);
  });

  it('hears the caller as before, and no answer is measured from what stayed unanswered', async () => {
    const { control, ai, leg, clock, tape } = await connected();
    control.mute(true, 'ann');
    leg.listener.onCallerAudio(leg.callerFrame(0));
    expect(ai.frames).toHaveLength(1);
    ai.listener.onCallerSpeech('started', clock.nowMs());
    ai.listener.onCallerSpeech('stopped', clock.nowMs());
    ai.say('a', 100);
    ai.finish('a');
    clock.advance(60_000);
    control.mute(false, 'ann');
    ai.say('b', 100);
    expect(tape.last('agent.audio.started')).toMatchObject({ itemId: 'b', turnLatencyMs: null });
  });

  it('is not replaced by waiting tones, and is muted once', async () => {
    const { control, ai, leg, clock, tape } = await connected();
    control.mute(true, 'ann');
    control.mute(true, 'bob');
    ai.listener.onAiLost(away());
    clock.advance(12_000);
    expect(leg.pushedMs).toBe(0);
    control.mute(false, 'bob');
    clock.advance(2000);
    expect(leg.pushedMs).toBeGreaterThan(0);
    expect(tape.all('operator.acted')).toEqual([
      { action: 'mute', by: 'ann' },
      { action: 'unmute', by: 'bob' },
    ]);
  });

  it('never hears of sound that was heard, nor is heard where it was told that it was not', () => {
    const steps = ['say', 'finish', 'mute', 'unmute', 'interrupt', 'pass'] as const;
    return fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...steps), { maxLength: 40 }), async (story) => {
        const { control, ai, leg, clock, dropped, session } = await connected();
        const saidMs = new Map<string, number>();
        let items = 0;
        let open = false;
        for (const step of story) {
          if (step === 'say') {
            if (!open) items++;
            open = true;
            ai.say(`i${items}`, 100);
            saidMs.set(`i${items}`, (saidMs.get(`i${items}`) ?? 0) + 100);
          } else if (step === 'finish' && open) {
            open = false;
            ai.finish(`i${items}`);
          } else if (step === 'mute' || step === 'unmute') control.mute(step === 'mute', 'ann');
          else if (step === 'interrupt') ai.listener.onInterrupted();
          else clock.advance(70);
        }
        const told = ai.interruptions.flat();
        expect(new Set(told.map(({ itemId }) => itemId)).size).toBe(told.length);
        for (const { itemId, heardMs, sentMs } of told) {
          expect(heardMs).toBeLessThanOrEqual(sentMs);
          expect(sentMs).toBeLessThanOrEqual(saidMs.get(itemId)!);
        }
        const { muted, interrupted } = dropped('agent');
        const { delivered } = session.router.audio('agent').stats;
        expect(20 * (muted + interrupted + delivered)).toBe([...saidMs.values()].reduce((a, b) => a + b, 0));
        expect(leg.pushedMs).toBe(20 * delivered);
      }),
      { numRuns: 200 },
    );
  });
});

describe('an operator who takes over', () => {
  it('silences the agent, is heard at once, and is what listeners of the agent hear', async () => {
    const { control, ai, leg, clock, tapped, tape } = await connected();
    ai.say('a', 1000);
    clock.advance(300);
    const line = control.takeOver('ann')!;
    expect(control.takenOver).toBe(true);
    expect(leg.story.at(-1)).toBe('clear');
    expect(ai.interruptions).toEqual([[{ itemId: 'a', sentMs: 1000, heardMs: 300, complete: false }]]);
    tapped.length = 0;
    expect(line.push(operatorFrame())).toBe(true);
    expect(leg.orders.filter(({ kind }) => kind === 'push').at(-1)).toMatchObject({
      frame: { track: 'agent', format: MULAW, durationMs: 20 },
    });
    expect(tapped).toHaveLength(1);
    expect(tapped[0]).toMatchObject({ track: 'agent', timestampMs: clock.nowMs() });
    expect([...tapped[0]!.bytes]).toEqual([...operatorFrame().bytes]);
    expect(tape.all('operator.acted')).toEqual([{ action: 'take-over', by: 'ann' }]);
    // Nothing of it is an utterance of the agent.
    clock.advance(5000);
    expect(tape.all('agent.audio.started')).toHaveLength(1);
    expect(tape.all('agent.item.heard')).toEqual([]);
  });

  it.each([
    ['pcm16/8000', { encoding: 'pcm16', sampleRate: 8000 }],
    ['pcm16/16000', { encoding: 'pcm16', sampleRate: 16_000 }],
    ['pcm16/24000', PCM],
    ['pcm16/48000', { encoding: 'pcm16', sampleRate: 48_000 }],
    ['alaw/8000', { encoding: 'alaw', sampleRate: 8000 }],
  ] as const)('may bring sound as %s in pieces of any size', async (_name, format) => {
    const { control, leg, clock, tapped } = await connected(NO_MARKS, [PCM]);
    const line = control.takeOver('ann')!;
    let broughtMs = 0;
    for (const durationMs of [20, 7, 1, 100, 333, 1000, 2500]) {
      expect(line.push(operatorFrame(format, durationMs))).toBe(true);
      broughtMs += durationMs;
      clock.advance(durationMs);
    }
    const formats = leg.orders.flatMap((order) => (order.kind === 'push' ? [order.frame.format] : []));
    expect(new Set(formats.map(({ encoding }) => encoding))).toEqual(new Set(['mulaw']));
    expect(leg.pushedMs).toBeGreaterThan(broughtMs - 20);
    expect(leg.pushedMs).toBeLessThanOrEqual(broughtMs);
    expect(voiceMs(leg)).toBeGreaterThan(broughtMs - 30);
    expect(tapped.every((frame) => frame.format.sampleRate === 24_000 && frame.track === 'agent')).toBe(true);
  });

  it('is not asked for more than sound: what is none is refused and does no harm', async () => {
    const { control, leg } = await connected();
    const line = control.takeOver('ann')!;
    expect(line.push(frameFromBytes('agent', PCM, 0, new Uint8Array(3)))).toBe(false);
    expect(
      line.push(frameFromBytes('agent', { encoding: 'pcm16', sampleRate: 11 }, 0, new Uint8Array(4))),
    ).toBe(false);
    expect(line.push(frameFromBytes('agent', PCM, 0, new Uint8Array(0)))).toBe(true);
    expect(leg.pushedMs).toBe(0);
    expect(line.push(operatorFrame())).toBe(true);
  });

  it('is told when the platform takes no more, and does not talk ever later after a stall', async () => {
    const { control, leg, clock, dropped } = await connected();
    const line = control.takeOver('ann')!;
    leg.takes = false;
    expect(line.push(operatorFrame())).toBe(false);
    leg.takes = true;
    for (let i = 0; i < 200; i++) line.push(operatorFrame());
    expect(leg.pushedMs).toBe(2020);
    expect(dropped('agent')['far-side-full']).toBe(100);
    clock.advance(1000);
    expect(line.push(operatorFrame())).toBe(true);
  });

  it('keeps the AI from hearing and from being heard', async () => {
    const { control, ai, leg, dropped } = await connected();
    const line = control.takeOver('ann')!;
    ai.interruptions.length = 0;
    leg.listener.onCallerAudio(leg.callerFrame(0));
    expect(ai.frames).toEqual([]);
    ai.say('late', 200);
    ai.finish('late');
    line.push(operatorFrame());
    expect(leg.pushedMs).toBe(20);
    expect(dropped('agent').muted).toBe(10);
    expect(ai.interruptions).toEqual([[{ itemId: 'late', sentMs: 200, heardMs: 0, complete: true }]]);
    leg.listener.onDtmf('1');
    line.release();
    leg.listener.onCallerAudio(leg.callerFrame(20));
    expect(ai.frames).toHaveLength(1);
    ai.say('next', 100);
    expect(leg.pushedMs).toBe(120);
  });

  it('is not silenced by the caller’s voice or keys, which the AI does not get', async () => {
    const { control, ai, leg, clock, tape } = await connected();
    leg.listener.onDtmf('4');
    const line = control.takeOver('ann')!;
    ai.interruptions.length = 0;
    line.push(operatorFrame(MULAW, 500));
    ai.listener.onCallerSpeech('started', clock.nowMs());
    ai.listener.onInterrupted();
    leg.listener.onDtmf('5');
    clock.advance(100);
    line.push(operatorFrame(MULAW, 500));
    clock.advance(5000);
    expect(leg.pushedMs).toBe(1000);
    expect(leg.story).not.toContain('clear');
    expect(leg.story).not.toContain('speech-started');
    expect(ai.interruptions).toEqual([[]]);
    expect(ai.keys).toEqual([]);
    expect(tape.all('caller.dtmf')).toEqual([{ digit: '4' }, { digit: '5' }]);
  });

  it('leaves nothing to measure the agent by: no turn of the caller from before, and no greeting', async () => {
    const { control, ai, clock, tape } = await connected();
    ai.listener.onCallerSpeech('started', clock.nowMs());
    const stoppedMs = clock.nowMs() + 100;
    clock.advance(200);
    const line = control.takeOver('ann')!;
    clock.advance(60_000);
    line.release();
    // The AI has heard nothing meanwhile, and notices now that the caller had stopped long before.
    ai.listener.onCallerSpeech('stopped', stoppedMs);
    clock.advance(300);
    ai.say('a', 100);
    expect(tape.last('agent.audio.started')).toMatchObject({ turnLatencyMs: null, sinceConnectedMs: null });
    clock.advance(1000);
    ai.listener.onCallerSpeech('started', clock.nowMs());
    ai.listener.onCallerSpeech('stopped', clock.nowMs());
    clock.advance(400);
    ai.say('b', 100);
    expect(tape.last('agent.audio.started')).toMatchObject({ itemId: 'b', turnLatencyMs: 400 });
  });

  it('is not mixed with waiting tones', async () => {
    const { control, ai, leg, clock } = await connected();
    ai.listener.onAiLost(away());
    clock.advance(1500);
    expect(leg.pushedMs).toBeGreaterThan(0);
    const line = control.takeOver('ann')!;
    const before = leg.pushedMs;
    line.push(operatorFrame());
    clock.advance(20_000);
    expect(leg.pushedMs).toBe(before + 20);
    line.release();
    clock.advance(2000);
    expect(leg.pushedMs).toBeGreaterThan(before + 20);
  });

  it('is one: a second one is refused until the line is given back, once', async () => {
    const { control, leg, tape } = await connected();
    const line = control.takeOver('ann')!;
    expect(control.takeOver('bob')).toBeNull();
    line.push(operatorFrame());
    line.release();
    expect(leg.story.at(-2)).toBe('push');
    expect(leg.story.at(-1)).toBe('flush');
    line.release();
    expect(control.takenOver).toBe(false);
    expect(line.push(operatorFrame())).toBe(false);
    const second = control.takeOver('bob')!;
    line.release();
    expect(control.takenOver).toBe(true);
    expect(line.push(operatorFrame())).toBe(false);
    expect(second.push(operatorFrame())).toBe(true);
    expect(tape.all('operator.acted').map(({ action, by }) => `${action} ${by}`)).toEqual([
      'take-over ann',
      'give-back ann',
      'take-over bob',
    ]);
  });

  it('is not silenced by muting the agent, who is still muted afterwards', async () => {
    const { control, ai, leg } = await connected();
    const line = control.takeOver('ann')!;
    line.push(operatorFrame());
    control.mute(true, 'bob');
    ai.listener.onInterrupted();
    expect(leg.story).not.toContain('clear');
    expect(line.push(operatorFrame())).toBe(true);
    line.release();
    ai.say('a', 100);
    expect(leg.pushedMs).toBe(40);
    control.mute(false, 'bob');
    ai.finish('a');
    ai.say('b', 100);
    expect(leg.pushedMs).toBe(140);
  });

  it('has no effect on a call that is over', async () => {
    const { control, leg, tape, clock, switchboard } = await connected();
    const line = control.takeOver('ann')!;
    leg.listener.onHangUp('caller-hung-up');
    await settled();
    const story = [...leg.story];
    expect(line.push(operatorFrame())).toBe(false);
    line.release();
    control.mute(true, 'ann');
    control.hangUp('ann');
    expect(control.takeOver('bob')).toBeNull();
    expect(leg.story).toEqual(story);
    expect(tape.all('operator.acted')).toHaveLength(1);
    expect(switchboard.desk.find(control.view.id)).toBeNull();
    switchboard.close();
    expect(clock.pending).toBe(0);
  });

  it('keeps the call when the leg is lost, and is heard again on the one that comes back', async () => {
    const { control, ai, leg, switchboard, clock } = await connected(RESUMABLE);
    const line = control.takeOver('ann')!;
    ai.interruptions.length = 0;
    line.push(operatorFrame(MULAW, 500));
    ai.listener.onResponseStarted('r');
    leg.listener.onLegLost(away());
    expect(line.push(operatorFrame())).toBe(false);
    clock.advance(1000);
    const next = new ScriptedLeg(RESUMABLE);
    next.listener = switchboard.resume(next)!;
    await settled();
    expect(line.push(operatorFrame())).toBe(true);
    expect(next.pushedMs).toBe(20);
    next.listener.onCallerAudio(next.callerFrame(0));
    expect(ai.frames).toEqual([]);
    // What the AI owed before is the operator's business now.
    expect(ai.wentOn).toBe(0);
    expect(ai.interruptions.flat()).toEqual([]);
    line.release();
    expect(next.story.at(-1)).toBe('flush');
    next.listener.onCallerAudio(next.callerFrame(20));
    expect(ai.frames).toHaveLength(1);
  });

  it('keeps the caller’s sound from an AI that comes, goes and comes back meanwhile', async () => {
    const { control, backend, leg } = make(NO_MARKS);
    backend.hold();
    leg.listener.onCallerAudio(leg.callerFrame(0));
    const line = control.takeOver('ann')!;
    leg.listener.onCallerAudio(leg.callerFrame(20));
    backend.release();
    await settled();
    const ai = backend.session;
    expect(ai.greetings).toBe(0);
    ai.listener.onAiLost(away());
    leg.listener.onCallerAudio(leg.callerFrame(40));
    ai.listener.onAiRestored('reconnect', 10);
    leg.listener.onCallerAudio(leg.callerFrame(60));
    expect(ai.frames).toEqual([]);
    ai.listener.onAiLost(away());
    line.release();
    // From here on it is the AI's to hear, as soon as it is back.
    leg.listener.onCallerAudio(leg.callerFrame(80));
    expect(ai.frames).toEqual([]);
    ai.listener.onAiRestored('reconnect', 10);
    expect(ai.frames.map(({ timestampMs }) => timestampMs)).toEqual([80]);
  });

  it.each([
    ['an AI that fails', away('AI_GONE'), 'ai-closed'],
    ['an AI that says goodbye', null, 'agent-hung-up'],
  ] as const)(
    'keeps the caller when he is left by %s, until he gives the line back',
    async (_what, error, reason) => {
      const { control, ai, leg, clock, tape } = await connected();
      const line = control.takeOver('ann')!;
      ai.listener.onAiClosed(error);
      clock.advance(60_000);
      expect(line.push(operatorFrame(MULAW, 500))).toBe(true);
      expect(control.whisper('Anyone?', 'ann')).toBe(false);
      expect(tape.types).not.toContain('call.ended');
      line.release();
      expect(tape.types).not.toContain('call.ended');
      clock.advance(2000);
      if (error !== null) {
        await until(() => tape.types.includes('call.fell.back'), 'the announcement');
        clock.advance(12_000);
      }
      expect(leg.orders.at(-1)).toMatchObject({ kind: 'hangUp', reason });
      expect(tape.last('call.ended')).toMatchObject({ reason, code: error?.code ?? null });
    },
  );

  it('keeps a call whose AI had said goodbye and was to end with its last words', async () => {
    const { control, ai, clock, tape } = await connected();
    ai.say('goodbye', 2000);
    ai.finish('goodbye');
    ai.listener.onAiClosed(null);
    const line = control.takeOver('ann')!;
    clock.advance(60_000);
    expect(tape.types).not.toContain('call.ended');
    line.release();
    expect(tape.last('call.ended')).toMatchObject({ reason: 'agent-hung-up' });
  });

  it('is heard where the AI cannot be reached at all', async () => {
    const { control, backend, leg, tape, clock } = make({ capabilities: { marks: false, earlyMedia: true } });
    backend.hold();
    await settled();
    const line = control.takeOver('ann')!;
    backend.failure = away('AI_UNREACHABLE');
    backend.release();
    await settled();
    expect(line.push(operatorFrame())).toBe(true);
    expect(leg.pushedMs).toBe(20);
    expect(tape.types).not.toContain('call.ended');
    line.release();
    clock.advance(1000);
    await until(() => tape.types.includes('call.fell.back'), 'the announcement');
    clock.advance(12_000);
    expect(tape.last('call.ended')).toMatchObject({ reason: 'ai-unavailable', code: 'AI_UNREACHABLE' });
  });
});

describe('an operator who hangs up', () => {
  it('ends the call in his name', async () => {
    const { control, ai, leg, tape } = await connected();
    control.hangUp('ann');
    control.hangUp('ann');
    expect(ai.closed).toBe(true);
    expect(leg.orders.at(-1)).toEqual({ kind: 'hangUp', reason: 'operator-hung-up' });
    expect(tape.last('call.ended')).toMatchObject({ reason: 'operator-hung-up', code: null });
    expect(tape.all('operator.acted')).toEqual([{ action: 'hang-up', by: 'ann' }]);
  });
});
