import { Anchor } from '@mantine/core';
import { type MouseEvent, memo, useEffect, useRef } from 'react';
import type { TranscriptItem } from '#libs/contracts';
import { callPath } from '../store/api.js';
import { heardAndUnheard, lineAt } from '../store/stored-call.js';
import { duration } from '../store/words.js';
import { DownloadIcon } from './icons.js';
import { Unheard } from './unheard.js';

const SPEAKERS: Readonly<Record<TranscriptItem['speaker'], string>> = {
  caller: 'Caller',
  agent: 'Agent',
  operator: 'Operator',
};

/** What was said, and what of it was heard. `playFrom` is null where there is no recording to play. */
export function StoredTranscript({
  callId,
  lines,
  isForgotten,
  playedMs,
  playFrom,
}: {
  callId: string;
  lines: readonly TranscriptItem[];
  isForgotten: boolean;
  playedMs: number | null;
  playFrom: ((atMs: number) => void) | null;
}) {
  const newest = useRef(playFrom);
  newest.current = playFrom;
  const play = useRef((atMs: number) => newest.current?.(atMs));
  const playing = playedMs === null ? null : (lineAt(lines, playedMs)?.itemId ?? null);
  return (
    <section className="panel transcript" aria-labelledby="transcript-head">
      <div className="panel-head">
        <h2 id="transcript-head">Transcript</h2>
        {lines.length > 0 && (
          <p className="downloads">
            <DownloadIcon size={15} />
            <Anchor href={callPath(callId, '/transcript?format=text')} download={`${callId}.txt`}>
              Text
            </Anchor>
            <Anchor href={callPath(callId, '/transcript?format=vtt')} download={`${callId}.vtt`}>
              WebVTT
            </Anchor>
          </p>
        )}
      </div>
      <section
        className="lines"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
        tabIndex={0}
        aria-label="What was said"
      >
        {lines.length === 0 ? (
          <p className="none">
            {isForgotten
              ? 'The words of this call have been deleted.'
              : 'Nothing was said, or no words are kept.'}
          </p>
        ) : (
          <ol>
            {lines.map((line) => (
              <StoredLine
                key={line.itemId}
                line={line}
                isPlaying={line.itemId === playing}
                play={playFrom === null ? null : play.current}
              />
            ))}
          </ol>
        )}
      </section>
    </section>
  );
}

const StoredLine = memo(function StoredLine({
  line,
  isPlaying,
  play,
}: {
  line: TranscriptItem;
  isPlaying: boolean;
  play: ((atMs: number) => void) | null;
}) {
  const item = useRef<HTMLLIElement>(null);
  const { heard, unheard } = heardAndUnheard(line);
  useEffect(() => {
    if (isPlaying) item.current?.scrollIntoView({ block: 'nearest' });
  }, [isPlaying]);
  const onClick = (event: MouseEvent) => {
    // Words that are being selected are to be copied, and the time is a button itself.
    const isSelecting = getSelection()?.isCollapsed === false;
    if (!isSelecting && (event.target as Element).closest('button') === null) play?.(line.atMs);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the time inside is a button that does the same.
    <li
      ref={item}
      className={`said ${line.speaker}${play === null ? '' : ' playable'}`}
      aria-current={isPlaying ? 'true' : undefined}
      onClick={play === null ? undefined : onClick}
    >
      <p className="said-head">
        <span className="said-who">{SPEAKERS[line.speaker]}</span>
        {play === null ? (
          <span className="figures">{duration(line.atMs)}</span>
        ) : (
          <button
            type="button"
            className="said-time figures"
            aria-label={`Play from ${duration(line.atMs)}`}
            onClick={() => play(line.atMs)}
          >
            {duration(line.atMs)}
          </button>
        )}
        {line.heard !== line.said && <span className="said-cut">cut off</span>}
      </p>
      <p className="said-words" dir="auto">
        {heard}
        <Unheard words={unheard} />
      </p>
    </li>
  );
});
