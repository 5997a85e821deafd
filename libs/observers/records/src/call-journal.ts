import { type EventStamp, type EventType, type JournalEntry, withBoundedTexts } from '#libs/contracts';
import type { RecordsConfig } from './records.config.js';

/** Told every second or with each word; what they amount to is told elsewhere. */
const NOT_KEPT: ReadonlySet<EventType> = new Set<EventType>([
  'audio.sampled',
  'quality.sampled',
  'conversation.sampled',
  'transcript.partial',
]);

const SECOND_MS = 1000;
/** Of a text in an event, such as what a function was called with. */
const LONGEST_TEXT = 16_000;

/** Events of one type within one second. */
interface Burst {
  readonly untilMs: number;
  kept: number;
  /** The last of those that were not kept one by one, and how many they were. */
  folded: { data: object; stamp: EventStamp; count: number } | null;
}

type Limits = Pick<RecordsConfig, 'keptEvents' | 'eventsPerSecond'>;

/**
 * Events of one call, in order and bounded: of what floods, a few a second are kept and the rest of that second becomes one entry with
 * `folded`, the number of events it stands for. Where there are too many in all, the entry `journal.full` is the last but those of the
 * call itself.
 */
export class CallJournal {
  private readonly bursts = new Map<EventType, Burst>();
  private kept = 0;
  private saidFull = false;

  constructor(
    private readonly callId: string,
    private readonly offeredMs: number,
    private readonly limits: Limits,
    private readonly put: (entry: JournalEntry) => void,
  ) {}

  note(type: EventType, data: object, stamp: EventStamp): void {
    if (NOT_KEPT.has(type)) return;
    // What floods is told before what comes after it.
    this.unfold(stamp.atMs);
    const burst = this.burst(type, stamp.atMs);
    if (burst.kept < this.limits.eventsPerSecond || type.startsWith('call.')) {
      burst.kept++;
      this.keep(type, data, stamp);
    } else burst.folded = { data, stamp, count: (burst.folded?.count ?? 0) + 1 };
    if (type === 'call.ended') this.close();
  }

  /** Nothing is held back any more. What comes later is still kept. */
  close(): void {
    this.unfold(Number.POSITIVE_INFINITY);
  }

  private burst(type: EventType, atMs: number): Burst {
    let burst = this.bursts.get(type);
    if (burst === undefined || atMs >= burst.untilMs) {
      burst = { untilMs: atMs + SECOND_MS, kept: 0, folded: null };
      this.bursts.set(type, burst);
    }
    return burst;
  }

  private unfold(atMs: number): void {
    for (const [type, burst] of this.bursts) {
      if (burst.folded === null || atMs < burst.untilMs) continue;
      const { data, stamp, count } = burst.folded;
      burst.folded = null;
      this.keep(type, count === 1 ? data : { ...data, folded: count }, stamp);
    }
  }

  private keep(type: EventType, data: object, stamp: EventStamp): void {
    this.kept++;
    const isFull = this.kept > this.limits.keptEvents && !type.startsWith('call.');
    if (!isFull) this.write(type, data, stamp);
    else if (!this.saidFull) {
      this.saidFull = true;
      this.write('journal.full', { entries: this.limits.keptEvents }, stamp);
    }
  }

  private write(type: string, data: object, { seq, atMs }: EventStamp): void {
    this.put({
      callId: this.callId,
      seq,
      atMs: Math.max(0, atMs - this.offeredMs),
      type,
      data: withBoundedTexts(data, LONGEST_TEXT),
    });
  }
}
