import { describe, expect, it } from '@jest/globals';
import { GatewayError, type ToolBox } from '#libs/contracts';
import { callHouse, connectedCall, settled } from '#libs/testing';

describe('a call', () => {
  it('is answered when the AI is there, and greeted once the caller can hear', async () => {
    const { leg, ai, tape } = await connectedCall({}, { readyWhenAnswered: false });
    expect(leg.story).toEqual(['answer']);
    expect(ai.greetings).toBe(0);
    leg.listener.onReady();
    expect(ai.greetings).toBe(1);
    expect(tape.types).toEqual(['call.offered', 'backend.connected', 'call.answered', 'call.connected']);
  });

  it('gives the AI what the caller said before it was there', async () => {
    const { backend, offer } = callHouse();
    backend.hold();
    const { leg } = offer();
    for (let i = 0; i < 150; i++) leg.listener.onCallerAudio(leg.callerFrame(i * 20));
    backend.release();
    await settled();
    // Two seconds are kept, the newest.
    expect(backend.session.frames).toHaveLength(100);
    expect(backend.session.frames[0]?.timestampMs).toBe(50 * 20);
  });

  it('sends the agent’s sound as it comes, with a mark at its start, one at least every 500 ms, and one at the end', async () => {
    const { leg, ai } = await connectedCall();
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
    const { leg, ai, clock, tape } = await connectedCall();
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
    const { leg, ai, clock } = await connectedCall();
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
    const { leg, ai, tape } = await connectedCall();
    ai.listener.onInterrupted();
    expect(leg.story).toEqual(['answer', 'speech-started']);
    expect(ai.interruptions).toEqual([[]]);
    expect(tape.all('agent.interrupted')).toEqual([]);
  });

  it('tells the AI when everything it said was heard', async () => {
    const { leg, ai } = await connectedCall();
    ai.say('a', 400);
    ai.finish('a');
    expect(ai.playedOutCount).toBe(0);
    for (const mark of leg.marks) leg.listener.onMarkHeard(mark);
    expect(ai.playedOutCount).toBe(1);
  });

  it('knows by the clock when everything was heard where the platform has no marks', async () => {
    const { ai, clock, tape, leg } = await connectedCall({}, { capabilities: { marks: false } });
    ai.say('a', 400);
    ai.finish('a');
    clock.advance(399);
    expect(ai.playedOutCount).toBe(0);
    clock.advance(1000);
    expect(ai.playedOutCount).toBe(1);
    expect(leg.marks).toEqual([]);
    expect(tape.all('agent.item.heard')).toEqual([{ itemId: 'a', heardMs: 400, errorMs: null }]);
  });

  it('tells at its end what of the agent’s words was heard, before it tells of the end', async () => {
    const { leg, ai, clock, tape } = await connectedCall();
    ai.say('a', 400);
    ai.finish('a');
    ai.say('b', 1000);
    clock.advance(400);
    for (const mark of leg.marks.slice(0, 2)) leg.listener.onMarkHeard(mark);
    clock.advance(20);
    leg.listener.onMarkHeard(leg.marks[2]!);
    clock.advance(280);
    leg.listener.onHangUp('caller-hung-up');
    expect(tape.all('agent.item.heard').map(({ itemId }) => itemId)).toEqual(['a']);
    expect(tape.all('agent.item.unheard')).toEqual([{ itemId: 'b', heardMs: 300, sentMs: 1000 }]);
    expect(tape.types.slice(-2)).toEqual(['agent.item.unheard', 'call.ended']);
  });

  it('measures from the end of the caller’s speech to the first sound of the answer', async () => {
    const { ai, clock, tape } = await connectedCall();
    ai.listener.onCallerSpeech('started', clock.nowMs());
    ai.listener.onCallerSpeech('stopped', clock.nowMs());
    clock.advance(420);
    ai.say('a', 100);
    expect(tape.last('agent.audio.started')).toMatchObject({ itemId: 'a', turnLatencyMs: 420 });
  });

  it('passes keys on, one by one as events and together to the AI', async () => {
    const { leg, ai, clock, tape } = await connectedCall();
    for (const digit of '12') leg.listener.onDtmf(digit);
    clock.advance(1500);
    for (const digit of '34#5') leg.listener.onDtmf(digit);
    expect(ai.keys).toEqual(['12', '34#']);
    expect(tape.all('caller.dtmf')).toHaveLength(6);
  });

  it('tells the platform what the AI understood, in the platform’s words', async () => {
    const { leg, ai, clock } = await connectedCall();
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
    const { leg, ai, clock, tape } = await connectedCall();
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
    const { ai, clock } = await connectedCall();
    ai.listener.onAiLost(new GatewayError('X_LOST', 'lost'));
    clock.advance(1600);
    ai.listener.onInterrupted();
    expect(ai.interruptions).toEqual([[]]);
  });

  it('fills an open line while the AI takes long to come at all', async () => {
    const { backend, offer, clock } = callHouse();
    backend.hold();
    const { leg } = offer({ capabilities: { earlyMedia: true } });
    await settled();
    clock.advance(1600);
    expect(leg.story.slice(0, 2)).toEqual(['answer', 'push']);
    backend.release();
    await settled();
    expect(leg.story.filter((order) => order === 'answer')).toHaveLength(1);
    expect(backend.session.greetings).toBe(1);
  });

  it('ends the call when it cannot be had, with the reason', async () => {
    const { backend, offer, tape, switchboard } = callHouse();
    backend.failure = new GatewayError('X_DOWN', 'down');
    const { leg } = offer();
    await settled();
    expect(leg.orders).toEqual([{ kind: 'hangUp', reason: 'ai-unavailable' }]);
    expect(tape.last('call.ended')).toMatchObject({ reason: 'ai-unavailable', code: 'X_DOWN' });
    expect(switchboard.callCount).toBe(0);
  });

  it('abandons a connection that comes too late', async () => {
    const { backend, offer } = callHouse();
    backend.hold();
    const { leg } = offer();
    leg.listener.onHangUp('caller-hung-up');
    backend.release();
    await settled();
    expect(backend.sessions.every((session) => session.closed)).toBe(true);
  });
});

