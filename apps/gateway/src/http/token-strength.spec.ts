import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { weaknessOf } from './token-strength.js';

describe('weaknessOf', () => {
  it.each([
    ['sesame', 'it has fewer than 24 characters'],
    ['😀'.repeat(23), 'it has fewer than 24 characters'],
    ['a1'.repeat(40), 'it has fewer than 8 different characters'],
    ['password'.repeat(4), 'it has fewer than 8 different characters'],
  ])('names what makes %j easy to guess', (token, why) => {
    expect(weaknessOf(token)).toBe(why);
  });

  it('has nothing against tokens of chance, as people are told to make them', () => {
    for (let i = 0; i < 100; i++) {
      expect(weaknessOf(randomBytes(16).toString('hex'))).toBeNull();
      expect(weaknessOf(randomBytes(24).toString('base64url'))).toBeNull();
    }
  });
});
