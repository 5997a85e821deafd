import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { tone, writeWav } from '#libs/audio';
import { type CallAgent, GatewayError, type TextLine } from '#libs/contracts';
import {
  type CallHouseOptions,
  callHouse,
  ScriptedLeg,
  type ScriptedLegOptions,
  settled,
  until,
} from '#libs/testing';

const GONE = new GatewayError('BACKEND_GONE', 'The AI is gone.');
const EARLY = { earlyMedia: true };
const AWAY = { announcement: null, transferTo: null, turns: false };
const NUMBER = '+15550100009';
const USED = { tokens: { text_in: 900, text_out: 20 }, costUsd: 0.002 };

/** A call whose AI breaks down in the middle of the conversation. */
async function brokenDown(
  away: Partial<CallAgent['away']> = {},
  legOptions: ScriptedLegOptions = {},
  options: CallHouseOptions = {},
) {
  const house = callHouse({ ...options, agent: { ...options.agent, away: { ...AWAY, ...away } } });
  const call = house.offer(legOptions);
  await settled();
  const ai = house.backend.session;
  ai.listener.onTranscript({ speaker: 'caller', itemId: 'c', text: 'Is my order ready?', final: true });
  ai.say('a', 200);
  ai.finish('a');
  house.clock.advance(300);
  echoMarks(call.leg);
  ai.listener.onAiClosed(GONE);
  return { ...house, ...call };
}

const echoed = new WeakMap<ScriptedLeg, number>();

/** The caller has heard all that was sent. */
function echoMarks(leg: ScriptedLeg): void {
  const { marks } = leg;
  for (const name of marks.slice(echoed.get(leg) ?? 0)) leg.listener.onMarkHeard(name);
  echoed.set(leg, marks.length);
}

async function announced({ tape }: Pick<ReturnType<typeof callHouse>, 'tape'>): Promise<void> {
  await until(() => tape.all('call.fell.back').some(({ to }) => to === 'message'), 'an announcement');
}

const fallBacks = ({ tape }: Pick<ReturnType<typeof callHouse>, 'tape'>) =>
  tape.all('call.fell.back').map(({ to }) => to);