describe('keys', () => {
  it('interrupt the agent, unless that is switched off', async () => {
    const { leg, ai } = await connectedCall();
    ai.say('a', 5000);
    leg.listener.onDtmf('#');
    expect(leg.story.at(-1)).toBe('clear');
    expect(ai.interruptions).toHaveLength(1);
    const off = await connectedCall({ limits: { keysInterrupt: false } });
    off.ai.say('a', 5000);
    off.leg.listener.onDtmf('#');
    expect(off.leg.story).not.toContain('clear');
    expect(off.ai.keys).toEqual(['#']);
  });

  it('pressed before the AI is there are not lost', async () => {
    const { backend, offer } = callHouse();
    backend.hold();
    const { leg } = offer();
    for (const digit of '12#') leg.listener.onDtmf(digit);
    backend.release();
    await settled();
    expect(backend.session.keys).toEqual(['12#']);
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
    const { ai, tape } = await connectedCall({ agent: { tools: toolBox } });
    ai.listener.onToolCall({ toolCallId: 't1', name: 'add', arguments: '{"a":2,"b":3}' });
    await settled();
    expect(ai.answers).toEqual([{ toolCallId: 't1', output: '{"sum":5}' }]);
    expect(tape.last('tool.answered')).toMatchObject({ name: 'add', failed: false });
  });

  it('that return something else than text are answered all the same', async () => {
    const odd = { definitions: toolBox.definitions, call: async () => ({ sum: 5 }) } as unknown as ToolBox;
    const { ai } = await connectedCall({ agent: { tools: odd } });
    ai.listener.onToolCall({ toolCallId: 't1', name: 'add', arguments: '{}' });
    await settled();
    expect(ai.answers).toEqual([{ toolCallId: 't1', output: '{"sum":5}' }]);
  });

  it('that take their time are bridged by a tone', async () => {
    const slow: ToolBox = { definitions: toolBox.definitions, call: () => new Promise(() => undefined) };
    const { ai, leg, clock } = await connectedCall({ agent: { tools: slow } });
    ai.listener.onToolCall({ toolCallId: 't1', name: 'add', arguments: '{}' });
    clock.advance(1500);
    expect(leg.pushedMs).toBeGreaterThan(0);
  });

  it('that do not exist, throw or take too long are answered with words', async () => {
    const slow: ToolBox = { definitions: toolBox.definitions, call: () => new Promise(() => undefined) };
    const unknown = await connectedCall({ agent: { tools: toolBox } });
    unknown.ai.listener.onToolCall({ toolCallId: 't1', name: 'fly', arguments: '{}' });
    unknown.ai.listener.onToolCall({ toolCallId: 't2', name: 'add', arguments: 'nonsense' });
    await settled();
    expect(unknown.ai.answers.map(({ output }) => Object.keys(JSON.parse(output)))).toEqual([
      ['error'],
      ['error'],
    ]);
    const late = await connectedCall({ agent: { tools: slow } });
    late.ai.listener.onToolCall({ toolCallId: 't3', name: 'add', arguments: '{}' });
    late.clock.advance(5000);
    await settled();
    expect(late.ai.answers).toHaveLength(1);
    for (const { tape } of [unknown, late])
      for (const told of tape.all('tool.answered'))
        expect(told).toMatchObject({ failed: true, cutShort: false });
  });
});
