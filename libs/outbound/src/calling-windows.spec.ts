import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { zonesOf } from './callee-number.js';
import { parseWindows } from './calling-windows.js';

const BERLIN = ['Europe/Berlin'];
const at = (text: string) => Date.parse(text);
const shown = (moment: number | null) => (moment === null ? null : new Date(moment).toISOString());
const opening = (windows: readonly string[], from: string, zones = BERLIN) =>
  shown(parseWindows(windows)!.nextOpening(at(from), zones));

describe('a calling window', () => {
  it.each([
    ['open: at once', ['mo-fr 09:00-20:00'], '2026-03-02T12:34:56.789Z', '2026-03-02T12:34:56.789Z'],
    ['before it opens', ['mo-fr 09:00-20:00'], '2026-03-02T03:00:30.000Z', '2026-03-02T08:00:00.000Z'],
    ['at its last minute', ['mo-fr 09:00-20:00'], '2026-03-02T18:59:59.999Z', '2026-03-02T18:59:59.999Z'],
    ['at its end', ['mo-fr 09:00-20:00'], '2026-03-02T19:00:00.000Z', '2026-03-03T08:00:00.000Z'],
    ['over the weekend', ['mo-fr 09:00-20:00'], '2026-03-06T19:00:00.000Z', '2026-03-09T08:00:00.000Z'],
    [
      'of several days',
      ['mo,we 09:00-10:00', 'sa 12:00-13:00'],
      '2026-03-04T09:00:00.000Z',
      '2026-03-07T11:00:00.000Z',
    ],
    ['past midnight', ['su 22:00-02:00'], '2026-03-02T00:30:00.000Z', '2026-03-02T00:30:00.000Z'],
    [
      'over the turn of the week',
      ['sa-mo 10:00-11:00'],
      '2026-03-02T10:30:00.000Z',
      '2026-03-07T09:00:00.000Z',
    ],
    [
      'when clocks go forward the night before',
      ['su 09:00-20:00'],
      '2026-03-28T22:00:00.000Z',
      '2026-03-29T07:00:00.000Z',
    ],
    [
      'when clocks go back the night before',
      ['su 09:00-20:00'],
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T08:00:00.000Z',
    ],
    [
      'in the hour that is left out',
      ['su 02:30-05:00'],
      '2026-03-28T22:00:00.000Z',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'in the hour that comes twice',
      ['su 02:30-02:45'],
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T00:30:00.000Z',
    ],
  ])('%s', (_, windows, from, opens) => {
    expect(opening(windows, from)).toBe(opens);
  });

  it('must be open in every zone of a country', () => {
    const zones = zonesOf('+12025550123');
    expect(zones.length).toBeGreaterThan(20);
    // 09:00 at the farthest, in the Aleutians and on Hawaii, is the afternoon in New York.
    expect(opening(['mo-su 09:00-20:00'], '2026-01-05T12:00:00.000Z', [...zones])).toBe(
      '2026-01-05T19:00:00.000Z',
    );
    expect(opening(['mo-su 09:00-12:00'], '2026-01-05T12:00:00.000Z', [...zones])).toBeNull();
  });

  it('is open when it says so, and was not before, whatever the zone and the season', () => {
    const windows = parseWindows(['mo-fr 09:15-12:45', 'sa 22:00-01:30', 'su 02:15-02:50'])!;
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Africa/Casablanca',
    ];
    const day = fc.integer({ min: 0, max: 730 * 1440 });
    fc.assert(
      fc.property(day, fc.constantFrom(...zones), (minutes, zone) => {
        const from = at('2026-01-01T00:00:00.000Z') + minutes * 60_000;
        const opens = windows.nextOpening(from, [zone])!;
        expect(windows.nextOpening(opens, [zone])).toBe(opens);
        // Every minute on the way is closed.
        for (let moment = from; moment < opens; moment += 60_000)
          if (windows.nextOpening(moment, [zone]) === moment) throw new Error(`open at ${shown(moment)}`);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    '',
    'mo',
    'mo-fr',
    'mo 9-20',
    'xx 09:00-20:00',
    'mo 09:00-09:00',
    'mo 24:00-02:00',
    'mo 09:60-10:00',
    'mo 09:00-24:01',
    'mo-tu-we 09:00-10:00',
  ])('is not "%s"', (text) => {
    expect(() => parseWindows([text])).toThrow(expect.objectContaining({ code: 'DIAL_BAD_WINDOW' }));
  });
});

describe('a number', () => {
  it.each([
    ['+4930123456', ['Europe/Berlin', 'Europe/Zurich']],
    ['+442079460123', ['Europe/London']],
    ['+80012345678', []],
  ])('%s tells where its owner may be', (number, zones) => {
    expect([...zonesOf(number)].sort()).toEqual(zones);
  });

  it('of a calling code that countries share may be of any of them', () => {
    expect(zonesOf('+15550100077')).toEqual(expect.arrayContaining(['America/Jamaica', 'Pacific/Honolulu']));
  });
});
