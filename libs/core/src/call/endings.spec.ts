import { describe, expect, it } from '@jest/globals';
import type { AgentLimits, ToolBox } from '#libs/contracts';
import { callHouse, type ScriptedLegOptions, settled } from '#libs/testing';

const NO_LIMITS: AgentLimits = { maxDurationMs: null, maxCostUsd: null, idleAfterMs: null, idleQuestions: 2 };
/** What was heard is told by the clock. */
const BY_CLOCK: ScriptedLegOptions = { capabilities: { marks: false } };

async function connected(
  limits: Partial<AgentLimits>,
  legOptions: ScriptedLegOptions = BY_CLOCK,
  tools?: ToolBox,
) {
  const house = callHouse({ agent: { limits: { ...NO_LIMITS, ...limits }, ...(tools && { tools }) } });
  const call = house.offer(legOptions);
  await settled();
  return { ...house, ...call, ai: house.backend.session };
}

type Connected = Awaited<ReturnType<typeof connected>>;

/** The agent answers what it was told to say. */
function speaks({ ai }: Connected, itemId: string, durationMs: number): void {
  ai.listener.onResponseStarted(`r-${itemId}`);
  ai.say(itemId, durationMs);
  ai.finish(itemId);
  ai.listener.onResponseFinished(`r-${itemId}`, 'completed', null);
}

function spends({ ai }: Connected, costUsd: number | null): void {
  ai.listener.onUsage({ tokens: { audio_out: 100 }, costUsd });
}

const ends = ({ tape }: Connected) => tape.all('call.ended').map(({ reason }) => reason);

describe('an agent’s limit', () => {
  it('of time counts from when the line is open, and lets what is being said be heard', async () => {
    const call = await connected({ maxDurationMs: 60_000 }, { ...BY_CLOCK, readyWhenAnswered: false });
    call.clock.advance(5000);
    call.leg.listener.onReady();
    call.clock.advance(59_000);
    speaks(call, 'a', 3000);
    call.clock.advance(1000);
    expect(call.tape.last('call.limit.reached')).toEqual({ limit: 'duration' });
    expect(ends(call)).toEqual([]);
    call.clock.advance(2000);
    expect(ends(call)).toEqual([]);
    call.clock.advance(1500);
    expect(ends(call)).toEqual(['limit-reached']);
  });

  it('of time ends a call at once in which nothing is being said', async () => {
    const call = await connected({ maxDurationMs: 60_000 });
    call.clock.advance(59_999);
    expect(ends(call)).toEqual([]);
    call.clock.advance(1);
    expect(ends(call)).toEqual(['limit-reached']);
  });

  it('of cost adds up what the backend accounts for, and is told once', async () => {
    const call = await connected({ maxCostUsd: 0.5 });
    speaks(call, 'a', 1000);
    spends(call, 0.3);
    spends(call, null);
    expect(call.tape.types).not.toContain('call.limit.reached');
    spends(call, 0.2);
    spends(call, 0.2);
    expect(call.tape.all('call.limit.reached')).toEqual([{ limit: 'cost' }]);
    call.clock.advance(2500);
    expect(ends(call)).toEqual(['limit-reached']);
  });
});

