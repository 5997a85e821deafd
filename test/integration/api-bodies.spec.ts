import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ApiClient } from './api-client.js';
import { boot, closeAll } from './boot.js';

const ADMIN_TOKEN = 'an-admin-token-of-good-length-0123456789';

afterEach(closeAll);

interface Asked {
  readonly method: string;
  readonly type?: string;
  readonly body?: string;
  readonly authorization?: string;
}

/** The code of the answer to a request whose target is as given, which `fetch` would rewrite. */
async function askWith(port: number, path: string, { method, type, body = '', authorization }: Asked) {
  const headers = {
    ...(type === undefined ? {} : { 'content-type': type, 'content-length': body.length }),
    ...(authorization === undefined ? {} : { authorization }),
  };
  const asking = request({ host: '127.0.0.1', port, path, method, headers });
  asking.end(body);
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()).code;
}

describe('what is sent to the API', () => {
  it('of many small values is refused before they are looked at one by one', async () => {
    const { origin } = await boot({ ADMIN_TOKEN });
    const api = new ApiClient(origin, ADMIN_TOKEN);
    const settings = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, 1]));
    for (const document of [{ instructions: 'x', settings }, { tools: new Array(20_000).fill('a') }]) {
      const { status, body } = await api.put('/api/agents/wide', document);
      expect([status, body.code]).toEqual([400, 'API_TOO_MANY_VALUES']);
    }
    const variables = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`v${i}`, 'x']));
    expect((await api.put('/api/agents/wide', { instructions: 'x', variables })).status).toBe(200);
  });

  it('of strangers is not read: only a token to log in with is, and that is short', async () => {
    const booted = await boot({ ADMIN_TOKEN });
    const stranger = new ApiClient(booted.origin);
    const unreadable = `[${'[],'.repeat(150_000)}`;
    for (const path of [
      '/api/agents/mine',
      '/API/agents/mine',
      '/api/calls',
      '/api/nowhere',
      '/api/session/x',
    ]) {
      const { status, body } = await stranger.send('PUT', path, unreadable);
      expect([path, status, body.code]).toEqual([path, 401, 'API_UNAUTHORIZED']);
    }
    expect((await stranger.send('POST', '/api/session', unreadable)).body.code).toBe('API_TOO_LARGE');
    expect((await stranger.send('POST', '/api/session', '{')).body.code).toBe('API_UNREADABLE');
    expect((await stranger.post('/api/session', { token: ADMIN_TOKEN })).status).toBe(204);
  });

  it('with a host before its path has the same limits, and is no fault', async () => {
    const lines: string[] = [];
    const booted = await boot(
      { ADMIN_TOKEN, LOG_LEVEL: 'warn' },
      { logTo: { write: (line) => void lines.push(line) } },
    );
    const { port } = new URL(booted.origin);
    const target = 'http://anywhere.example/api/agents/mine';
    const form = { method: 'PUT', type: 'application/x-www-form-urlencoded', body: 'instructions=x' };
    const deep = { method: 'PUT', type: 'application/json', body: '['.repeat(40) + ']'.repeat(40) };
    const authorization = `Bearer ${ADMIN_TOKEN}`;
    const codes = [
      await askWith(Number(port), target, { method: 'GET' }),
      await askWith(Number(port), target, { ...form, authorization }),
      await askWith(Number(port), target, { ...deep, authorization }),
    ];
    expect(codes).toEqual(['API_UNAUTHORIZED', 'API_UNSUPPORTED_TYPE', 'API_TOO_DEEP']);
    expect(lines.filter((line) => JSON.parse(line).level === 'error')).toEqual([]);
  });

  it('as an id is not written down either where it is none', async () => {
    const lines: string[] = [];
    const { origin } = await boot(
      { ADMIN_TOKEN, LOG_LEVEL: 'info' },
      { logTo: { write: (line) => void lines.push(line) } },
    );
    await new ApiClient(origin, ADMIN_TOKEN).get(`/api/calls/${'x'.repeat(5000)}/recording`);
    const audited = lines.map((line) => JSON.parse(line)).find(({ audit }) => audit === true);
    expect(audited).toMatchObject({ callId: '(no id)', code: 'API_UNKNOWN' });
  });
});
