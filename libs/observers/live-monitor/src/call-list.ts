import type { CallView, Cancel, Clock } from '#libs/contracts';
import { LevelWatch } from './level-watch.js';
import type { LiveMonitorConfig } from './live-monitor.config.js';
import type { MessageId } from './messages.js';
import { MonitoredCall } from './monitored-call.js';
import { StateBudget } from './state-budget.js';
import { textMessage, type Viewer } from './viewer.js';

/** Changes that come together are told as one. */
const TELL_AFTER_MS = 50;

/** Every call that runs and the newest that ended, and who watches the list. */
export class CallList {
  private readonly calls = new Map<string, MonitoredCall>();
  /** Ended calls, oldest first, and when they leave the list. */
  private readonly ended: { readonly call: MonitoredCall; readonly goneAtMs: number }[] = [];
  private readonly watchers = new Set<Viewer>();
  private readonly changed = new Set<MonitoredCall>();
  /** What operators may still be told of whole states. */
  readonly budget: StateBudget;
  private readonly levels: LevelWatch;
  private cancelTelling: Cancel | null = null;
  private cancelSweep: Cancel | null = null;
  private streams = 0;

  constructor(
    private readonly config: LiveMonitorConfig,
    private readonly clock: Clock,
  ) {
    this.budget = new StateBudget(clock);
    this.levels = new LevelWatch(clock, config.levelsEveryMs, (message) => {
      for (const viewer of this.watchers) viewer.sendTextIfDrained(message);
    });
  }

  find(callId: string): MonitoredCall | null {
    return this.calls.get(callId) ?? null;
  }

  add(view: CallView): MonitoredCall {
    const call: MonitoredCall = new MonitoredCall({
      view,
      stream: ++this.streams,
      clock: this.clock,
      config: this.config,
      onChange: () => this.change(call),
    });
    this.calls.set(call.id, call);
    this.levels.add(call);
    return call;
  }

  /** The call is over; it stays for a while. */
  retire(call: MonitoredCall): void {
    this.levels.remove(call);
    this.ended.push({ call, goneAtMs: this.clock.nowMs() + this.config.endedMinutes * 60_000 });
    this.sweep();
  }

  /** Returns how many bytes the viewer was told. */
  watch(viewer: Viewer, id: MessageId): number {
    const calls = [...this.calls.values()].map(({ summary }) => summary);
    const bytes = viewer.tell('calls', { calls }, id);
    this.watchers.add(viewer);
    this.levels.start();
    return bytes;
  }

  unwatch(viewer: Viewer): void {
    if (!this.watchers.delete(viewer) || this.watchers.size > 0) return;
    this.levels.stop();
    this.changed.clear();
  }

  private change(call: MonitoredCall): void {
    if (this.watchers.size === 0) return;
    this.changed.add(call);
    this.cancelTelling ??= this.clock.after(TELL_AFTER_MS, () => this.tellChanges());
  }

  private tellChanges(): void {
    this.cancelTelling = null;
    for (const call of this.changed) this.tell('call.changed', call.summary);
    this.changed.clear();
  }

  private sweep(): void {
    const nowMs = this.clock.nowMs();
    const isGone = () =>
      this.ended.length > this.config.endedCalls ||
      (this.ended[0]?.goneAtMs ?? Number.POSITIVE_INFINITY) <= nowMs;
    while (isGone()) {
      const { call } = this.ended.shift()!;
      this.calls.delete(call.id);
      this.changed.delete(call);
      this.tell('call.gone', { callId: call.id });
    }
    this.cancelSweep?.();
    const next = this.ended[0];
    this.cancelSweep =
      next === undefined ? null : this.clock.after(next.goneAtMs - nowMs, () => this.sweep());
  }

  private tell(event: string, data: object): void {
    if (this.watchers.size === 0) return;
    const message = textMessage(event, data);
    for (const viewer of this.watchers) viewer.sendText(message);
  }
}
