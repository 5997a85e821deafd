import type { HeardItem } from '#libs/contracts';

/** One utterance of the agent, from its first sound that was sent to its last that was heard. */
interface Item {
  readonly itemId: string;
  /** Where it begins on the line of all sound sent since the last silence order. */
  readonly startMs: number;
  sentMs: number;
  complete: boolean;
  /** Sound of the item that the platform did not take, and where in what it took the hole is. */
  holes: readonly Hole[];
}

interface Hole {
  readonly atMs: number;
  readonly durationMs: number;
}

const NO_HOLES: readonly Hole[] = [];

/** A place in what the platform took, as a place in what the backend made. */
function inItem(item: Item, takenMs: number): number {
  return item.holes.reduce((sum, hole) => (hole.atMs < takenMs ? sum + hole.durationMs : sum), takenMs);
}

function madeMs(item: Item): number {
  return item.holes.reduce((sum, hole) => sum + hole.durationMs, item.sentMs);
}

interface Mark {
  readonly name: string;
  readonly positionMs: number;
}

/** An item that was played to its end. */
export interface ItemHeard {
  readonly itemId: string;
  readonly heardMs: number;
  /** Clock's guess minus what the mark told; null where there are no marks. */
  readonly errorMs: number | null;
}

/**
 * Beyond this lag behind the clock a mark counts as lost, and the clock is believed again. A line may stall for seconds and
 * then play everything, so this is longer than any stall that the connection's pings would let pass.
 */
const MARK_LOST_MS = 30_000;

/** The clock alone is never quite sure: this long after the computed end the sound counts as heard. */
export const CLOCK_SLACK_MS = 300;

/** A far side that takes every other frame makes many holes; beyond this the place in the item is a little too early. */
const MOST_HOLES = 64;

/** Forgotten silence orders whose late sound is still refused. */
const CANCELLED_KEPT = 32;

/**
 * Knows, for every item of the agent, what was sent to the platform and what the caller has heard of it.
 *
 * The platform plays what it was sent in one unbroken line from the first sound on. Position on that line advances with the
 * clock, is set right by each mark that comes back, and never passes a mark that has not come back: where there are marks
 * they are the witness, and the clock only tells what lies between two of them.
 *
 * Pure: the time comes in as an argument, in milliseconds.
 */
export class PlaybackLedger {
  private items: Item[] = [];
  private marks: Mark[] = [];
  private readonly cancelled: string[] = [];
  private generation = 0;
  private markCount = 0;
  private sentTotalMs = 0;
  private markedMs = 0;
  private anchorAtMs = 0;
  private anchorMs = 0;
  private dueAtMs = 0;

  /** `marks`: the platform tells when a mark was reached. */
  constructor(private readonly hasMarks: boolean) {}

  /** When sound that is sent now will be heard. */
  heardAtMs(nowMs: number): number {
    return nowMs + this.sentTotalMs - this.positionMs(nowMs);
  }

  /** False: this item was interrupted, its late sound must not be sent. */
  admits(itemId: string): boolean {
    return !this.cancelled.includes(itemId);
  }

  /** Where on the line the next sound will be. */
  get endMs(): number {
    return this.sentTotalMs;
  }

  /** When this place of the line was heard, or will be, counted from the newest certain point. */
  instantOf(placeMs: number): number {
    return this.anchorAtMs + (placeMs - this.anchorMs);
  }

  /** Has the place of the newest certain point, or one behind it, been reached? */
  isCertain(placeMs: number): boolean {
    return placeMs <= this.anchorMs;
  }

  /** When everything sent will have been heard by the clock alone, whatever marks say: those of a slow way back come late. */
  get dueMs(): number {
    return this.dueAtMs;
  }

  /** Has the platform said that everything sent was heard? Also true where nothing was sent. */
  get isCertainlyHeard(): boolean {
    return this.isCertain(this.sentTotalMs);
  }

  /** More sound of the newest item is to come. */
  get isArriving(): boolean {
    return this.items.at(-1)?.complete === false;
  }

  isReached(placeMs: number, nowMs: number): boolean {
    return placeMs < this.positionMs(nowMs);
  }

  /**
   * `durationMs` of `itemId` was handed to the platform. Returns how long the sound had run out before, in the middle of
   * this item; 0 where it had not.
   */
  sent(itemId: string, durationMs: number, nowMs: number): number {
    let starvedMs = 0;
    if (this.positionMs(nowMs) >= this.sentTotalMs) {
      if (this.isOpen(itemId)) starvedMs = Math.max(0, nowMs - this.instantOf(this.sentTotalMs));
      // Nothing was playing: the line starts again here and now.
      this.anchorAtMs = nowMs;
      this.anchorMs = this.sentTotalMs;
    }
    this.itemOf(itemId).sentMs += durationMs;
    this.sentTotalMs += durationMs;
    this.dueAtMs = Math.max(this.dueAtMs, nowMs) + durationMs;
    return starvedMs;
  }

  /** `durationMs` of `itemId` was not taken: it will never be heard, and what follows lies that much later in the item. */
  refused(itemId: string, durationMs: number): void {
    const item = this.itemOf(itemId);
    const last = item.holes.at(-1);
    if (last?.atMs === item.sentMs) {
      item.holes = [
        ...item.holes.slice(0, -1),
        { atMs: last.atMs, durationMs: last.durationMs + durationMs },
      ];
    } else if (item.holes.length < MOST_HOLES) {
      item.holes = [...item.holes, { atMs: item.sentMs, durationMs }];
    }
  }

