/** Longest answer that the model is given, in characters; about two thousand tokens. */
export const LONGEST_ANSWER = 8000;

/** Cuts between characters, never inside of one, and says so. */
export function boundedAnswer(text: string, longest = LONGEST_ANSWER): string {
  if (text.length <= longest) return text;
  const code = text.charCodeAt(longest - 1);
  const end = code >= 0xd800 && code < 0xdc00 ? longest - 1 : longest;
  return `${text.slice(0, end)}\n[Cut here: the answer has ${text.length} characters.]`;
}
