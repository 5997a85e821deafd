/** Names under which the agent and the gateway act on a call themselves; every other name is an operator's. */
export const BY_AGENT = 'agent';
export const BY_GATEWAY = 'gateway';

export function isOperator(by: string): boolean {
  return by !== BY_AGENT && by !== BY_GATEWAY;
}
