import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChatExchange, type OpenAiSim, type OpenAiSimOptions, startOpenAiSim } from '#apps/simulator';
import type { AgentSettings, AiUsage, TextLine } from '#libs/contracts';
import { ManualClock, until } from '#libs/testing';
import { configWith } from '../test/call-options.js';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';
import { textModelOf } from './text-model.js';

const KEY = 'sk-secret-of-this-test';
const AGENT: AgentSettings = {
  instructions: 'You answer the phone for Acme.',
  greeting: 'Good morning, Acme.',
  voice: null,
  language: null,
};
const LINES: readonly TextLine[] = [
  { speaker: 'agent', text: 'Good morning, Acme.' },
  { speaker: 'caller', text: 'Is my order ready?' },
];
const SYSTEM = { role: 'system', content: expect.anything() };
const sims: OpenAiSim[] = [];
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(sims.splice(0).map((sim) => sim.close()));
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

interface Bench {
  readonly sim: OpenAiSim;
  readonly clock: ManualClock;
  readonly used: AiUsage[];
  reply(agent?: Partial<AgentSettings>, lines?: readonly TextLine[], signal?: AbortSignal): Promise<string>;
}

async function bench(
  simOptions: OpenAiSimOptions = {},
  settings: Partial<OpenAiRealtimeConfig> = {},
): Promise<Bench> {
  const sim = await startOpenAiSim({ apiKey: KEY, ...simOptions });
  sims.push(sim);
  const clock = new ManualClock();
  const model = textModelOf(configWith(sim.url, { textUrl: sim.textUrl, ...settings }), clock)!;
  const used: AiUsage[] = [];
  return {
    sim,
    clock,
    used,
    reply: (agent = {}, lines = LINES, signal = new AbortController().signal) =>
      model.reply({ ...AGENT, ...agent }, lines, signal, (usage) => used.push(usage)),
  };
}

type Message = { readonly role: string; readonly content: string };
const messagesOf = (exchange: ChatExchange | undefined) => exchange?.body?.messages as Message[];

/** The pause before the second attempt has begun. */
const pausing = ({ clock }: Bench) => until(() => clock.pending === 2, 'the pause');

