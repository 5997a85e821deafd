import { describe, expect, it } from '@jest/globals';
import type { CallAgent } from '#libs/contracts';
import { callHouse, type ScriptedLeg, type ScriptedLegOptions, settled } from '#libs/testing';

/** Its tools may collect keys that nobody shall keep. */
const SECRETIVE: Partial<CallAgent> = {
  tools: { definitions: [], sensitiveKeys: true, call: async () => '' },
};

async function connected(legOptions: ScriptedLegOptions = {}, agent: Partial<CallAgent> = {}) {
  const house = callHouse({ agent });
  const call = house.offer(legOptions);
  await settled();
  return { ...house, ...call, ai: house.backend.session };
}

function press({ listener }: ScriptedLeg, keys: string): void {
  for (const key of keys) listener.onDtmf(key);
}

function heard(leg: ScriptedLeg): void {
  for (const mark of leg.marks) leg.listener.onMarkHeard(mark);
}

const audibleMs = (leg: ScriptedLeg) =>
  leg.orders.reduce((sum, order) => {
    if (order.kind !== 'push') return sum;
    const loud = order.frame.samples.filter((sample) => Math.abs(sample) > 100).length;
    return sum + (loud * 1000) / order.frame.format.sampleRate;
  }, 0);

describe('keys that are sent', () => {
  it('go the platform’s own way where it has one', async () => {
    const { leg, control, tape } = await connected();
    const sent: string[] = [];
    Object.assign(leg, { sendDtmf: (digits: string) => sent.push(digits) > 0 });
    expect(control.sendDtmf('12w#', 'ann')).toBe(true);
    expect(sent).toEqual(['12w#']);
    expect(leg.pushedMs).toBe(0);
    expect(tape.last('agent.dtmf.sent')).toEqual({ digits: '12w#' });
    expect(tape.all('operator.acted')).toEqual([{ action: 'send-dtmf', by: 'ann' }]);
  });

  it('are tones after what is being said, and told when they were heard', async () => {
    const { leg, control, ai, tape } = await connected();
    ai.say('a', 500);
    expect(control.sendDtmf('12w3', 'agent')).toBe(true);
    expect(leg.pushedMs).toBe(500);
    ai.finish('a');
    heard(leg);
    expect(leg.pushedMs).toBe(500 + 3 * 200 + 500);
    expect(audibleMs(leg)).toBeGreaterThan(3 * 85);
    expect(audibleMs(leg)).toBeLessThanOrEqual(3 * 100);
    expect(tape.types).not.toContain('agent.dtmf.sent');
    heard(leg);
    expect(tape.all('agent.dtmf.sent')).toEqual([{ digits: '12w3' }]);
    expect(tape.all('operator.acted')).toEqual([]);
    // The AI knows nothing of them.
    expect(tape.all('agent.item.heard').map(({ itemId }) => itemId)).toEqual(['a']);
  });

  it('are not cut by the caller’s voice nor by his keys; what is said afterwards is', async () => {
    const { leg, control, ai, clock } = await connected();
    control.sendDtmf('123456789', 'agent');
    ai.listener.onInterrupted();
    press(leg, '#');
    expect(leg.story).not.toContain('clear');
    clock.advance(1800);
    heard(leg);
    ai.say('b', 1000);
    ai.listener.onInterrupted();
    expect(leg.story.at(-1)).toBe('clear');
  });

  it('are tones where the platform’s own way has no such keys', async () => {
    const { leg, control } = await connected();
    Object.assign(leg, { sendDtmf: () => false });
    expect(control.sendDtmf('A', 'agent')).toBe(true);
    expect(audibleMs(leg)).toBeGreaterThan(85);
  });

  it('are refused where they are none or nobody would hear them', async () => {
    const { leg, control, tape } = await connected();
    for (const keys of ['', '1a', '1 2', 'E', '1'.repeat(65)])
      expect(control.sendDtmf(keys, 'agent')).toBe(false);
    control.mute(true, 'ann');
    expect(control.sendDtmf('1', 'agent')).toBe(false);
    leg.listener.onHangUp('caller-hung-up');
    expect(control.sendDtmf('1', 'ann')).toBe(false);
    const ringing = await connected({ readyWhenAnswered: false });
    expect(ringing.control.sendDtmf('1', 'agent')).toBe(false);
    expect(leg.pushedMs + ringing.leg.pushedMs).toBe(0);
    expect(tape.types).not.toContain('agent.dtmf.sent');
  });
});