describe('a caller whose AI broke down', () => {
  it('hears an announcement to its end, told by marks, and is let go as one who was told', async () => {
    const house = await brokenDown();
    const tapped: number[] = [];
    house.session.router
      .audio('agent')
      .tap({ push: (frame) => tapped.push(frame.durationMs), cut: () => undefined });
    const before = house.leg.pushedMs;
    await announced(house);
    const lasts = house.leg.pushedMs - before;
    expect(lasts).toBeGreaterThan(4000);
    expect(tapped.reduce((sum, ms) => sum + ms, 0)).toBe(lasts);
    house.clock.advance(lasts - 100);
    expect(house.tape.types).not.toContain('call.ended');
    house.clock.advance(100);
    echoMarks(house.leg);
    expect(house.leg.orders.at(-1)).toEqual({ kind: 'hangUp', reason: 'ai-closed', told: true });
    expect(house.tape.last('call.ended')).toMatchObject({ reason: 'ai-closed', code: 'BACKEND_GONE' });
    expect(fallBacks(house)).toEqual(['message']);
  });

  it('is let go at most 1.5 s after the announcement where its marks are lost', async () => {
    const house = await brokenDown();
    const before = house.leg.pushedMs;
    await announced(house);
    const lasts = house.leg.pushedMs - before;
    house.clock.advance(lasts + 1399);
    expect(house.tape.types).not.toContain('call.ended');
    house.clock.advance(1);
    expect(house.tape.types).toContain('call.ended');
  });

  it('hears the agent’s own announcement, at whatever rate it is', async () => {
    const samples = tone({ sampleRate: 16_000, frequencyHz: 500, durationMs: 1300 });
    const path = join(mkdtempSync(join(tmpdir(), 'patchbay-')), 'sorry.wav');
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    writeFileSync(path, writeWav({ encoding: 'pcm16', sampleRate: 16_000 }, 1, bytes));
    const house = await brokenDown({ announcement: path });
    const before = house.leg.pushedMs;
    await announced(house);
    expect(Math.abs(house.leg.pushedMs - before - 1300)).toBeLessThan(10);
  });

  it('hears the shipped one where the agent’s own cannot be read, and the log says so', async () => {
    const house = await brokenDown({ announcement: '/nowhere/sorry.wav' });
    await announced(house);
    expect(house.leg.pushedMs).toBeGreaterThan(4000);
    expect(house.log.lines.some(({ fields }) => fields.code === 'ANNOUNCEMENT_UNREADABLE')).toBe(true);
  });

  it('is transferred after it, where the platform can', async () => {
    const house = await brokenDown({ transferTo: NUMBER }, { capabilities: { transfer: true } });
    await announced(house);
    expect(house.leg.story).not.toContain('transfer');
    house.clock.advance(10_000);
    echoMarks(house.leg);
    await settled();
    expect(house.leg.orders).toContainEqual({ kind: 'transfer', to: NUMBER });
    expect(house.tape.last('call.ended')).toMatchObject({ reason: 'transferred' });
    expect(fallBacks(house)).toEqual(['message', 'number']);
  });

  it('hears a goodbye where the transfer fails too', async () => {
    const house = await brokenDown({ transferTo: NUMBER }, { capabilities: { transfer: true } });
    house.leg.transferFailure = new GatewayError('TRANSFER_FAILED', 'Busy.');
    await announced(house);
    house.clock.advance(6_000);
    echoMarks(house.leg);
    await until(() => fallBacks(house).length === 3, 'a second announcement');
    expect(house.tape.types).toContain('call.transfer.failed');
    house.clock.advance(10_000);
    expect(house.leg.orders.at(-1)).toEqual({ kind: 'hangUp', reason: 'ai-closed', told: true });
  });

  it('goes on in turns of text with what was said so far', async () => {
    const asked: (readonly TextLine[])[] = [];
    const house = await brokenDown({ turns: true }, { turns: true });
    house.backend.text = {
      reply: async (agent, lines, _signal, onUsage) => {
        asked.push(lines);
        if (lines.length > 3) throw new GatewayError('TEXT_AWAY', 'Away.');
        onUsage(USED);
        return `${agent.instructions} Yes, it is.`;
      },
    };
    await announced(house);
    house.clock.advance(10_000);
    const order = house.leg.orders.find(({ kind }) => kind === 'takeTurns');
    if (order?.kind !== 'takeTurns') throw new Error('No turns were taken.');
    expect(fallBacks(house)).toEqual(['message', 'turns']);
    const { turns } = order;
    const { signal } = new AbortController();
    expect(await turns.reply('Well?', signal)).toEqual({ say: 'Be brief. Yes, it is.', hangUp: false });
    expect(asked[0]).toEqual([
      { speaker: 'caller', text: 'Is my order ready?' },
      { speaker: 'agent', text: turns.opening },
      { speaker: 'caller', text: 'Well?' },
    ]);
    // The caller is not left alone with a model that is away as well.
    const last = await turns.reply('Thank you.', signal);
    expect(last.hangUp).toBe(true);
    expect(last.say).toMatch(/sorry/);
    // All of it is the call's own: its words, what they cost, and its end.
    expect(house.tape.all('transcript.final').slice(1)).toEqual([
      { speaker: 'agent', itemId: 'text-1', text: turns.opening },
      { speaker: 'caller', itemId: 'text-2', text: 'Well?' },
      { speaker: 'agent', itemId: 'text-3', text: 'Be brief. Yes, it is.' },
      { speaker: 'caller', itemId: 'text-4', text: 'Thank you.' },
      { speaker: 'agent', itemId: 'text-5', text: last.say },
    ]);
    const heard = house.tape.all('agent.item.heard').map(({ itemId }) => itemId);
    expect(heard.slice(-3)).toEqual(['text-1', 'text-3', 'text-5']);
    expect(house.tape.all('backend.used')).toEqual([{ backend: house.backend.name, usage: USED }]);
    house.clock.advance(600_000);
    expect(house.tape.types).not.toContain('call.ended');
    turns.over();
    turns.over();
    expect(house.tape.all('call.ended')).toMatchObject([{ reason: 'ai-closed', code: 'BACKEND_GONE' }]);
    expect(house.tape.types.at(-1)).toBe('call.ended');
    expect(house.switchboard.callCount).toBe(0);
  });

  it('whose turns of text cost more than they may hears that answer and no more', async () => {
    const limits = { maxDurationMs: null, maxCostUsd: 0.001, idleAfterMs: null, idleQuestions: 2 };
    const house = await brokenDown({ turns: true }, { turns: true }, { agent: { limits } });
    house.backend.text = {
      reply: async (_agent, _lines, _signal, onUsage) => {
        onUsage(USED);
        return 'Yes.';
      },
    };
    await announced(house);
    house.clock.advance(10_000);
    const order = house.leg.orders.find(({ kind }) => kind === 'takeTurns');
    if (order?.kind !== 'takeTurns') throw new Error('No turns were taken.');
    const { signal } = new AbortController();
    expect(await order.turns.reply('Well?', signal)).toEqual({ say: 'Yes.', hangUp: true });
    expect(house.tape.last('call.ended')).toMatchObject({ reason: 'limit-reached' });
    expect(house.tape.last('transcript.final')).toMatchObject({ speaker: 'agent', text: 'Yes.' });
    expect(house.leg.orders.at(-1)).toMatchObject({ kind: 'hangUp', reason: 'limit-reached' });
    const told = house.tape.types.length;
    order.turns.over();
    expect(house.tape.types).toHaveLength(told);
  });

  it('is the operator’s while one has the line, and is told when it is given back', async () => {
    const house = callHouse();
    const { leg, control } = house.offer();
    await settled();
    const line = control.takeOver('ann')!;
    house.backend.session.listener.onAiClosed(GONE);
    house.clock.advance(60_000);
    expect(fallBacks(house)).toEqual([]);
    line.release();
    await announced(house);
    // A second operator in the middle of the announcement: the call waits for him again.
    const second = control.takeOver('bob')!;
    house.clock.advance(60_000);
    expect(house.tape.types).not.toContain('call.ended');
    second.release();
    expect(house.tape.last('call.ended')).toMatchObject({ reason: 'ai-closed' });
    expect(leg.story).toContain('clear');
  });

  it('is the operator’s also on the leg that comes back', async () => {
    const RESUMABLE = { capabilities: { resumeWithinMs: 30_000 } };
    const house = callHouse();
    const { leg, control } = house.offer(RESUMABLE);
    await settled();
    const line = control.takeOver('ann')!;
    house.backend.session.listener.onAiClosed(GONE);
    leg.listener.onLegLost(new GatewayError('LEG_GONE', 'Gone.'));
    const back = new ScriptedLeg(RESUMABLE);
    back.listener = house.switchboard.resume(back)!;
    await settled();
    expect(line.push(back.callerFrame(0))).toBe(true);
    expect(back.pushedMs).toBe(20);
    line.release();
    await announced(house);
  });

  it('whose keys do not silence the announcement', async () => {
    const house = await brokenDown();
    await announced(house);
    house.leg.listener.onDtmf('1');
    house.clock.advance(3000);
    expect(house.tape.types).not.toContain('agent.interrupted');
  });

  it.each([
    ['in the middle of it', true],
    ['before it began', false],
  ])(
    'hears it from its beginning on the leg that comes back, where the first was lost %s',
    async (_when, begun) => {
      const RESUMABLE = { capabilities: { resumeWithinMs: 30_000, transfer: true } };
      const house = callHouse({ agent: { away: { ...AWAY, transferTo: NUMBER } } });
      const { leg } = house.offer(RESUMABLE);
      await settled();
      house.backend.session.listener.onAiClosed(GONE);
      if (begun) await announced(house);
      leg.listener.onLegLost(new GatewayError('LEG_GONE', 'Gone.'));
      house.clock.advance(9000);
      await settled();
      const back = new ScriptedLeg(RESUMABLE);
      back.listener = house.switchboard.resume(back)!;
      await until(() => back.pushedMs > 2000, 'the announcement');
      expect(back.story).not.toContain('transfer');
      house.clock.advance(10_000);
      echoMarks(back);
      await settled();
      expect(back.orders).toContainEqual({ kind: 'transfer', to: NUMBER });
      expect(house.tape.last('call.ended')).toMatchObject({ reason: 'transferred' });
    },
  );

  it('is handed on by an operator while he hears it, and the plan waits for how that goes', async () => {
    const house = await brokenDown({}, { capabilities: { transfer: true } });
    let refuse: (error: unknown) => void = () => undefined;
    house.leg.transfer = () =>
      new Promise((_resolve, reject) => {
        refuse = reject;
      });
    await announced(house);
    const transfer = house.control.transfer({ to: '100', say: null }, 'ann').catch(() => 'failed');
    house.clock.advance(9000);
    await settled();
    house.clock.advance(20_000);
    expect(house.tape.types).toContain('call.transferring');
    expect(house.tape.types).not.toContain('call.ended');
    refuse(new GatewayError('LINE_BUSY', 'Busy.'));
    expect(await transfer).toBe('failed');
    expect(house.tape.last('call.ended')).toMatchObject({ reason: 'ai-closed' });
  });

  it('hears it when he is back, where his leg was lost', async () => {
    const house = callHouse();
    const { leg } = house.offer({ capabilities: { resumeWithinMs: 30_000 } });
    await settled();
    leg.listener.onLegLost(new GatewayError('LEG_GONE', 'Gone.'));
    house.backend.session.listener.onAiClosed(GONE);
    house.clock.advance(5000);
    expect(house.tape.types).not.toContain('call.ended');
    const back = new ScriptedLeg({ capabilities: { resumeWithinMs: 30_000 } });
    back.listener = house.switchboard.resume(back)!;
    await announced(house);
    expect(back.pushedMs).toBeGreaterThan(4000);
  });
});

