import { describe, expect, it } from '@jest/globals';
import { type CallAgent, type CallControl, GatewayError, type ToolBox } from '#libs/contracts';
import { callHouse, type ScriptedLegOptions, settled, until } from '#libs/testing';

const ABLE: ScriptedLegOptions = { capabilities: { transfer: true } };

async function connected(legOptions: ScriptedLegOptions = ABLE, agent: Partial<CallAgent> = {}) {
  const house = callHouse({ agent });
  const call = house.offer(legOptions);
  await settled();
  const asked: string[] = [];
  let answer: { resolve: () => void; reject: (error: unknown) => void };
  const transfer = (to: string) => {
    asked.push(to);
    return new Promise<void>((resolve, reject) => {
      answer = { resolve, reject };
    });
  };
  Object.assign(call.leg, { transfer });
  return { ...house, ...call, ai: house.backend.session, asked, answer: () => answer };
}

type Connected = Awaited<ReturnType<typeof connected>>;

const codeOf = (transfer: Promise<void>) =>
  transfer.then(
    () => 'resolved',
    (error: GatewayError) => error.code,
  );

function heard({ leg }: Connected): void {
  for (const mark of leg.marks) leg.listener.onMarkHeard(mark);
}

function responds({ ai }: Connected, itemId: string, durationMs: number): void {
  ai.listener.onResponseStarted(`r-${itemId}`);
  ai.say(itemId, durationMs);
  ai.finish(itemId);
  ai.listener.onResponseFinished(`r-${itemId}`, 'completed', null);
}

