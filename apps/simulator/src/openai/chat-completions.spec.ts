import { afterEach, describe, expect, it } from '@jest/globals';
import type { FaultKind } from './faults.js';
import type { OpenAiSim } from './server.js';
import { closeSims, startSim } from './testing/rig.js';

afterEach(closeSims);

const KEY = { Authorization: 'Bearer sk-right' };
const ASKED = { model: 'm', messages: [{ role: 'user', content: 'Hello?' }] };

interface Asking {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly method?: string;
  readonly path?: string;
}

async function ask(
  { textUrl }: OpenAiSim,
  { headers = KEY, body = ASKED, method = 'POST', path }: Asking = {},
) {
  const response = await fetch(path === undefined ? textUrl : new URL(path, textUrl), {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') ? JSON.parse(text) : text,
  };
}

describe('chat completions', () => {
  it('are answered whole, with what they cost', async () => {
    const sim = await startSim({ apiKey: 'sk-right' });
    const { status, body } = await ask(sim);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      object: 'chat.completion',
      model: 'm',
      choices: [
        { index: 0, message: { role: 'assistant', content: 'You said: Hello?' }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 },
    });
    expect(sim.chats).toMatchObject([{ body: ASKED, status: 200 }]);
    expect(sim.breaches).toEqual([]);
  });

  it('are cut where the limit of tokens is reached, and say so', async () => {
    const sim = await startSim();
    const { body } = await ask(sim, { body: { ...ASKED, max_completion_tokens: 2 } });
    expect(body.choices[0]).toMatchObject({ message: { content: 'You said' }, finish_reason: 'length' });
  });

  it("open the door as the realtime API does: with one key, also by Azure's path and header", async () => {
    const sim = await startSim({ apiKey: 'sk-right' });
    const wrong = ['Bearer sk-wrong', 'Basic sk-right', 'sk-right', ''];
    for (const Authorization of wrong) {
      const { status, body } = await ask(sim, { headers: { Authorization } });
      expect([Authorization, status, body.error.code]).toEqual([Authorization, 401, 'invalid_api_key']);
    }
    const azure = { headers: { 'api-key': 'sk-right' }, path: '/openai/v1/chat/completions' };
    expect((await ask(sim, azure)).status).toBe(200);
    expect((await ask(sim, { path: '/v1/completions' })).status).toBe(404);
    expect((await ask(sim, { method: 'GET' })).status).toBe(405);
  });

  it.each([
    ['is no JSON', 'hello', null],
    ['is a list', [], null],
    ['names no model', { messages: ASKED.messages }, 'model'],
    ['holds no messages', { model: 'm', messages: [] }, 'messages'],
    ['is by somebody unknown', { ...ASKED, messages: [{ role: 'agent', content: '' }] }, 'messages[0].role'],
    [
      'holds parts of another kind',
      { ...ASKED, messages: [{ role: 'user', content: [{}] }] },
      'messages[0].content',
    ],
    ['wants a stream', { ...ASKED, stream: true }, 'stream'],
    ['limits tokens by half ones', { ...ASKED, max_completion_tokens: 1.5 }, 'max_completion_tokens'],
    ['has a field that nobody knows', { ...ASKED, max_output_tokens: 9 }, 'max_output_tokens'],
  ])('refuse a request that %s, and note the breach', async (_what, body, param) => {
    const sim = await startSim();
    const answer = await ask(sim, { body });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { type: 'invalid_request_error', param } },
    });
    expect(sim.breaches).toMatchObject([{ kind: 'refused', eventType: 'chat.completions', param }]);
  });

  it('refuse what does not say that it is JSON, and a model that there is not', async () => {
    const sim = await startSim({ textModels: ['other'] });
    expect((await ask(sim, { headers: { ...KEY, 'Content-Type': 'text/plain' } })).status).toBe(400);
    expect(await ask(sim)).toMatchObject({ status: 404, body: { error: { code: 'model_not_found' } } });
  });

  it.each([
    ['refuse-chat', 500, 'server_error', null],
    ['refuse-chat-account', 429, 'invalid_request_error', 'insufficient_quota'],
    ['limit-chat', 429, 'invalid_request_error', 'rate_limit_exceeded'],
  ] as const)('fail once as %s says', async (kind, status, type, code) => {
    const sim = await startSim({ faults: [{ kind }] });
    expect(await ask(sim)).toMatchObject({ status, body: { error: { type, code } } });
    expect((await ask(sim)).status).toBe(200);
  });

  it('say when to come back', async () => {
    const sim = await startSim({ faults: [{ kind: 'limit-chat', value: 1500 }] });
    const { headers } = await ask(sim);
    expect([headers.get('retry-after-ms'), headers.get('retry-after')]).toEqual(['1500', '2']);
  });

  it.each(['hang-chat', 'endless-chat', 'cut-chat'] satisfies FaultKind[])(
    'never come to an end with %s, and let the simulator close all the same',
    async (kind) => {
      const sim = await startSim({ faults: [{ kind }] });
      const stop = new AbortController();
      const asked = fetch(sim.textUrl, {
        method: 'POST',
        headers: { ...KEY, 'Content-Type': 'application/json' },
        body: JSON.stringify(ASKED),
        signal: stop.signal,
      });
      if (kind === 'endless-chat') {
        const reader = (await asked).body!.getReader();
        let bytes = 0;
        while (bytes < 1_000_000) bytes += (await reader.read()).value!.length;
      } else if (kind === 'cut-chat') {
        await expect(asked).rejects.toThrow('fetch failed');
      } else {
        asked.catch(() => undefined);
      }
      await sim.close();
      stop.abort();
    },
  );

  it('answer without a word, or with nonsense, where that is wanted', async () => {
    const sim = await startSim({ faults: [{ kind: 'empty-chat' }, { kind: 'nonsense-chat' }] });
    expect((await ask(sim)).body).toBe('<html></html>');
    expect((await ask(sim)).body.choices[0]).toMatchObject({
      message: { content: null },
      finish_reason: 'content_filter',
    });
  });
});
