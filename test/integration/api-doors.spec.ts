import { afterEach, describe, expect, it } from '@jest/globals';
import type { OperatorRole } from '#libs/contracts';
import { until } from '#libs/testing';
import { MonitorClient } from '../../libs/observers/live-monitor/test/monitor-client.js';
import { ApiClient } from './api-client.js';
import { type Booted, boot, closeAll } from './boot.js';

const ADMIN_TOKEN = 'an-admin-token-of-good-length-0123456789';

afterEach(closeAll);

interface KeyInHand {
  readonly id: string;
  readonly secret: string;
  readonly api: ApiClient;
}

async function keyOf({ origin }: Booted, role: OperatorRole, name: string = role): Promise<KeyInHand> {
  const { status, body } = await new ApiClient(origin, ADMIN_TOKEN).post('/api/keys', { name, role });
  expect(status).toBe(201);
  return { id: body.key.id, secret: body.secret, api: new ApiClient(origin, body.secret) };
}

async function logIn({ origin }: Booted, token: string): Promise<{ cookie: string }> {
  const response = await fetch(`${origin}/api/session`, {
    method: 'POST',
    body: JSON.stringify({ token }),
    headers: { 'content-type': 'application/json' },
  });
  expect(response.status).toBe(204);
  return { cookie: (response.headers.get('set-cookie') ?? '').split(';')[0]! };
}

const ACTIONS = [
  ['POST', '/api/calls', '{"to":"+4930111","agent":"default"}'],
  ['DELETE', '/api/orders/o1'],
  ['POST', '/api/calls/c1/say', '{"text":"Hello"}'],
  ['POST', '/api/calls/c1/whisper', '{"text":"Hello"}'],
  ['POST', '/api/calls/c1/mute', '{"muted":true}'],
  ['POST', '/api/calls/c1/hang-up'],
  ['POST', '/api/calls/c1/transfer', '{"to":"+4930111"}'],
  ['POST', '/api/calls/c1/dtmf', '{"digits":"1"}'],
  ['POST', '/api/calls/c1/recording/pause'],
  ['POST', '/api/calls/c1/recording/resume'],
] as const;
const SETTINGS = [
  ['DELETE', '/api/calls/c1/recording'],
  ['PUT', '/api/agents/default', '{"instructions":"Obey me."}'],
  ['DELETE', '/api/agents/default'],
  ['PUT', '/api/routes', '[]'],
  ['DELETE', '/api/routes'],
  ['POST', '/api/erasure', '{"party":"+4930111"}'],
  ['GET', '/api/keys'],
  ['POST', '/api/keys', '{"name":"mine","role":"admin"}'],
  ['DELETE', '/api/keys/k1'],
  ['GET', '/api/webhooks'],
  ['POST', '/api/webhooks', '{"url":"https://evil.example/"}'],
  ['PUT', '/api/webhooks/w1', '{"url":"https://evil.example/"}'],
  ['DELETE', '/api/webhooks/w1'],
  ['POST', '/api/setup/self-test'],
] as const;

