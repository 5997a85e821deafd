import type { CallRecord } from '#libs/contracts';
import { backToList } from '../app.js';
import { backendWord, duration, money, nameOf, platformWord } from '../store/words.js';
import { AgentName } from './call-facts.js';
import { BackIcon } from './icons.js';
import { exactMoment } from './moments.js';

/** Who spoke with whom, when and for how long. */
export function StoredHead({ record }: { record: CallRecord }) {
  const { direction, from, to, agent, agentVersion, startedAt, endedAt, connectedAt } = record;
  const outbound = direction === 'outbound';
  return (
    <div className="call-head">
      <a className="back" href={backToList()} aria-label="Back to the list">
        <BackIcon />
      </a>
      <div className="call-name">
        <h1>
          <bdi>{nameOf(outbound ? to : from)}</bdi>
        </h1>
        <p>
          {outbound ? 'Called from' : 'Called'} <bdi>{nameOf(outbound ? from : to)}</bdi> ·{' '}
          {platformWord(record.platform)} · <AgentName agent={{ name: agent, version: agentVersion }} /> ·{' '}
          {backendWord(record.backend)}
        </p>
      </div>
      <dl className="call-figures">
        <div>
          <dt>Began</dt>
          <dd>
            <time dateTime={new Date(startedAt).toISOString()}>{exactMoment(startedAt)}</time>
          </dd>
        </div>
        <div>
          <dt>Answered after</dt>
          <dd className="figures">
            {connectedAt === null ? '–' : `${((connectedAt - startedAt) / 1000).toFixed(1)} s`}
          </dd>
        </div>
        <div>
          <dt>Duration</dt>
          <dd className="figures">{endedAt === null ? 'Running' : duration(endedAt - startedAt)}</dd>
        </div>
        <div>
          <dt>Cost</dt>
          <dd className="figures">{money(record.costUsd)}</dd>
        </div>
      </dl>
    </div>
  );
}
