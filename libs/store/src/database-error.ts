import { GatewayError } from '#libs/contracts';
import { storeErrors } from './errors.js';

/** Postgres numbers its answers with five characters; everything else came from the line to it. */
const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Postgres' classes for values that can never be stored, for rules that they break, and for what is too large (for an index). */
const REFUSED_BY_POSTGRES = /^(22|23|54)/;
const REFUSED_BY_SQLITE = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/;
/** The question itself was wrong: trying it again is of no use. */
const WRONG_QUESTION = /^(42|SQLITE_ERROR$)/;

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

export function isAnswerOfPostgres(error: unknown): boolean {
  const code = codeOf(error);
  return SQLSTATE.test(code) && !code.startsWith('57P') && !code.startsWith('08');
}

/** This very row cannot be stored, now or later. Anything else may be better after a while. */
export function isRefusal(error: unknown): boolean {
  const code = codeOf(error);
  return REFUSED_BY_POSTGRES.test(code) || REFUSED_BY_SQLITE.test(code);
}

/** For what crosses a port: STORE_AWAY where it may work later. A GatewayError is passed through as it is. */
export function asStoreError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return isRefusal(error) || WRONG_QUESTION.test(codeOf(error))
    ? storeErrors.failed(error)
    : storeErrors.away(error);
}