describe('keys that are collected', () => {
  const ORDER = { maxDigits: 4, finishKey: '#', timeoutMs: 3000, sensitive: false };
  const never = new AbortController().signal;

  it('come whole at the finish key, which is not one of them, and reach neither the agent’s ear nor its tongue', async () => {
    const { leg, control, ai, tape } = await connected();
    ai.say('question', 1000);
    const collected = control.collectDigits(ORDER, never);
    press(leg, '12#');
    expect(await collected).toEqual({ digits: '12', complete: true });
    expect(ai.keys).toEqual([]);
    expect(leg.story).not.toContain('clear');
    expect(tape.all('digits.collecting')).toEqual([{ sensitive: false }]);
    expect(tape.all('digits.collected')).toEqual([{ digits: '12', complete: true, sensitive: false }]);
    expect(tape.all('caller.dtmf')).toHaveLength(3);
    // Afterwards keys are the agent's again.
    press(leg, '9#');
    expect(ai.keys).toEqual(['9#']);
    expect(leg.story).toContain('clear');
  });

  it('come when there are as many as were wanted', async () => {
    const { leg, control } = await connected();
    const collected = control.collectDigits({ ...ORDER, finishKey: null }, never);
    press(leg, '1#*4');
    expect(await collected).toEqual({ digits: '1#*4', complete: true });
  });

  it('are over after a pause, which counts anew with each key', async () => {
    const { leg, control, clock, tape } = await connected();
    const collected = control.collectDigits(ORDER, never);
    clock.advance(2900);
    press(leg, '1');
    clock.advance(2900);
    press(leg, '2');
    clock.advance(2999);
    expect(tape.types).not.toContain('digits.collected');
    clock.advance(1);
    expect(await collected).toEqual({ digits: '12', complete: false });
  });

  it('are waited for from when the question was heard', async () => {
    const { leg, control, ai, clock, tape } = await connected();
    ai.say('question', 5000);
    ai.finish('question');
    const collected = control.collectDigits(ORDER, never);
    clock.advance(5000);
    expect(tape.types).not.toContain('digits.collected');
    heard(leg);
    clock.advance(2999);
    expect(tape.types).not.toContain('digits.collected');
    clock.advance(1);
    expect(await collected).toEqual({ digits: '', complete: false });
  });

  it('count from those that were pressed while the agent still asked', async () => {
    const { leg, control, ai, clock } = await connected();
    press(leg, '12');
    clock.advance(1000);
    const collected = control.collectDigits(ORDER, never);
    press(leg, '34');
    expect(await collected).toEqual({ digits: '1234', complete: true });
    clock.advance(10_000);
    expect(ai.keys).toEqual([]);
  });

  it('are in no event when they are sensitive', async () => {
    const { leg, control, clock, tape } = await connected();
    const collected = control.collectDigits({ ...ORDER, sensitive: true }, never);
    press(leg, '4711');
    expect(await collected).toEqual({ digits: '4711', complete: true });
    expect(tape.all('caller.dtmf')).toEqual(Array(4).fill({ digit: '' }));
    expect(tape.all('digits.collected')).toEqual([{ digits: '', complete: true, sensitive: true }]);
    expect(JSON.stringify(tape.all('digits.collecting'))).not.toMatch(/\d/);
    clock.advance(2000);
    press(leg, '5');
    expect(tape.last('caller.dtmf')).toEqual({ digit: '5' });
  });

  it('are in no event either where they came before the collection that took them', async () => {
    const { leg, control, ai, clock, tape } = await connected({}, SECRETIVE);
    press(leg, '411111');
    clock.advance(500);
    const collected = control.collectDigits({ ...ORDER, maxDigits: 16, sensitive: true }, never);
    press(leg, '2222333344');
    expect(await collected).toEqual({ digits: '4111112222333344', complete: true });
    expect(tape.all('caller.dtmf')).toEqual(Array(16).fill({ digit: '' }));
    expect(tape.all('digits.collected')).toEqual([{ digits: '', complete: true, sensitive: true }]);
    clock.advance(10_000);
    expect(ai.keys).toEqual([]);
  });

  it('of an agent that may want such keys are told without which, unless somebody collects them openly', async () => {
    const { leg, control, ai, clock, tape } = await connected({}, SECRETIVE);
    press(leg, '1');
    clock.advance(1500);
    expect(ai.keys).toEqual(['1']);
    const collected = control.collectDigits(ORDER, never);
    press(leg, '23#');
    expect(await collected).toEqual({ digits: '23', complete: true });
    press(leg, '4');
    const digits = tape.all('caller.dtmf').map(({ digit }) => digit);
    expect(digits).toEqual(['', '2', '3', '#', '']);
  });

  it.each([
    ['one too many and the key that ends the row', 0, '5#'],
    ['the rest of a row whose time had run out', 4000, '11'],
  ])('stay nobody’s beyond the last sensitive one: %s', async (_which, afterMs, rest) => {
    const { leg, control, ai, clock, tape } = await connected();
    const order = { ...ORDER, maxDigits: afterMs > 0 ? 16 : 4, sensitive: true };
    const collected = control.collectDigits(order, never);
    press(leg, '4711');
    clock.advance(afterMs);
    await collected;
    press(leg, rest);
    clock.advance(1900);
    press(leg, '6');
    clock.advance(1900);
    expect(tape.all('caller.dtmf')).toEqual(Array(5 + rest.length).fill({ digit: '' }));
    expect(ai.keys).toEqual([]);
    clock.advance(100);
    press(leg, '9#');
    expect(ai.keys).toEqual(['9#']);
  });

  it('of before that are more than were wanted are the agent’s', async () => {
    const { leg, control, ai, clock } = await connected();
    press(leg, '123456');
    const collected = control.collectDigits({ ...ORDER, finishKey: null }, never);
    expect(await collected).toEqual({ digits: '1234', complete: true });
    clock.advance(1500);
    expect(ai.keys).toEqual(['56']);
  });

  it('are waited for from when the caller cut the question short', async () => {
    const { leg, control, ai, clock } = await connected();
    ai.say('question', 20_000);
    ai.finish('question');
    const collected = control.collectDigits(ORDER, never);
    clock.advance(1000);
    ai.listener.onInterrupted();
    await settled();
    expect(leg.story).toContain('clear');
    clock.advance(3000);
    expect(await collected).toEqual({ digits: '', complete: false });
  });

  it('are collected for one at a time', async () => {
    const { leg, control } = await connected();
    const first = control.collectDigits(ORDER, never);
    await expect(control.collectDigits(ORDER, never)).rejects.toMatchObject({ code: 'DIGITS_UNDER_WAY' });
    press(leg, '1#');
    expect(await first).toEqual({ digits: '1', complete: true });
  });

  it('are given up by who wanted them, and then are the agent’s again', async () => {
    const { leg, control, ai, tape } = await connected();
    const stop = new AbortController();
    const collected = control.collectDigits(ORDER, stop.signal);
    press(leg, '1');
    stop.abort(new Error('Enough.'));
    await expect(collected).rejects.toThrow('Enough.');
    expect(tape.all('digits.collected')).toEqual([{ digits: '1', complete: false, sensitive: false }]);
    press(leg, '2#');
    expect(ai.keys).toEqual(['2#']);
    await expect(control.collectDigits(ORDER, stop.signal)).rejects.toThrow('Enough.');
    expect(tape.all('digits.collecting')).toHaveLength(1);
  });

  it('are given up when the call ends, before it is told', async () => {
    const { leg, control, tape } = await connected();
    const collected = control.collectDigits(ORDER, never);
    leg.listener.onHangUp('caller-hung-up');
    await expect(collected).rejects.toMatchObject({ code: 'DIGITS_CALL_OVER' });
    const { types } = tape;
    expect(types.indexOf('digits.collected')).toBeLessThan(types.indexOf('call.ended'));
    await expect(control.collectDigits(ORDER, never)).rejects.toMatchObject({ code: 'DIGITS_CALL_OVER' });
  });
});