describe('a caller whose AI cannot be had', () => {
  async function unreachable(away: Partial<CallAgent['away']>, legOptions: ScriptedLegOptions) {
    const house = callHouse({ agent: { away: { ...AWAY, ...away } } });
    house.backend.failure = GONE;
    const call = house.offer(legOptions);
    await settled();
    return { ...house, ...call };
  }

  it('hears the announcement on a line that is open before the AI is there', async () => {
    const house = await unreachable({}, { capabilities: EARLY });
    await announced(house);
    expect(house.tape.types).toContain('call.answered');
    expect(house.tape.types).not.toContain('call.connected');
    house.clock.advance(12_000);
    expect(house.leg.orders.at(-1)).toEqual({ kind: 'hangUp', reason: 'ai-unavailable', told: true });
  });

  it('hears no waiting tones any more once he was told', async () => {
    const house = callHouse({ agent: { away: { ...AWAY, transferTo: NUMBER } } });
    house.backend.hold();
    const { leg } = house.offer({ capabilities: { ...EARLY, transfer: true, marks: false } });
    leg.transfer = () => new Promise(() => undefined);
    await settled();
    house.clock.advance(4000);
    expect(leg.pushedMs).toBeGreaterThan(0);
    house.backend.failure = GONE;
    house.backend.release();
    await announced(house);
    house.clock.advance(8000);
    expect(fallBacks(house)).toEqual(['message', 'number']);
    const told = leg.pushedMs;
    house.clock.advance(10_000);
    expect(leg.pushedMs).toBe(told);
  });

  it('is left to the platform where the line still rings and nobody else takes him', async () => {
    const house = await unreachable({}, {});
    expect(house.leg.orders).toEqual([{ kind: 'hangUp', reason: 'ai-unavailable' }]);
  });

  it('is answered, told and transferred where the line still rings and somebody takes him', async () => {
    const house = await unreachable({ transferTo: NUMBER }, { capabilities: { transfer: true } });
    await announced(house);
    house.clock.advance(10_000);
    await settled();
    expect(house.leg.orders).toContainEqual({ kind: 'transfer', to: NUMBER });
  });

  it('is waited for where the AI failed before his media connection was there', async () => {
    const house = callHouse();
    house.backend.failure = GONE;
    const leg = new ScriptedLeg({ capabilities: EARLY });
    house.switchboard.announce({ info: leg.info, expiresInMs: 30_000 });
    await settled();
    expect(house.tape.types).not.toContain('call.ended');
    leg.listener = house.switchboard.offer(leg, null);
    await announced(house);
    expect(leg.pushedMs).toBeGreaterThan(4000);
  });
});