describe('roles', () => {
  it('a viewer reads, an operator also acts, an admin also changes settings; every path knows', async () => {
    const booted = await boot({ ADMIN_TOKEN });
    const [viewer, operator] = [await keyOf(booted, 'viewer'), await keyOf(booted, 'operator')];
    const refused = async (api: ApiClient, paths: readonly (readonly [string, string, string?])[]) => {
      const codes = [];
      for (const [method, path, body] of paths)
        codes.push([method, path, (await api.send(method, path, body)).body?.code === 'API_ROLE']);
      return codes.filter(([, , isRefused]) => isRefused).map(([method, path]) => `${method} ${path}`);
    };
    const all = [...ACTIONS, ...SETTINGS].map(([method, path]) => `${method} ${path}`);
    expect(await refused(viewer.api, [...ACTIONS, ...SETTINGS])).toEqual(all);
    expect(await refused(operator.api, [...ACTIONS, ...SETTINGS])).toEqual(all.slice(ACTIONS.length));
    for (const { api } of [viewer, operator])
      for (const path of ['/api/calls', '/api/agents', '/api/numbers?from=0&before=1', '/api/setup'])
        expect([path, (await api.get(path)).status]).toEqual([path, 200]);

    const document = (await viewer.api.get('/api/docs-json')).body;
    const documented = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { description = '' }]) => /Role: (operator|admin)/.test(description))
        .map(([method]) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, '*')}`),
    );
    const tried = [...ACTIONS, ...SETTINGS].map(
      ([method, path]) => `${method} ${path.replace(/\/(o1|c1|k1|w1)\b/, '/*').replace('/default', '/*')}`,
    );
    expect(new Set(documented)).toEqual(new Set([...tried, 'GET /api/webhooks/*']));
  });

  it('decide who sees what stands in the addresses of tools', async () => {
    const booted = await boot({ ADMIN_TOKEN });
    const admin = new ApiClient(booted.origin, ADMIN_TOKEN);
    const url = 'https://crm.example.com/hooks/s3cret-path?token=s3cret-token';
    const tools = [{ webhook: { name: 'find', description: 'Finds.', url } }];
    const lookup = { url, secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` };
    const stored = await admin.put('/api/agents/shop', { instructions: 'Be kind.', tools, lookup });
    expect([stored.status, stored.body.document.tools]).toEqual([200, tools]);
    await admin.put('/api/agents/shop', { instructions: 'Be brief.' });
    for (const role of ['viewer', 'operator'] as const) {
      const { api } = await keyOf(booted, role);
      const seen = [await api.get('/api/agents'), await api.get('/api/agents/shop?version=1')];
      expect(seen.map(({ status }) => status)).toEqual([200, 200]);
      expect(JSON.stringify(seen.map(({ body }) => body))).not.toContain('s3cret');
      expect(seen[1]!.body.document.tools[0].webhook.url).toBe('https://crm.example.com/hidden');
    }
    const old = await admin.get('/api/agents/shop?version=1');
    expect(old.body.document.lookup).toEqual({ url, secret: 'hidden' });
  });

  it('hold for who logs in with a key, too', async () => {
    const booted = await boot({ ADMIN_TOKEN });
    const { secret } = await keyOf(booted, 'viewer', 'wall screen');
    const mine = new ApiClient(booted.origin, null, await logIn(booted, secret));
    expect((await mine.get('/api/session')).body.operator).toEqual({
      name: 'key wall screen',
      role: 'viewer',
    });
    expect((await mine.get('/api/calls')).status).toBe(200);
    expect((await mine.post('/api/calls/c1/say', { text: 'Hello' })).body.code).toBe('API_ROLE');
  });
});

describe('a key that is revoked', () => {
  it('opens nothing any more, and what it opened is closed', async () => {
    const booted = await boot({ ADMIN_TOKEN });
    const admin = new ApiClient(booted.origin, ADMIN_TOKEN);
    const [key, other] = [await keyOf(booted, 'operator'), await keyOf(booted, 'operator', 'other')];
    const cookie = await logIn(booted, key.secret);
    const opened = [
      await MonitorClient.open(booted.wsOrigin, { authorization: `Bearer ${key.secret}` }),
      await MonitorClient.open(booted.wsOrigin, cookie),
    ];
    const staying = await MonitorClient.open(booted.wsOrigin, { authorization: `Bearer ${other.secret}` });
    expect((await admin.delete(`/api/keys/${key.id}`)).status).toBe(204);
    expect((await key.api.get('/api/calls')).status).toBe(401);
    expect((await new ApiClient(booted.origin, null, cookie).get('/api/calls')).status).toBe(401);
    await until(() => opened.every(({ closedWith }) => closedWith !== null), 'the sockets to be closed');
    expect(opened.map(({ closedWith }) => closedWith)).toEqual([4401, 4401]);
    expect((await staying.ask('calls.subscribe')).event).toBe('calls');
    await staying.close();
    expect((await admin.delete(`/api/keys/${key.id}`)).status).toBe(404);
    expect(JSON.stringify((await admin.get('/api/keys')).body)).not.toContain(key.secret);
  });

  it('is no way around a door that is open to this machine', async () => {
    const { origin } = await boot();
    const admin = new ApiClient(origin);
    const { body } = await admin.post('/api/keys', { name: 'wall', role: 'viewer' });
    const viewer = new ApiClient(origin, body.secret);
    expect((await viewer.post('/api/keys', { name: 'mine', role: 'admin' })).body.code).toBe('API_ROLE');
    const passedOn = { 'x-forwarded-for': '203.0.113.7' };
    expect((await viewer.get('/api/calls', passedOn)).status).toBe(200);
    expect((await admin.get('/api/calls', passedOn)).body.code).toBe('API_DOOR_CLOSED');
    await admin.delete(`/api/keys/${body.key.id}`);
    expect((await viewer.get('/api/calls')).status).toBe(401);
  });
});

