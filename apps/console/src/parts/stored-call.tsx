import { Button, Loader } from '@mantine/core';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Cancel } from '#libs/contracts';
import { api, clock } from '../app.js';
import {
  isUnknown,
  listedEvents,
  loadStoredCall,
  recordingBeganMs,
  type StoredCall,
} from '../store/stored-call.js';
import { EventList } from './event-list.js';
import { Notice } from './notice.js';
import { Player } from './player.js';
import { useReconnected } from './reconnected.js';
import { ConversationPart, HowItEnded, QualityPart, ToolsPart } from './record-parts.js';
import './stored-call.css';
import { StoredHead } from './stored-head.js';
import { StoredTranscript } from './stored-transcript.js';
import { UnreadNotice } from './unread-notice.js';

const AGAIN_MS = 2000;
const MOST_TRIES = 15;

type Loaded =
  | { readonly phase: 'loading' }
  | { readonly phase: 'failed'; readonly error: unknown }
  | { readonly phase: 'there'; readonly call: StoredCall };

/**
 * A call that is over, as it is kept. `instead` is shown where nothing is kept of it, or not yet; `below` is what only this gateway's
 * memory knows.
 */
export function StoredCallPart({
  callId,
  instead,
  below,
}: {
  callId: string;
  instead: ReactNode;
  below: ReactNode;
}) {
  const [loaded, setLoaded] = useState<Loaded>({ phase: 'loading' });
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const asked = new AbortController();
    let cancelNext: Cancel | null = null;
    loadStoredCall(api, callId, asked.signal).then(
      (call) => {
        setLoaded({ phase: 'there', call });
        // What comes at the end of a call is written a moment behind it.
        if (isUnfinished(call) && tries < MOST_TRIES)
          cancelNext = clock.after(AGAIN_MS, () => setTries(tries + 1));
      },
      (error) => {
        if (!asked.signal.aborted) setLoaded({ phase: 'failed', error });
      },
    );
    return () => {
      asked.abort();
      cancelNext?.();
    };
  }, [callId, tries]);
  const again = useCallback(() => {
    setLoaded({ phase: 'loading' });
    setTries((before) => before + 1);
  }, []);
  useReconnected(loaded.phase === 'failed' && !isUnknown(loaded.error) ? again : null);
  switch (loaded.phase) {
    case 'loading':
      return <Loader className="page-loader" aria-label="Loading the call" />;
    case 'failed':
      return instead ?? <NotThere error={loaded.error} again={again} />;
    case 'there':
      return <Stored call={loaded.call} below={below} />;
  }
}

function NotThere({ error, again }: { error: unknown; again: () => void }) {
  if (isUnknown(error)) {
    return (
      <Notice title="This call is not known here" icon="phone">
        <p>Nothing is kept of it: it was never here, or what was kept has been deleted.</p>
        <Button component="a" href="#/history" variant="default">
          All stored calls
        </Button>
      </Notice>
    );
  }
  return <UnreadNotice error={error} title="The call could not be read" again={again} />;
}

function Stored({ call, below }: { call: StoredCall; below: ReactNode }) {
  const { record, lines, events, hasMoreEvents } = call;
  const player = useRef<HTMLAudioElement>(null);
  const [playedMs, setPlayedMs] = useState<number | null>(null);
  const beganMs = useMemo(() => recordingBeganMs(events), [events]);
  const listed = useMemo(() => listedEvents(events), [events]);
  const isPlayable = record.recording?.state === 'saved';
  const playFrom = (atMs: number) => {
    const { current } = player;
    if (current === null) return;
    current.currentTime = Math.max(0, atMs - beganMs) / 1000;
    // Refused only where the sound cannot be had, which the player says.
    void current.play().catch(() => undefined);
  };
  return (
    <div className="call">
      <StoredHead record={record} />
      <div className="call-top">
        <StoredTranscript
          callId={record.callId}
          lines={lines}
          isForgotten={isForgotten(record.forgetAt)}
          playedMs={playedMs}
          playFrom={isPlayable ? playFrom : null}
        />
        <div className="call-side">
          <Player
            ref={player}
            record={record}
            onTime={(seconds) => setPlayedMs(seconds === null ? null : seconds * 1000 + beganMs)}
          />
          <HowItEnded record={record} />
        </div>
      </div>
      <div className="record-parts">
        <ConversationPart figures={record.figures} />
        <QualityPart quality={record.quality} />
        <ToolsPart tools={record.tools} />
      </div>
      {below}
      <EventList events={listed} />
      {hasMoreEvents && (
        <p className="none">There are more events than are shown here; the API has them all.</p>
      )}
    </div>
  );
}

function isUnfinished({ record }: StoredCall): boolean {
  return record.endedAt === null || record.recording?.state === 'running';
}

function isForgotten(forgetAt: number | null | undefined): boolean {
  return typeof forgetAt === 'number' && forgetAt <= Date.now();
}
