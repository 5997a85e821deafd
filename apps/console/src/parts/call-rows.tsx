import { memo, useMemo } from 'react';
import { callList } from '../app.js';
import type { CallSummary } from '../store/protocol.js';
import { endWords } from '../store/record-words.js';
import { hashOf } from '../store/route.js';
import { money, nameOf } from '../store/words.js';
import { AgentName, CallDuration, Marks, Platform, Quality, State } from './call-facts.js';
import { Meter, type MeterLane } from './meter.js';
import { timeOfDay } from './moments.js';

interface RowProps {
  readonly call: CallSummary;
}

/** Drawn anew only when its own call changed. */
export const LiveRow = memo(function LiveRow({ call }: RowProps) {
  return (
    <tr>
      <td className="who">
        <CallLink call={call} />
        <Marks call={call} />
      </td>
      <td className="platform">
        <Platform platform={call.platform} agent={call.agent} />
      </td>
      <td className="agent">
        <AgentName agent={call.agent} />
      </td>
      <td className="how">
        <State state={call.state} />
      </td>
      <td className="levels">
        <CallMeter callId={call.callId} />
      </td>
      <td className="score">
        <Quality score={call.score} />
      </td>
      <td className="cost right figures">{money(call.costUsd)}</td>
      <td className="length right">
        <CallDuration call={call} />
      </td>
    </tr>
  );
});

export const EndedRow = memo(function EndedRow({ call }: RowProps) {
  return (
    <tr>
      <td className="who">
        <CallLink call={call} />
      </td>
      <td className="platform">
        <Platform platform={call.platform} agent={call.agent} />
      </td>
      <td className="agent">
        <AgentName agent={call.agent} />
      </td>
      <td className="how">{call.reason === null ? 'Ended' : endWords(call.reason)}</td>
      <td className="began figures">{timeOfDay(call.startedAt)}</td>
      <td className="score">
        <Quality score={call.score} />
      </td>
      <td className="cost right figures">{money(call.costUsd)}</td>
      <td className="length right">
        <CallDuration call={call} />
      </td>
    </tr>
  );
});

/** Opens the page of the call. */
export function CallLink({ call }: { call: Pick<CallSummary, 'callId' | 'direction' | 'from' | 'to'> }) {
  return (
    <a className="call-link" href={hashOf({ page: 'call', callId: call.callId })}>
      <bdi>{nameOf(call.direction === 'outbound' ? call.to : call.from)}</bdi>
      {call.direction === 'outbound' && <span className="hint"> outbound</span>}
    </a>
  );
}

function CallMeter({ callId }: { callId: string }) {
  const lanes = useMemo<readonly MeterLane[]>(
    () => [
      { color: 'caller', read: () => callList.levels.read(callId, 'caller') },
      { color: 'agent', read: () => callList.levels.read(callId, 'agent') },
    ],
    [callId],
  );
  return <Meter lanes={lanes} width={92} height={14} />;
}
