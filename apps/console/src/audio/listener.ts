import { CallTimeline } from './call-timeline.js';
import type { Loudspeaker } from './loudspeaker.js';
import { parseMonitorFrame } from './monitor-frame.js';
import { SPEAKERS, type Speaker } from './sound.js';

/** As the live monitor names them. */
export type MonitorSpeaker = 'AI' | 'Caller';

const speakerOf = (name: MonitorSpeaker): Speaker => (name === 'AI' ? 'agent' : 'caller');

/** Plays one call of the live monitor: hand it what comes over the socket about its stream. */
export class Listener {
  private stream: number | null = null;
  private timeline = new CallTimeline();

  constructor(private readonly loudspeaker: Loudspeaker) {}

  /** The stream that is played, or null. */
  get streamNumber(): number | null {
    return this.stream;
  }

  /** `audio.started`: from now on this stream is played, and no other. */
  started({ stream }: { readonly stream: number }): void {
    this.silence();
    this.stream = stream;
    this.timeline = new CallTimeline();
  }

  /** A binary message of the socket. False: not of this stream, or no frame at all. */
  frame(bytes: ArrayBuffer): boolean {
    const frame = parseMonitorFrame(bytes);
    if (frame === null || frame.stream !== this.stream) return false;
    // A browser that waits for a click has a clock that stands still: what came meanwhile is past, not late.
    if (!this.loudspeaker.isRunning) {
      this.timeline = new CallTimeline();
      return true;
    }
    const { speaker, encoding, sampleRate, sound, atMs } = frame;
    const dueMs = this.timeline.dueMs(speaker, atMs, this.loudspeaker.nowMs);
    this.loudspeaker.push(speaker, encoding, sampleRate, sound, { dueMs, atMs });
    return true;
  }

  /** `audio.cut`: what was never heard in the call is not heard here. */
  cut({ stream, speaker, atMs }: { stream: number; speaker: MonitorSpeaker; atMs: number }): void {
    if (stream === this.stream) this.loudspeaker.cut(speakerOf(speaker), atMs);
  }

  /** `audio.ended`: what waits is played to its end. */
  ended({ stream }: { readonly stream: number }): void {
    if (stream === this.stream) this.stream = null;
  }

  /** Nobody listens any more. */
  stop(): void {
    this.silence();
    this.stream = null;
  }

  private silence(): void {
    for (const speaker of SPEAKERS) this.loudspeaker.clear(speaker);
  }
}
