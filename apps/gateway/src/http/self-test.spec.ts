import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import { ManualClock, until } from '#libs/testing';
import { SELF_TEST_PAGE, SelfTest } from './self-test.js';

const servers: Server[] = [];

async function listening(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function testOf(publicUrl: string | null, clock = new ManualClock()): SelfTest {
  return new SelfTest({ publicUrl }, clock);
}

const lastPart = (url = '') => url.slice(url.lastIndexOf('/') + 1);

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('the self-test of the public address', () => {
  it('checks nothing while there is no public address', async () => {
    expect(await testOf(null).run()).toEqual({ publicUrl: null, checks: [] });
  });

  it('passes where requests and sockets come back to itself, and answers its own questions only once', async () => {
    let test: SelfTest | null = null;
    const tokens: string[] = [];
    const answerTo = (url?: string) => {
      tokens.push(lastPart(url));
      return test?.answerTo(lastPart(url)) ?? '';
    };
    const sockets = new WebSocketServer({ noServer: true });
    const server = createServer(({ url }, response) => response.end(answerTo(url)));
    server.on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (client) => {
        client.send(answerTo(request.url));
        client.close();
      });
    });
    test = testOf(await listening(server));
    const { checks } = await test.run();
    expect(checks.map(({ passed }) => passed)).toEqual([true, true]);
    expect(tokens).toHaveLength(2);
    for (const token of tokens) expect(test.answerTo(token)).toBeNull();
  });

  it.each([
    [
      'says what Patchbay says and repeats what it is asked',
      (client: WebSocket, url: string) => client.send(lastPart(url)),
    ],
    ['closes', (client: WebSocket) => client.close()],
  ])('does not pass where a stranger takes every request and socket, and %s', async (_what, answer) => {
    const server = createServer(({ url }, response) =>
      response.end(`{"status":"live","answer":"${lastPart(url)}"}`),
    );
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (client, { url }) => answer(client, url ?? ''));
    const { checks } = await testOf(await listening(server)).run();
    expect(checks.map(({ passed }) => passed)).toEqual([false, false]);
    expect(checks[0]?.words).toContain('not Patchbay');
    expect(checks[1]?.words).toContain('not this gateway');
  });

  it('does not wait for ever for a stranger who takes the socket and is silent', async () => {
    const clock = new ManualClock();
    const server = createServer((_request, response) => response.end());
    new WebSocketServer({ server });
    const running = testOf(await listening(server), clock).run();
    await until(() => clock.pending > 0, 'the wait for an answer');
    clock.advance(5000);
    expect((await running).checks[1]).toMatchObject({
      passed: false,
      words: expect.stringContaining('not this'),
    });
    expect(clock.pending).toBe(0);
  });

  it('tells a server that is not Patchbay, and one that hands on no sockets', async () => {
    const publicUrl = await listening(
      createServer((_request, response) => {
        response.statusCode = 404;
        response.end('no such page');
      }),
    );
    const { checks } = await testOf(publicUrl).run();
    expect(checks.map(({ passed }) => passed)).toEqual([false, false]);
    expect(checks[0]?.words).toContain('404');
    expect(checks[1]?.words).toContain('WebSockets');
  });

  it('reads no more of a long answer than it needs', async () => {
    let sent = 0;
    const server = createServer((_request, response) => {
      const more = () => {
        while (sent < 50_000_000 && response.write('x'.repeat(65_536))) sent += 65_536;
      };
      response.on('drain', more);
      more();
    });
    const { checks } = await testOf(await listening(server)).run();
    expect(checks[0]?.words).toContain('not Patchbay');
    expect(sent).toBeLessThan(50_000_000);
  });

  it('says in words that nothing listens there', async () => {
    const server = createServer();
    const publicUrl = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    const { checks } = await testOf(publicUrl).run();
    for (const { passed, words } of checks) {
      expect(passed).toBe(false);
      expect(words).toContain('Nothing listens there');
    }
  });

  it('runs once for many who ask at the same time', async () => {
    const requests: string[] = [];
    const publicUrl = await listening(
      createServer((request, response) => {
        requests.push(request.url ?? '');
        response.end('{"status":"live"}');
      }),
    );
    const test = testOf(publicUrl);
    await Promise.all([test.run(), test.run(), test.run()]);
    expect(requests.filter((url) => url.startsWith(SELF_TEST_PAGE))).toHaveLength(1);
  });
});
