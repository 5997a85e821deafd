const CANONICAL = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Standard alphabet, padded, nothing else in it. Such text can be pasted between the quotes of a JSON string without
 * escaping, which is how sound travels through the gateway untouched.
 */
export function isBase64(text: string): boolean {
  return CANONICAL.test(text);
}
