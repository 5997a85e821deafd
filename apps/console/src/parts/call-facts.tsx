import { second } from '../app.js';
import type { CallSummary } from '../store/protocol.js';
import { duration, platformWord, qualityOf, stateWord } from '../store/words.js';
import { useCell } from '../use-cell.js';
import { ListenIcon, MicrophoneIcon, SilentIcon } from './icons.js';

/** How long the call lasts so far, or lasted. */
export function CallDuration({ call }: { call: CallSummary }) {
  return call.endedAfterMs === null ? (
    <Ticking since={call.startedAt} />
  ) : (
    <span className="figures">{duration(call.endedAfterMs)}</span>
  );
}

function Ticking({ since }: { since: number }) {
  return <span className="figures">{duration(useCell(second) - since)}</span>;
}

export function Quality({ score }: { score: number | null }) {
  const { rank, word } = qualityOf(score);
  return (
    <span className={`quality ${rank}`}>
      {score !== null && <b className="figures">{Math.round(score)}</b>}
      <span>{word}</span>
    </span>
  );
}

export function State({ state }: Pick<CallSummary, 'state'>) {
  return (
    <span className={`state ${state}`}>
      <i aria-hidden="true" />
      {stateWord(state)}
    </span>
  );
}

export function AgentName({ agent: { name, version } }: Pick<CallSummary, 'agent'>) {
  return (
    <>
      <bdi>{name}</bdi> <span className="hint">v{version}</span>
    </>
  );
}

/** With the agent's name where there is no room for a column of its own. */
export function Platform({ platform, agent }: Pick<CallSummary, 'platform' | 'agent'>) {
  return (
    <>
      {platformWord(platform)}
      <span className="agent-too">
        <bdi>{agent.name}</bdi>
      </span>
    </>
  );
}

/** What operators do to this call now. */
export function Marks({ call: { muted, takenOver, listeners } }: { call: CallSummary }) {
  return (
    <span className="marks">
      {takenOver && (
        <span className="mark strong">
          <MicrophoneIcon size={14} /> Taken over
        </span>
      )}
      {muted && (
        <span className="mark strong">
          <SilentIcon size={14} /> Agent muted
        </span>
      )}
      {listeners > 0 && (
        <span className="mark">
          <ListenIcon size={14} />
          {listeners}
          <span className="sr-only"> listening</span>
        </span>
      )}
    </span>
  );
}
