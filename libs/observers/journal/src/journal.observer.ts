import type { CallObserver, CallView, EventType, Log } from '#libs/contracts';
import type { JournalConfig } from './journal.config.js';

/** Few enough to be read by a person who looks for one call. */
const TOLD: ReadonlySet<EventType> = new Set<EventType>([
  'call.connected',
  'call.suspended',
  'call.resumed',
  'call.ended',
  'agent.interrupted',
  'backend.connected',
  'backend.lost',
  'backend.restored',
  'audio.dropped',
  'audio.stalled',
  'audio.recovered',
  'quality.degraded',
  'quality.recovered',
]);

/** Writes what happens in a call to the log: one line an event, never one a frame. */
export class JournalObserver implements CallObserver {
  readonly name = 'journal';

  constructor(
    private readonly config: JournalConfig,
    private readonly log: Log,
  ) {}

  onCall(call: CallView): () => void {
    const { platform, platformCallId, from, to } = call.info;
    const log = this.log.child({ callId: call.id });
    log.info({ platform, platformCallId, backend: call.backend, pii: { from, to } }, 'call.offered');
    return call.router.onAny((type, data) => {
      if (TOLD.has(type)) log.info(data, type);
      else if (type === 'transcript.final' && this.config.transcripts) log.debug({ pii: data }, type);
    });
  }
}