describe('a caller who is silent', () => {
  it('is asked twice, said goodbye, and let go when that was heard', async () => {
    const call = await connected({ idleAfterMs: 10_000 });
    speaks(call, 'greeting', 2000);
    call.clock.advance(11_000);
    expect(call.ai.spoken).toEqual([]);
    call.clock.advance(2000);
    expect(call.ai.spoken).toEqual(['Are you still there?']);
    expect(call.tape.last('caller.idle')).toMatchObject({ question: 1, letGo: false });
    speaks(call, 'q1', 1000);
    call.clock.advance(13_000);
    expect(call.ai.spoken).toHaveLength(2);
    speaks(call, 'q2', 1000);
    call.clock.advance(13_000);
    expect(call.ai.spoken.at(-1)).toBe('Goodbye.');
    expect(call.tape.last('caller.idle')).toMatchObject({ question: 2, letGo: true });
    expect(call.tape.last('call.limit.reached')).toEqual({ limit: 'silence' });
    speaks(call, 'bye', 2000);
    call.clock.advance(1900);
    expect(ends(call)).toEqual([]);
    call.clock.advance(1600);
    expect(ends(call)).toEqual(['caller-silent']);
  });

  it('is silent from when he has heard the agent’s last word', async () => {
    const call = await connected({ idleAfterMs: 5000 }, {});
    speaks(call, 'greeting', 2500);
    call.clock.advance(2500);
    for (const name of call.leg.marks) call.leg.listener.onMarkHeard(name);
    call.clock.advance(4999);
    expect(call.tape.types).not.toContain('caller.idle');
    call.clock.advance(1001);
    expect(call.tape.types).toContain('caller.idle');
  });

  it('is let go 1.5 s after a goodbye whose marks are lost', async () => {
    const call = await connected({ idleAfterMs: 5000, idleQuestions: 0 }, {});
    call.clock.advance(6000);
    speaks(call, 'bye', 2000);
    call.clock.advance(2500);
    expect(ends(call)).toEqual([]);
    call.clock.advance(1000);
    expect(ends(call)).toEqual(['caller-silent']);
  });

  it('is let go where the goodbye never comes', async () => {
    const call = await connected({ idleAfterMs: 5000, idleQuestions: 0 });
    call.clock.advance(6000);
    expect(call.ai.spoken).toEqual(['Goodbye.']);
    call.clock.advance(8000);
    expect(ends(call)).toEqual(['caller-silent']);
  });

  it('is silent however much comfort noise his line brings', async () => {
    const call = await connected({ idleAfterMs: 5000 });
    for (let at = 0; at < 6000; at += 20) {
      call.leg.listener.onCallerAudio(call.leg.callerFrame(at));
      call.clock.advance(20);
    }
    expect(call.tape.all('caller.idle')).toHaveLength(1);
  });

  it('is asked all over again once he has spoken or pressed a key', async () => {
    const call = await connected({ idleAfterMs: 5000 });
    call.clock.advance(6000);
    call.ai.listener.onCallerSpeech('started', 0);
    call.ai.listener.onCallerSpeech('stopped', 0);
    call.clock.advance(4000);
    expect(call.tape.all('caller.idle')).toHaveLength(1);
    call.clock.advance(2000);
    call.leg.listener.onDtmf('1');
    call.clock.advance(6000);
    expect(call.tape.all('caller.idle').map(({ question }) => question)).toEqual([1, 1, 1]);
  });

  it('stays when he speaks into the goodbye', async () => {
    const call = await connected({ idleAfterMs: 5000, idleQuestions: 0 });
    call.clock.advance(6000);
    speaks(call, 'bye', 2000);
    call.clock.advance(1000);
    call.ai.listener.onCallerSpeech('started', 0);
    call.ai.listener.onInterrupted();
    call.clock.advance(60_000);
    expect(ends(call)).toEqual([]);
  });

  it('is not silent while he speaks, however long that takes', async () => {
    const call = await connected({ idleAfterMs: 5000 });
    call.ai.listener.onCallerSpeech('started', 0);
    call.clock.advance(60_000);
    expect(call.tape.types).not.toContain('caller.idle');
  });

  it('is not asked while a function runs, the agent thinks, an operator has the line, or the AI is away', async () => {
    const tools: ToolBox = {
      definitions: [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }],
      timeoutMsOf: () => 120_000,
      call: () => new Promise(() => undefined),
    };
    const busy: ((call: Connected) => void)[] = [
      ({ ai }) => ai.listener.onToolCall({ toolCallId: 't', name: 'look', arguments: '{}' }),
      ({ ai }) => ai.listener.onResponseStarted('r'),
      ({ control }) => void control.takeOver('ann'),
      ({ ai }) => ai.listener.onAiLost(new Error('gone') as never),
    ];
    for (const begin of busy) {
      const call = await connected({ idleAfterMs: 5000 }, BY_CLOCK, tools);
      begin(call);
      call.clock.advance(60_000);
      expect(call.tape.types).not.toContain('caller.idle');
    }
  });

  it('is told by an event alone where the agent can neither speak nor be told', async () => {
    const call = await connected({ idleAfterMs: 5000, idleQuestions: 1 });
    Object.assign(call.ai, { speak: undefined, instruct: undefined });
    call.clock.advance(6000);
    expect(call.tape.all('caller.idle')).toHaveLength(1);
    call.clock.advance(6000);
    expect(ends(call)).toEqual(['caller-silent']);
  });

  it('is not known where the backend does not tell who speaks', async () => {
    const house = callHouse({ agent: { limits: { ...NO_LIMITS, idleAfterMs: 5000 } } });
    Object.assign(house.backend.capabilities, { speechEvents: false });
    house.offer(BY_CLOCK);
    await settled();
    house.clock.advance(60_000);
    expect(house.tape.types).not.toContain('caller.idle');
  });
});

