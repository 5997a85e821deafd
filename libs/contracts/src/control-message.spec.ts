import { describe, expect, it } from '@jest/globals';
import { parseControlMessage } from './control-message.js';

describe('parseControlMessage', () => {
  it('hands the id on with the data, and takes no id out of the data', () => {
    expect(parseControlMessage('{"event":"a","id":7,"data":{"x":1}}')).toEqual({
      event: 'a',
      data: { x: 1, id: 7 },
    });
    expect(parseControlMessage('{"event":"a","data":{"id":"not the sender’s"}}')?.data.id).toBeUndefined();
    for (const id of [0, -1, 1.5, Number.MAX_SAFE_INTEGER, '', 'x'.repeat(64)])
      expect(parseControlMessage(JSON.stringify({ event: 'a', id }))?.data.id).toBe(id);
    expect(parseControlMessage('{"event":"a"}')).toEqual({ event: 'a', data: {} });
  });

  it('is null for everything else', () => {
    const long = JSON.stringify({ event: 'a', id: 'x'.repeat(65) });
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '5',
      '{"event":1}',
      '{"event":"a","data":[]}',
      '{"event":"a","id":{}}',
      '{"event":"a","id":[7]}',
      '{"event":"a","id":null}',
      '{"event":"a","id":true}',
      '{"event":"a","id":1e400}',
      '{"event":"a","id":-1e400}',
      '{"event":"a","id":12345678901234567890}',
      long,
    ])
      expect(parseControlMessage(text)).toBeNull();
    expect(parseControlMessage(Buffer.from('{"event":"a"}'))).toBeNull();
  });
});
