import type { CallObserver, CallView, Clock, Log } from '#libs/contracts';
import { CallList } from './call-list.js';
import type { LiveMonitorConfig } from './live-monitor.config.js';

/** Notes what happens in every call, for those who watch over the socket. */
export class LiveMonitorObserver implements CallObserver {
  readonly name = 'live-monitor';
  readonly list: CallList;

  constructor(
    readonly config: LiveMonitorConfig,
    clock: Clock,
    /** Who read, listened and stepped in, with the name under which he was let in. */
    readonly audit: Log,
  ) {
    this.list = new CallList(config, clock);
  }

  onCall(view: CallView): () => void {
    const call = this.list.add(view);
    view.router.onAny((type, data, stamp) => call.note(type, data, stamp));
    view.router.on('operator.acted', ({ action, by }) => {
      // Who listens is written down by the desk, which knows to whom.
      if (action === 'listen') return;
      this.audit.info({ callId: view.id, action, by }, 'An operator acted in a call.');
    });
    return () => this.list.retire(call);
  }
}
