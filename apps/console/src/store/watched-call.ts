import type { Clock } from '#libs/contracts';
import { afterEvent, type CallDetail, detailFrom } from './call-detail.js';
import { Cell } from './cell.js';
import type { MonitorClient, MonitorError } from './monitor-client.js';
import type { CallEvent, CallSnapshot, CallSummary, MonitorMessage } from './protocol.js';

export type WatchedCallState =
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly call: CallDetail }
  /** The gateway does not know this call any more. */
  | { readonly phase: 'missing'; readonly error: MonitorError };

/** A page shows changes at most this often. */
const TELL_EVERY_MS = 50;

/** One call, followed until `close()`. */
export class WatchedCall {
  readonly state = new Cell<WatchedCallState>({ phase: 'loading' });
  private newest: WatchedCallState = { phase: 'loading' };
  private waiting = false;
  private readonly undo: readonly (() => void)[];

  constructor(
    client: MonitorClient,
    private readonly clock: Clock,
    readonly callId: string,
  ) {
    this.undo = [
      client.onMessage((message) => this.take(message)),
      client.subscribe('call.subscribe', { callId }, 'call.unsubscribe', (error) => this.onRefused(error)),
    ];
  }

  close(): void {
    for (const undo of this.undo) undo();
  }

  private onRefused(error: MonitorError): void {
    // What is on the screen already stays there: after a restart the gateway knows no earlier calls.
    if (this.newest.phase === 'ready') return;
    this.newest = { phase: 'missing', error };
    this.tellSoon();
  }

  private take({ event, data }: MonitorMessage): void {
    if (event === 'call') {
      const snapshot = data as unknown as CallSnapshot;
      if (snapshot.summary.callId !== this.callId) return;
      this.newest = { phase: 'ready', call: detailFrom(snapshot) };
    } else if (data.callId !== this.callId || this.newest.phase !== 'ready') {
      return;
    } else if (event === 'call.event') {
      this.newest = { phase: 'ready', call: afterEvent(this.newest.call, data as unknown as CallEvent) };
    } else if (event === 'call.changed') {
      this.newest = {
        phase: 'ready',
        call: { ...this.newest.call, summary: data as unknown as CallSummary },
      };
    } else {
      return;
    }
    this.tellSoon();
  }

  private tellSoon(): void {
    if (this.waiting) return;
    this.waiting = true;
    this.clock.after(TELL_EVERY_MS, () => {
      this.waiting = false;
      this.state.set(this.newest);
    });
  }
}
