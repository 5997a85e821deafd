import { Button, Skeleton } from '@mantine/core';
import { useEffect } from 'react';
import { history } from '../app.js';
import { CallTable, moveBetweenRows } from '../parts/call-table.js';
import { HistoryFilters } from '../parts/history-filters.js';
import { HistoryRow } from '../parts/history-row.js';
import { Notice } from '../parts/notice.js';
import { useReconnected } from '../parts/reconnected.js';
import { problemWords } from '../parts/report.js';
import { UnreadNotice } from '../parts/unread-notice.js';
import type { ApiError } from '../store/api.js';
import { ANY_CALL, isAnyCall } from '../store/history-filter.js';
import { useCell } from '../use-cell.js';
import './history-page.css';

const lookAgain = () => history.look();

/** Every call that is kept, also from before the gateway was started. */
export default function HistoryPage() {
  const { filter, calls, looking, nextCursor, error } = useCell(history.state);
  // What was there before is shown until the gateway has answered.
  useEffect(() => history.look(), []);
  useReconnected(error === null ? null : lookAgain);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between the links inside.
    <div className="calls" onKeyDown={moveBetweenRows}>
      <div className="page-head">
        <h1>History</h1>
        <HistoryFilters filter={filter} />
      </div>
      <div
        className={looking === 'first-page' && calls !== null ? 'looking' : undefined}
        aria-busy={looking !== null}
      >
        {error !== null && looking === null && <Refused error={error} hasCalls={calls !== null} />}
        {calls === null ? (
          error === null && <Rows />
        ) : calls.length === 0 ? (
          error === null && <Nothing isAny={isAnyCall(filter)} />
        ) : (
          <CallTable kind="ended" columns={['How it ended', 'Began']}>
            {calls.map((call) => (
              <HistoryRow key={call.callId} call={call} />
            ))}
          </CallTable>
        )}
      </div>
      <output className="sr-only">{saidAloud(calls?.length ?? null, looking !== null)}</output>
      {calls !== null && calls.length > 0 && (
        <p className="history-end none">
          {nextCursor === null ? (
            'These are all.'
          ) : (
            <Button variant="default" loading={looking === 'more'} onClick={() => history.more()}>
              Load more
            </Button>
          )}
        </p>
      )}
    </div>
  );
}

function saidAloud(count: number | null, isLooking: boolean): string {
  if (count === null || isLooking) return 'Looking for calls';
  return count === 1 ? '1 call' : `${count} calls`;
}

function Rows() {
  return [1, 2, 3, 4, 5].map((row) => <Skeleton key={row} height={42} mb={6} />);
}

function Nothing({ isAny }: { isAny: boolean }) {
  return isAny ? (
    <Notice title="No calls are kept yet" icon="calls">
      <p>A call is kept from its first second on, with what is said in it.</p>
    </Notice>
  ) : (
    <Notice title="No stored call matches" icon="calls">
      <p>Words are looked for in what was said; a number has to be whole, with its country code.</p>
      <Button variant="default" onClick={() => history.lookFor(ANY_CALL)}>
        Show all calls
      </Button>
    </Notice>
  );
}

/** With calls on the page it is a line above them. */
function Refused({ error, hasCalls }: { error: ApiError; hasCalls: boolean }) {
  const again = () => history.look();
  if (!hasCalls) return <UnreadNotice error={error} title="The history could not be read" again={again} />;
  return (
    <p className="told problem history-problem" role="alert">
      {problemWords(error)}{' '}
      <Button variant="default" size="compact-sm" onClick={again}>
        Try again
      </Button>
    </p>
  );
}
