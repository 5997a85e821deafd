import { randomBytes } from 'node:crypto';

/** At most 32 characters, as OpenAI's own. */
export function newId(prefix: 'sess' | 'conv' | 'item' | 'resp' | 'call'): string {
  return `${prefix}_${randomBytes(12).toString('hex')}`;
}