describe('a reply by text', () => {
  it('is asked for with what the agent was told and what was said, in words the API knows', async () => {
    const { sim, clock, used, reply } = await bench({ textAnswer: () => 'It is ready. Shall I send it?' });
    expect(await reply()).toBe('It is ready. Shall I send it?');
    const [{ tokens, costUsd } = { tokens: {}, costUsd: null }, ...more] = used;
    expect(more).toEqual([]);
    expect(tokens).toEqual({ text_in: expect.any(Number), text_out: expect.any(Number) });
    expect(costUsd).toBeCloseTo((tokens.text_in! * 0.4 + tokens.text_out! * 1.6) / 1e6, 12);
    const [exchange] = sim.chats;
    expect(exchange?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(exchange?.body).toEqual({
      model: 'gpt-4.1-mini',
      max_completion_tokens: 400,
      messages: [
        SYSTEM,
        { role: 'assistant', content: 'Good morning, Acme.' },
        { role: 'user', content: 'Is my order ready?' },
      ],
    });
    const system = messagesOf(exchange)[0]!.content;
    expect(system).toMatch(/^You answer the phone for Acme\.\n\n/);
    for (const rule of ['telephone', 'short sentences', 'without markup', 'no functions']) {
      expect(system).toContain(rule);
    }
    expect(sim.breaches).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('tells which language the agent speaks', async () => {
    const { sim, reply } = await bench();
    await reply({ language: 'de' });
    expect(messagesOf(sim.chats[0])[0]!.content).toMatch(/Speak German\b/);
  });

  it('goes under the organisation, the project and the header of the realtime sessions', async () => {
    const settings = { apiKeyHeader: 'api-key', organization: 'org-1', project: 'proj-1' } as const;
    const { sim, reply } = await bench({}, settings);
    await reply();
    expect(sim.chats[0]?.headers).toMatchObject({
      'api-key': KEY,
      'openai-organization': 'org-1',
      'openai-project': 'proj-1',
    });
    expect(sim.chats[0]?.headers.authorization).toBeUndefined();
  });

  it('asks no server for a limit that is not set', async () => {
    const { sim, reply } = await bench({}, { textMaxTokens: null, textModel: 'other' });
    await reply();
    expect(Object.keys(sim.chats[0]?.body ?? {}).sort()).toEqual(['messages', 'model']);
  });

  it.each([
    ['turns', { historyTurns: 2 }, ['two', 'three', 'four']],
    ['letters', { historyLetters: 8 }, ['two', 'three', 'four']],
    ['letters and not even one line', { historyLetters: 0 }, ['four']],
  ] as const)('knows the end of a long conversation, within the most %s', async (_what, bound, told) => {
    const { sim, reply } = await bench({}, bound);
    const lines = ['one', 'two', 'three', 'four'].map(
      (text, index): TextLine => ({ speaker: index % 2 === 0 ? 'agent' : 'caller', text }),
    );
    await reply({}, lines);
    const [, ...said] = messagesOf(sim.chats[0]).map(({ content }) => content);
    expect(said).toEqual(told);
  });

  it('is without the signs that a voice would read out, and keeps those that are words', async () => {
    const written = '## Times\n\n- **Monday**: `nine` to five\n* press * for __more__\n';
    const { reply } = await bench({ textAnswer: () => written });
    expect(await reply()).toBe('Times Monday: nine to five press * for more');
  });

  it('ends with a sentence where the model was cut short', async () => {
    const written = `It costs 3.50 dollars. ${'And then there is a lot more to say about it '.repeat(9)}`;
    const { reply } = await bench({ textAnswer: () => written }, { textMaxTokens: 20 });
    expect(await reply()).toBe('It costs 3.50 dollars.');
  });

  it('is never longer than a caller can listen to, whatever the server thinks of limits', async () => {
    const { reply } = await bench(
      { textAnswer: () => 'This is a sentence. '.repeat(500) },
      { textMaxTokens: null },
    );
    const said = await reply();
    expect(said.length).toBeGreaterThan(1400);
    expect(said.length).toBeLessThanOrEqual(1500);
    expect(said.endsWith('sentence.')).toBe(true);
  });

  it('is what a model says that declines', async () => {
    const message = { role: 'assistant', content: null, refusal: 'I cannot help with that.' };
    const body = JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] });
    const { reply } = await bench({ faults: [{ kind: 'nonsense-chat', value: body }] });
    expect(await reply()).toBe('I cannot help with that.');
  });
});

