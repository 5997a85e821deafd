import { Button, NativeSelect, Skeleton, TextInput } from '@mantine/core';
import { useCallback, useDeferredValue, useMemo, useRef, useState } from 'react';
import { callList } from '../app.js';
import { EndedRow, LiveRow } from '../parts/call-rows.js';
import { CallTable, moveBetweenRows } from '../parts/call-table.js';
import { SearchIcon } from '../parts/icons.js';
import { useKey } from '../parts/keys-help.js';
import { Notice } from '../parts/notice.js';
import { type CallFilter, NO_FILTER, platformsOf, sorted } from '../store/call-filter.js';
import type { CallTable as AllCalls } from '../store/call-list.js';
import { platformWord } from '../store/words.js';
import { useCell } from '../use-cell.js';

export function CallsPage() {
  const calls = useCell(callList.calls);
  if (calls === null) return <LoadingCalls />;
  return calls.size === 0 ? <NoCalls /> : <Calls calls={calls} />;
}

function Calls({ calls }: { calls: AllCalls }) {
  const [filter, setFilter] = useState<CallFilter>(NO_FILTER);
  const looked = useDeferredValue(filter);
  const { live, ended } = useMemo(() => sorted(calls, looked), [calls, looked]);
  const isFiltered = filter.text !== '' || filter.platform !== null || filter.quality !== null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between the links inside.
    <div className="calls" onKeyDown={moveBetweenRows}>
      <div className="page-head">
        <h1>Calls</h1>
        <Filters calls={calls} filter={filter} onChange={setFilter} />
      </div>
      {live.length + ended.length === 0 ? (
        <Notice title="No call matches" icon="calls">
          <Button variant="default" onClick={() => setFilter(NO_FILTER)}>
            Show all calls
          </Button>
        </Notice>
      ) : (
        <>
          <section aria-labelledby="live-head">
            <h2 id="live-head">
              Running <span className="count">{live.length}</span>
            </h2>
            {live.length === 0 ? (
              <p className="none">{isFiltered ? 'None that matches.' : 'No call is running now.'}</p>
            ) : (
              <CallTable kind="live" columns={['State', 'Level']}>
                {live.map((call) => (
                  <LiveRow key={call.callId} call={call} />
                ))}
              </CallTable>
            )}
          </section>
          {ended.length > 0 && (
            <section aria-labelledby="ended-head">
              <h2 id="ended-head">
                Ended <span className="count">{ended.length}</span>
              </h2>
              <CallTable kind="ended" columns={['How it ended', 'Began']}>
                {ended.map((call) => (
                  <EndedRow key={call.callId} call={call} />
                ))}
              </CallTable>
              <p className="none">
                The newest calls since the gateway started. All that are kept are in the{' '}
                <a href="#/history">history</a>.
              </p>
            </section>
          )}
        </>
      )}
    </div>
  );
}

function Filters({
  calls,
  filter,
  onChange,
}: {
  calls: AllCalls;
  filter: CallFilter;
  onChange: (filter: CallFilter) => void;
}) {
  const search = useRef<HTMLInputElement>(null);
  const focusSearch = useCallback(() => search.current?.focus(), []);
  useKey('/', focusSearch);
  const platforms = platformsOf(calls);
  return (
    <search className="filters">
      <TextInput
        ref={search}
        size="sm"
        type="search"
        aria-label="Search calls"
        placeholder="Number, name, id"
        leftSection={<SearchIcon size={16} />}
        value={filter.text}
        onChange={(event) => onChange({ ...filter, text: event.currentTarget.value })}
      />
      <NativeSelect
        size="sm"
        aria-label="Platform"
        value={filter.platform ?? ''}
        onChange={(event) => onChange({ ...filter, platform: event.currentTarget.value || null })}
        data={[
          { value: '', label: 'All platforms' },
          ...platforms.map((value) => ({ value, label: platformWord(value) })),
        ]}
      />
      <NativeSelect
        size="sm"
        aria-label="Quality"
        value={filter.quality ?? ''}
        onChange={(event) =>
          onChange({ ...filter, quality: (event.currentTarget.value || null) as CallFilter['quality'] })
        }
        data={[
          { value: '', label: 'Any quality' },
          { value: 'poor', label: 'Poor' },
          { value: 'fair', label: 'Fair' },
          { value: 'good', label: 'Good' },
        ]}
      />
    </search>
  );
}

function NoCalls() {
  return (
    <Notice title="No calls yet" icon="phone">
      <p>A call shows up here as soon as it rings.</p>
      <div className="row">
        <Button component="a" href="#/try">
          Talk to the agent here
        </Button>
        <Button component="a" href="#/setup" variant="default">
          Connect a phone number
        </Button>
        <Button component="a" href="#/history" variant="default">
          Earlier calls
        </Button>
      </div>
    </Notice>
  );
}

function LoadingCalls() {
  return (
    <div className="calls" aria-busy="true">
      <div className="page-head">
        <h1>Calls</h1>
      </div>
      <output className="sr-only">Loading calls</output>
      {[1, 2, 3, 4].map((row) => (
        <Skeleton key={row} height={42} mb={6} />
      ))}
    </div>
  );
}
