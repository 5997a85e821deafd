import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';

type Check = (secret: string, headers: Record<string, string>, body: string) => boolean;

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

async function check(): Promise<Check> {
  const text = /```js\n(.*?)```/s.exec(README)![1]!;
  const module = text.replace(/^import .*$/m, '').replace('export function', 'return function');
  const crypto = await import('node:crypto');
  return new Function('createHmac', 'timingSafeEqual', module)(crypto.createHmac, crypto.timingSafeEqual);
}

function signed(body: string, at = new Date()): Record<string, string> {
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')} ${new Webhook(SECRET).sign('msg_1', at, body)}`,
  };
}

describe("the README's check of a signature", () => {
  it('takes what was signed, and nothing else', async () => {
    const isGenuine = await check();
    expect(isGenuine(SECRET, signed('{"a":1}'), '{"a":1}')).toBe(true);
    expect(isGenuine(SECRET, signed('{"a":1}'), '{"a":2}')).toBe(false);
    expect(isGenuine(SECRET, { ...signed('{}'), 'webhook-id': 'msg_2' }, '{}')).toBe(false);
    expect(isGenuine(`whsec_${Buffer.alloc(32, 8).toString('base64')}`, signed('{}'), '{}')).toBe(false);
    expect(isGenuine(SECRET, signed('{}', new Date(Date.now() - 600_000)), '{}')).toBe(false);
  });
});
