/** Digits in words, as recognisers write English and German. */
const DIGITS = new Set(
  (
    'zero nought one two three four five six seven eight nine niner ' +
    'null eins zwei zwo drei vier fünf fuenf sechs sieben acht neun'
  ).split(' '),
);
/** Stands for zero, and for surprise. */
const OH = new Set(['oh', 'o']);
const TENS = new Set(
  (
    'ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen ' +
    'twenty thirty forty fourty fifty sixty seventy eighty ninety ' +
    'zehn elf zwölf zwoelf dreizehn vierzehn fünfzehn fuenfzehn sechzehn siebzehn achtzehn neunzehn ' +
    'zwanzig dreißig dreissig vierzig fünfzig fuenfzig sechzig siebzig achtzig neunzig'
  ).split(' '),
);
/** "dreiundzwanzig" is two words in one, as "twenty three" is two. */
const COMPOUND =
  /^(?:ein|zwei|zwo|drei|vier|fünf|fuenf|sechs|sieben|acht|neun)und(?:zwanzig|drei(?:ß|ss)ig|vierzig|fünfzig|fuenfzig|sechzig|siebzig|achtzig|neunzig)$/;
/** "vierhundertzweiundzwanzig" is one word; "four hundred twenty two" is four, of which "hundred" says nothing. */
const HUNDREDS =
  /^(?:ein|eins|zwei|zwo|drei|vier|fünf|fuenf|sechs|sieben|acht|neun)hundert(?:und)?(?<rest>\p{L}{0,20})$/u;
const TIMES = new Map([
  ['double', 2],
  ['triple', 3],
  ['treble', 3],
  ['doppel', 2],
  ['doppelte', 2],
  ['doppelt', 2],
  ['zweimal', 2],
  ['dreimal', 3],
]);
/** May stand between two digits without ending the sequence. */
const FILLERS = new Set([
  'uh',
  'um',
  'er',
  'erm',
  'äh',
  'ähm',
  'hm',
  'die',
  'and',
  'then',
  'und',
  'dann',
  'hundred',
  'hundert',
]);

const WORD = /[\p{L}\p{M}'’]+|\p{Nd}+/gu;
const BETWEEN = /^[\s,.;:/\-\u2010-\u2015…]{1,6}$/;

/** A word of a sequence, by its place in the text. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly kind: 'digit' | 'oh' | 'tens' | 'numeral' | 'times' | 'filler';
  /** How many digits it stands for. */
  readonly digits: number;
}

/**
 * Cuts three digits in words, or more, that follow each other: "four two oh", "double five one", "acht, zwo, eins". Where tens are among
 * them ("forty two seventeen nine") it takes four, since times and years are spoken that way too: "two thirty five", "twenty twenty five".
 */
export function cutSpokenDigits(text: string): string {
  let out = '';
  let copied = 0;
  let sequence: Piece[] = [];
  const end = () => {
    const last = sequence.findLastIndex(({ kind }) => kind !== 'filler' && kind !== 'times');
    const whole = sequence.slice(0, last + 1);
    if (isNumber(whole)) {
      out += `${text.slice(copied, whole[0]!.start)}[number]`;
      copied = whole.at(-1)!.end;
    }
    sequence = [];
  };
  for (const match of text.matchAll(WORD)) {
    const piece = pieceOf(match[0], match.index);
    const before = sequence.at(-1);
    if (before !== undefined && !joined(text, before, match.index)) end();
    if (piece === null) end();
    else if (piece.kind !== 'filler' || sequence.length > 0) sequence.push(piece);
  }
  end();
  return out + text.slice(copied);
}

function joined(text: string, before: Piece, start: number): boolean {
  return BETWEEN.test(text.slice(before.end, Math.min(start, before.end + 7)));
}

function pieceOf(word: string, start: number): Piece | null {
  const lower = word.toLowerCase();
  const piece = (kind: Piece['kind'], digits: number): Piece => ({
    start,
    end: start + word.length,
    kind,
    digits,
  });
  if (/^\p{Nd}/u.test(word)) return word.length === 1 ? piece('digit', 1) : piece('numeral', word.length);
  if (DIGITS.has(lower)) return piece('digit', 1);
  if (OH.has(lower)) return piece('oh', 1);
  if (TENS.has(lower)) return piece('tens', 1);
  if (COMPOUND.test(lower)) return piece('tens', 2);
  const rest = HUNDREDS.exec(lower)?.groups?.rest;
  if (rest !== undefined && (rest === '' || DIGITS.has(rest) || TENS.has(rest) || COMPOUND.test(rest)))
    return piece('tens', rest === '' ? 1 : COMPOUND.test(rest) ? 3 : 2);
  if (TIMES.has(lower)) return piece('times', TIMES.get(lower)! - 1);
  return FILLERS.has(lower) ? piece('filler', 0) : null;
}

function isNumber(sequence: readonly Piece[]): boolean {
  const count = (...kinds: Piece['kind'][]) => sequence.filter(({ kind }) => kinds.includes(kind)).length;
  const digits = sequence.reduce((sum, piece) => sum + piece.digits, 0);
  if (count('tens', 'numeral') > 0) return digits >= 4 && count('digit', 'oh', 'tens') >= 2;
  // "Oh" alone is surprise; "double oh" is not.
  return digits >= 3 && count('digit') + 2 * count('times') >= 2;
}
