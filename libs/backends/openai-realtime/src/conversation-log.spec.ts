import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { breachOfSchema } from '../test/client-schema.js';
import { createItem } from './client-events.js';
import { ConversationLog, firstWords } from './conversation-log.js';

function log(maxEntries = 40, maxLetters = 16_000): ConversationLog {
  let ids = 0;
  return new ConversationLog(maxEntries, maxLetters, () => `pb_${++ids}`);
}

/** One short line for each item, without ids. */
function told(history: ConversationLog): string[] {
  return history.restore().map((item) => {
    if (item.type === 'function_call') return `call ${item.call_id} ${item.arguments}`;
    if (item.type === 'function_call_output') return `output ${item.call_id} ${item.output}`;
    if (item.type !== 'message') return item.type;
    const [part] = item.content;
    return `${item.role}: ${part !== undefined && 'text' in part ? part.text : ''}`;
  });
}

describe('ConversationLog', () => {
  it('tells a new session what was said, in order, with function calls and their results', () => {
    const history = log();
    history.callerTurn('u1');
    history.agentTurn('a1');
    history.agentWords('a1', 'One moment.');
    history.functionCalled('c1', 'lookup', '{"number":1}');
    history.functionAnswered('c1', 'shipped');
    history.agentTurn('a2');
    history.agentWords('a2', 'It is shipped.');
    // The transcript of the first turn comes last.
    history.callerWords('u1', 'Where is it?');
    expect(told(history)).toEqual([
      'user: Where is it?',
      'assistant: One moment.',
      'call c1 {"number":1}',
      'output c1 shipped',
      'assistant: It is shipped.',
    ]);
  });

  it('keeps of an interrupted item what was heard, whatever is still written down of it', () => {
    const history = log();
    history.agentTurn('a1');
    history.agentWords('a1', 'We are open from nine to ten');
    expect(history.heard('a1', 0.5)).toBe('We are open');
    history.agentWords('a1', 'We are open from nine to ten every day.');
    expect(told(history)).toEqual(['assistant: We are open']);
  });

  it('forgets an item of which nothing was heard', () => {
    const history = log();
    history.agentTurn('a1');
    history.agentWords('a1', 'Never heard.');
    expect(history.heard('a1', 0)).toBe('');
    expect(told(history)).toEqual([]);
  });

  it('says that there was a turn where nobody wrote it down, and leaves out noise', () => {
    const history = log();
    history.callerTurn('u1');
    history.callerTurn('u2');
    history.callerWords('u2', '');
    expect(told(history)).toEqual(['user: (The caller said something that was not written down.)']);
  });

  it('knows whether the caller waits for an answer', () => {
    const history = log();
    expect(history.awaitsAnswer).toBe(false);
    history.callerTurn('u1');
    expect(history.awaitsAnswer).toBe(true);
    history.agentTurn('a1');
    expect(history.awaitsAnswer).toBe(true);
    history.agentWords('a1', 'Yes.');
    expect(history.awaitsAnswer).toBe(false);
    history.functionCalled('c1', 'lookup', '{}');
    expect(history.awaitsAnswer).toBe(false);
    history.functionAnswered('c1', 'found');
    expect(history.awaitsAnswer).toBe(true);
  });

  it('gives a function call an id that OpenAI takes, and remembers it', () => {
    const history = log();
    const long = 'call_'.padEnd(60, 'x');
    history.functionCalled(long, 'lookup', '{}');
    expect(history.wireCallId(long)).toBe(long);
    history.restore();
    expect(history.wireCallId(long)?.length).toBeLessThanOrEqual(32);
    expect(history.wireCallId('unknown')).toBeNull();
  });

  it('leaves out the beginning of a long conversation and says so', () => {
    const history = log(3);
    for (let i = 1; i <= 5; i++) history.callerTurn(`u${i}`, `Turn ${i}`);
    expect(told(history)).toEqual([
      'system: This conversation is longer than shown: its beginning is left out.',
      'user: Turn 3',
      'user: Turn 4',
      'user: Turn 5',
    ]);
  });

  it('stays within its bounds, and makes only items that OpenAI takes', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('caller' as const),
        id: fc.nat(9),
        text: fc.option(fc.string({ maxLength: 60 })),
      }),
      fc.record({ do: fc.constant('agent' as const), id: fc.nat(9), text: fc.string({ maxLength: 60 }) }),
      fc.record({
        do: fc.constant('heard' as const),
        id: fc.nat(9),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      fc.record({
        do: fc.constant('call' as const),
        id: fc.string({ minLength: 1, maxLength: 50 }),
        text: fc.string(),
      }),
      fc.record({
        do: fc.constant('answer' as const),
        id: fc.string({ minLength: 1, maxLength: 50 }),
        text: fc.string(),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(12), fc.nat(200), (steps, entries, letters) => {
        const history = log(entries, letters);
        for (const at of steps) {
          if (at.do === 'caller') history.callerTurn(`u${at.id}`, at.text);
          else if (at.do === 'agent') {
            history.agentTurn(`a${at.id}`);
            history.agentWords(`a${at.id}`, at.text);
          } else if (at.do === 'heard') history.heard(`a${at.id}`, at.share);
          else if (at.do === 'call') history.functionCalled(at.id, 'lookup', at.text);
          else history.functionAnswered(at.id, at.text);
        }
        const items = history.restore();
        expect(items.length).toBeLessThanOrEqual(2 * entries + 1);
        expect(items.flatMap((item) => breachOfSchema(createItem(item)) ?? [])).toEqual([]);
        expect(new Set(items.map((item) => item.id)).size).toBe(items.length);
      }),
    );
  });
});

describe('firstWords', () => {
  it('ends between two words', () => {
    expect(firstWords('one two three', 1)).toBe('one two three');
    expect(firstWords('one two three', 0.99)).toBe('one two');
    expect(firstWords('one two three', 0.6)).toBe('one two');
    expect(firstWords('one two three', 0.5)).toBe('one');
    expect(firstWords('one two three', 0)).toBe('');
    expect(firstWords('one', 0.9)).toBe('');
  });

  it('is always a beginning of the text that ends with a whole word', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0, max: 1, noNaN: true }), (text, share) => {
        const words = firstWords(text, share);
        expect(text.startsWith(words)).toBe(true);
        if (share < 1) expect(words.length).toBeLessThanOrEqual(text.length * share);
        if (words !== '' && words !== text) expect(text.charAt(words.length)).toMatch(/\s/);
      }),
    );
  });
});
