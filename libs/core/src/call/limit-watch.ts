import type { AgentLimits, CallLimitKind, Cancel, Clock, EventRouter } from '#libs/contracts';

/** A call may last so long and cost so much: tells when one of the two is reached, once. */
export class LimitWatch {
  private costUsd = 0;
  private isReached = false;
  private cancelTimer: Cancel | null = null;

  constructor(
    private readonly router: EventRouter,
    clock: Clock,
    { maxDurationMs, maxCostUsd }: AgentLimits,
    private readonly onReached: () => void,
  ) {
    if (maxDurationMs !== null) {
      // The caller's time counts, not that of his waiting for the AI on a line that still rings.
      router.on('call.answered', () => {
        this.cancelTimer = clock.after(maxDurationMs, () => this.reached('duration'));
      });
    }
    if (maxCostUsd !== null) {
      router.on('backend.used', ({ usage }) => {
        this.costUsd += usage.costUsd ?? 0;
        if (this.costUsd >= maxCostUsd) this.reached('cost');
      });
    }
  }

  close(): void {
    this.cancelTimer?.();
    this.isReached = true;
  }

  private reached(limit: CallLimitKind): void {
    if (this.isReached) return;
    this.isReached = true;
    this.router.publish('call.limit.reached', { limit });
    this.onReached();
  }
}
