import { second } from '../app.js';
import type { CallSummary } from '../store/protocol.js';
import { duration, qualityOf, stateWord } from '../store/words.js';
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
