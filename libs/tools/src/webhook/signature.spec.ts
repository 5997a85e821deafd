import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';

type Check = (secret: string, headers: Record<string, string>, body: string) => boolean;

/** The lines that people copy, as they stand in the README. */
function copied(): Check {
  const page = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const code = /```js\nimport .*\n([\s\S]*?)```/.exec(page)![1]!;
  return new Function('createHmac', 'timingSafeEqual', `${code}; return isFromPatchbay;`)(
    createHmac,
    timingSafeEqual,
  ) as Check;
}

describe("the README's check of a signature", () => {
  const secret = `whsec_${Buffer.from('a secret of thirty-two bytes ...').toString('base64')}`;
  const signed = (body: string, at = new Date()) => ({
    'webhook-id': 'tool_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': `v1,AAAA ${new Webhook(secret).sign('tool_1', at, body)}`,
  });

  it('takes what was signed, and nothing else', () => {
    const check = copied();
    expect(check(secret, signed('{"a":1}'), '{"a":1}')).toBe(true);
    expect(check(secret, signed('{"a":1}'), '{"a":2}')).toBe(false);
    expect(check(secret, { ...signed('a'), 'webhook-id': 'tool_2' }, 'a')).toBe(false);
    expect(check(secret, signed('a', new Date(Date.now() - 600_000)), 'a')).toBe(false);
    expect(check(`whsec_${btoa('another secret')}`, signed('a'), 'a')).toBe(false);
    expect(check(secret, {}, 'a')).toBe(false);
  });
});
