import { Button, Loader } from '@mantine/core';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { clock, monitor } from '../app.js';
import { CallAudio } from '../call-audio.js';
import './call-page.css';
import { CallDuration, Marks, Quality, State } from '../parts/call-facts.js';
import { EventList } from '../parts/event-list.js';
import { BackIcon } from '../parts/icons.js';
import { useKey } from '../parts/keys-help.js';
import { Listening } from '../parts/listening.js';
import { Notice } from '../parts/notice.js';
import { Plots } from '../parts/plots.js';
import { StepIn } from '../parts/step-in.js';
import { Timeline } from '../parts/timeline.js';
import { Transcript } from '../parts/transcript.js';
import type { CallDetail } from '../store/call-detail.js';
import type { CallSummary } from '../store/protocol.js';
import { WatchedCall, type WatchedCallState } from '../store/watched-call.js';
import { backendWord, money, nameOf, plainWords, platformWord } from '../store/words.js';
import { useCell } from '../use-cell.js';

export default function CallPage({ callId }: { callId: string }) {
  const state = useWatchedCall(callId);
  const back = useCallback(() => {
    location.hash = '#/calls';
  }, []);
  useKey('Escape', back);
  switch (state.phase) {
    case 'loading':
      return <Loader className="page-loader" aria-label="Loading the call" />;
    case 'missing':
      return (
        <Notice title="This call is not known here" icon="phone">
          <p>It ended some time ago, or the gateway was started again since.</p>
          <Button component="a" href="#/calls" variant="default">
            All calls
          </Button>
        </Notice>
      );
    case 'ready':
      return <Call call={state.call} />;
  }
}

function useWatchedCall(callId: string): WatchedCallState {
  const [state, setState] = useState<WatchedCallState>({ phase: 'loading' });
  useEffect(() => {
    const watched = new WatchedCall(monitor, clock, callId);
    const stop = watched.state.watch(() => setState(watched.state.get()));
    return () => {
      stop();
      watched.close();
    };
  }, [callId]);
  return state;
}

function Call({ call }: { call: CallDetail }) {
  const { summary } = call;
  const audio = useCallAudio(summary.callId);
  return (
    <div className="call">
      <CallHead call={summary} />
      <div className="call-top">
        <Transcript lines={call.lines} isOver={summary.state === 'ended'} />
        <div className="call-side">
          {summary.state === 'ended' ? (
            <Ending call={summary} />
          ) : (
            <>
              <Listening callId={summary.callId} audio={audio} />
              <StepIn call={summary} audio={audio} />
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
      <a className="back" href="#/calls" aria-label="All calls">
        <BackIcon />
      </a>
      <div className="call-name">
        <h1>
          <bdi>{nameOf(outbound ? call.to : call.from)}</bdi>
        </h1>
        <p>
          {outbound ? 'Called from' : 'Called'} <bdi>{nameOf(outbound ? call.from : call.to)}</bdi> ·{' '}
          {platformWord(call.platform)} · {backendWord(call.backend)} <Marks call={call} />
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

function Ending({ call }: { call: CallSummary }) {
  return (
    <section className="panel" aria-labelledby="ending-head">
      <h2 id="ending-head">This call has ended</h2>
      <p className="ending">{call.reason === null ? 'Ended' : plainWords(call.reason)}</p>
      <p className="none">There is nobody to listen to or to speak with any more.</p>
      <dl className="ids">
        <dt>Call</dt>
        <dd>{call.callId}</dd>
        <dt>{platformWord(call.platform)}</dt>
        <dd>{call.platformCallId}</dd>
      </dl>
    </section>
  );
}
