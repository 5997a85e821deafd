import type { CallArchive, CallRecord, GatewayEvents, JournalEntry } from '#libs/contracts';
import type { EventTape } from '#libs/testing';

/** Told every second or with each word; the journal leaves them out. */
const NOT_KEPT = new Set(['audio.sampled', 'quality.sampled', 'conversation.sampled', 'transcript.partial']);
const LARGEST_PAGE = 1000;

/** One call, as its events told it or as it was kept, in a form that can be compared. */
export interface CallStory {
  readonly end: string | null;
  /** `seq type`. */
  readonly journal: readonly string[];
  /** `speaker itemId: said | heard`, sorted; heard only where it is told to the end. */
  readonly lines: readonly string[];
}

/** What the gateway's router said of each call, by the call's id. */
export function toldStories(tape: EventTape): ReadonlyMap<string, CallStory> {
  const stories = new Map<string, { end: string | null; journal: string[]; lines: string[] }>();
  for (const { type, data, stamp } of tape.entries) {
    if (stamp.callId === '') continue;
    let story = stories.get(stamp.callId);
    if (story === undefined) {
      story = { end: null, journal: [], lines: [] };
      stories.set(stamp.callId, story);
    }
    if (!NOT_KEPT.has(type)) story.journal.push(`${stamp.seq} ${type}`);
    if (type === 'call.ended') story.end = (data as GatewayEvents['call.ended']).reason;
    if (type === 'transcript.final') {
      const { speaker, itemId, text } = data as GatewayEvents['transcript.final'];
      story.lines.push(`${speaker} ${itemId}: ${text}`);
    }
  }
  for (const story of stories.values()) story.lines.sort();
  return stories;
}

/** The same, from what was kept. Throws where a call stands there twice. */
export async function keptStories(archive: CallArchive): Promise<ReadonlyMap<string, CallStory>> {
  const stories = new Map<string, CallStory>();
  for (const { callId, endReason } of await allCalls(archive)) {
    if (stories.has(callId)) throw new Error(`The call ${callId} was kept twice.`);
    const lines = (await archive.transcript(callId)).map(
      ({ speaker, itemId, said }) => `${speaker} ${itemId}: ${said}`,
    );
    const journal = (await wholeJournal(archive, callId)).map(({ seq, type }) => `${seq} ${type}`);
    stories.set(callId, { end: endReason, journal, lines: lines.sort() });
  }
  return stories;
}

export async function allCalls(archive: CallArchive): Promise<readonly CallRecord[]> {
  const calls: CallRecord[] = [];
  let cursor: string | null = null;
  do {
    const page = await archive.list(cursor === null ? { limit: 200 } : { limit: 200, cursor });
    calls.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return calls;
}

async function wholeJournal(archive: CallArchive, callId: string): Promise<readonly JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (;;) {
    const page = await archive.journal(callId, entries.at(-1)?.seq ?? 0, LARGEST_PAGE);
    entries.push(...page);
    if (page.length < LARGEST_PAGE) return entries;
  }
}
