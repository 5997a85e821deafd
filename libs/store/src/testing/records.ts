import type { CallRecord, JournalEntry, Kept, TranscriptItem } from '#libs/contracts';

export function callRecord(callId: string, part: Partial<CallRecord> = {}): CallRecord {
  return {
    callId,
    platform: 'loopback',
    platformCallId: `p-${callId}`,
    direction: 'inbound',
    from: '+4930111',
    to: '+4930222',
    agent: 'reception',
    agentVersion: 1,
    backend: 'echo',
    orderId: null,
    startedAt: 1_763_700_000_000,
    connectedAt: null,
    endedAt: null,
    endReason: null,
    endOwner: null,
    endCode: null,
    figures: null,
    quality: null,
    tools: [],
    recording: null,
    costUsd: null,
    forgetAt: null,
    recordingDueAt: null,
    ...part,
  };
}

export function transcriptItem(
  callId: string,
  itemId: string,
  part: Partial<TranscriptItem> = {},
): TranscriptItem {
  return {
    callId,
    itemId,
    speaker: 'caller',
    atMs: 100,
    endMs: null,
    said: 'Hello there',
    heard: 'Hello there',
    heardMs: null,
    sentMs: null,
    ...part,
  };
}

export function journalEntry(callId: string, seq: number, part: Partial<JournalEntry> = {}): JournalEntry {
  return { callId, seq, atMs: seq * 10, type: 'caller.dtmf', data: { digit: '1' }, ...part };
}

export const call = (record: CallRecord): Kept => ({ kind: 'call', call: record });
export const line = (item: TranscriptItem): Kept => ({ kind: 'line', line: item });
export const event = (entry: JournalEntry): Kept => ({ kind: 'event', entry });
