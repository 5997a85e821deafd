import { describe, expect, it } from '@jest/globals';
import { type AgentSettings, type AudioFormat, GatewayError } from '#libs/contracts';
import { callHouse, ScriptedBackend, settled } from '#libs/testing';

const PCM: AudioFormat = { encoding: 'pcm16', sampleRate: 24_000 };
const REFUSED = new GatewayError('BACKEND_REFUSED', 'The key is not valid.');

describe('a call whose backend cannot be had', () => {
  it('is answered by the next one that takes the agreed formats', async () => {
    const other = new ScriptedBackend([PCM], 'other-format');
    const spare = new ScriptedBackend(undefined, 'spare');
    const house = callHouse({ agent: { otherBackends: [other, spare] } });
    house.backend.failure = REFUSED;
    const { leg, session } = house.offer();
    await settled();
    expect(other.sessions).toHaveLength(0);
    expect(spare.session.greetings).toBe(1);
    expect(session.backend).toBe('spare');
    expect(house.tape.last('call.fell.back')).toEqual({ to: 'backend', code: 'BACKEND_REFUSED' });
    expect(house.tape.last('call.connected')?.backend).toBe('spare');
    expect(leg.story).toEqual(['answer']);
    expect(house.agent.briefings).toHaveLength(1);
  });

  it('that fails before a word was said is given to the next one with what the caller said meanwhile', async () => {
    const spare = new ScriptedBackend(undefined, 'spare');
    const house = callHouse({ agent: { otherBackends: [spare] } });
    const { leg, session } = house.offer();
    await settled();
    const first = house.backend.session;
    spare.hold();
    first.listener.onAiClosed(REFUSED);
    expect(session.backend).toBe('spare');
    leg.listener.onCallerAudio(leg.callerFrame(20));
    leg.listener.onDtmf('5');
    house.clock.advance(2000);
    expect(first.closed).toBe(true);
    expect(first.frames).toHaveLength(0);
    // While nobody is there the line is not silent.
    expect(leg.pushedMs).toBeGreaterThan(0);
    spare.release();
    await settled();
    expect(spare.session.greetings).toBe(1);
    expect(spare.session.frames).toHaveLength(1);
    expect(spare.session.keys).toEqual(['5']);
    expect(house.tape.all('call.connected')).toHaveLength(1);
  });

  it('is not given to another one in the middle of the conversation', async () => {
    const spare = new ScriptedBackend(undefined, 'spare');
    const house = callHouse({ agent: { otherBackends: [spare] } });
    house.offer();
    await settled();
    house.backend.session.say('a', 500);
    house.backend.session.listener.onAiClosed(REFUSED);
    await settled();
    expect(spare.sessions).toHaveLength(0);
    expect(house.tape.types).not.toContain('call.fell.back');
  });
});

describe('an agent that learns more about its call', () => {
  const knowing = (name: string): AgentSettings => ({
    instructions: `You talk with ${name}.`,
    greeting: `Hello, ${name}.`,
    voice: null,
    language: null,
  });

  it('adopts it while nothing was said, and greets with it', async () => {
    const house = callHouse();
    const { leg } = house.offer({ readyWhenAnswered: false });
    await settled();
    house.agent.settings = knowing('Ada');
    leg.listener.onDetails({ parameters: { name: 'Ada' } });
    leg.listener.onReady();
    // The greeting waits for what the agent is being told.
    expect(house.backend.session.greetings).toBe(0);
    await settled();
    expect(house.agent.briefings.at(-1)?.parameters).toEqual({ name: 'Ada' });
    expect(house.backend.session.adopted).toEqual([knowing('Ada')]);
    expect(house.backend.session.greetings).toBe(1);
  });

  it('is not briefed again by what changes nothing, nor after its first word', async () => {
    const house = callHouse();
    const { leg } = house.offer();
    await settled();
    leg.listener.onDetails({ parameters: {} });
    expect(house.agent.briefings).toHaveLength(1);
    house.backend.session.say('a', 100);
    leg.listener.onDetails({ parameters: { name: 'Ada' } });
    await settled();
    expect(house.agent.briefings).toHaveLength(1);
    expect(house.backend.session.adopted).toEqual([]);
  });

  it('is given the last word where the first briefing was still on its way', async () => {
    const house = callHouse();
    const answers: ((settings: AgentSettings) => void)[] = [];
    house.agent.brief = () => new Promise((resolve) => answers.push(resolve));
    const { leg } = house.offer();
    await settled();
    leg.listener.onDetails({ parameters: { name: 'Ada' } });
    answers[0]!(knowing('nobody'));
    await settled();
    expect(house.backend.sessions).toHaveLength(0);
    answers[1]!(knowing('Ada'));
    await settled();
    expect(house.backend.session.options.agent).toEqual(knowing('Ada'));
    expect(house.backend.session.adopted).toEqual([]);
  });

  it('greets as far as it knows where it cannot be briefed again', async () => {
    const house = callHouse();
    const { leg } = house.offer({ readyWhenAnswered: false });
    await settled();
    house.agent.brief = () => Promise.reject(new Error('broken'));
    leg.listener.onDetails({ parameters: { name: 'Ada' } });
    leg.listener.onReady();
    await settled();
    expect(house.backend.session.greetings).toBe(1);
  });

  it('has it from the start where the session is still being made', async () => {
    const house = callHouse();
    house.backend.hold();
    const { leg } = house.offer();
    await settled();
    house.agent.settings = knowing('Ada');
    leg.listener.onDetails({ from: '+15550100001' });
    await settled();
    house.backend.release();
    await settled();
    expect(house.backend.session.options.agent.greeting).toBe('Hello.');
    expect(house.backend.session.adopted).toEqual([knowing('Ada')]);
    expect(house.backend.session.greetings).toBe(1);
  });
});
