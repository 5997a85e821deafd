import {
  type CallObserver,
  type CallView,
  EventRedactor,
  type EventType,
  type PluginHost,
} from '#libs/contracts';
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

/** Writes what happens in a call to the log, redacted as the call's agent asks: one line an event, never one a frame. */
export class JournalObserver implements CallObserver {
  readonly name = 'journal';

  constructor(
    private readonly config: JournalConfig,
    private readonly host: Pick<PluginHost, 'log' | 'redact'>,
  ) {}

  onCall(call: CallView): () => void {
    const { platform, platformCallId, from, to } = call.info;
    const log = this.host.log.child({ callId: call.id });
    const redactor = new EventRedactor(this.host.redact, call.agent.privacy.redact);
    const kept = (party: string | null) => (party === null ? null : redactor.text(party));
    const pii = { from: kept(from), to: kept(to) };
    log.info({ platform, platformCallId, backend: call.backend, pii }, 'call.offered');
    return call.router.onAny((type, data) => {
      if (TOLD.has(type)) log.info(redactor.event(type, data), type);
      else if (type === 'transcript.final' && this.config.transcripts)
        log.debug({ pii: redactor.event(type, data) }, type);
    });
  }
}
