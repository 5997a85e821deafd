import { memo } from 'react';
import type { CallRecord } from '#libs/contracts';
import { endWords } from '../store/record-words.js';
import { duration, money } from '../store/words.js';
import { AgentName, Platform, Quality } from './call-facts.js';
import { CallLink } from './call-rows.js';
import { RecordIcon } from './icons.js';
import { timeOfDay } from './moments.js';

export const HistoryRow = memo(function HistoryRow({ call }: { call: CallRecord }) {
  const { agent, agentVersion, endReason, endedAt, startedAt, recording } = call;
  const answered = { name: agent, version: agentVersion };
  return (
    <tr>
      <td className="who">
        <CallLink call={call} />
        {recording !== null && recording.state !== 'deleted' && (
          <span className="mark" title="Recorded">
            <RecordIcon size={13} />
            <span className="sr-only">Recorded</span>
          </span>
        )}
      </td>
      <td className="platform">
        <Platform platform={call.platform} agent={answered} />
      </td>
      <td className="agent">
        <AgentName agent={answered} />
      </td>
      <td className="how">{endedAt === null ? 'Running' : endWords(endReason ?? 'ended')}</td>
      <td className="began figures">{timeOfDay(startedAt)}</td>
      <td className="score">
        <Quality score={scoreOf(call)} />
      </td>
      <td className="cost right figures">{money(call.costUsd)}</td>
      <td className="length right figures">{endedAt === null ? '–' : duration(endedAt - startedAt)}</td>
    </tr>
  );
});

/** Of the worse track. */
function scoreOf({ quality }: CallRecord): number | null {
  const scores = [quality?.caller?.score, quality?.agent?.score].filter((score) => typeof score === 'number');
  return scores.length === 0 ? null : Math.min(...scores);
}
