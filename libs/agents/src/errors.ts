import { GatewayError } from '#libs/contracts';

/** A document that is refused. `problems` names every mistake, each in one sentence; the message holds them all. */
export class DocumentRefused extends GatewayError {
  constructor(
    code: 'AGENT_INVALID' | 'AGENT_ROUTES_INVALID',
    what: string,
    readonly problems: readonly string[],
  ) {
    super(code, `${what} was refused: ${problems.join(' ')}`, {
      advice:
        'Correct what is named; until then the last good version answers. Every key: libs/agents/README.md.',
    });
    this.name = 'DocumentRefused';
  }
}

export const errors = {
  unknown: (name: string) =>
    new GatewayError('AGENT_UNKNOWN', `There is no agent "${name.slice(0, 64)}".`, {
      advice:
        'Agents are files of the agents folder or are stored through the API; GET /api/agents lists them.',
    }),
  storeSlow: () =>
    new GatewayError('AGENT_STORE_SLOW', 'The store of agents did not answer in time.', { retryable: true }),
  crowded: () =>
    new GatewayError('AGENT_TOO_MANY_CHANGES', 'Somebody else changed the same agent at the same moment.', {
      retryable: true,
    }),
  lookupStatus: (status: number) =>
    new GatewayError('AGENT_LOOKUP_STATUS', `The look-up answered with status ${status}.`),
  lookupAnswer: () =>
    new GatewayError('AGENT_LOOKUP_ANSWER', 'The look-up did not answer with a JSON object.', {
      advice: 'It must answer with an object whose keys are the names of variables.',
    }),
  lookupSlow: () =>
    new GatewayError('AGENT_LOOKUP_SLOW', 'The look-up did not answer in time.', { retryable: true }),
  lookupAbandoned: () =>
    new GatewayError('AGENT_LOOKUP_ABANDONED', 'The call ended before the look-up answered.'),
} as const;
