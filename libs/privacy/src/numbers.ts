/**
 * Four digits or more, of any script, and what people write between them: telephone, card and account numbers, codes, dates. With what
 * parts the texts of a list, too: JSON that is none, as models write it, is text like any other.
 */
const NUMBER =
  /[+(]{0,2}\p{Nd}(?:(?:[\s.,/()_'’\-\u00b7\u2010-\u2015\u2212\p{Cf}]{0,3}|"\s{0,2},\s{0,2}")\p{Nd}){3,}/gu;

export function cutNumbers(text: string): string {
  return text.replace(NUMBER, '[number]');
}
