import { Button, Loader } from '@mantine/core';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { backToList, isOnTheLine, monitor } from '../app.js';
import { CallAudio } from '../call-audio.js';
import './call-page.css';
import { AgentName, CallDuration, Marks, Quality, State } from '../parts/call-facts.js';
import { EventList } from '../parts/event-list.js';
import { BackIcon } from '../parts/icons.js';
import { useKey } from '../parts/keys-help.js';
import { Listening } from '../parts/listening.js';
import { Plots } from '../parts/plots.js';
import { StepIn } from '../parts/step-in.js';
import { StoredCallPart } from '../parts/stored-call.js';
import { Timeline } from '../parts/timeline.js';
import { Transcript } from '../parts/transcript.js';
import type { CallDetail } from '../store/call-detail.js';
import type { CallSummary } from '../store/protocol.js';
import { endWords } from '../store/record-words.js';
import { backendWord, money, nameOf, platformWord } from '../store/words.js';
import { useCell } from '../use-cell.js';
import { useWatchedCall } from '../use-watched-call.js';

export default function CallPage({ callId }: { callId: string }) {
  const state = useWatchedCall(callId);
  const back = useCallback(() => {
    if (!isOnTheLine.get()) location.hash = backToList();
  }, []);
  useKey('Escape', back);
  switch (state.phase) {
    case 'loading':
      return <Loader className="page-loader" aria-label="Loading the call" />;
    case 'missing':
      // It ended some time ago, or the gateway was started again since.
      return <StoredCallPart callId={callId} instead={null} below={null} />;
    case 'ready':
      return <KnownCall call={state.call} />;
  }
}

/** One that was over before it was opened is shown as it is kept; one that ends meanwhile stays as it is on the page. */
function KnownCall({ call }: { call: CallDetail }) {
  const [isKept, setKept] = useState(call.summary.state === 'ended');
  const live = <Call call={call} openKept={isKept ? null : () => setKept(true)} />;
  if (!isKept) return live;
  return (
    <StoredCallPart
      callId={call.summary.callId}
      instead={live}
      below={
        <>
          <Timeline call={call} />
          <Plots call={call} />
        </>
      }
    />
  );
}

/** `openKept` is null where nothing is kept. */
function Call({ call, openKept }: { call: CallDetail; openKept: (() => void) | null }) {
  const { summary } = call;
  const audio = useCallAudio(summary.callId);
  return (
    <div className="call">
      <CallHead call={summary} />
      <div className="call-top">
        <Transcript lines={call.lines} backend={summary.backend} isOver={summary.state === 'ended'} />
        <div className="call-side">
          {summary.state === 'ended' ? (
            <Ending call={summary} openKept={openKept} />
          ) : (
            <>
              <Listening callId={summary.callId} audio={audio} />
              <StepIn call={summary} recording={call.recording} audio={audio} />
            </>
          )}
        </div>
      </div>
      <Timeline call={call} />
      <Plots call={call} />
      <EventList events={call.events} />
    </div>
  );
}

function useCallAudio(callId: string): CallAudio {
  const audio = useMemo(() => new CallAudio(callId), [callId]);
  useEffect(() => () => audio.close(), [audio]);
  return audio;
}

function CallHead({ call }: { call: CallSummary }) {
  const outbound = call.direction === 'outbound';
  const { state } = useCell(monitor.connection);
  return (
    <div className={state === 'open' ? 'call-head' : 'call-head stale'}>
      <a className="back" href={backToList()} aria-label="Back to the list">
        <BackIcon />
      </a>
      <div className="call-name">
        <h1>
          <bdi>{nameOf(outbound ? call.to : call.from)}</bdi>
        </h1>
        <p>
          {outbound ? 'Called from' : 'Called'} <bdi>{nameOf(outbound ? call.from : call.to)}</bdi> ·{' '}
          {platformWord(call.platform)} · <AgentName agent={call.agent} /> · {backendWord(call.backend)}{' '}
          <Marks call={call} />
        </p>
      </div>
      <dl className="call-figures">
        <div>
          <dt>State</dt>
          <dd>
            <State state={call.state} />
          </dd>
        </div>
        <div>
          <dt>Duration</dt>
          <dd>
            <CallDuration call={call} />
          </dd>
        </div>
        <div>
          <dt>Quality</dt>
          <dd>
            <Quality score={call.score} />
          </dd>
        </div>
        <div>
          <dt>Cost so far</dt>
          <dd className="figures">{money(call.costUsd)}</dd>
        </div>
      </dl>
    </div>
  );
}

function Ending({ call, openKept }: { call: CallSummary; openKept: (() => void) | null }) {
  return (
    <section className="panel" aria-labelledby="ending-head">
      <h2 id="ending-head">This call has ended</h2>
      <p className="ending">{call.reason === null ? 'Ended' : endWords(call.reason)}</p>
      <p className="none">There is nobody to listen to or to speak with any more.</p>
      {openKept === null ? (
        <p className="none">Its record cannot be had now.</p>
      ) : (
        <Button className="open-kept" variant="default" onClick={openKept}>
          Open the record
        </Button>
      )}
      <dl className="ids">
        <dt>Call</dt>
        <dd>{call.callId}</dd>
        <dt>{platformWord(call.platform)}</dt>
        <dd>{call.platformCallId}</dd>
      </dl>
    </section>
  );
}
