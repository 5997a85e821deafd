import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { REDACTIONS, type Redaction } from '#libs/contracts';
import { redact } from './index.js';

const ALL = [...REDACTIONS];

describe('redaction', () => {
  it('does nothing without a rule', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => expect(redact(text, [])).toBe(text)));
  });

  it('leaves what it has redacted as it is', () => {
    const words = fc.constantFrom(
      'four',
      'oh',
      'double',
      'null',
      'zwanzig',
      ' ',
      ', ',
      '4',
      '12',
      '@',
      '.',
      'a',
      '#',
      'at',
      'dot',
      '-',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), fc.subarray(ALL), (pieces, rules) => {
        const once = redact(pieces.join(' '), rules);
        expect(redact(once, rules)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes time in proportion to the text, whatever it holds', () => {
    for (const piece of [
      'a',
      '1',
      ' ',
      'a.',
      'a@',
      'one ',
      'oh ',
      'a dot ',
      '1 - ',
      '#',
      '+(',
      "a'-",
      'zweiund',
      'a at b ',
      'a at b.',
      'a (at) ',
      'a.b at c.d dot ',
      "1'",
    ])
      for (const rule of REDACTIONS) {
        // The processor's time, which other programs do not lengthen. One that looks back grows to minutes.
        const before = process.cpuUsage();
        redact(piece.repeat(100_000 / piece.length), [rule]);
        expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
      }
  });

  it.each([
    'One of the two is fine, but not the three of us.',
    'Eins von den zwei, oder drei?',
    'Oh oh, one moment please.',
    'Oh. No one told me. Oh!',
    'We meet at two thirty five, or at nine.',
    'It was in nineteen eighty five or twenty twenty five.',
    'From nine to five, five days a week, 24/7.',
    'Ich nehme zwei, und meine Frau nimmt drei.',
    'Um acht Uhr dreißig, zu zweit.',
    'I have 20 two-year-olds and 3 dogs at 10:30.',
    'Look at the dot on the map at noon.',
    'He worked at the dot com, and looked at Anna dot by dot.',
    'Version 2 of 3, room 12, at 5 %.',
    'A B C, D.',
    'Achtung, die Einsicht kam um eins.',
    'Ein Euro fünfzig, bitte.',
    "It's one o'clock, two o'clock at most.",
  ])('leaves an ordinary sentence alone: %s', (sentence) => {
    expect(redact(sentence, ALL)).toBe(sentence);
  });
});

describe('numbers', () => {
  const rules: Redaction[] = ['numbers'];

  it.each([
    ['Call +49 (30) 1234-567, please.', 'Call [number], please.'],
    ['My card is 4111 1111 1111 1111.', 'My card is [number].'],
    ['It is 4, 2, 4, 2, right?', 'It is [number], right?'],
    ['Code 0042!', 'Code [number]!'],
    ['DE89 3704 0044 0532 0130 00', 'DE[number]'],
    ['٤٢٤٢ and 12', '[number] and 12'],
    ["1'234'567.00 francs", '[number] francs'],
    ['4\u200b2\u200b4\u200b2', '[number]'],
    ['4\u22122\u22124\u22122', '[number]'],
    ['ada42@example.com', 'ada42@example.com'],
  ])('%s → %s', (text, expected) => {
    expect(redact(text, rules)).toBe(expected);
  });

  it('of four digits or more never pass, however they are grouped', () => {
    const between = fc.constantFrom('', ' ', '-', '.', ' - ', '/', ') ', ', ', '\u00a0', '–');
    const digit = fc.tuple(fc.integer({ min: 0, max: 9 }), between);
    fc.assert(
      fc.property(fc.array(digit, { minLength: 4, maxLength: 30 }), (digits) => {
        const number = digits.map(([one, gap]) => `${one}${gap}`).join('');
        expect(redact(`my number is ${number} thanks`, rules)).not.toMatch(/\d/);
      }),
    );
  });
});

describe('e-mail addresses', () => {
  it.each([
    ['Write to ada.lovelace+x@mail.example.co.uk now.', 'Write to [email] now.'],
    ['It is ada dot lovelace at example dot com.', 'It is [email].'],
    ['Also ada punkt l ät beispiel minus firma punkt de bitte', 'Also [email] bitte'],
    ['ada @ example . com', '[email]'],
    ['jörg@müller.de', '[email]'],
    ['It is ada at example.com, thanks.', 'It is [email], thanks.'],
    ['ada.l-m at mail.example.co.uk', '[email]'],
    ['ada dot l at example.com', '[email]'],
    ['ada (at) example [dot] com', '[email]'],
    ['ada＠example.com', '[email]'],
  ])('%s → %s', (text, expected) => {
    expect(redact(text, ['emails'])).toBe(expected);
  });

  it('never pass as they are written', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (address) => {
        const [, host] = address.split('@');
        expect(redact(`I am ${address}`, ['emails'])).not.toContain(`@${host}`);
      }),
    );
  });
});

