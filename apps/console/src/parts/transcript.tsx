import { Button } from '@mantine/core';
import { memo, useCallback, useEffect, useRef, useState } from 'react';
import { heardAndCut } from '../store/call-detail.js';
import type { Line } from '../store/protocol.js';
import { duration, noLinesWords } from '../store/words.js';
import { Unheard } from './unheard.js';

/** Within so many pixels of its end a transcript follows what is said. */
const NEAR_END = 60;

/** What is said, as it is said. */
export function Transcript({
  lines,
  backend,
  isOver,
}: {
  lines: readonly Line[];
  backend: string;
  isOver: boolean;
}) {
  const box = useRef<HTMLElement>(null);
  const [follows, setFollows] = useState(true);
  const onScroll = useCallback(() => {
    const { current } = box;
    if (current !== null)
      setFollows(current.scrollHeight - current.scrollTop - current.clientHeight < NEAR_END);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the lines may have moved the end.
  useEffect(() => {
    const { current } = box;
    if (follows && current !== null) current.scrollTop = current.scrollHeight;
  }, [lines, follows]);
  return (
    <section className="panel transcript" aria-labelledby="transcript-head">
      <h2 id="transcript-head">Transcript</h2>
      <section
        className="lines"
        ref={box}
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
        tabIndex={0}
        aria-label="What was said"
      >
        {lines.length === 0 ? (
          <p className="none">{noLinesWords(backend, isOver)}</p>
        ) : (
          <ol>
            {lines.map((line) => (
              <Said key={line.itemId} line={line} />
            ))}
          </ol>
        )}
      </section>
      <Aloud lines={lines} />
      {!follows && (
        <Button className="follow" size="compact-sm" onClick={() => setFollows(true)}>
          To the newest
        </Button>
      )}
    </section>
  );
}

const Said = memo(function Said({ line }: { line: Line }) {
  const { heard, unheard } = heardAndCut(line);
  const words = `${heard}${unheard}`.trim();
  return (
    <li className={`said ${line.speaker} ${line.final ? '' : 'partial'}`}>
      <p className="said-head">
        <span className="said-who">{line.speaker === 'caller' ? 'Caller' : 'Agent'}</span>
        <span className="figures">{duration(line.atMs)}</span>
        {line.cut && <span className="said-cut">cut off</span>}
      </p>
      <p className="said-words" dir="auto">
        {words === '' ? <span className="hint">…</span> : heard}
        <Unheard words={unheard} />
      </p>
    </li>
  );
});

/** Whole lines only: words that still change would be read out again and again. */
function Aloud({ lines }: { lines: readonly Line[] }) {
  const last = lines.findLast(({ final }) => final);
  return (
    <output className="sr-only" aria-live="polite">
      {last !== undefined && `${last.speaker === 'caller' ? 'Caller' : 'Agent'}: ${last.text}`}
    </output>
  );
}
