import { bytesPerMs, bytesPerSample } from '#libs/audio';
import type { AudioFormat, AudioFrame, AudioTap, EventRouter, Track, Unsubscribe } from '#libs/contracts';

/** The AI sends pieces of any length. Longer ones leave in parts, so that none is far ahead of its time. */
const PART_MS = 40;

/** Sound of the agent that may wait until it is heard; what comes beyond is lost for listeners. */
const MOST_WAITING_MS = 10 * 60_000;

/** Sound that waits: `bytes` from `from` to `end`, of which the first is heard, or was spoken, at `atMs`. */
interface Waiting {
  readonly format: AudioFormat;
  readonly frame: AudioFrame;
  from: number;
  end: number;
  /** On the gateway's clock. */
  atMs: number;
}

/** `atMs`: on the gateway's clock. */
export type TakePart = (format: AudioFormat, bytes: Uint8Array, atMs: number) => void;

/**
 * One track of a call while somebody listens to it. Frames are only kept when they are pushed, since that happens inside
 * their way through the gateway; they are taken out later, in time with what is heard.
 */
export class LiveTrack implements AudioTap {
  private waiting: Waiting[] = [];
  private waitingMs = 0;
  private cutAtMs: number | null = null;
  private readonly untap: Unsubscribe;

  constructor(
    router: EventRouter,
    private readonly track: Track,
  ) {
    this.untap = router.audio(track).tap(this);
  }

  push(frame: AudioFrame): void {
    if (this.waitingMs >= MOST_WAITING_MS) return;
    // The caller's frame has been spoken when it arrives; the agent's begins to be heard at its time.
    const atMs = this.track === 'caller' ? frame.timestampMs - frame.durationMs : frame.timestampMs;
    const end = Math.round(frame.durationMs * bytesPerMs(frame.format));
    this.waiting.push({ format: frame.format, frame, from: 0, end, atMs });
    this.waitingMs += frame.durationMs;
  }

  cut(atMs: number): void {
    this.cutAtMs = Math.min(this.cutAtMs ?? atMs, atMs);
    const heard: Waiting[] = [];
    this.waitingMs = 0;
    for (const piece of this.waiting) {
      const perMs = bytesPerMs(piece.format);
      const bytes = Math.floor(((atMs - piece.atMs) * perMs) / bytesPerSample(piece.format));
      piece.end = Math.min(piece.end, piece.from + bytes * bytesPerSample(piece.format));
      if (piece.end <= piece.from) continue;
      heard.push(piece);
      this.waitingMs += (piece.end - piece.from) / perMs;
    }
    this.waiting = heard;
  }

  /** The place of a cut since the last time; null when there was none. */
  takeCut(): number | null {
    const atMs = this.cutAtMs;
    this.cutAtMs = null;
    return atMs;
  }

  /** Hands out everything that ends until then, in parts, oldest first. */
  take(untilMs: number, onPart: TakePart): void {
    let taken = 0;
    for (const piece of this.waiting) {
      if (!this.takeParts(piece, untilMs, onPart)) break;
      taken++;
    }
    if (taken > 0) this.waiting.splice(0, taken);
  }

  close(): void {
    this.untap();
    this.waiting = [];
  }

  /** True: nothing is left of it. */
  private takeParts(piece: Waiting, untilMs: number, onPart: TakePart): boolean {
    const perMs = bytesPerMs(piece.format);
    while (piece.from < piece.end) {
      const length = Math.min(PART_MS * perMs, piece.end - piece.from);
      const lengthMs = length / perMs;
      if (piece.atMs + lengthMs > untilMs) return false;
      onPart(piece.format, piece.frame.bytes.subarray(piece.from, piece.from + length), piece.atMs);
      piece.from += length;
      piece.atMs += lengthMs;
      this.waitingMs -= lengthMs;
    }
    return true;
  }
}
