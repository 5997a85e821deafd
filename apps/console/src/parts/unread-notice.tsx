import { Button } from '@mantine/core';
import { ApiError } from '../store/api.js';
import { Notice } from './notice.js';
import { problemWords } from './report.js';

/** In place of what is stored and could not be read. `title`: where it is not that the database is away. */
export function UnreadNotice({ error, title, again }: { error: unknown; title: string; again: () => void }) {
  const isAway = error instanceof ApiError && error.code === 'STORE_AWAY';
  return (
    <Notice title={isAway ? 'The stored calls are away' : title} icon="unplugged">
      <p role="alert">
        {isAway
          ? 'The gateway does not reach its database now. Calls go on, and what is to be kept of them waits until it is back.'
          : problemWords(error)}
      </p>
      <Button variant="default" onClick={again}>
        Try again
      </Button>
    </Notice>
  );
}
