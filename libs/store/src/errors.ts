import { GatewayError } from '#libs/contracts';

/** What can go wrong with what is kept, once and by name. */
export const storeErrors = {
  away: (cause: unknown) =>
    new GatewayError('STORE_AWAY', 'The database does not answer.', {
      advice: 'Calls go on and what is to be kept waits on disk. Look at the database and at DATABASE_URL.',
      retryable: true,
      cause,
    }),
  failed: (cause: unknown) =>
    new GatewayError('STORE_FAILED', 'The database refused what it was asked.', { cause }),
  noFile: (file: string, cause: unknown) =>
    new GatewayError('STORE_NO_FILE', `The embedded database ${file} cannot be opened.`, {
      advice: 'DATA_DIR must be a folder that this process may write to, and no other gateway may use it.',
      cause,
    }),
  noSpool: (cause: unknown) =>
    new GatewayError('STORE_NO_SPOOL', 'What the database has not taken cannot be put on disk.', {
      advice: 'Look at the room and the permissions in DATA_DIR.',
      retryable: true,
      cause,
    }),
  tooManyKeys: (most: number) =>
    new GatewayError('STORE_TOO_MANY_KEYS', `There are ${most} API keys already.`, {
      advice: 'Revoke those that nobody uses.',
    }),
  badCursor: () =>
    new GatewayError('STORE_BAD_CURSOR', 'The cursor is not one that a page gave.', {
      advice: 'Begin again without a cursor.',
    }),
};
