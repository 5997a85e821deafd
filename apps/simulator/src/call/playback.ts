import { bytesPerMs, bytesPerSample } from '#libs/audio';
import type { AudioFormat } from '#libs/contracts';

/** Sound of the agent that belongs together: on AudioCodes a play stream, on Twilio what came without a pause. */
export interface Stretch {
  /** The platform's name of it, where it has one. */
  readonly name: string | null;
  /** When its first sound arrived, and when that was heard. */
  readonly arrivedMs: number;
  startedMs: number | null;
  receivedMs: number;
  playedMs: number;
  /** Thrown away unheard. */
  droppedMs: number;
  endedMs: number | null;
}

export function newStretch(name: string | null, arrivedMs: number): Stretch {
  return { name, arrivedMs, startedMs: null, receivedMs: 0, playedMs: 0, droppedMs: 0, endedMs: null };
}

export type MarkEnd = 'played' | 'cleared' | 'empty';

/** What the caller's ear is given: sound in the order and at the time of hearing. */
export interface PlaybackListener {
  onPlayed(bytes: Uint8Array, format: AudioFormat, atMs: number, arrivedMs: number): void;
  /** The queue ran dry `gapMs` before the sound that has just arrived. */
  onGap(dryAtMs: number, gapMs: number): void;
}

type Entry =
  | {
      readonly bytes: Uint8Array;
      at: number;
      readonly format: AudioFormat;
      readonly stretch: Stretch;
      readonly arrivedMs: number;
    }
  | { readonly bytes: null; readonly reached: (end: MarkEnd, atMs: number) => void };

/**
 * What a telephony platform plays to the caller: a queue of sound and marks, drained at the true rate of each format by
 * the clock, whenever it is looked at. Exact to one sample: positions follow from bytes and times, never from how often
 * or how late `advance` is called.
 */
export class Playback {
  private readonly queue: Entry[] = [];
  /** Up to here everything that was due has been played. */
  private cursorMs = Number.NEGATIVE_INFINITY;
  private dryAtMs: number | null = null;
  private waitingMs = 0;
  private totalPlayedMs = 0;

  constructor(private readonly listener: PlaybackListener) {}

  /** Milliseconds of sound that wait to be heard, as of the last `advance`. */
  get queuedMs(): number {
    return this.waitingMs;
  }

  /** Milliseconds of sound heard so far, as of the last `advance`. */
  get playedMs(): number {
    return this.totalPlayedMs;
  }

  get empty(): boolean {
    return this.queue.length === 0;
  }

  enqueue(bytes: Uint8Array, format: AudioFormat, stretch: Stretch, nowMs: number): void {
    this.advance(nowMs);
    if (bytes.byteLength === 0) return;
    if (this.waitingMs === 0) {
      if (this.dryAtMs !== null) this.listener.onGap(this.dryAtMs, nowMs - this.dryAtMs);
      this.cursorMs = nowMs;
      this.dryAtMs = null;
    }
    const durationMs = bytes.byteLength / bytesPerMs(format);
    stretch.receivedMs += durationMs;
    this.waitingMs += durationMs;
    this.queue.push({ bytes, at: 0, format, stretch, arrivedMs: nowMs });
  }

  /** `reached` is called when everything before has been heard or thrown away; at once if nothing waits. */
  mark(reached: (end: MarkEnd, atMs: number) => void, nowMs: number): void {
    this.advance(nowMs);
    if (this.queue.length === 0) reached('empty', nowMs);
    else this.queue.push({ bytes: null, reached });
  }

  /** Drops what waits and reaches every mark. Returns how much sound was thrown away, in milliseconds. */
  clear(nowMs: number): number {
    return this.drop(() => true, nowMs);
  }

  /** As `clear`, for the sound of one stretch; marks behind it stay. */
  dropStretch(stretch: Stretch, nowMs: number): number {
    return this.drop((entry) => entry.bytes !== null && entry.stretch === stretch, nowMs);
  }

  /** When the next mark will be reached if nothing is cleared; null when no mark waits. */
  nextMarkDueMs(): number | null {
    let dueMs = this.cursorMs;
    for (const entry of this.queue) {
      if (entry.bytes === null) return dueMs;
      dueMs += (entry.bytes.byteLength - entry.at) / bytesPerMs(entry.format);
    }
    return null;
  }

  advance(nowMs: number): void {
    for (let entry = this.queue[0]; entry !== undefined; entry = this.queue[0]) {
      if (entry.bytes === null) {
        this.queue.shift();
        entry.reached('played', this.cursorMs);
        continue;
      }
      if (!this.play(entry, nowMs)) return;
      this.queue.shift();
      if (this.queue.every((next) => next.bytes === null)) {
        this.dryAtMs = this.cursorMs;
        this.waitingMs = 0;
      }
    }
  }

  /** Returns true when the entry has been played to its end. */
  private play(entry: Extract<Entry, { bytes: Uint8Array }>, nowMs: number): boolean {
    const rate = bytesPerMs(entry.format);
    const sample = bytesPerSample(entry.format);
    const dueBytes = Math.floor(((nowMs - this.cursorMs) * rate + 1e-6) / sample) * sample;
    const take = Math.min(dueBytes, entry.bytes.byteLength - entry.at);
    if (take > 0) {
      const piece = entry.bytes.subarray(entry.at, entry.at + take);
      const durationMs = take / rate;
      entry.at += take;
      entry.stretch.startedMs ??= this.cursorMs;
      entry.stretch.playedMs += durationMs;
      this.totalPlayedMs += durationMs;
      this.waitingMs -= durationMs;
      this.listener.onPlayed(piece, entry.format, this.cursorMs, entry.arrivedMs);
      this.cursorMs += durationMs;
      entry.stretch.endedMs = this.cursorMs;
    }
    return entry.at >= entry.bytes.byteLength;
  }

  private drop(chosen: (entry: Entry) => boolean, nowMs: number): number {
    this.advance(nowMs);
    const before = this.queue.splice(0);
    // What follows dropped sound starts now, not where the dropped sound would have ended.
    if (before[0] && chosen(before[0])) this.cursorMs = nowMs;
    let droppedMs = 0;
    const reached: ((end: MarkEnd, atMs: number) => void)[] = [];
    for (const entry of before) {
      if (!chosen(entry)) {
        this.queue.push(entry);
      } else if (entry.bytes === null) {
        reached.push(entry.reached);
      } else {
        const restMs = (entry.bytes.byteLength - entry.at) / bytesPerMs(entry.format);
        entry.stretch.droppedMs += restMs;
        droppedMs += restMs;
      }
    }
    this.waitingMs = this.queue.some((entry) => entry.bytes !== null) ? this.waitingMs - droppedMs : 0;
    if (this.waitingMs === 0) this.dryAtMs = null;
    for (const reach of reached) reach('cleared', nowMs);
    this.advance(nowMs);
    return droppedMs;
  }
}
