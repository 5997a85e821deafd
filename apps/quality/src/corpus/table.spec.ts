import { describe, expect, it } from '@jest/globals';
import { Tally } from './row.js';
import { missesOf, tableOf, withTable } from './table.js';

describe('the table', () => {
  const tally = new Tally();
  tally.near('one', 10.4, 10, 0.5);
  tally.near('two', 11, 10, 0.5);
  tally.near('three', null, 10, 0.5);
  const row = tally.result('SNR', '± 0.5 dB', 'worst 1 dB');

  it('tells what is required, what is achieved and how many cases missed', () => {
    expect(tableOf([row])).toContain('| SNR    | ± 0.5 dB | worst 1 dB | 3     | FAIL (2 missed) |');
    expect(tableOf([new Tally().result('DC', 'x', 'y')])).toMatch(/pass \|$/);
  });

  it('lists each miss with its case', () => {
    expect(missesOf([row])).toBe(
      'SNR:\n  two: required 10 ± 0.5, measured 11\n  three: required 10 ± 0.5, measured none',
    );
  });

  it('goes between the markers of a text', () => {
    const text = 'a\n<!-- corpus:begin -->\nold\n<!-- corpus:end -->\nb';
    expect(withTable(text, 'new')).toBe('a\n<!-- corpus:begin -->\n\nnew\n\n<!-- corpus:end -->\nb');
    expect(() => withTable('no markers', 'new')).toThrow('corpus:begin');
  });
});
