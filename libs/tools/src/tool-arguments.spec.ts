import { describe, expect, it } from '@jest/globals';
import { ToolArguments } from './tool-arguments.js';

const TOO_LONG = expect.objectContaining({
  code: 'TOOL_ARGUMENTS_WRONG',
  message: expect.stringContaining('they take too long to check'),
});

// Each of these would take far longer than a frame, two of them for ever, if they were not cut short.
describe('ToolArguments', () => {
  it('gives up a pattern that tries again and again, and checks the next arguments as ever', () => {
    const args = new ToolArguments('note', {
      type: 'object',
      properties: { text: { type: 'string', pattern: '^(\\w+\\s?)*$' } },
    });
    expect(() => args.parse(JSON.stringify({ text: `${'a'.repeat(60)}!` }))).toThrow(TOO_LONG);
    expect(args.parse('{"text":"two words"}')).toEqual({ text: 'two words' });
    expect(() => args.parse('{"text":"?"}')).toThrow('must match pattern');
  });

  it('gives up lists whose elements are all compared with each other', () => {
    const args = new ToolArguments('note', {
      type: 'object',
      properties: { all: { type: 'array', uniqueItems: true, items: { type: 'object' } } },
    });
    const all = Array.from({ length: 3000 }, (_, b) => ({ b }));
    expect(() => args.parse(JSON.stringify({ all }))).toThrow(TOO_LONG);
  });

  it('gives up references that double', () => {
    const $defs: Record<string, unknown> = {
      d40: { type: 'object', required: ['x'], properties: { x: {} } },
    };
    for (let i = 0; i < 40; i++) {
      const next = { $ref: `#/$defs/d${i + 1}` };
      $defs[`d${i}`] = { type: 'object', allOf: [next, next] };
    }
    const args = new ToolArguments('note', { type: 'object', $defs, allOf: [{ $ref: '#/$defs/d0' }] });
    expect(() => args.parse('{"x":1}')).toThrow(TOO_LONG);
  });

  it('still checks by the first schemas after many others', () => {
    const digits = (most: number) => ({
      type: 'object',
      properties: { digits: { type: 'string', maxLength: most } },
    });
    const first = new ToolArguments('first', digits(3));
    for (let i = 0; i < 120; i++) new ToolArguments('other', digits(i));
    expect(first.parse('{"digits":"123"}')).toEqual({ digits: '123' });
    expect(() => first.parse('{"digits":"1234"}')).toThrow('"digits"');
  });
});