describe('a request for text that is refused', () => {
  it.each([
    ['a key that is not accepted', { apiKey: 'another' }, 'OPENAI_UNAUTHORIZED'],
    ['a model that there is not', { textModels: ['m'] }, 'OPENAI_TEXT_MODEL_NOT_FOUND'],
    ['an account without credit', { faults: [{ kind: 'refuse-chat-account' }] }, 'OPENAI_QUOTA_EXCEEDED'],
    ['a request that is wrong', { faults: [{ kind: 'refuse-chat', value: 400 }] }, 'OPENAI_TEXT_REFUSED'],
    ['an answer that is a web page', { faults: [{ kind: 'nonsense-chat' }] }, 'OPENAI_TEXT_UNREADABLE'],
    [
      'an answer of another kind',
      { faults: [{ kind: 'nonsense-chat', value: '{"choices":[]}' }] },
      'OPENAI_TEXT_UNREADABLE',
    ],
    ['an answer that does not end', { faults: [{ kind: 'endless-chat' }] }, 'OPENAI_TEXT_UNREADABLE'],
    ['an answer without a word', { faults: [{ kind: 'empty-chat' }] }, 'OPENAI_TEXT_EMPTY'],
  ] as const)('for %s is not repeated', async (_what, options, code) => {
    const { sim, clock, reply } = await bench(options);
    const error = await reply().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, retryable: false });
    expect(JSON.stringify([error, String(error)])).not.toMatch(/secret|order/);
    expect(sim.chats).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('says what to change where a model spends all its tokens on thoughts', async () => {
    const { reply } = await bench({ faults: [{ kind: 'empty-chat', value: 'length' }] });
    await expect(reply()).rejects.toMatchObject({ advice: expect.stringContaining('textMaxTokens') });
  });

  it.each([
    ['trouble of the server', { kind: 'refuse-chat', value: 503 }],
    ['a connection that breaks', { kind: 'cut-chat' }],
  ] as const)('for %s is repeated once, after a pause', async (_what, fault) => {
    const one = await bench({ faults: [fault] });
    const { sim, clock, reply } = one;
    const answer = reply();
    await pausing(one);
    clock.advance(200);
    expect(sim.chats).toHaveLength(1);
    clock.advance(200);
    expect(await answer).toBe('You said: Is my order ready?');
    expect(sim.chats).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('is not repeated twice', async () => {
    const one = await bench({ faults: [{ kind: 'refuse-chat', value: 500, times: 3 }] });
    const reply = one.reply();
    const failed = expect(reply).rejects.toMatchObject({ code: 'OPENAI_TEXT_REFUSED', retryable: true });
    await pausing(one);
    one.clock.advance(400);
    await failed;
    expect(one.sim.chats).toHaveLength(2);
  });

  it('is repeated when the server says that it may be', async () => {
    const one = await bench({ faults: [{ kind: 'limit-chat', value: 2500 }] });
    const reply = one.reply();
    await pausing(one);
    one.clock.advance(2499);
    expect(one.clock.pending).toBe(2);
    one.clock.advance(1);
    expect(await reply).toBe('You said: Is my order ready?');
  });

  it('is given up at once where the server wants to be asked later than anybody waits', async () => {
    const { sim, reply } = await bench({ faults: [{ kind: 'limit-chat', value: 10_000 }] });
    await expect(reply()).rejects.toMatchObject({ code: 'OPENAI_RATE_LIMITED', retryable: true });
    expect(sim.chats).toHaveLength(1);
  });

  it('does not carry the key to where a redirect leads', async () => {
    const { sim } = await bench();
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(307, { Location: sim.textUrl }).end();
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const textUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`;
    const redirected = textModelOf(configWith(sim.url, { textUrl }), new ManualClock())!;
    await expect(
      redirected.reply(AGENT, LINES, new AbortController().signal, () => undefined),
    ).rejects.toMatchObject({
      code: 'OPENAI_TEXT_REFUSED',
      advice: expect.stringContaining('Redirects are not followed'),
    });
    expect(sim.chats).toEqual([]);
  });

  it('names what is wrong with the network, and no address', async () => {
    const clock = new ManualClock();
    const model = textModelOf(configWith('wss://a.example/', { textUrl: 'http://127.0.0.1:1/v1' }), clock)!;
    const reply = model.reply(AGENT, LINES, new AbortController().signal, () => undefined);
    const error = reply.catch((thrown: Error) => thrown);
    await until(() => clock.pending === 2, 'the pause');
    clock.advance(400);
    expect(await error).toMatchObject({
      code: 'OPENAI_TEXT_UNREACHABLE',
      message: expect.not.stringContaining('127.0.0.1'),
    });
  });
});

describe('waiting for text', () => {
  it('ends when the time is up, attempts and pauses together', async () => {
    const one = await bench({ faults: [{ kind: 'refuse-chat', value: 502 }] });
    const reply = one.reply();
    const failed = expect(reply).rejects.toMatchObject({ code: 'OPENAI_TEXT_TIMEOUT', retryable: true });
    await pausing(one);
    one.sim.faults.add({ kind: 'hang-chat' });
    one.clock.advance(400);
    await until(() => one.sim.chats.length === 2, 'the second request');
    one.clock.advance(9599);
    expect(one.clock.pending).toBe(1);
    one.clock.advance(1);
    await failed;
    expect(one.clock.pending).toBe(0);
  });

  it('ends at once when nobody waits any more', async () => {
    const one = await bench({ faults: [{ kind: 'hang-chat' }] });
    const call = new AbortController();
    const reply = one.reply({}, LINES, call.signal);
    const failed = expect(reply).rejects.toMatchObject({ code: 'OPENAI_TEXT_ABORTED' });
    await until(() => one.sim.chats.length === 1, 'the request');
    call.abort();
    await failed;
    expect(one.clock.pending).toBe(0);
  });

  it('ends in the pause too, and does not begin for a call that is over', async () => {
    const one = await bench({ faults: [{ kind: 'refuse-chat' }] });
    const call = new AbortController();
    const failed = expect(one.reply({}, LINES, call.signal)).rejects.toMatchObject({
      code: 'OPENAI_TEXT_ABORTED',
    });
    await pausing(one);
    call.abort();
    await failed;
    expect(one.clock.pending).toBe(0);
    await expect(one.reply({}, LINES, call.signal)).rejects.toMatchObject({ code: 'OPENAI_TEXT_ABORTED' });
    expect(one.sim.chats).toHaveLength(1);
  });
});
