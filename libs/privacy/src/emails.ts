/** Parts are bounded as RFC 5321 bounds them, which also bounds the search. */
const LOCAL = "[\\p{L}\\p{M}\\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}";
const PART = '[\\p{L}\\p{N}-]{1,63}';
/** Blanks around the signs are a recogniser's: "ada @ example . com". */
const WRITTEN = new RegExp(
  `${LOCAL}(?:[@＠]${PART}(?:\\.${PART}){0,8}|\\s?[@＠]\\s?${PART}(?:\\s?\\.\\s?${PART}){1,4})`,
  'gu',
);

/**
 * As a recogniser writes what was spelt: "ada dot l at example dot com", "ada at example.com", "ada punkt l ät beispiel punkt de"; and as
 * people write what programs shall not read: "ada (at) example.com". Only with the ends of addresses that people spell, since "at" and
 * "dot" are ordinary words. What stands before "at" is cut even where it is no name: "look at example.com".
 */
const ENDS =
  'com|net|org|edu|gov|info|biz|eu|de|at|ch|li|uk|ie|fr|es|it|nl|be|lu|dk|se|no|fi|pl|cz|pt|gr|ro|hu|us|ca|au|nz|in|za|io|ai|app|dev|me|tv|online|cloud';
const WORD = '[\\p{L}\\p{N}_+]{1,64}';
const JOIN = '\\s+(?:dot|punkt|dash|hyphen|minus|bindestrich|underscore|unterstrich)\\s+';
const AT = '(?:\\s+(?:at|ät|klammeraffe)\\s+|\\s?[(\\[](?:at|ät)[)\\]]\\s?)';
const DOT = '(?:\\s+(?:dot|punkt)\\s+|\\s?[(\\[](?:dot|punkt)[)\\]]\\s?|\\.)';
const NO_HOST = '(?!(?:the|a|an|this|that|our|your|my|his|her|their|der|die|das|dem)\\s)';
const SPOKEN = new RegExp(
  `(?<![\\p{L}\\p{N}])${WORD}(?:(?:${JOIN}|[.-])${WORD}){0,4}${AT}${NO_HOST}${PART}(?:(?:${JOIN}|\\.)${PART}){0,3}${DOT}(?:co${DOT})?(?:${ENDS})(?![\\p{L}\\p{N}])`,
  'giu',
);

export function cutEmails(text: string): string {
  return text.replace(WRITTEN, '[email]').replace(SPOKEN, '[email]');
}
