import { describe, expect, it } from '@jest/globals';
import { transferTarget } from './transfer-target.js';

describe('whom a caller can be handed to', () => {
  it.each([
    ['+493023125099', '+493023125099'],
    ['tel:+493023125099', '+493023125099'],
    ['TEL:+49-30-2312.5099', '+493023125099'],
    [' +49 (30) 2312-5099 ', '+493023125099'],
    ['030 12345', '03012345'],
    ['100', '100'],
    ['*72', '*72'],
    ['sip:desk-1@people.example.com?a=(1)&b=2', 'sip:desk-1@people.example.com?a=(1)&b=2'],
    ['sips:+49-30-1@sbc.example.com', 'sips:+49-30-1@sbc.example.com'],
  ])('%s is %s', (written, read) => expect(transferTarget(written)).toBe(read));

  it.each([
    '',
    'tel:',
    '+',
    '+1 555',
    '+0301234567',
    'Bob',
    'desk@example.com',
    '<Hangup/>',
    'sip:a b@c',
    '+49 30 x5',
  ])('not "%s"', (written) => expect(transferTarget(written)).toBeNull());
});