describe('a function that takes its time', () => {
  const slow = (parts: Partial<ToolBox> = {}): ToolBox => ({
    definitions: [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }],
    call: () => new Promise(() => undefined),
    ...parts,
  });
  const calls = ({ ai }: Connected, toolCallId = 't1') =>
    ai.listener.onToolCall({ toolCallId, name: 'look', arguments: '{}' });

  it('is bridged by its words, once for all that run, and by a tone after that', async () => {
    const call = await connected({}, BY_CLOCK, slow({ bridgeOf: () => 'One moment.' }));
    calls(call, 't1');
    calls(call, 't2');
    call.clock.advance(1499);
    expect(call.ai.spoken).toEqual([]);
    call.clock.advance(1);
    expect(call.ai.spoken).toEqual(['One moment.']);
    expect(call.leg.pushedMs).toBe(0);
    call.clock.advance(1500);
    expect(call.ai.spoken).toHaveLength(1);
    expect(call.leg.pushedMs).toBeGreaterThan(0);
  });

  it('needs no words while the agent is still speaking', async () => {
    const call = await connected({}, BY_CLOCK, slow({ bridgeOf: () => 'One moment.' }));
    call.ai.say('a', 3000);
    calls(call);
    call.clock.advance(2000);
    expect(call.ai.spoken).toEqual([]);
  });

  it('is bridged by a tone where it has no words or the backend cannot say them', async () => {
    const mute = await connected({}, BY_CLOCK, slow({ bridgeOf: () => 'One moment.' }));
    Object.assign(mute.ai, { speak: undefined });
    for (const call of [mute, await connected({}, BY_CLOCK, slow({ bridgeOf: () => null }))]) {
      calls(call);
      call.clock.advance(1500);
      expect(call.leg.pushedMs).toBeGreaterThan(0);
    }
  });

  it('is not bridged when it answered in time', async () => {
    const call = await connected(
      {},
      BY_CLOCK,
      slow({ bridgeOf: () => 'One moment.', call: async () => 'ok' }),
    );
    calls(call);
    await settled();
    call.clock.advance(5000);
    expect(call.ai.spoken).toEqual([]);
    expect(call.leg.pushedMs).toBe(0);
  });

  it('may have a time limit of its own', async () => {
    const call = await connected({}, BY_CLOCK, slow({ timeoutMsOf: () => 800 }));
    calls(call);
    call.clock.advance(799);
    await settled();
    expect(call.ai.answers).toEqual([]);
    call.clock.advance(1);
    await settled();
    expect(call.ai.answers[0]?.output).toMatch(/took too long/);
  });

  it('brings no tones to a caller who types keys into it', async () => {
    const call = await connected({}, BY_CLOCK, slow());
    calls(call);
    call.session.router.publish('digits.collecting', { sensitive: false });
    call.clock.advance(4000);
    expect(call.leg.pushedMs).toBe(0);
  });
});