describe('pages of other sites', () => {
  it('can do nothing with the cookie of an operator', async () => {
    const booted = await boot({ ADMIN_TOKEN });
    const cookie = await logIn(booted, ADMIN_TOKEN);
    const foreign = new ApiClient(booted.origin, null, { ...cookie, origin: 'https://evil.example' });
    for (const [method, path, body] of [...ACTIONS, ...SETTINGS])
      expect((await foreign.send(method, path, body)).body.code).toBe('API_DOOR_CLOSED');
    expect((await new ApiClient(booted.origin, null, cookie).get('/api/calls')).status).toBe(200);
  });
});

describe('what is sent', () => {
  it('as a form with the cookie of an operator does nothing, though no origin is named', async () => {
    const booted = await boot({ ADMIN_TOKEN });
    const mine = new ApiClient(booted.origin, null, await logIn(booted, ADMIN_TOKEN));
    const key = 'name=mine&role=admin';
    const sent: [string, string, string, string][] = [
      ['POST', '/api/keys', key, 'application/x-www-form-urlencoded'],
      ['POST', '/API/keys?x=y', key, 'application/x-www-form-urlencoded; charset=utf-8'],
      ['POST', '/api/keys', '--b--', 'multipart/form-data; boundary=b'],
      ['POST', '/api/keys', '{"name":"mine","role":"admin"}', 'text/plain'],
      ['POST', '/api/keys', '{"name":"mine","role":"admin"}', ''],
      ['POST', '/api/calls/c1/hang-up', '', 'application/x-www-form-urlencoded'],
      ['DELETE', '/api/routes', '', 'text/plain'],
    ];
    for (const [method, path, body, type] of sent) {
      const answer = await mine.send(method, path, body, { 'content-type': type });
      expect([path, type, answer.status, answer.type, answer.body.code]).toEqual([
        path,
        type,
        415,
        'application/problem+json; charset=utf-8',
        'API_UNSUPPORTED_TYPE',
      ]);
    }
    expect((await mine.get('/api/keys')).body.items).toEqual([]);
    const { body } = await mine.post('/api/keys', { name: 'crm', role: 'viewer' });
    expect(body.key).toMatchObject({ name: 'crm', role: 'viewer' });
  });

  it('too large, too deep, of another kind, or with fields that nobody knows is refused', async () => {
    const { origin } = await boot({ ADMIN_TOKEN });
    const api = new ApiClient(origin, ADMIN_TOKEN);
    const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const plain = { 'content-type': 'text/plain' };
    const key = '{"name":"crm","role":"viewer"}';
    const answers = [
      await api.send('PUT', '/api/agents/big', JSON.stringify({ instructions: 'x'.repeat(600_000) })),
      await api.send('PUT', '/api/agents/deep', `{"instructions":"x","settings":{"a":${deep(40)}}}`),
      await api.send('PUT', '/api/agents/deep', `{"instructions":"x","settings":{"a":${deep(200_000)}}}`),
      await api.send('PUT', '/api/routes', deep(200_000)),
      await api.send('POST', '/api/keys', key, plain),
      await api.send('POST', '/api/keys', 'name=crm&role=king', form),
      await api.send('POST', '/api/keys', '{"name":"crm","role":"viewer","admin":true}'),
      await api.send('POST', '/api/keys', '{"name":["crm"],"role":{"toString":"admin"}}'),
      await api.send('POST', '/api/keys', '[]'),
      await api.send('POST', '/api/keys', 'null'),
      await api.send('POST', '/api/keys', '{"name":"a\\r\\nb","role":"viewer"}'),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [413, 'API_TOO_LARGE'],
      [400, 'API_TOO_DEEP'],
      [400, 'API_TOO_DEEP'],
      [400, 'API_TOO_DEEP'],
      [415, 'API_UNSUPPORTED_TYPE'],
      [415, 'API_UNSUPPORTED_TYPE'],
      ...new Array(5).fill([400, expect.stringMatching(/^API_(INVALID|UNREADABLE)$/)]),
    ]);
    expect((await api.get('/api/keys')).body.items).toEqual([]);
    const sly = '{"name":"sly","role":"viewer","__proto__":{"role":"admin","id":"mine"}}';
    expect((await api.send('POST', '/api/keys', sly)).body.key).toMatchObject({
      name: 'sly',
      role: 'viewer',
    });
    expect((await api.get('/api/keys')).body.items).toHaveLength(1);
    expect((await api.put('/api/agents/big', { instructions: 'x'.repeat(100_000) })).status).toBe(200);
  });

  it('as an id, cursor or header is taken for nothing else', async () => {
    const { origin } = await boot({ ADMIN_TOKEN });
    const api = new ApiClient(origin, ADMIN_TOKEN);
    const cursor = (text: string) => Buffer.from(text).toString('base64url');
    for (const id of [
      '..%2f..%2fetc%2fpasswd',
      '%2e%2e',
      '..%5c..%5cboot.ini',
      'a%00b',
      'a%0d%0aSet-Cookie:%20x=y',
      'a%22;b',
      "1'%20or%20'1'='1",
      'x'.repeat(300),
    ])
      for (const path of [`/api/calls/${id}/recording`, `/api/calls/${id}`, `/api/agents/${id}`]) {
        const { status, headers } = await api.get(path);
        expect([path, [400, 404].includes(status), headers.get('set-cookie')]).toEqual([path, true, null]);
      }
    for (const wrong of [
      'AAAA',
      cursor('1763700000000'),
      cursor("1.' or 1=1 --").slice(0, 3),
      cursor('-5.call'),
      cursor('1e9.call'),
      cursor('99999999999999999999.call'),
      'x'.repeat(401),
    ]) {
      const { status, body } = await api.get(`/api/calls?cursor=${encodeURIComponent(wrong)}`);
      expect([wrong, status, body.code]).toEqual([
        wrong,
        400,
        expect.stringMatching(/^(STORE_BAD_CURSOR|API_INVALID)$/),
      ]);
    }
    expect((await api.get(`/api/calls?cursor=${cursor("1.' or 1=1 --")}`)).body.items).toEqual([]);
    expect((await api.get('/api/calls?limit=5&limit=6')).status).toBe(400);
    expect((await api.get('/api/calls?agent[$ne]=x')).status).toBe(400);
    const order = { to: '+4930111222', agent: 'default' };
    const key = await api.post('/api/calls', order, { 'idempotency-key': 'two words' });
    expect([key.status, key.body.code]).toEqual([400, 'API_INVALID']);
  });
});

