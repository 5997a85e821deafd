import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { HttpOrder } from '#libs/contracts';
import { until } from '#libs/testing';
import { type Answer, failureOf, HttpRig } from '../../test/http-rig.js';
import { SELF_SIGNED } from '../../test/self-signed.js';
import { GuardedHttp, type GuardedHttpOptions } from './guarded-http.js';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

async function serve(answer: Answer): Promise<HttpRig> {
  const rig = await HttpRig.start(answer);
  open.push(rig);
  return rig;
}

function guard(options: Partial<GuardedHttpOptions> = {}): GuardedHttp {
  const http = new GuardedHttp({ allowedHosts: ['127.0.0.1'], ...options });
  open.push(http);
  return http;
}

function get(url: string, more: Partial<HttpOrder> = {}): HttpOrder {
  return { url, method: 'GET', timeoutMs: 5000, maxBytes: 1000, ...more };
}

const resolvesTo = (...answers: string[]) => {
  return async () => [{ address: answers.length > 1 ? answers.shift()! : answers[0]!, family: 4 }];
};

describe('GuardedHttp', () => {
  it('sends what it is told and brings the answer back', async () => {
    const rig = await serve((seen, response) => {
      response.writeHead(201, { 'x-a': ['1', '2'] }).end(`got ${seen.body}`);
    });
    const answer = await guard().send(
      get(rig.url('/a?b=c'), { method: 'POST', body: 'words', headers: { 'x-key': 'k' } }),
    );
    expect(answer.status).toBe(201);
    expect(answer.headers['x-a']).toBe('1, 2');
    expect(Buffer.from(answer.body).toString()).toBe('got words');
    expect(rig.seen[0]).toMatchObject({ method: 'POST', path: '/a?b=c', headers: { 'x-key': 'k' } });
  });

  it.each([
    'http://127.0.0.1/',
    'http://localhost/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://0.0.0.0/',
    'https://localhost/',
    'https://169.254.169.254/latest/meta-data',
    'https://[64:ff9b::7f00:1]/',
    'https://127.1/',
    'https://user:pw@example.com/',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
    'no url',
  ])('refuses %s before anything is sent', async (url) => {
    const { code } = await failureOf(() => guard({ allowedHosts: [] }).send(get(url)));
    expect(code).toMatch(/^HTTP_(URL|ADDRESS)_REFUSED$/);
  });

  it.each(['https://10.0.0.1/', 'https://[::ffff:7f00:1]/', 'https://169.254.169.254/'])(
    'says of %s as soon as it is written down that nothing will be sent there',
    (url) => {
      expect(() => guard({ allowedHosts: [] }).check(url)).toThrow(
        expect.objectContaining({ code: 'HTTP_ADDRESS_REFUSED' }),
      );
      expect(() => guard({ allowedHosts: [] }).check('https://93.184.216.34/')).not.toThrow();
    },
  );

  it('refuses a public name that resolves to a private address', async () => {
    const rig = await serve((_, response) => response.end('secret'));
    const http = guard({ allowedHosts: ['10.9.9.9'], resolve: resolvesTo('127.0.0.1') });
    for (const scheme of ['http', 'https']) {
      const { code } = await failureOf(() => http.send(get(`${scheme}://tool.example.com:${rig.port}/`)));
      expect(code).toBe('HTTP_ADDRESS_REFUSED');
    }
    expect(rig.seen).toEqual([]);
  });

  it('refuses a name of which one address among several is private', async () => {
    const resolve = async () => [
      { address: '93.184.216.34', family: 4 },
      { address: '::1', family: 6 },
    ];
    const { code } = await failureOf(() => guard({ resolve }).send(get('https://tool.example.com/')));
    expect(code).toBe('HTTP_ADDRESS_REFUSED');
  });

  it('looks at the address again with each connection, so a name cannot be bound anew', async () => {
    const rig = await serve((_, response) => response.writeHead(200, { connection: 'close' }).end('ok'));
    const http = guard({ resolve: resolvesTo('127.0.0.1', '127.0.0.2') });
    const url = `http://tool.example.com:${rig.port}/`;
    expect((await http.send(get(url))).status).toBe(200);
    expect(await failureOf(() => http.send(get(url)))).toMatchObject({ code: 'HTTP_ADDRESS_REFUSED' });
  });

  it('opens a private host that the operator has named', async () => {
    const rig = await serve((_, response) => response.end('inside'));
    const http = guard({ allowedHosts: ['crm.internal'], resolve: resolvesTo('127.0.0.1') });
    expect((await http.send(get(`http://crm.internal:${rig.port}/`))).status).toBe(200);
  });

  it('follows redirects within one origin with all they ask for, three at most', async () => {
    const rig = await serve(({ path }, response) => {
      const left = Number(path.slice(1));
      if (left === 0) response.end('there');
      else response.writeHead(307, { location: `/${left - 1}` }).end('moved');
    });
    const order = get(rig.url('/3'), { method: 'POST', body: 'b', headers: { authorization: 'x' } });
    expect((await guard().send(order)).status).toBe(200);
    expect(rig.seen[3]).toMatchObject({ method: 'POST', body: 'b', headers: { authorization: 'x' } });
    const { code } = await failureOf(() => guard().send({ ...order, url: rig.url('/4') }));
    expect(code).toBe('HTTP_REDIRECT_REFUSED');
  });

  it.each([
    (port: number) => `http://127.0.0.1:${port}/`,
    () => 'http://169.254.169.254/latest/meta-data',
    () => 'https://example.com/',
    () => '//example.com/',
    () => 'file:///etc/passwd',
    () => 'http://[',
  ])('follows no redirect to another origin (%#)', async (target) => {
    const other = await serve((_, response) => response.end('secret'));
    const rig = await serve((_, response) => response.writeHead(302, { location: target(other.port) }).end());
    const { code } = await failureOf(() => guard().send(get(rig.url(), { headers: { authorization: 'x' } })));
    expect(code).toBe('HTTP_REDIRECT_REFUSED');
    expect(other.seen).toEqual([]);
  });

  it.each([true, false])('takes no body beyond its bound (length announced: %s)', async (announced) => {
    let ended = false;
    const rig = await serve((_, response) => {
      if (announced) response.setHeader('content-length', 1e9);
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', pour).on('close', () => {
        ended = true;
      });
      pour();
    });
    expect(await failureOf(() => guard().send(get(rig.url())))).toMatchObject({ code: 'HTTP_TOO_LARGE' });
    await until(() => ended, 'the connection to be cut');
  });

  it.each([
    ['hangs', () => undefined],
    ['hangs in the middle of its answer', (_, response) => response.writeHead(200).write('a')],
    ['drips', (_, response) => setInterval(() => response.write('.'), 20).unref()],
  ] as [string, Answer][])('gives a server up that %s', async (_, answer) => {
    const rig = await serve(answer);
    const failure = await failureOf(() => guard().send(get(rig.url(), { timeoutMs: 150 })));
    expect(failure).toMatchObject({ code: 'HTTP_TIMEOUT', retryable: true });
  });

  it('gives up in time while a name is still being looked up', async () => {
    const http = guard({ resolve: () => new Promise(() => undefined), connectTimeoutMs: 60_000 });
    const order = get('https://tool.example.com/', { timeoutMs: 99.5 });
    expect(await failureOf(() => http.send(order))).toMatchObject({ code: 'HTTP_TIMEOUT' });
  });

  it('says when nobody listens, and when nobody waits any more', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const refused = await failureOf(() => guard().send(get(`http://127.0.0.1:${port}/`)));
    expect(refused).toMatchObject({ code: 'HTTP_UNREACHABLE', retryable: true });
    expect(refused.message).toContain('ECONNREFUSED');
    const rig = await serve(() => undefined);
    const aborted = await failureOf(() => guard().send(get(rig.url(), { signal: AbortSignal.abort() })));
    expect(aborted.code).toBe('HTTP_ABORTED');
  });

  it('takes no certificate that nobody vouches for, and does not try again', async () => {
    const server = createTlsServer(SELF_SIGNED).listen(0, '127.0.0.1');
    open.push(server);
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const http = guard({ resolve: resolvesTo('127.0.0.1') });
    const failure = await failureOf(() => http.send(get(`https://tool.example.com:${port}/`)));
    expect(failure).toMatchObject({ code: 'HTTP_UNREACHABLE', retryable: false });
    expect(failure.message).toContain('SELF_SIGNED');
  });

  it('takes no proxy from the environment', async () => {
    const proxy = await serve((_, response) => response.end('proxied'));
    const rig = await serve((_, response) => response.end('direct'));
    process.env.HTTP_PROXY = process.env.http_proxy = proxy.url();
    try {
      const answer = await guard().send(get(rig.url()));
      expect(Buffer.from(answer.body).toString()).toBe('direct');
    } finally {
      delete process.env.HTTP_PROXY;
      delete process.env.http_proxy;
    }
  });

  it('bounds an event of a stream, not the stream', async () => {
    const rig = await serve(({ path }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (path === '/many') response.end(`data: ${'x'.repeat(80)}\r\n\r\n`.repeat(50));
      else response.end(`data: ${'x'.repeat(80)}\n`.repeat(50));
    });
    const fetch = guard().fetchWithin(100);
    expect((await (await fetch(rig.url('/many'))).text()).length).toBe(4500);
    const endless = await fetch(rig.url('/one'));
    expect(await failureOf(() => endless.text())).toMatchObject({ code: 'HTTP_TOO_LARGE' });
    expect(await failureOf(() => fetch('http://10.0.0.1/'))).toMatchObject({ code: 'HTTP_ADDRESS_REFUSED' });
  });
});
