import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CallObserver, GatewayError, type ToolBox } from '#libs/contracts';
import {
  CapturedLog,
  EventTape,
  ManualClock,
  ScriptedBackend,
  ScriptedLeg,
  type ScriptedLegOptions,
} from '#libs/testing';
import { GatewayEventRouter } from '../routing/event-router.js';
import { Switchboard, type SwitchboardOptions } from './switchboard.js';

const NO_TOOLS: ToolBox = { definitions: [], call: async () => '' };
const LIMITS = {
  earlyAudioMs: 2000,
  fillerAfterMs: 1500,
  toolTimeoutMs: 5000,
  keysInterrupt: true,
  closersMs: 5000,
};

/** Lets promises that are already settled run on. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

function make(options: Partial<SwitchboardOptions> = {}) {
  const clock = new ManualClock();
  const log = new CapturedLog();
  const events = new GatewayEventRouter(clock, log);
  const tape = new EventTape(events);
  const backend = new ScriptedBackend();
  const switchboard = new Switchboard({
    backend,
    agent: { instructions: 'Be brief.', greeting: 'Hello.', voice: null, language: null },
    toolBox: NO_TOOLS,
    observers: [],
    events,
    clock,
    log,
    maxCalls: 10,
    callerHashKey: null,
    limits: LIMITS,
    ...options,
  });
  const offer = (legOptions: ScriptedLegOptions = {}): ScriptedLeg => {
    const leg = new ScriptedLeg(legOptions);
    leg.listener = switchboard.offer(leg, switchboard.reserve());
    return leg;
  };
  return { clock, log, events, tape, backend, switchboard, offer };
}

async function connected(options: Partial<SwitchboardOptions> = {}, legOptions: ScriptedLegOptions = {}) {
  const parts = make(options);
  const leg = parts.offer(legOptions);
  await settled();
  return { ...parts, leg, ai: parts.backend.session };
}

describe('a call', () => {
  it('is answered when the AI is there, and greeted once the caller can hear', async () => {
    const { leg, ai, tape } = await connected({}, { readyWhenAnswered: false });
    expect(leg.story).toEqual(['answer']);
    expect(ai.greetings).toBe(0);
    leg.listener.onReady();
    expect(ai.greetings).toBe(1);
    expect(tape.types).toEqual(['call.offered', 'backend.connected', 'call.answered', 'call.connected']);
  });

  it('gives the AI what the caller said before it was there', async () => {
    const { backend, offer } = make();
    backend.hold();
    const leg = offer();
    for (let i = 0; i < 150; i++) leg.listener.onCallerAudio(leg.callerFrame(i * 20));
    backend.release();
    await settled();
    // Two seconds are kept, the newest.
    expect(backend.session.frames).toHaveLength(100);
    expect(backend.session.frames[0]?.timestampMs).toBe(50 * 20);
  });

  it('sends the agent’s sound as it comes, with a mark at its start, one at least every 500 ms, and one at the end', async () => {
    const { leg, ai } = await connected();
    ai.say('a', 1100);
    ai.finish('a');
    expect(leg.pushedMs).toBe(1100);
    expect(leg.story).toEqual([
      'answer',
      'push',
      'mark',
      'push',
      'mark',
      'push',
      'mark',
      'push',
      'flush',
      'mark',
    ]);
  });

  it('falls silent when the caller interrupts, tells the AI what was heard, and drops late sound', async () => {
    const { leg, ai, clock, tape } = await connected();
    ai.say('a', 1000);
    ai.say('b', 1000);
    clock.advance(20);
    leg.listener.onMarkHeard(leg.marks[0]!);
    clock.advance(480);
    ai.listener.onCallerSpeech('started', clock.nowMs());
    ai.listener.onInterrupted();
    expect(leg.story.slice(-2)).toEqual(['speech-started', 'clear']);
    expect(ai.interruptions).toEqual([
      [
        { itemId: 'a', sentMs: 1000, heardMs: 500, complete: true },
        { itemId: 'b', sentMs: 1000, heardMs: 0, complete: false },
      ],
    ]);
    ai.say('b', 200);
    expect(leg.pushedMs).toBe(2000);
    expect(tape.last('agent.interrupted')).toMatchObject({ itemId: 'a', heardMs: 500, sentMs: 1000 });
    ai.say('c', 100);
    expect(leg.pushedMs).toBe(2100);
  });

  it('can be interrupted after the AI has finished and only the platform still plays', async () => {
    const { leg, ai, clock } = await connected();
    ai.say('a', 3000);
    ai.finish('a');
    clock.advance(20);
    leg.listener.onMarkHeard(leg.marks[0]!);
    clock.advance(130);
    ai.listener.onInterrupted();
    expect(leg.story.at(-1)).toBe('clear');
    expect(ai.interruptions).toEqual([[{ itemId: 'a', sentMs: 3000, heardMs: 150, complete: true }]]);
  });

  it('does not clear a line on which nothing plays', async () => {
    const { leg, ai, tape } = await connected();
    ai.listener.onInterrupted();
    expect(leg.story).toEqual(['answer', 'speech-started']);
    expect(ai.interruptions).toEqual([[]]);
    expect(tape.all('agent.interrupted')).toEqual([]);
  });

  it('tells the AI when everything it said was heard', async () => {
    const { leg, ai } = await connected();
    ai.say('a', 400);
    ai.finish('a');
    expect(ai.playedOutCount).toBe(0);
    for (const mark of leg.marks) leg.listener.onMarkHeard(mark);
    expect(ai.playedOutCount).toBe(1);
  });

  it('knows by the clock when everything was heard where the platform has no marks', async () => {
    const { ai, clock, tape, leg } = await connected({}, { capabilities: { marks: false } });
    ai.say('a', 400);
    ai.finish('a');
    clock.advance(399);
    expect(ai.playedOutCount).toBe(0);
    clock.advance(1000);
    expect(ai.playedOutCount).toBe(1);
    expect(leg.marks).toEqual([]);
    expect(tape.all('agent.item.heard')).toEqual([{ itemId: 'a', heardMs: 400, errorMs: null }]);
  });

  it('measures from the end of the caller’s speech to the first sound of the answer', async () => {
    const { ai, clock, tape } = await connected();
    ai.listener.onCallerSpeech('started', clock.nowMs());
    ai.listener.onCallerSpeech('stopped', clock.nowMs());
    clock.advance(420);
    ai.say('a', 100);
    expect(tape.last('agent.audio.started')).toMatchObject({ itemId: 'a', turnLatencyMs: 420 });
  });

  it('passes keys on, one by one as events and together to the AI', async () => {
    const { leg, ai, clock, tape } = await connected();
    for (const digit of '12') leg.listener.onDtmf(digit);
    clock.advance(1500);
    for (const digit of '34#5') leg.listener.onDtmf(digit);
    expect(ai.keys).toEqual(['12', '34#']);
    expect(tape.all('caller.dtmf')).toHaveLength(6);
  });

  it('tells the platform what the AI understood, in the platform’s words', async () => {
    const { leg, ai, clock } = await connected();
    ai.listener.onCallerSpeech('started', clock.nowMs());
    ai.listener.onTranscript({ speaker: 'caller', itemId: 'u', text: 'good', final: false });
    ai.listener.onCallerSpeech('stopped', clock.nowMs());
    ai.listener.onTurnCommitted();
    ai.listener.onTranscript({ speaker: 'caller', itemId: 'u', text: 'good morning', final: true });
    ai.listener.onTranscript({ speaker: 'agent', itemId: 'a', text: 'hello', final: true });
    expect(leg.story.slice(1)).toEqual([
      'speech-started',
      'hypothesis',
      'speech-stopped',
      'turn-committed',
      'recognition',
    ]);
  });
});

describe('the AI going away', () => {
  it('fills the line with a tone, keeps what the caller says, and stops when it is back', async () => {
    const { leg, ai, clock, tape } = await connected();
    ai.listener.onAiLost(new GatewayError('X_LOST', 'lost'));
    leg.listener.onCallerAudio(leg.callerFrame(clock.nowMs()));
    const before = leg.pushedMs;
    clock.advance(1500);
    expect(leg.pushedMs).toBeGreaterThan(before);
    ai.listener.onAiRestored('reconnect', 1700);
    const after = leg.pushedMs;
    expect(ai.frames).toHaveLength(1);
    clock.advance(10_000);
    expect(leg.pushedMs).toBe(after);
    expect(tape.types).toEqual(expect.arrayContaining(['backend.lost', 'backend.restored']));
  });

  it('never asks the AI to forget the gateway’s own tone', async () => {
    const { ai, clock } = await connected();
    ai.listener.onAiLost(new GatewayError('X_LOST', 'lost'));
    clock.advance(1600);
    ai.listener.onInterrupted();
    expect(ai.interruptions).toEqual([[]]);
  });

  it('fills an open line while the AI takes long to come at all', async () => {
    const { backend, offer, clock } = make();
    backend.hold();
    const leg = offer({ capabilities: { earlyMedia: true } });
    await settled();
    clock.advance(1600);
    expect(leg.story.slice(0, 2)).toEqual(['answer', 'push']);
    backend.release();
    await settled();
    expect(leg.story.filter((order) => order === 'answer')).toHaveLength(1);
    expect(backend.session.greetings).toBe(1);
  });

  it('ends the call when it cannot be had, with the reason', async () => {
    const { backend, offer, tape, switchboard } = make();
    backend.failure = new GatewayError('X_DOWN', 'down');
    const leg = offer();
    await settled();
    expect(leg.orders).toEqual([{ kind: 'hangUp', reason: 'ai-unavailable' }]);
    expect(tape.last('call.ended')).toMatchObject({ reason: 'ai-unavailable', code: 'X_DOWN' });
    expect(switchboard.callCount).toBe(0);
  });

  it('abandons a connection that comes too late', async () => {
    const { backend, offer } = make();
    backend.hold();
    const leg = offer();
    leg.listener.onHangUp('caller-hung-up');
    backend.release();
    await settled();
    expect(backend.sessions.every((session) => session.closed)).toBe(true);
  });
});

describe('the times of a conversation', () => {
  it('are told of each utterance: arrived, left, and heard by the first mark behind it', async () => {
    const { leg, ai, clock, tape } = await connected();
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
    const { ai, clock, tape } = await connected({}, { capabilities: { marks: false } });
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
    const { leg, ai, clock, tape } = await connected();
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
    const { ai, clock, tape } = await connected({}, { capabilities: { marks: false } });
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
    const { ai, clock, tape } = await connected();
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

describe('a lost leg', () => {
  it('may come back: the AI is told what was not heard, and the call goes on with the new leg', async () => {
    const { switchboard, leg, ai, clock, tape } = await connected(
      {},
      { capabilities: { resumeWithinMs: 30_000 } },
    );
    ai.say('a', 1000);
    leg.listener.onMarkHeard(leg.marks[1]!);
    leg.listener.onLegLost(new GatewayError('X_CUT', 'cut'));
    expect(switchboard.calls[0]?.state).toBe('suspended');
    expect(switchboard.hasCalls('scripted')).toBe(true);
    expect(ai.interruptions[0]?.[0]).toMatchObject({ itemId: 'a', heardMs: 520 });
    clock.advance(5000);
    const second = new ScriptedLeg({ capabilities: { resumeWithinMs: 30_000 } });
    second.listener = switchboard.resume(second)!;
    await settled();
    second.listener.onCallerAudio(second.callerFrame(0));
    ai.say('b', 100);
    expect(ai.frames).toHaveLength(1);
    expect(second.pushedMs).toBe(100);
    expect(ai.greetings).toBe(1);
    expect(tape.types).toEqual(expect.arrayContaining(['call.suspended', 'call.resumed']));
    // The old connection has nothing to say any more.
    leg.listener.onHangUp('caller-hung-up');
    expect(tape.types).not.toContain('call.ended');
  });

  it('ends the call when it does not come back in time', async () => {
    const { leg, clock, tape, switchboard } = await connected(
      {},
      { capabilities: { resumeWithinMs: 30_000 } },
    );
    leg.listener.onLegLost(new GatewayError('X_CUT', 'cut'));
    clock.advance(30_000);
    expect(tape.last('call.ended')).toMatchObject({ reason: 'leg-lost', code: 'CALL_NOT_RESUMED' });
    expect(switchboard.callCount).toBe(0);
  });

  it('may be replaced before its loss was noticed', async () => {
    const { switchboard, ai, tape } = await connected({}, { capabilities: { resumeWithinMs: 30_000 } });
    const second = new ScriptedLeg({ capabilities: { resumeWithinMs: 30_000 } });
    second.listener = switchboard.resume(second)!;
    await settled();
    ai.say('a', 100);
    expect(second.pushedMs).toBe(100);
    expect(tape.types).not.toContain('call.ended');
  });

  it('ends the call at once where the platform cannot resume', async () => {
    const { leg, tape } = await connected();
    leg.listener.onLegLost(new GatewayError('X_CUT', 'cut'));
    expect(tape.last('call.ended')).toMatchObject({ reason: 'leg-lost', code: 'X_CUT' });
  });
});

describe('what is owed to the caller', () => {
  it('is said again after a lost leg came back', async () => {
    const { switchboard, leg, ai, tape } = await connected({}, { capabilities: { resumeWithinMs: 30_000 } });
    ai.say('a', 1000);
    leg.listener.onLegLost(new GatewayError('X_CUT', 'cut'));
    expect(tape.types).toContain('agent.interrupted');
    const second = new ScriptedLeg({ capabilities: { resumeWithinMs: 30_000 } });
    second.listener = switchboard.resume(second)!;
    await settled();
    expect(ai.wentOn).toBe(1);
    expect(tape.types).toContain('call.resumed');
  });

  it('includes what the AI said while nobody was there', async () => {
    const { switchboard, leg, ai } = await connected({}, { capabilities: { resumeWithinMs: 30_000 } });
    leg.listener.onLegLost(new GatewayError('X_CUT', 'cut'));
    ai.say('unheard', 800);
    ai.finish('unheard');
    const second = new ScriptedLeg({ capabilities: { resumeWithinMs: 30_000 } });
    second.listener = switchboard.resume(second)!;
    await settled();
    expect(ai.interruptions.at(-1)).toEqual([{ itemId: 'unheard', sentMs: 800, heardMs: 0, complete: true }]);
    expect(ai.wentOn).toBe(1);
  });

  it('is nothing where nothing was cut off', async () => {
    const { switchboard, leg, ai } = await connected({}, { capabilities: { resumeWithinMs: 30_000 } });
    leg.listener.onLegLost(new GatewayError('X_CUT', 'cut'));
    const second = new ScriptedLeg({ capabilities: { resumeWithinMs: 30_000 } });
    second.listener = switchboard.resume(second)!;
    await settled();
    expect(ai.wentOn).toBe(0);
  });

  it('includes an answer that had no sound yet when the leg was lost', async () => {
    const { switchboard, leg, ai } = await connected({}, { capabilities: { resumeWithinMs: 30_000 } });
    ai.listener.onResponseStarted('r1');
    leg.listener.onLegLost(new GatewayError('X_CUT', 'cut'));
    expect(ai.interruptions).toEqual([[]]);
    const second = new ScriptedLeg({ capabilities: { resumeWithinMs: 30_000 } });
    second.listener = switchboard.resume(second)!;
    await settled();
    expect(ai.wentOn).toBe(1);
  });

  it('is heard to its end before the agent’s goodbye ends the call', async () => {
    const { leg, ai, tape } = await connected();
    ai.say('bye', 400);
    ai.finish('bye');
    ai.listener.onAiClosed(null);
    expect(leg.story).not.toContain('hangUp');
    for (const mark of leg.marks) leg.listener.onMarkHeard(mark);
    expect(leg.orders.at(-1)).toEqual({ kind: 'hangUp', reason: 'agent-hung-up' });
    expect(tape.last('call.ended')?.reason).toBe('agent-hung-up');
  });

  it('is known past sound that the platform did not take', async () => {
    const { leg, ai, clock } = await connected({}, { capabilities: { marks: false } });
    leg.takes = false;
    ai.say('a', 1000);
    leg.takes = true;
    ai.say('a', 1000);
    clock.advance(300);
    ai.listener.onInterrupted();
    expect(ai.interruptions).toEqual([[{ itemId: 'a', sentMs: 2000, heardMs: 1300, complete: false }]]);
  });
});

describe('keys', () => {
  it('interrupt the agent, unless that is switched off', async () => {
    const { leg, ai } = await connected();
    ai.say('a', 5000);
    leg.listener.onDtmf('#');
    expect(leg.story.at(-1)).toBe('clear');
    expect(ai.interruptions).toHaveLength(1);
    const off = await connected({ limits: { ...LIMITS, keysInterrupt: false } });
    off.ai.say('a', 5000);
    off.leg.listener.onDtmf('#');
    expect(off.leg.story).not.toContain('clear');
    expect(off.ai.keys).toEqual(['#']);
  });

  it('pressed before the AI is there are not lost', async () => {
    const { backend, offer } = make();
    backend.hold();
    const leg = offer();
    for (const digit of '12#') leg.listener.onDtmf(digit);
    backend.release();
    await settled();
    expect(backend.session.keys).toEqual(['12#']);
  });
});

describe('the end of a call', () => {
  it('runs in order, once: sound, AI, leg, event, observers, registry', async () => {
    const story: string[] = [];
    const observer: CallObserver = {
      name: 'witness',
      onCall: (call) => {
        call.router.on('call.ended', () => story.push(`event in ${call.state}`));
        return async () => {
          story.push('observer');
        };
      },
    };
    const { leg, ai, switchboard, clock } = await connected({ observers: [observer] });
    leg.listener.onHangUp('caller-hung-up');
    leg.listener.onHangUp('caller-hung-up');
    ai.say('late', 100);
    await settled();
    expect(ai.closed).toBe(true);
    expect(leg.orders.filter(({ kind }) => kind === 'hangUp')).toHaveLength(1);
    expect(leg.pushedMs).toBe(0);
    expect(story).toEqual(['event in ending', 'observer']);
    expect(switchboard.calls).toEqual([]);
    switchboard.close();
    expect(clock.pending).toBe(0);
  });

  it('does not wait for ever for an observer, nor does one that throws matter', async () => {
    const stuck: CallObserver = { name: 'stuck', onCall: () => () => new Promise<void>(() => undefined) };
    const broken: CallObserver = {
      name: 'broken',
      onCall: () => {
        throw new Error('no');
      },
    };
    const { leg, switchboard, clock, log } = await connected({ observers: [broken, stuck] });
    leg.listener.onHangUp('caller-hung-up');
    clock.advance(5000);
    await settled();
    expect(switchboard.calls).toEqual([]);
    expect(log.lines.map(({ fields }) => fields.code)).toEqual(
      expect.arrayContaining(['OBSERVER_FAILED', 'OBSERVER_LATE']),
    );
  });
});

describe('functions of the model', () => {
  const toolBox: ToolBox = {
    definitions: [{ name: 'add', description: 'Adds.', parameters: { type: 'object' } }],
    call: async ({ arguments: text }) => {
      const { a, b } = JSON.parse(text) as { a: number; b: number };
      return JSON.stringify({ sum: a + b });
    },
  };

  it('are run and answered', async () => {
    const { ai, tape } = await connected({ toolBox });
    ai.listener.onToolCall({ toolCallId: 't1', name: 'add', arguments: '{"a":2,"b":3}' });
    await settled();
    expect(ai.answers).toEqual([{ toolCallId: 't1', output: '{"sum":5}' }]);
    expect(tape.last('tool.answered')).toMatchObject({ name: 'add', failed: false });
  });

  it('that return something else than text are answered all the same', async () => {
    const odd = { definitions: toolBox.definitions, call: async () => ({ sum: 5 }) } as unknown as ToolBox;
    const { ai } = await connected({ toolBox: odd });
    ai.listener.onToolCall({ toolCallId: 't1', name: 'add', arguments: '{}' });
    await settled();
    expect(ai.answers).toEqual([{ toolCallId: 't1', output: '{"sum":5}' }]);
  });

  it('that take their time are bridged by a tone', async () => {
    const slow: ToolBox = { definitions: toolBox.definitions, call: () => new Promise(() => undefined) };
    const { ai, leg, clock } = await connected({ toolBox: slow });
    ai.listener.onToolCall({ toolCallId: 't1', name: 'add', arguments: '{}' });
    clock.advance(1500);
    expect(leg.pushedMs).toBeGreaterThan(0);
  });

  it('that do not exist, throw or take too long are answered with words', async () => {
    const slow: ToolBox = { definitions: toolBox.definitions, call: () => new Promise(() => undefined) };
    const unknown = await connected({ toolBox });
    unknown.ai.listener.onToolCall({ toolCallId: 't1', name: 'fly', arguments: '{}' });
    unknown.ai.listener.onToolCall({ toolCallId: 't2', name: 'add', arguments: 'nonsense' });
    await settled();
    expect(unknown.ai.answers.map(({ output }) => Object.keys(JSON.parse(output)))).toEqual([
      ['error'],
      ['error'],
    ]);
    const late = await connected({ toolBox: slow });
    late.ai.listener.onToolCall({ toolCallId: 't3', name: 'add', arguments: '{}' });
    late.clock.advance(5000);
    await settled();
    expect(late.ai.answers).toHaveLength(1);
  });
});

describe('Switchboard', () => {
  it('lets in exactly as many calls as it has places, whatever the order of coming and going', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (comings) => {
        const { switchboard, offer } = make({ maxCalls: 3 });
        const legs: ScriptedLeg[] = [];
        comings.forEach((comes, index) => {
          if (comes && legs.length < 3) legs.push(offer({ platformCallId: `c${index}` }));
          else if (comes) expect(switchboard.reserve()).toBeNull();
          else legs.shift()?.listener.onHangUp('caller-hung-up');
          expect(switchboard.callCount).toBe(legs.length);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('gives a place back once, however often it is released', () => {
    const { switchboard } = make({ maxCalls: 1 });
    const place = switchboard.reserve()!;
    place.release();
    place.release();
    expect(switchboard.callCount).toBe(0);
    expect(switchboard.reserve()).not.toBeNull();
    expect(switchboard.reserve()).toBeNull();
  });

  it('connects the AI of an announced call before its leg is there, and adopts the leg', async () => {
    const { switchboard, backend, tape } = make({ maxCalls: 1 });
    const leg = new ScriptedLeg();
    expect(switchboard.announce({ info: leg.info, expiresInMs: 15_000 })).toBe(true);
    expect(switchboard.announce({ info: leg.info, expiresInMs: 15_000 })).toBe(true);
    expect(
      switchboard.announce({ info: new ScriptedLeg({ platformCallId: 'other' }).info, expiresInMs: 1 }),
    ).toBe(false);
    await settled();
    expect(backend.sessions).toHaveLength(1);
    leg.listener = switchboard.offer(leg, null);
    await settled();
    expect(leg.story).toEqual(['answer']);
    expect(backend.session.greetings).toBe(1);
    expect(tape.all('call.offered')).toHaveLength(1);
  });

  it('gives up an announced call whose leg never comes', async () => {
    const { switchboard, backend, clock, tape } = make();
    switchboard.announce({ info: new ScriptedLeg().info, expiresInMs: 15_000 });
    await settled();
    clock.advance(15_000);
    expect(tape.last('call.ended')).toMatchObject({ reason: 'never-connected' });
    expect(backend.session.closed).toBe(true);
    expect(switchboard.callCount).toBe(0);
  });

  it('refuses a second leg for a running call, and a leg without a place', async () => {
    const { switchboard } = await connected();
    const place = switchboard.reserve();
    expect(() => switchboard.offer(new ScriptedLeg(), place)).toThrow(
      expect.objectContaining({ code: 'CALL_DUPLICATE' }),
    );
    expect(() => switchboard.offer(new ScriptedLeg({ platformCallId: 'other' }), null)).toThrow(
      expect.objectContaining({ code: 'CALL_NO_PLACE' }),
    );
  });

  it('drains: takes nothing new, lets running calls end by themselves, and ends the rest at the deadline', async () => {
    const { switchboard, offer, clock, tape } = make();
    const first = offer({ platformCallId: 'one' });
    const second = offer({ platformCallId: 'two' });
    await settled();
    const drained = switchboard.drain(60_000);
    expect(switchboard.reserve()).toBeNull();
    first.listener.onHangUp('caller-hung-up');
    await settled();
    clock.advance(59_000);
    expect(second.orders.some(({ kind }) => kind === 'hangUp')).toBe(false);
    clock.advance(1000);
    await drained;
    expect(second.orders.at(-1)).toEqual({ kind: 'hangUp', reason: 'gateway-draining' });
    expect(tape.all('call.ended').map(({ reason }) => reason)).toEqual([
      'caller-hung-up',
      'gateway-draining',
    ]);
  });

  it('tells vendors of callers only by a hash that needs the operator’s key', async () => {
    const { backend } = await connected({ callerHashKey: 'secret' }, { from: '+15550100001' });
    expect(backend.session.options.callerHash).toMatch(/^[0-9a-f]{32}$/);
    const none = await connected({}, { from: '+15550100001' });
    expect(none.backend.session.options.callerHash).toBeNull();
  });

  it('waits, when it drains, for calls that have their place and are on their way', async () => {
    const { switchboard } = make();
    const place = switchboard.reserve()!;
    let drained = false;
    void switchboard.drain(60_000).then(() => {
      drained = true;
    });
    await settled();
    expect(drained).toBe(false);
    place.release();
    await settled();
    expect(drained).toBe(true);
  });

  it('reports dropped sound once a second, not frame by frame', async () => {
    const { leg, ai, clock, tape } = await connected();
    ai.takes = false;
    for (let i = 0; i < 50; i++) leg.listener.onCallerAudio(leg.callerFrame(i * 20));
    expect(tape.all('audio.dropped')).toEqual([]);
    clock.advance(2000);
    expect(tape.all('audio.dropped')).toEqual([{ track: 'caller', reason: 'far-side-full', frames: 50 }]);
  });
});
