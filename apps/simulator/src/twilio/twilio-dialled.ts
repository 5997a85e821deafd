import type { CalleeScript, DialledCall, MachineDetection } from './twilio-options.js';

/** How a call's party has taken it. */
export type Ringing = 'answered' | 'busy' | 'no-answer' | 'failed';

/** Rings until the callee does what he does, or until nobody has answered in time. `wait` ends early when `soon` comes, and may be cut short. */
export async function ring(
  { callee, ringForMs }: DialledCall,
  wait: (durationMs: number, soon?: Promise<void>) => Promise<void>,
): Promise<Ringing> {
  const { does = 'answer', ringsForMs = 0, ringsUntil } = callee;
  let inTime = does !== 'no-answer' && ringsUntil === undefined && ringsForMs <= ringForMs;
  const moment = ringsUntil?.then(() => {
    inTime = does !== 'no-answer';
  });
  await wait(inTime ? ringsForMs : ringForMs, moment);
  if (!inTime || does === 'no-answer') return 'no-answer';
  return does === 'answer' ? 'answered' : does;
}

/** The value of `AnsweredBy`. */
export function answeredBy({ is = 'human' }: CalleeScript, { messageEnd }: MachineDetection): string {
  if (is !== 'machine') return is;
  return messageEnd ? 'machine_end_beep' : 'machine_start';
}
