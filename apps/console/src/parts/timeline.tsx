import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { second } from '../app.js';
import type { CallDetail } from '../store/call-detail.js';
import type { Speaker, Stretch } from '../store/protocol.js';
import { duration } from '../store/words.js';
import { useCell } from '../use-cell.js';

const WINDOW_MS = 120_000;
const SPEAKERS: readonly Speaker[] = ['caller', 'agent'];
const STEPS_MS = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((seconds) => seconds * 1000);
const MOST_TICKS = 6;

/** Who spoke when. */
export function Timeline({ call: { summary, speech, events } }: { call: CallDetail }) {
  const nowMs = useCell(second) - summary.startedAt;
  const endMs = Math.max(summary.endedAfterMs ?? nowMs, 1000);
  const [whole, setWhole] = useState(false);
  const isLong = endMs > WINDOW_MS;
  const fromMs = isLong && !whole ? endMs - WINDOW_MS : 0;
  const share = (atMs: number) => `${(100 * (atMs - fromMs)) / (endMs - fromMs)}%`;
  const cuts = events.filter(({ type, atMs }) => type === 'agent.interrupted' && atMs >= fromMs);
  return (
    <section className="panel timeline" aria-labelledby="timeline-head">
      <div className="panel-head">
        <h2 id="timeline-head">Who spoke when</h2>
        {isLong && (
          <SegmentedControl
            size="xs"
            aria-label="Stretch of time"
            value={whole ? 'whole' : 'last'}
            onChange={(value) => setWhole(value === 'whole')}
            data={[
              { value: 'last', label: 'Last 2 minutes' },
              { value: 'whole', label: 'Whole call' },
            ]}
          />
        )}
      </div>
      <div className="lanes">
        {SPEAKERS.map((speaker) => (
          <div key={speaker} className={`lane ${speaker}`}>
            <span className="lane-name">{speaker === 'caller' ? 'Caller' : 'Agent'}</span>
            <div
              className="lane-track"
              role="img"
              aria-label={`${speaker === 'caller' ? 'Caller' : 'Agent'} spoke for ${duration(spokenMs(speech, speaker, endMs))} so far`}
            >
              {speech
                .filter((each) => each.speaker === speaker && (each.toMs ?? endMs) > fromMs)
                .map(({ fromMs: began, toMs }) => {
                  const left = Math.max(began, fromMs);
                  const right = Math.min(toMs ?? endMs, endMs);
                  return (
                    <i
                      key={began}
                      style={{
                        left: share(left),
                        width: `${(100 * Math.max(0, right - left)) / (endMs - fromMs)}%`,
                      }}
                    />
                  );
                })}
              {speaker === 'agent' &&
                cuts.map(({ atMs }) => (
                  <b key={atMs} style={{ left: share(Math.min(atMs, endMs)) }} title="Interrupted" />
                ))}
            </div>
            <span className="lane-time figures">{duration(spokenMs(speech, speaker, endMs))}</span>
          </div>
        ))}
        <div className="lane-ticks figures" aria-hidden="true">
          {ticks(fromMs, endMs).map((atMs) => (
            <span key={atMs} style={{ left: share(atMs) }}>
              {duration(atMs)}
            </span>
          ))}
        </div>
      </div>
    </section>
  );
}

function spokenMs(speech: readonly Stretch[], speaker: Speaker, endMs: number): number {
  let sumMs = 0;
  for (const stretch of speech)
    if (stretch.speaker === speaker) sumMs += Math.max(0, (stretch.toMs ?? endMs) - stretch.fromMs);
  return sumMs;
}

function ticks(fromMs: number, endMs: number): number[] {
  const stepMs = STEPS_MS.find((step) => (endMs - fromMs) / step <= MOST_TICKS) ?? endMs - fromMs;
  const marks: number[] = [];
  for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs <= endMs; atMs += stepMs) marks.push(atMs);
  return marks;
}
