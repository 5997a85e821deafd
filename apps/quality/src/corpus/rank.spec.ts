import { describe, expect, it } from '@jest/globals';
import { rankCorrelation } from './rank.js';

describe('the rank correlation', () => {
  it('is 1 for the same order and -1 for the opposite one, whatever the distances', () => {
    expect(rankCorrelation([1, 2, 3, 4], [1, 10, 11, 400])).toBeCloseTo(1, 12);
    expect(rankCorrelation([1, 2, 3, 4], [9, 7, 3, -5])).toBeCloseTo(-1, 12);
  });

  it('is what the textbook gives', () => {
    // 1 - 6 · 194 / (10 · 99), the example of hours before the television against IQ.
    const iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
    const hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
    expect(rankCorrelation(iq, hours)).toBeCloseTo(-0.17576, 5);
  });

  it('lets equal values share their ranks', () => {
    expect(rankCorrelation([1, 2, 2, 3], [1, 2, 2, 3])).toBeCloseTo(1, 12);
    expect(rankCorrelation([1, 2, 3], [5, 5, 5])).toBeNaN();
  });
});
