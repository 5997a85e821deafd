import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { until } from '#libs/testing';
import { MonitorClient } from '../../libs/observers/live-monitor/test/monitor-client.js';
import { type Booted, boot, closeAll } from './boot.js';
import { ringFromBrowser } from './callers.js';

const ADMIN_TOKEN = 'an-admin-token-of-good-length-0123456789';

afterEach(closeAll);

function post(origin: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${origin}/api/session`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

const logIn = (origin: string, token = ADMIN_TOKEN, headers: Record<string, string> = {}) =>
  post(origin, JSON.stringify({ token }), headers);

/** The header with which a browser that has logged in comes back. */
async function cookieOf({ origin }: Booted): Promise<{ cookie: string }> {
  const set = (await logIn(origin)).headers.get('set-cookie') ?? '';
  return { cookie: set.split(';')[0]! };
}

const setUp = async ({ origin }: Booted, headers: Record<string, string>): Promise<number> =>
  (await fetch(`${origin}/api/setup`, { headers })).status;

describe('logging in', () => {
  it('gives a cookie that only our own pages send, and no script can read', async () => {
    const booted = await boot({ ADMIN_TOKEN });
    const response = await logIn(booted.origin, ADMIN_TOKEN, { origin: booted.origin });
    expect(response.status).toBe(204);
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(
      /^patchbay_session=[\w-]{43}; Max-Age=43200; Path=\/; .*HttpOnly; SameSite=Strict$/,
    );
    expect(await setUp(booted, { cookie: cookie.split(';')[0]! })).toBe(200);
    expect(await setUp(booted, { cookie: `patchbay_session=${'x'.repeat(43)}` })).toBe(401);
  });

  it('keeps the cookie to https where the public address is, and there alone', async () => {
    for (const [publicUrl, isSecure] of [
      ['https://voice.example.com', true],
      ['http://voice.example.com', false],
    ] as const) {
      const { origin } = await boot({ ADMIN_TOKEN, PUBLIC_URL: publicUrl });
      const response = await logIn(origin, ADMIN_TOKEN, { 'x-forwarded-proto': 'https' });
      expect(/; Secure/.test(response.headers.get('set-cookie') ?? '')).toBe(isSecure);
    }
  });

  it('is refused to pages of other sites and to forms, also with the right token', async () => {
    const { origin } = await boot({ ADMIN_TOKEN });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const refused = [
      await logIn(origin, ADMIN_TOKEN, { origin: 'https://evil.example' }),
      await post(origin, `token=${ADMIN_TOKEN}`, form),
      await post(origin, JSON.stringify({ token: ADMIN_TOKEN }), { 'content-type': 'text/plain' }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 415, 415]);
    for (const { headers } of refused) expect(headers.get('set-cookie')).toBeNull();
  });

  it.each([['null'], ['{}'], ['[]'], ['"token"'], ['{"token":7}'], ['{']])(
    'with %s as its body is refused',
    async (body) => {
      const { origin } = await boot({ ADMIN_TOKEN });
      expect([400, 401]).toContain((await post(origin, body)).status);
    },
  );
});

describe('wrong tokens', () => {
  it('are counted by address wherever they are tried, and never shut out the right one', async () => {
    const lines: string[] = [];
    const booted = await boot(
      { ADMIN_TOKEN, LOG_LEVEL: 'trace' },
      { logTo: { write: (line) => void lines.push(line) } },
    );
    const wrong = { authorization: 'Bearer wr0ng-guess' };
    const tries = [
      async () => (await logIn(booted.origin, 'wr0ng-guess')).status,
      () => setUp(booted, wrong),
      () => MonitorClient.status(booted.wsOrigin, wrong),
    ];
    const answers: number[] = [];
    for (let i = 0; i < 27; i++) answers.push(await tries[i % 3]!());
    expect(answers).toEqual(Array.from({ length: 27 }, (_, i) => (i < 20 ? 401 : 429)));

    const right = { authorization: `Bearer ${ADMIN_TOKEN}` };
    expect(await setUp(booted, right)).toBe(200);
    expect(await MonitorClient.status(booted.wsOrigin, right)).toBe(101);
    expect((await logIn(booted.origin)).status).toBe(204);
    const elsewhere = new WebSocket(`${booted.wsOrigin}/monitor`, {
      headers: wrong,
      localAddress: '127.0.0.2',
    });
    elsewhere.on('error', () => undefined);
    const [request, { statusCode }] = await once(elsewhere, 'unexpected-response');
    request.destroy();
    expect(statusCode).toBe(401);

    const codes = lines.map((line) => JSON.parse(line).code).filter((code) => /^OPERATOR_/.test(code));
    expect(codes).toEqual([
      ...new Array(20).fill('OPERATOR_TOKEN_WRONG'),
      'OPERATOR_TOKEN_GUESSED',
      'OPERATOR_TOKEN_WRONG',
    ]);
    for (const secret of ['wr0ng-guess', ADMIN_TOKEN, '127.0.0.2'])
      expect(lines.join('')).not.toContain(secret);
  });
});

describe('an ADMIN_TOKEN that can be guessed', () => {
  it.each([
    ['sesame', 1],
    [ADMIN_TOKEN, 0],
  ])('is told at the start to those who read the log, and does (%s)', async (token, told) => {
    const lines: string[] = [];
    const booted = await boot(
      { ADMIN_TOKEN: token, LOG_LEVEL: 'warn' },
      { logTo: { write: (line) => void lines.push(line) } },
    );
    const about = lines.filter((line) => JSON.parse(line).code === 'ADMIN_TOKEN_WEAK');
    expect(about).toHaveLength(told);
    expect(about.join('')).not.toContain(token);
    expect(await setUp(booted, { authorization: `Bearer ${token}` })).toBe(200);
    expect(booted.gateway.setupText).not.toMatch(/guessed/);
  });
});

describe('logging out', () => {
  it('ends the cookie and the sockets that were opened with it, a call among them, and no others', async () => {
    const booted = await boot({ ADMIN_TOKEN });
    const [mine, other] = [await cookieOf(booted), await cookieOf(booted)];
    const bearer = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const viewer = await MonitorClient.open(booted.wsOrigin, mine);
    const staying = [
      await MonitorClient.open(booted.wsOrigin, other),
      await MonitorClient.open(booted.wsOrigin, bearer),
    ];
    const phone = await ringFromBrowser(booted, mine);
    const phoneClosed = once(phone, 'close');

    const foreign = { ...mine, origin: 'https://evil.example' };
    const session = `${booted.origin}/api/session`;
    expect((await fetch(session, { method: 'DELETE', headers: foreign })).status).toBe(403);
    expect(await setUp(booted, mine)).toBe(200);
    const response = await fetch(session, { method: 'DELETE', headers: mine });
    expect([response.status, response.headers.get('set-cookie')]).toEqual([
      204,
      expect.stringMatching(/^patchbay_session=;/),
    ]);

    await until(() => viewer.closedWith !== null, 'the end of the viewer');
    expect([viewer.closedWith, (await phoneClosed)[0]]).toEqual([4401, 4401]);
    await until(() => booted.tape.types.includes('call.ended'), 'the end of the call');
    expect(await setUp(booted, mine)).toBe(401);
    expect(await MonitorClient.status(booted.wsOrigin, mine)).toBe(401);
    expect(await setUp(booted, other)).toBe(200);
    for (const each of staying) {
      expect((await each.ask('calls.subscribe')).event).toBe('calls');
      await each.close();
    }
  });
});
