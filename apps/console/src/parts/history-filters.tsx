import { NativeSelect, TextInput } from '@mantine/core';
import { useCallback, useId, useRef } from 'react';
import { history } from '../app.js';
import type { HistoryFilter } from '../store/history-filter.js';
import { END_WORDS } from '../store/record-words.js';
import { PLATFORMS, platformWord } from '../store/words.js';
import { SearchIcon } from './icons.js';
import { useKey } from './keys-help.js';

const DIRECTIONS = [
  { value: '', label: 'Both directions' },
  { value: 'inbound', label: 'Inbound' },
  { value: 'outbound', label: 'Outbound' },
];

const REASONS = [
  { value: '', label: 'Any ending' },
  ...Object.entries(END_WORDS).map(([value, label]) => ({ value, label })),
];

export function HistoryFilters({ filter }: { filter: HistoryFilter }) {
  const search = useRef<HTMLInputElement>(null);
  const focusSearch = useCallback(() => search.current?.focus(), []);
  useKey('/', focusSearch);
  const agents = useId();
  const change = (change: Partial<HistoryFilter>, soon = false) =>
    history.lookFor({ ...filter, ...change }, { soon });
  const platforms = [...new Set([...Object.keys(PLATFORMS), ...history.platforms])];
  return (
    <search className="filters history-filters">
      <TextInput
        ref={search}
        size="sm"
        type="search"
        aria-label="Words that were said"
        placeholder="Words that were said"
        maxLength={200}
        leftSection={<SearchIcon size={16} />}
        value={filter.text}
        onChange={(event) => change({ text: event.currentTarget.value }, true)}
      />
      <TextInput
        size="sm"
        type="search"
        inputMode="tel"
        aria-label="Number of the caller or callee"
        placeholder="+1 555 010 0001"
        maxLength={250}
        value={filter.party}
        onChange={(event) => change({ party: event.currentTarget.value }, true)}
      />
      <TextInput
        size="sm"
        type="date"
        aria-label="Day"
        value={filter.day}
        onChange={(event) => change({ day: event.currentTarget.value })}
      />
      <NativeSelect
        size="sm"
        aria-label="Platform"
        value={filter.platform}
        onChange={(event) => change({ platform: event.currentTarget.value })}
        data={[
          { value: '', label: 'All platforms' },
          ...platforms.map((value) => ({ value, label: platformWord(value) })),
        ]}
      />
      <TextInput
        size="sm"
        list={agents}
        aria-label="Agent"
        placeholder="Any agent"
        maxLength={100}
        value={filter.agent}
        onChange={(event) => change({ agent: event.currentTarget.value }, true)}
      />
      <datalist id={agents}>
        {history.agents.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <NativeSelect
        size="sm"
        aria-label="Direction"
        value={filter.direction}
        onChange={(event) => change({ direction: event.currentTarget.value as HistoryFilter['direction'] })}
        data={DIRECTIONS}
      />
      <NativeSelect
        size="sm"
        aria-label="How it ended"
        value={filter.endReason}
        onChange={(event) => change({ endReason: event.currentTarget.value as HistoryFilter['endReason'] })}
        data={REASONS}
      />
    </search>
  );
}