describe('a transfer', () => {
  it('waits for what is being said, and for what is to be said, and says both to the end', async () => {
    const call = await connected();
    call.ai.listener.onResponseStarted('r');
    call.ai.say('now', 1000);
    const transfer = codeOf(call.control.transfer({ to: '100', say: 'One moment.' }, 'agent'));
    call.ai.finish('now');
    call.ai.listener.onResponseFinished('r', 'completed', null);
    expect(call.ai.spoken).toEqual(['One moment.']);
    heard(call);
    await settled();
    expect(call.asked).toEqual([]);
    responds(call, 'moment', 800);
    // The caller talks over it.
    call.ai.listener.onInterrupted();
    call.leg.listener.onDtmf('#');
    await settled();
    expect(call.leg.story).not.toContain('clear');
    expect(call.asked).toEqual([]);
    expect(call.tape.types).not.toContain('call.transferring');
    heard(call);
    await settled();
    expect(call.asked).toEqual(['100']);
    expect(call.tape.last('call.transferring')).toEqual({ to: '100', by: 'agent' });
    call.clock.advance(700);
    call.answer().resolve();
    expect(await transfer).toBe('resolved');
    expect(call.tape.last('call.transferred')).toEqual({ tookMs: 700 });
    expect(call.leg.orders.at(-1)).toMatchObject({ kind: 'hangUp', reason: 'transferred' });
    expect(call.tape.last('call.ended')).toMatchObject({ reason: 'transferred' });
    expect(call.tape.all('operator.acted')).toEqual([]);
  });

  it('does not wait forever for words that the AI does not say', async () => {
    const call = await connected();
    void codeOf(call.control.transfer({ to: '100', say: 'One moment.' }, 'agent'));
    call.clock.advance(3900);
    await settled();
    expect(call.asked).toEqual([]);
    call.clock.advance(200);
    await settled();
    expect(call.asked).toEqual(['100']);
  });

  it('that fails leaves the call as it was, and the agent knows', async () => {
    const call = await connected();
    const transfer = codeOf(call.control.transfer({ to: '100', say: null }, 'ann'));
    await settled();
    call.answer().reject(new GatewayError('LINE_BUSY', 'Busy.'));
    expect(await transfer).toBe('LINE_BUSY');
    expect(call.tape.last('call.transfer.failed')).toEqual({ code: 'LINE_BUSY' });
    expect(call.ai.instructions).toEqual([expect.stringContaining('LINE_BUSY')]);
    expect(call.tape.types).not.toContain('call.ended');
    expect(call.tape.all('operator.acted')).toEqual([{ action: 'transfer', by: 'ann' }]);
    // And another may be tried.
    void codeOf(call.control.transfer({ to: '200', say: null }, 'ann'));
    await settled();
    expect(call.asked).toEqual(['100', '200']);
  });

  it('is one at a time', async () => {
    const call = await connected();
    void codeOf(call.control.transfer({ to: '100', say: null }, 'agent'));
    expect(await codeOf(call.control.transfer({ to: '200', say: null }, 'ann'))).toBe('TRANSFER_UNDER_WAY');
    expect(call.asked).toEqual(['100']);
  });

  it('is no reason to hang up for a model that does both', async () => {
    const call = await connected();
    void codeOf(call.control.transfer({ to: '100', say: null }, 'agent'));
    call.control.hangUpAfterLastWord('agent');
    call.clock.advance(60_000);
    expect(call.tape.types).not.toContain('call.ended');
  });

  describe('while it rings', () => {
    const limits = { maxDurationMs: 8000, maxCostUsd: null, idleAfterMs: 5000, idleQuestions: 0 };
    const gone = new GatewayError('BACKEND_GONE', 'The AI is gone.');

    it.each<[string, (call: Connected) => void]>([
      ['the silence of the caller', () => undefined],
      ['an AI that breaks down', ({ ai }) => ai.listener.onAiClosed(gone)],
      ['an AI that ends in good order', ({ ai }) => ai.listener.onAiClosed(null)],
      ['an operator who lets the last word be heard', ({ control }) => control.hangUpAfterLastWord('ann')],
    ])('is not cut off by a limit, nor by %s', async (_what, happens) => {
      const call = await connected(ABLE, { limits });
      const transfer = codeOf(call.control.transfer({ to: '100', say: null }, 'agent'));
      await settled();
      happens(call);
      call.clock.advance(30_000);
      await settled();
      expect(call.tape.types).not.toContain('caller.idle');
      expect(call.tape.types).not.toContain('call.ended');
      call.answer().resolve();
      expect(await transfer).toBe('resolved');
      expect(call.tape.last('call.ended')).toMatchObject({ reason: 'transferred' });
    });

    it('and fails, what would have ended the call ends it then', async () => {
      const call = await connected(ABLE, { limits });
      const transfer = codeOf(call.control.transfer({ to: '100', say: null }, 'agent'));
      await settled();
      call.clock.advance(9000);
      expect(call.tape.last('call.limit.reached')).toEqual({ limit: 'duration' });
      call.answer().reject(new GatewayError('LINE_BUSY', 'Busy.'));
      expect(await transfer).toBe('LINE_BUSY');
      expect(call.tape.last('call.ended')).toMatchObject({ reason: 'limit-reached' });
    });

    it('and fails, a caller whose AI broke down meanwhile is told', async () => {
      const call = await connected();
      const transfer = codeOf(call.control.transfer({ to: '100', say: null }, 'ann'));
      await settled();
      call.ai.listener.onAiClosed(gone);
      expect(call.tape.types).not.toContain('call.fell.back');
      call.answer().reject(new GatewayError('LINE_BUSY', 'Busy.'));
      expect(await transfer).toBe('LINE_BUSY');
      await until(() => call.tape.types.includes('call.fell.back'), 'the announcement');
      expect(call.tape.last('call.fell.back')).toMatchObject({ to: 'message' });
    });
  });

  describe('that a function of the agent asks for', () => {
    /** An agent with the function `transfer`, and one that never answers. */
    async function withFunctions(legOptions = ABLE) {
      let control: CallControl;
      const definition = (name: string) => ({ name, description: '', parameters: {} });
      const tools: ToolBox = {
        definitions: [definition('transfer'), definition('look_up')],
        call: async ({ name }, _callId, signal) => {
          if (name === 'look_up')
            return new Promise<string>((_, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason));
            });
          await control.transfer({ to: '100', say: null }, 'agent');
          return 'Handed on.';
        },
      };
      const call = await connected(legOptions, { tools });
      control = call.control;
      const ask = async (name: string) => {
        call.ai.listener.onToolCall({ toolCallId: `t-${name}`, name, arguments: '{}' });
        await settled();
      };
      return { ...call, ask };
    }

    const answer = {
      toolCallId: 't-transfer',
      name: 'transfer',
      output: 'Handed on.',
      failed: false,
      cutShort: false,
    };

    it.each<[string, (call: Connected) => void]>([
      ['the platform says that it worked', (call) => call.answer().resolve()],
      ['the platform ends its side with it', ({ leg }) => leg.listener.onHangUp('transferred')],
    ])('is told to be answered before the end, when %s', async (_how, works) => {
      const call = await withFunctions();
      await call.ask('transfer');
      call.clock.advance(400);
      works(call);
      await settled();
      expect(call.tape.all('tool.answered')).toEqual([{ ...answer, tookMs: 400 }]);
      expect(call.tape.types.slice(-3)).toEqual(['call.transferred', 'tool.answered', 'call.ended']);
      expect(call.tape.last('call.ended')).toMatchObject({ reason: 'transferred' });
      expect(call.ai.answers).toEqual([]);
    });

    it('is told to be answered though the AI that asked is gone, and others to be cut short', async () => {
      const call = await withFunctions();
      await call.ask('look_up');
      await call.ask('transfer');
      call.ai.listener.onAiClosed(new GatewayError('BACKEND_GONE', 'The AI is gone.'));
      await settled();
      const stopped = { name: 'look_up', failed: true, cutShort: true };
      expect(call.tape.all('tool.answered')).toMatchObject([stopped]);
      call.answer().resolve();
      await settled();
      expect(call.tape.all('tool.answered')).toMatchObject([stopped, answer]);
      expect(call.tape.types.at(-1)).toBe('call.ended');
    });

    it('does not wait long for other functions, which are told to be cut short', async () => {
      const call = await withFunctions();
      await call.ask('look_up');
      await call.ask('transfer');
      call.answer().resolve();
      await settled();
      // Nobody is on the line, though the end is not told yet.
      expect(call.leg.orders.at(-1)).toMatchObject({ kind: 'hangUp', reason: 'transferred' });
      expect(call.tape.types).not.toContain('call.ended');
      call.clock.advance(1000);
      expect(call.tape.all('tool.answered')).toMatchObject([
        answer,
        { name: 'look_up', failed: true, cutShort: true },
      ]);
      expect(call.tape.types.at(-1)).toBe('call.ended');
      expect(call.tape.all('call.ended')).toHaveLength(1);
    });

    it('is told to be cut short when the caller hangs up while it rings', async () => {
      const call = await withFunctions();
      await call.ask('transfer');
      call.leg.listener.onHangUp('caller-hung-up');
      await settled();
      expect(call.tape.all('tool.answered')).toMatchObject([
        { name: 'transfer', failed: true, cutShort: true },
      ]);
      expect(call.tape.types.slice(-2)).toEqual(['tool.answered', 'call.ended']);
    });
  });

  it('that an operator begins in a goodbye comes in place of the end', async () => {
    const call = await connected();
    responds(call, 'goodbye', 2000);
    call.control.hangUpAfterLastWord('agent');
    const transfer = codeOf(call.control.transfer({ to: '100', say: null }, 'ann'));
    heard(call);
    await settled();
    expect(call.asked).toEqual(['100']);
    expect(call.tape.types).not.toContain('call.ended');
    call.answer().resolve();
    expect(await transfer).toBe('resolved');
    expect(call.tape.last('call.ended')).toMatchObject({ reason: 'transferred' });
  });

  it.each([
    ['on a platform that cannot', {}],
    ['on a leg that has no way to', ABLE],
  ])('is refused %s', async (_where, options) => {
    const house = callHouse();
    const { control, leg } = house.offer(options);
    await settled();
    Object.assign(leg, { transfer: options === ABLE ? undefined : async () => undefined });
    expect(await codeOf(control.transfer({ to: '100', say: 'One moment.' }, 'agent'))).toBe(
      'TRANSFER_UNSUPPORTED',
    );
    expect(house.backend.session.spoken).toEqual([]);
    expect(house.tape.types).not.toContain('call.transferring');
  });

  it('is over when the caller hangs up before he has heard the words, and while it rings', async () => {
    const words = await connected();
    const first = codeOf(words.control.transfer({ to: '100', say: 'One moment.' }, 'agent'));
    words.leg.listener.onHangUp('caller-hung-up');
    expect(await first).toBe('TRANSFER_CALL_OVER');
    expect(words.asked).toEqual([]);
    const ringing = await connected();
    const second = codeOf(ringing.control.transfer({ to: '100', say: null }, 'agent'));
    await settled();
    ringing.leg.listener.onHangUp('caller-hung-up');
    expect(await second).toBe('TRANSFER_CALL_OVER');
    for (const { tape } of [words, ringing]) {
      expect(tape.types).not.toContain('call.transfer.failed');
      expect(tape.last('call.ended')).toMatchObject({ reason: 'caller-hung-up' });
    }
    expect(await codeOf(ringing.control.transfer({ to: '100', say: null }, 'ann'))).toBe(
      'TRANSFER_UNSUPPORTED',
    );
  });

  it('has worked when the platform ends its side because of it', async () => {
    const call = await connected();
    const transfer = codeOf(call.control.transfer({ to: '100', say: null }, 'agent'));
    await settled();
    call.leg.listener.onHangUp('transferred');
    expect(await transfer).toBe('resolved');
    expect(call.tape.types.slice(-2)).toEqual(['call.transferred', 'call.ended']);
    expect(call.tape.all('call.transferred')).toHaveLength(1);
  });
});
