import {
  type CallObserver,
  type CallView,
  EventRedactor,
  type EventStamp,
  type EventType,
  type PluginHost,
} from '#libs/contracts';
import { CallFacts } from './call-facts.js';
import { CallJournal } from './call-journal.js';
import { CallWords } from './call-words.js';
import type { RecordsConfig } from './records.config.js';

export type RecordsHost = Pick<PluginHost, 'records' | 'redact'>;

/**
 * Keeps of every call its record, its transcript and its journal, redacted as the call's agent asks before anything leaves here.
 */
export class RecordsObserver implements CallObserver {
  readonly name = 'records';

  constructor(
    private readonly config: RecordsConfig,
    private readonly host: RecordsHost,
  ) {}

  onCall(call: CallView): () => void {
    const { records, redact } = this.host;
    const { offeredMs } = call;
    const redactor = new EventRedactor(redact, call.agent.privacy.redact);
    const facts = new CallFacts(call, (record) => records.put({ kind: 'call', call: record }));
    const words = new CallWords(call, redactor, (line) => records.put({ kind: 'line', line }));
    const journal = this.config.journal
      ? new CallJournal(call.id, offeredMs, this.config, (entry) => records.put({ kind: 'event', entry }))
      : null;
    facts.begin();
    // Not given up when the call ends: other observers tell their results while they finish.
    call.router.onAny((type: EventType, data: object, stamp: EventStamp) => {
      facts.note(type, data, stamp.atMs - offeredMs);
      words.note(type, data, stamp.atMs);
      journal?.note(type, redactor.event(type, data), stamp);
    });
    return () => journal?.close();
  }
}
