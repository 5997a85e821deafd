import type { Backlogs } from '#libs/contracts';

/** Nothing waits, ever. */
export const idleBacklogs: Backlogs = {
  spool: () => ({ rows: 0, fill: 0, oldestAgeMs: null, delivered: 0, lost: {} }),
  outbox: () => Promise.resolve({ waiting: 0, oldestAgeMs: null }),
  dials: () =>
    Promise.resolve({
      orders: { queued: 0, dialling: 0, ringing: 0, answered: 0 },
      overdueMs: null,
      spentUsd: 0,
      spendLimitUsd: 0,
    }),
};
