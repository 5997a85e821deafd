import { Switch } from '@mantine/core';
import { memo, useState } from 'react';
import { eventWords, keyed } from '../store/event-words.js';
import type { CallEvent } from '../store/protocol.js';
import { duration } from '../store/words.js';

const MOST_SHOWN = 200;

/** What happened, newest first. */
export function EventList({ events }: { events: readonly CallEvent[] }) {
  const [all, setAll] = useState(false);
  const told = events.filter((event) => all || eventWords(event).tone !== 'detail');
  return (
    <section className="panel" aria-labelledby="events-head">
      <div className="panel-head">
        <h2 id="events-head">Events</h2>
        <Switch
          size="xs"
          label="Every detail"
          checked={all}
          onChange={(event) => setAll(event.currentTarget.checked)}
        />
      </div>
      {told.length === 0 ? (
        <p className="none">Nothing of note so far.</p>
      ) : (
        <ol
          className="events"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
          tabIndex={0}
          aria-labelledby="events-head"
        >
          {keyed(told)
            .slice(-MOST_SHOWN)
            .reverse()
            .map(([key, event]) => (
              <Happened key={key} event={event} />
            ))}
        </ol>
      )}
    </section>
  );
}

const Happened = memo(function Happened({ event }: { event: CallEvent }) {
  const { words, tone } = eventWords(event);
  const { count = 1 } = event;
  return (
    <li className={tone}>
      <span className="figures">{duration(event.atMs)}</span>
      <span>{count > 1 ? `${words} (and so on, ${count} times)` : words}</span>
    </li>
  );
});
