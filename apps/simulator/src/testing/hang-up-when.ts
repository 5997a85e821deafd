import { until } from '#libs/testing';
import type { CallReport } from '../call/call-report.js';
import type { PlacedCall } from '../call/placed-call.js';

/** Hangs up once the condition holds; a call that is over by itself before that is as good. */
export async function hangUpWhen(
  call: PlacedCall,
  condition: () => boolean,
  what: string,
): Promise<CallReport> {
  let over = false;
  void call.ended.then(() => {
    over = true;
  });
  await until(() => over || condition(), what);
  call.hangUp();
  return call.ended;
}

/** Milliseconds of the agent's sound that have arrived so far. */
export function receivedMs({ line }: PlacedCall): number {
  return line.record.stretches.reduce((sum, stretch) => sum + stretch.receivedMs, 0);
}

export function hasEvent({ line }: PlacedCall, what: string): boolean {
  return line.record.events.some((event) => event.what === what);
}
