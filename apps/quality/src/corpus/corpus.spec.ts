import { describe, expect, it } from '@jest/globals';
import { Bench } from './bench.js';
import { ROWS } from './corpus.js';

/** The same rows as `npm run quality:corpus` prints; a miss is listed with its case. */
describe('the quality monitor on the labelled corpus', () => {
  it.each(Object.keys(ROWS))(
    '%s',
    (name) => {
      expect(ROWS[name]!(new Bench()).misses).toEqual([]);
      // Minutes of sound are made and measured, on processors that others use too.
    },
    180_000,
  );
});
