import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { boot, closeAll } from './boot.js';

afterEach(closeAll);

interface Told {
  readonly checks: readonly { readonly passed: boolean; readonly words: string }[];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function tested(origin: string): Promise<Told['checks']> {
  const answer = await fetch(`${origin}/api/setup/self-test`, { method: 'POST' });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as Told).checks;
}

describe('a gateway that tests its own public address', () => {
  it('passes where the address leads to itself, and not where it leads to another gateway', async () => {
    const port = await freePort();
    const publicUrl = `http://127.0.0.1:${port}`;
    const own = await boot({ PORT: String(port), PUBLIC_URL: publicUrl });
    const other = await boot({ PUBLIC_URL: publicUrl });
    expect((await tested(own.origin)).map(({ passed }) => passed)).toEqual([true, true]);
    const strange = await tested(other.origin);
    expect(strange.map(({ passed }) => passed)).toEqual([false, false]);
    expect(strange[0]?.words).toContain('another Patchbay');
    expect((await fetch(`${publicUrl}/health/self-test/0`)).status).toBe(404);
  });
});
