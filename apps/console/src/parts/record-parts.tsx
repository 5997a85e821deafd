import type { ReactNode } from 'react';
import type { CallRecord, ConversationFigures, QualitySample, Spread, ToolUse, Track } from '#libs/contracts';
import { endWords, ownerWords } from '../store/record-words.js';
import { figure, money, platformWord, span } from '../store/words.js';
import { Quality } from './call-facts.js';
import { exactMoment } from './moments.js';

const TRACKS: readonly (readonly [Track, string])[] = [
  ['caller', 'Caller'],
  ['agent', 'Agent'],
];

/** Why the call ended, and whose doing it was. */
export function HowItEnded({ record }: { record: CallRecord }) {
  const { endReason, endOwner, endCode, endedAt, forgetAt, recordingDueAt } = record;
  return (
    <section className="panel" aria-labelledby="ending-head">
      <h2 id="ending-head">{endedAt === null ? 'This call has no end yet' : 'This call has ended'}</h2>
      <p className="ending">{endReason === null ? '–' : endWords(endReason)}</p>
      <dl className="ids">
        {endOwner !== null && (
          <>
            <dt>Ended by</dt>
            <dd className="plain">{ownerWords(endOwner)}</dd>
          </>
        )}
        {endCode !== null && (
          <>
            <dt>Code</dt>
            <dd>{endCode}</dd>
          </>
        )}
        {typeof forgetAt === 'number' && (
          <>
            <dt>Words kept until</dt>
            <dd className="plain">{exactMoment(forgetAt)}</dd>
          </>
        )}
        {typeof recordingDueAt === 'number' && (
          <>
            <dt>Sound kept until</dt>
            <dd className="plain">{exactMoment(recordingDueAt)}</dd>
          </>
        )}
        <dt>Call</dt>
        <dd>{record.callId}</dd>
        <dt>{platformWord(record.platform)}</dt>
        <dd>{record.platformCallId}</dd>
        {record.orderId !== null && (
          <>
            <dt>Order</dt>
            <dd>{record.orderId}</dd>
          </>
        )}
      </dl>
    </section>
  );
}

export function ConversationPart({ figures }: { figures: ConversationFigures | null }) {
  return (
    <Part id="conversation" name="Conversation">
      {figures === null ? (
        <p className="none">Not measured.</p>
      ) : (
        <dl className="figure-list">
          <Fact name="First word heard">{span(figures.firstHeardMs)}</Fact>
          <Fact name="Turns answered">
            {figures.answeredTurns} of {figures.turns}
          </Fact>
          <Fact name="Turn latency">{spreadWords(figures.turnLatency)}</Fact>
          <Fact name="Until heard">{spreadWords(figures.heardLatency)}</Fact>
          <Fact name="Interruptions">
            {figures.interruptions}
            {figures.falseInterruptions !== null && `, ${figures.falseInterruptions} false`}
          </Fact>
          <Fact name="Silent when interrupted">{spreadWords(figures.bargeInStop)}</Fact>
          <Fact name="Caller waited in silence">{span(figures.silenceOwedMs)}</Fact>
          <Fact name="Both at once">{span(figures.talkOverMs)}</Fact>
          <Fact name="Tokens">{tokenWords(figures.tokens)}</Fact>
          <Fact name="Cost">{money(figures.costUsd)}</Fact>
        </dl>
      )}
    </Part>
  );
}

export function QualityPart({ quality }: { quality: CallRecord['quality'] }) {
  const tracks = TRACKS.map(([track, name]) => [name, quality?.[track] ?? null] as const);
  const reasons = tracks.flatMap(([name, sample]) =>
    (sample?.reasons ?? []).map((words) => `${name}: ${words}`),
  );
  return (
    <Part id="quality" name="Sound">
      {tracks.every(([, sample]) => sample === null) ? (
        <p className="none">Not measured.</p>
      ) : (
        <>
          <table className="figure-table">
            <thead>
              <tr>
                <td />
                {tracks.map(([name]) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {MEASURES.map(([name, words]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {tracks.map(([track, sample]) => (
                    <td key={track}>{sample === null ? '–' : words(sample)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {reasons.length > 0 && (
            <ul className="reasons">
              {reasons.map((words) => (
                <li key={words}>{words}</li>
              ))}
            </ul>
          )}
        </>
      )}
    </Part>
  );
}

const MEASURES: readonly (readonly [string, (sample: QualitySample) => ReactNode])[] = [
  ['Quality', ({ score }) => <Quality score={score} />],
  ['MOS', ({ mos }) => figure(mos, 1)],
  ['SNR, dB', ({ snrDb }) => figure(snrDb, 0)],
  ['Level, dBov', ({ levelDbov }) => figure(levelDbov, 0)],
  ['Clipping, %', ({ clippingPercent }) => figure(clippingPercent, 2)],
  ['Jitter', ({ arrival }) => span(arrival?.jitterMs ?? null)],
];

export function ToolsPart({ tools }: { tools: readonly ToolUse[] }) {
  return (
    <Part id="tools" name="Tools">
      {tools.length === 0 ? (
        <p className="none">The agent used none.</p>
      ) : (
        <ol className="tool-list">
          {tools.map((tool, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the list of a call that is over does not change.
            <li key={i}>
              <code>{tool.name}</code>
              <span className={tool.failed ? 'failed' : undefined}>
                {tool.failed ? 'failed' : 'answered'} after {span(tool.tookMs)}
              </span>
            </li>
          ))}
        </ol>
      )}
    </Part>
  );
}

function Part({ id, name, children }: { id: string; name: string; children: ReactNode }) {
  return (
    <section className="panel" aria-labelledby={`${id}-head`}>
      <h2 id={`${id}-head`}>{name}</h2>
      {children}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="figures">{children}</dd>
    </div>
  );
}

function spreadWords(spread: Spread | null): string {
  if (spread === null) return '–';
  return spread.count === 1
    ? span(spread.meanMs)
    : `${span(spread.p50Ms)}, 95 % within ${span(spread.p95Ms)}`;
}

function tokenWords(tokens: ConversationFigures['tokens']): string {
  let sum = 0;
  for (const count of Object.values(tokens)) sum += count ?? 0;
  return sum === 0 ? '–' : sum.toLocaleString();
}
