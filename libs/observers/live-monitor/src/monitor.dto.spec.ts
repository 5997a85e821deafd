import { describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { parseControlMessage } from '#libs/contracts';
import { AudioDto, CallDto, type MonitorDto, monitorPipe, WordsDto } from './monitor.dto.js';

/** What a handler would be given, or the code with which the message is refused. */
async function read(metatype: Type<MonitorDto>, json: string): Promise<unknown> {
  const message = parseControlMessage(`{"event":"x","id":"i","data":${json}}`);
  try {
    return await monitorPipe.transform(message?.data, { type: 'body', metatype });
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? thrown;
  }
}

const nested = (levels: number, [open, close]: readonly [string, string]) =>
  `${open.repeat(levels)}1${close.repeat(levels)}`;

describe('the data of a viewer’s message', () => {
  it('is read with its id, and without what does not belong to it', async () => {
    expect(await read(CallDto, '{"callId":"a","more":1}')).toEqual({ callId: 'a', id: 'i' });
    expect(await read(AudioDto, '{"callId":"a","speakers":["AI"],"form":"json"}')).toEqual({
      callId: 'a',
      speakers: ['AI'],
      form: 'json',
      id: 'i',
    });
  });

  it.each([
    ['objects', ['{"a":', '}']],
    ['lists', ['[', ']']],
  ] as const)('is refused as bad data where %s lie inside of it, however deep', async (_what, brackets) => {
    for (const levels of [2, 1000, 7000]) {
      const value = nested(levels, brackets);
      expect(await read(CallDto, `{"callId":"a","more":${value}}`)).toBe('MONITOR_BAD_DATA');
      expect(await read(CallDto, `{"callId":${value}}`)).toBe('MONITOR_BAD_DATA');
      expect(await read(AudioDto, `{"callId":"a","speakers":[${value}]}`)).toBe('MONITOR_BAD_DATA');
      expect(await read(CallDto, `{"callId":"a","__proto__":${value}}`)).toBe('MONITOR_BAD_DATA');
    }
  });

  it.each([
    '{"callId":1e400}',
    '{"callId":["a"]}',
    '{"callId":null}',
    '{"callId":"a","text":["x"]}',
    '{"callId":"a","text":7}',
    '{"text":"x","__proto__":5}',
    '{"text":"x","constructor":5}',
    '{"text":"x","constructor":null}',
    '{"text":"x","constructor":["a"]}',
    '{"text":"x","hasOwnProperty":1,"toString":2,"valueOf":3,"then":4}',
  ])('is refused as bad data: %s', async (json) => {
    expect(await read(WordsDto, json)).toBe('MONITOR_BAD_DATA');
  });

  it('is not changed by fields that bear the names of an object’s own', async () => {
    expect(
      await read(CallDto, '{"callId":"a","__proto__":5,"constructor":5,"toString":1,"hasOwnProperty":2}'),
    ).toEqual({ callId: 'a', id: 'i' });
  });
});
