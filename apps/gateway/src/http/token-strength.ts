/** 24 random hexadecimal digits are 96 bits, which nobody guesses however fast he asks. */
const LEAST_LETTERS = 24;
/** A text of chance has more; `passwordpasswordpassword` has not. */
const LEAST_DIFFERENT = 8;

/** Why somebody might guess this token; null: nobody will. */
export function weaknessOf(token: string): string | null {
  const letters = [...token];
  if (letters.length < LEAST_LETTERS) return `it has fewer than ${LEAST_LETTERS} characters`;
  if (new Set(letters).size < LEAST_DIFFERENT)
    return `it has fewer than ${LEAST_DIFFERENT} different characters`;
  return null;
}
