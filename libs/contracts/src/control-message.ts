/** A control message of a socket that Nest handles: `{"event": name, "data": {…}, "id": …}`. */
export interface ControlMessage {
  readonly event: string;
  /** The sender's `id` lies in it as `id`, so that whoever handles the event can answer with it. */
  readonly data: Readonly<Record<string, unknown>>;
}

const LONGEST_ID = 64;

/** Null: sound, no JSON, or not of this shape. Never throws. `id` may be a short text, or a number that comes back as it was sent; `data` may be left out. */
export function parseControlMessage(text: unknown): ControlMessage | null {
  if (typeof text !== 'string') return null;
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(message)) return null;
  const { event, data = {}, id } = message;
  if (typeof event !== 'string' || !isRecord(data)) return null;
  if (id === undefined) return { event, data: { ...data, id: undefined } };
  const isShort = typeof id === 'string' && id.length <= LONGEST_ID;
  // Beyond these, what JSON.stringify makes of a number is another one, or null.
  const isExact = typeof id === 'number' && Math.abs(id) <= Number.MAX_SAFE_INTEGER;
  return isShort || isExact ? { event, data: { ...data, id } } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
