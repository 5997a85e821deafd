import type { EndReason } from '#libs/contracts';

/** `reasonCode` of session.end (section 4.6). An open set: what is not known counts as the caller's doing. */
const REASONS: Readonly<Record<string, EndReason>> = {
  'client-disconnected': 'caller-hung-up',
  'bot-disconnected': 'agent-hung-up',
  transferred: 'transferred',
  error: 'leg-lost',
  'machine-detected': 'never-connected',
  'no-answer': 'never-connected',
  busy: 'never-connected',
  declined: 'never-connected',
};

export function endReason(reasonCode: unknown): EndReason {
  const known =
    typeof reasonCode === 'string' && Object.hasOwn(REASONS, reasonCode) ? REASONS[reasonCode] : undefined;
  return known ?? 'caller-hung-up';
}
