import { storeErrors } from './errors.js';

/** Where a page ended: the list goes on behind this call. */
export interface CallCursor {
  readonly startedAt: number;
  readonly callId: string;
}

/** Without NUL, which Postgres takes in no text. */
const FORM = /^(\d{1,15})\.([^\0]{1,200})$/;

export function cursorText({ startedAt, callId }: CallCursor): string {
  return Buffer.from(`${startedAt}.${callId}`).toString('base64url');
}

/** Throws STORE_BAD_CURSOR. */
export function cursorOf(text: string): CallCursor {
  const found = text.length > 400 ? null : FORM.exec(Buffer.from(text, 'base64url').toString());
  if (found === null) throw storeErrors.badCursor();
  return { startedAt: Number(found[1]), callId: found[2]! };
}
