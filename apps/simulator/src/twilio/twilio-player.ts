import type { AudioFormat, Cancel } from '#libs/contracts';
import type { MarkReport } from '../call/call-report.js';
import type { CallerLine } from '../call/caller-line.js';
import { GAP_LIMIT_MS } from '../call/line-record.js';
import { type MarkEnd, newStretch, type Stretch } from '../call/playback.js';
import { inspectSound } from '../call/suspicious-sound.js';

export const TWILIO_FORMAT: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };

/** Ten minutes of μ-law; what comes on top is thrown away, once with a warning. */
const QUEUE_LIMIT_MS = 600_000;
/** Sound that is followed by less than this pause belongs together. */
const STRETCH_PAUSE_MS = GAP_LIMIT_MS;

/** Twilio's side of the sound that we send: the queue, its marks and `clear`. */
export class TwilioPlayer {
  private readonly stretches: Stretch[];
  private readonly marks: MarkReport[];
  private stretch: Stretch | null = null;
  private receivedMs = 0;
  private nextMark: Cancel | null = null;

  constructor(
    private readonly line: CallerLine,
    private readonly echo: (markName: string) => void,
  ) {
    this.stretches = line.record.stretches;
    this.marks = line.record.marks;
    // A pause in which the caller has the word is no gap.
    line.record.isGap = (dryAtMs, gapMs) => gapMs < GAP_LIMIT_MS && !line.record.callerSpokeSince(dryAtMs);
  }

  media(bytes: Uint8Array, nowMs: number): void {
    this.line.agentSound(bytes, nowMs);
    inspectSound(bytes, TWILIO_FORMAT, this.line.record.breaches);
    const { playback } = this.line;
    playback.advance(nowMs);
    if (playback.queuedMs + bytes.length / 8 > QUEUE_LIMIT_MS) {
      this.line.record.breaches.add(
        '31931',
        'more than ten minutes of sound are queued, the newest is thrown away',
      );
      return;
    }
    this.receivedMs += bytes.length / 8;
    playback.enqueue(bytes, TWILIO_FORMAT, this.stretchAt(nowMs), nowMs);
  }

  mark(name: string, nowMs: number): void {
    const positionMs = this.receivedMs;
    this.line.playback.mark((how, atMs) => this.reached(name, positionMs, how, atMs), nowMs);
    this.watchNextMark();
  }

  clear(nowMs: number): void {
    const { playback, record } = this.line;
    playback.advance(nowMs);
    const heardMs = this.stretch?.playedMs ?? 0;
    const wasPlaying = !playback.empty;
    const droppedMs = playback.clear(nowMs);
    this.watchNextMark();
    if (wasPlaying) record.interrupted(nowMs, heardMs, droppedMs);
    this.stretch = null;
  }

  stop(): void {
    this.nextMark?.();
    this.nextMark = null;
  }

  private stretchAt(nowMs: number): Stretch {
    const { playback } = this.line;
    const pauseMs = playback.empty ? nowMs - (this.stretch?.endedMs ?? nowMs) : 0;
    if (this.stretch === null || pauseMs >= STRETCH_PAUSE_MS) {
      this.stretch = newStretch(null, nowMs);
      this.stretches.push(this.stretch);
    }
    return this.stretch;
  }

  private reached(name: string, positionMs: number, how: MarkEnd, atMs: number): void {
    const { record, playback } = this.line;
    this.marks.push({ name, positionMs, reachedMs: record.sinceUp(atMs), how, playedMs: playback.playedMs });
    this.echo(name);
  }

  /** Marks are echoed when they are due, not when the next caller frame happens to leave. */
  private watchNextMark(): void {
    this.nextMark?.();
    this.nextMark = null;
    const dueMs = this.line.playback.nextMarkDueMs();
    if (dueMs === null) return;
    this.nextMark = this.line.clock.after(Math.max(0, dueMs - this.line.clock.nowMs()), () => {
      this.line.playback.advance(this.line.clock.nowMs());
      this.watchNextMark();
    });
  }
}
