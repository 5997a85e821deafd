import type { EndOwner, EndReason } from '#libs/contracts';
import { plainWords } from './words.js';

/** How a call ended, for people. */
export const END_WORDS: Readonly<Record<EndReason, string>> = {
  'caller-hung-up': 'Caller hung up',
  'agent-hung-up': 'Agent hung up',
  'operator-hung-up': 'Operator hung up',
  transferred: 'Handed on',
  'caller-silent': 'Caller was silent',
  'limit-reached': 'A limit was reached',
  'machine-answered': 'A machine answered',
  'leg-lost': 'The line was lost',
  'never-connected': 'Never connected',
  'ai-unavailable': 'The AI could not be had',
  'ai-closed': 'The AI closed the call',
  'protocol-error': 'Error of the protocol',
  'gateway-draining': 'The gateway was stopped',
  'internal-error': 'Error inside the gateway',
};

const OWNER_WORDS: Readonly<Record<EndOwner, string>> = {
  caller: 'the caller',
  agent: 'the agent',
  operator: 'an operator',
  platform: 'the platform',
  backend: 'the AI’s side',
  gateway: 'the gateway',
};

/** A gateway that is newer than the page may know more reasons. */
export function endWords(reason: string): string {
  return END_WORDS[reason as EndReason] ?? plainWords(reason);
}

export function ownerWords(owner: string): string {
  return OWNER_WORDS[owner as EndOwner] ?? plainWords(owner).toLowerCase();
}

export function bytesWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
