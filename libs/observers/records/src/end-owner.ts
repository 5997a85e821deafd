import type { EndOwner, EndReason } from '#libs/contracts';

const OWNERS: Readonly<Record<Exclude<EndReason, 'transferred'>, EndOwner>> = {
  'caller-hung-up': 'caller',
  'agent-hung-up': 'agent',
  'operator-hung-up': 'operator',
  'caller-silent': 'gateway',
  'limit-reached': 'gateway',
  'machine-answered': 'gateway',
  'leg-lost': 'platform',
  'never-connected': 'platform',
  'ai-unavailable': 'backend',
  'ai-closed': 'backend',
  'protocol-error': 'platform',
  'gateway-draining': 'gateway',
  'internal-error': 'gateway',
};

/** Under these names the call's own machinery acts; every other name is an operator's. */
const NO_OPERATORS: Readonly<Record<string, EndOwner>> = { agent: 'agent', gateway: 'gateway' };

/** Who ended the call. `transferredBy`: who had it handed on. */
export function endOwnerOf(reason: EndReason, transferredBy: string | null): EndOwner {
  return reason === 'transferred' ? actorOf(transferredBy ?? 'agent') : OWNERS[reason];
}

export function actorOf(by: string): EndOwner {
  return Object.hasOwn(NO_OPERATORS, by) ? NO_OPERATORS[by]! : 'operator';
}