describe('spoken digits', () => {
  const rules: Redaction[] = ['spoken-digits'];

  it.each([
    ['My pin is four two oh seven, thanks.', 'My pin is [number], thanks.'],
    ['It ends in double five one.', 'It ends in [number].'],
    ['Agent double oh seven', 'Agent [number]'],
    ['triple nine', '[number]'],
    ['Die Nummer ist null eins sieben, äh, zwo drei.', 'Die Nummer ist [number].'],
    ['Acht. Acht. Fünf.', '[number].'],
    ['Four-two-four-two', '[number]'],
    ['zweimal die fünf und', '[number] und'.replace('[number]', 'zweimal die fünf')],
    ['zweimal die fünf eins', '[number]'],
    ['siebzehn dreiundzwanzig achtundvierzig', '[number]'],
    ['forty two seventeen nine', '[number]'],
    ['plus 49 one five one', 'plus [number]'],
    ['4 two 7', '[number]'],
    ['four two, no, nine', 'four two, no, nine'],
    ['four hundred twenty two, five hundred six', '[number]'],
    ['four and two and seven and nine', '[number]'],
    ['vierhundertzweiundzwanzig, dann fünfhundertsechs', '[number]'],
    ['two hundred and fifty people', 'two hundred and fifty people'],
    ['vierhundert Gäste und zwei Kinder', 'vierhundert Gäste und zwei Kinder'],
  ])('%s → %s', (text, expected) => {
    expect(redact(text, rules)).toBe(expected);
  });

  const english = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
  const german = ['null', 'eins', 'zwei', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht', 'neun'];

  it.each([
    ['English', english],
    ['German', german],
  ])('in %s never pass where three or more follow each other', (_, names) => {
    const spoken = fc.record({
      digit: fc.integer({ min: 0, max: 9 }),
      gap: fc.constantFrom(' ', ', ', '. ', '-', ' uh ', ' … ', '; '),
      big: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(spoken, { minLength: 3, maxLength: 20 }), (digits) => {
        const text = digits
          .map(({ digit, gap, big }) => {
            const name = names[digit]!;
            return `${big ? name[0]!.toUpperCase() + name.slice(1) : name}${gap}`;
          })
          .join('');
        const left = redact(`well ${text}thanks`, rules).toLowerCase();
        for (const name of names) expect(left).not.toContain(name);
      }),
    );
  });
});

describe('JSON, as tools take and give it', () => {
  it.each([
    ['{"digits":["4","1","1","1","2","2"]}', '{"digits":["[key]"]}'],
    ['{"digits":[4,1,1,1]}', '{"digits":["[key]"]}'],
    ['{"digits": 4711, "key":"5"}', '{"digits": "[key]", "key":"[key]"}'],
    ['{"code":["4","2","7","9"]}', '{"code":["[key]"]}'],
    ['{"phone":4930123456,"n":12}', '{"phone":"[number]","n":12}'],
    ['{ "a": ["Ada", "four", "two", "seven", "bye"] }', '{ "a": ["Ada","[number]","bye"] }'],
    ['[["ada","at","example.com"],["x"]]', '[["[email]"],["x"]]'],
    [
      '{"card":["4111","1111","111"],"big":12345678901234567890,"e":1e2}',
      '{"card":["[number]"],"big":"[number]","e":1e2}',
    ],
    ['{"4111111111111111":true}', '{"[number]":true}'],
    ['{"raw":"{\\"pin\\":[\\"4\\",\\"2\\",\\"7\\",\\"9\\"]}"}', '{"raw":"{\\"pin\\":[\\"[key]\\"]}"}'],
    ['{"pin":"\\u0034\\u0032\\u0037\\u0039"}', '{"pin":"[number]"}'],
  ])('%s → %s', (text, expected) => {
    expect(redact(text, ALL)).toBe(expected);
    expect(redact(expected, ALL)).toBe(expected);
  });

  it.each(['{"digits":["4","1","1","1","2"', 'Got [ "4", "1", "1", "1", "2" ] from him'])(
    'also where it is broken or stands among words: %s',
    (text) => {
      expect(redact(text, ['numbers'])).not.toMatch(/\d/);
    },
  );

  it.each(['{"count":5,"room":"12","ok":[true,null,1,2]}', '["a" , 12, -3]', '{"keys":["name","id"]}', '[]'])(
    'stays letter for letter where there is nothing to take out: %s',
    (text) => {
      expect(redact(text, ALL)).toBe(text);
    },
  );

  it('stays JSON, keeps no list of digits, and is left alone when redacted again', () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 4, maxLength: 20 });
    const value = fc.tuple(fc.jsonValue({ maxDepth: 3 }), digits, fc.boolean());
    fc.assert(
      fc.property(value, fc.subarray(ALL), ([other, secret, asText], more) => {
        const list = asText ? secret.map(String) : secret;
        const once = redact(JSON.stringify({ secret: list, other }), ['numbers', ...more]);
        const parsed = JSON.parse(once) as { secret: unknown };
        expect(JSON.stringify(parsed.secret)).not.toMatch(/\d/);
        expect(redact(once, ['numbers', ...more])).toBe(once);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes time in proportion to the text, however it is nested', () => {
    const times = (piece: string) => piece.repeat(100_000 / piece.length);
    const texts = [
      `[${times('"4",')}1]`,
      `[${times('4,"a",')}1]`,
      times('[') + times(']'),
      `{"a":${times('[')}`,
      `["${times('\\\\')}"]`,
      `{"a":"${times('4 ')}"}`,
      `[${times('"')}`,
      times('{"a":'),
      `[${times('"4",')}`,
      times('4"'),
      times('4" , '),
    ];
    for (const text of texts)
      for (const rules of [...REDACTIONS.map((rule) => [rule]), ALL]) {
        const before = process.cpuUsage();
        redact(text, rules);
        expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
      }
  });
});

describe('keys', () => {
  it.each([
    ['1234#', '[key]'],
    ['5', '[key]'],
    ['1 2 3 *', '[key]'],
    ['He pressed *99# twice', 'He pressed [key] twice'],
    ['We are number 1', 'We are number 1'],
    ['C# and **bold**', 'C# and **bold**'],
    ['A', 'A'],
    ['{"digits":"1234"}', '{"digits":"[key]"}'],
    ['The caller pressed 1 2 3 4.', 'The caller pressed [key].'],
  ])('%s → %s', (text, expected) => {
    expect(redact(text, ['keys'])).toBe(expected);
  });
});
