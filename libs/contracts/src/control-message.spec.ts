import { describe, expect, it } from '@jest/globals';
import { parseControlMessage } from './control-message.js';

describe('parseControlMessage', () => {
  it('hands the id on with the data, and takes no id out of the data', () => {
    expect(parseControlMessage('{"event":"a","id":7,"data":{"x":1}}')).toEqual({
      event: 'a',
      data: { x: 1, id: 7 },
    });
    expect(parseControlMessage('{"event":"a","data":{"id":"not the sender’s"}}')?.data.id).toBeUndefined();
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
      long,
    ])
      expect(parseControlMessage(text)).toBeNull();
    expect(parseControlMessage(Buffer.from('{"event":"a"}'))).toBeNull();
  });
});
