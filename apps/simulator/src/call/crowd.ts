import { setTimeout as sleep } from 'node:timers/promises';
import type { CallReport } from './call-report.js';
import type { PlacedCall } from './placed-call.js';

export interface CrowdOptions {
  readonly calls: number;
  /** Over this time the calls are begun, evenly. */
  readonly rampMs: number;
  /** Called when a call has ended. */
  readonly onEnded?: (report: CallReport, index: number, call: PlacedCall) => Promise<void> | void;
}

/** Places many calls at once and waits for all of them. Reports come in the order of placing. */
export async function placeCrowd(
  options: CrowdOptions,
  place: (index: number) => PlacedCall,
): Promise<readonly CallReport[]> {
  const { calls, rampMs, onEnded } = options;
  const beganMs = performance.now();
  const ended: Promise<CallReport>[] = [];
  // Sockets that are being replaced and clocks of the callers do not keep the process alive.
  const alive = setInterval(() => undefined, 60_000);
  for (let index = 0; index < calls; index++) {
    const waitMs = beganMs + (index * rampMs) / calls - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const call = place(index);
    ended.push(
      call.ended.then(async (report) => {
        await onEnded?.(report, index, call);
        return report;
      }),
    );
  }
  const reports = await Promise.all(ended);
  clearInterval(alive);
  return reports;
}