  /** Has the platform been given anything since the last silence order? */
  get hasSent(): boolean {
    return this.sentTotalMs > 0;
  }

  /** No more sound of this item will come. */
  complete(itemId: string): void {
    for (const item of this.items) if (item.itemId === itemId) item.complete = true;
  }

  /** Sound sent since the last mark. */
  get unmarkedMs(): number {
    return this.sentTotalMs - this.markedMs;
  }

  /** The name of a mark to send now, behind everything sent so far but the newest `heldMs`, which the leg holds back. */
  addMark(heldMs = 0): string {
    const name = `${this.generation}:${++this.markCount}`;
    this.marks.push({ name, positionMs: this.sentTotalMs - heldMs });
    this.markedMs = this.sentTotalMs;
    return name;
  }

  /**
   * A mark came back. Marks of before the last silence order say nothing (platforms return those unheard) and are ignored.
   * Returns the clock's error at that point, or null for a mark that is not ours or no longer counts.
   */
  markHeard(name: string, nowMs: number): number | null {
    const index = this.marks.findIndex((mark) => mark.name === name);
    if (index < 0) return null;
    const { positionMs } = this.marks[index]!;
    const errorMs = this.clockMs(nowMs) - positionMs;
    // The platform plays in order, so marks before this one were reached as well, even if their echo was lost.
    this.marks.splice(0, index + 1);
    this.anchorAtMs = nowMs;
    this.anchorMs = positionMs;
    return errorMs;
  }

  /** The platform says that everything it was sent has been played. */
  allHeard(nowMs: number): void {
    this.marks = [];
    this.anchorAtMs = nowMs;
    this.anchorMs = this.sentTotalMs;
  }

  /** Takes out the items that were heard to their end. */
  takeHeard(nowMs: number, errorMs: number | null = null): readonly ItemHeard[] {
    const positionMs = this.positionMs(nowMs);
    const heard: ItemHeard[] = [];
    while (this.items.length > 0) {
      const item = this.items[0]!;
      if (!item.complete || positionMs < item.startMs + item.sentMs) break;
      // Of this nothing was taken, so nothing was heard; it is told with what is unheard, until others were heard after it.
      if (item.sentMs === 0 && !this.items.some(({ sentMs }) => sentMs > 0)) break;
      if (item.sentMs > 0) heard.push({ itemId: item.itemId, heardMs: madeMs(item), errorMs });
      this.items.shift();
    }
    return heard;
  }

  /** Is something of what was sent still to be heard? By the clock alone one waits a little longer to be sure. */
  isPlaying(nowMs: number): boolean {
    if (this.sentTotalMs === 0) return false;
    if (this.hasMarks) return this.positionMs(nowMs) < this.sentTotalMs;
    return this.clockMs(nowMs) < this.sentTotalMs + CLOCK_SLACK_MS;
  }

  /** How long until everything sent is heard; 0 when it is. */
  remainingMs(nowMs: number): number {
    return Math.max(0, this.sentTotalMs - this.positionMs(nowMs));
  }

  /** Items not known to be heard to their end, oldest first, as of now. */
  unheard(nowMs: number): readonly HeardItem[] {
    const positionMs = this.positionMs(nowMs);
    return this.items.map((item) => ({
      itemId: item.itemId,
      sentMs: madeMs(item),
      heardMs: inItem(item, Math.min(item.sentMs, Math.max(0, positionMs - item.startMs))),
      complete: item.complete,
    }));
  }

  /** Sound of these items that still comes is not wanted any more. */
  cancel(itemIds: readonly string[]): void {
    this.cancelled.push(...itemIds);
    if (this.cancelled.length > CANCELLED_KEPT)
      this.cancelled.splice(0, this.cancelled.length - CANCELLED_KEPT);
  }

  /** The platform was told to be silent and to forget what it holds: the line starts anew. */
  clear(): void {
    this.generation++;
    this.items = [];
    this.marks = [];
    this.sentTotalMs = 0;
    this.markedMs = 0;
    this.anchorAtMs = 0;
    this.anchorMs = 0;
    this.dueAtMs = 0;
  }

  /** Is this the newest item, with sound that was sent and more to come? */
  private isOpen(itemId: string): boolean {
    const last = this.items[this.items.length - 1];
    return last !== undefined && last.itemId === itemId && !last.complete && last.sentMs > 0;
  }

  private itemOf(itemId: string): Item {
    const last = this.items[this.items.length - 1];
    if (last?.itemId === itemId) return last;
    if (last !== undefined) last.complete = true;
    const item: Item = { itemId, startMs: this.sentTotalMs, sentMs: 0, complete: false, holes: NO_HOLES };
    this.items.push(item);
    return item;
  }

  /** Position by the clock since the last certain point. */
  private clockMs(nowMs: number): number {
    return this.anchorMs + (nowMs - this.anchorAtMs);
  }

  /** Best knowledge of how much of the line was heard. */
  private positionMs(nowMs: number): number {
    const clockMs = Math.min(this.clockMs(nowMs), this.sentTotalMs);
    const first = this.marks[0];
    if (first === undefined || !this.hasMarks) return clockMs;
    return this.clockMs(nowMs) - first.positionMs > MARK_LOST_MS
      ? clockMs
      : Math.min(clockMs, first.positionMs);
  }
}
