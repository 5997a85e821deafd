const CHUNK_CHARS = 65536;
const scratch = Buffer.allocUnsafeSlow((CHUNK_CHARS / 4) * 3);

/** Length in bytes of what canonical base64 (padded, no line breaks) decodes to. */
export function base64ByteLength(base64: string): number {
  const length = base64.length;
  if (length === 0) return 0;
  const padding = base64.charCodeAt(length - 1) !== 61 ? 0 : base64.charCodeAt(length - 2) === 61 ? 2 : 1;
  return (length >> 2) * 3 - padding;
}

/**
 * Standard alphabet, padded, nothing else in it. Such text can be pasted between the quotes of a JSON string without
 * escaping, which is how sound travels through the gateway untouched.
 */
export function isBase64(text: string): boolean {
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return false;
  // Node's decoder passes over every character that does not belong, so text is good when it decodes to its full length.
  // That takes a twentieth of the time of a regular expression.
  if (text.length <= CHUNK_CHARS) return decodesFully(text);
  for (let at = 0; at < text.length; at += CHUNK_CHARS) {
    const chunk = text.slice(at, at + CHUNK_CHARS);
    const isLast = at + CHUNK_CHARS >= text.length;
    if (!decodesFully(chunk) || (!isLast && chunk.endsWith('='))) return false;
  }
  return true;
}

function decodesFully(text: string): boolean {
  // The decoder looks at the lower half of each character only, so characters beyond ASCII need a look of their own.
  return (
    scratch.write(text, 0, 'base64') === base64ByteLength(text) && Buffer.byteLength(text) === text.length
  );
}