describe('too many requests', () => {
  it('of one token are answered with 429 until some are allowed again; others, metrics and webhooks are not', async () => {
    const booted = await boot({ ADMIN_TOKEN, API_REQUESTS_PER_MINUTE: '20' });
    const { api, id } = await keyOf(booted, 'viewer');
    const statuses: number[] = [];
    let last = await api.get('/api/calls');
    for (let i = 0; i < 40 && last.status === 200; i++) {
      statuses.push(last.status);
      last = await api.get(i % 2 === 0 ? '/api/calls' : '/api/agents');
    }
    expect(statuses.length).toBeGreaterThanOrEqual(20);
    expect([last.status, last.body.code]).toEqual([429, 'API_TOO_MANY_REQUESTS']);
    const wait = Number(last.headers.get('retry-after'));
    expect(wait).toBeGreaterThanOrEqual(1);
    expect(wait).toBeLessThanOrEqual(3);
    const { origin } = booted;
    for (let i = 0; i < 30; i++) {
      const voice = await fetch(`${origin}/twilio/voice`, { method: 'POST', body: new URLSearchParams() });
      expect(voice.status).not.toBe(429);
      expect((await fetch(`${origin}/health/live`)).status).toBe(200);
    }
    expect((await new ApiClient(origin, ADMIN_TOKEN).delete(`/api/keys/${id}`)).status).toBe(204);
  });

  it('are counted by who was let in: tokens that nobody asked for win no allowance', async () => {
    const { origin } = await boot({ API_REQUESTS_PER_MINUTE: '3' });
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++)
      statuses.push((await new ApiClient(origin, `invented-${i}`).get('/api/calls')).status);
    expect(statuses[0]).toBe(200);
    expect(statuses.at(-1)).toBe(429);
  });
});
