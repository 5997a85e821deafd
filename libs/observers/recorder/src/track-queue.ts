import type { AudioFrame, AudioTap, Track } from '#libs/contracts';

/** Sound is taken in pieces of this length, so that a cut finds none of what follows it laid. */
const PART_MS = 20;

/** As much sound may wait; what comes beyond is lost. The AI speaks faster than real time, the caller does not. */
const MOST_WAITING_MS: Readonly<Record<Track, number>> = { caller: 30_000, agent: 10 * 60_000 };

/** However small the frames, not more of them wait. */
const MOST_WAITING_FRAMES = 60_000;

/** So many frames behind one tell whether it was held up on its way. */
const LOOK_AHEAD_FRAMES = 64;

/** Frame of which samples `from` to `end` wait; the first was spoken, or is heard, at `atMs` of the gateway's clock. */
interface Waiting {
  readonly frame: AudioFrame;
  from: number;
  end: number;
  atMs: number;
  readonly follows: boolean;
  isBegun: boolean;
}

export interface Part {
  readonly samples: Int16Array;
  readonly sampleRate: number;
  /** On the gateway's clock. */
  readonly startMs: number;
  /** It was sent while the sound before it was still playing, so nothing was heard in between. */
  readonly follows: boolean;
}

/**
 * The frames of one track between their way through the gateway and the disk. The tap only keeps references. Sound waits until
 * it was heard and a little longer: frames that came behind a late one show how late it was.
 */
export class TrackQueue implements AudioTap {
  private waiting: Waiting[] = [];
  private waitingMs = 0;
  private heardUntilMs = Number.NEGATIVE_INFINITY;
  /** Sound between the end of the one and the beginning of the other is not kept. */
  private deafFromMs = Number.POSITIVE_INFINITY;
  private deafUntilMs = Number.NEGATIVE_INFINITY;
  private lost = 0;

  constructor(
    private readonly track: Track,
    private readonly nowMs: () => number,
  ) {}

  /** Sound of this time and later is not kept, until `listen`. */
  deafen(atMs: number): void {
    this.deafFromMs = Math.min(this.deafFromMs, atMs);
  }

  /** Sound of this time and later is kept again. */
  listen(atMs: number): void {
    this.deafFromMs = Number.POSITIVE_INFINITY;
    this.deafUntilMs = atMs;
  }

  get frames(): number {
    return this.waiting.length;
  }

  push(frame: AudioFrame): void {
    if (frame.isFiller || frame.durationMs <= 0) return;
    const { timestampMs, durationMs, format } = frame;
    // The caller's frame has been spoken when it arrives; the agent's begins to be heard at its time.
    const isCaller = this.track === 'caller';
    const atMs = isCaller ? timestampMs - durationMs : timestampMs;
    if (atMs >= this.deafFromMs || timestampMs < this.deafUntilMs) return;
    if (this.waitingMs >= MOST_WAITING_MS[this.track] || this.waiting.length >= MOST_WAITING_FRAMES) {
      this.lost++;
      return;
    }
    if (!isCaller) this.dropRefused(atMs);
    const follows = !isCaller && this.nowMs() < this.heardUntilMs;
    this.heardUntilMs = atMs + durationMs;
    const perMs = format.sampleRate / 1000;
    const end = Math.round(durationMs * perMs);
    const from = Math.min(end, Math.max(0, Math.ceil((this.deafUntilMs - atMs) * perMs)));
    this.waiting.push({ frame, from, end, atMs: atMs + from / perMs, follows, isBegun: false });
    this.waitingMs += (end - from) / perMs;
  }

  /** The agent's sound from then on was never heard. */
  cut(atMs: number): void {
    this.heardUntilMs = Math.min(this.heardUntilMs, atMs);
    const heard: Waiting[] = [];
    this.waitingMs = 0;
    for (const piece of this.waiting) {
      const { sampleRate } = piece.frame.format;
      piece.end = Math.min(piece.end, piece.from + Math.floor(((atMs - piece.atMs) * sampleRate) / 1000));
      if (piece.end <= piece.from) continue;
      heard.push(piece);
      this.waitingMs += lengthMs(piece);
    }
    this.waiting = heard;
  }

  /** The next piece of sound that begins before then, later for one that follows; null when there is none. */
  take(untilMs: number, followingUntilMs: number): Part | null {
    const head = this.waiting[0];
    if (head === undefined) return null;
    const startMs = this.spokenMs();
    const follows = head.follows || head.isBegun;
    if (startMs >= (follows ? followingUntilMs : untilMs)) return null;
    const { from } = head;
    const { sampleRate } = head.frame.format;
    const count = Math.min(head.end - from, Math.round((PART_MS * sampleRate) / 1000));
    const samples = head.frame.samples.subarray(from, from + count);
    const part = { samples, sampleRate, startMs, follows };
    head.isBegun = true;
    const partMs = (count * 1000) / sampleRate;
    head.from += count;
    head.atMs += partMs;
    this.waitingMs -= partMs;
    if (head.from >= head.end) this.waiting.shift();
    return part;
  }

  /** Frames that found no place since the last time. */
  takeLost(): number {
    const { lost } = this;
    this.lost = 0;
    return lost;
  }

  clear(): void {
    this.waiting = [];
    this.waitingMs = 0;
  }

  /** Two frames for one place: the platform did not take the first. */
  private dropRefused(atMs: number): void {
    const last = this.waiting.at(-1);
    if (last === undefined || last.isBegun || Math.abs(last.atMs - atMs) >= 0.5) return;
    this.waiting.pop();
    this.waitingMs -= lengthMs(last);
    this.heardUntilMs = last.atMs;
  }

  /** Nothing was spoken after what came behind it: a frame that was held up belongs before those that were not. */
  private spokenMs(): number {
    let startMs = Number.POSITIVE_INFINITY;
    let beforeMs = 0;
    const until = Math.min(this.waiting.length, LOOK_AHEAD_FRAMES);
    for (let i = 0; i < until; i++) {
      const piece = this.waiting[i]!;
      startMs = Math.min(startMs, piece.atMs - beforeMs);
      beforeMs += lengthMs(piece);
    }
    return startMs;
  }
}

function lengthMs({ from, end, frame }: Waiting): number {
  return ((end - from) * 1000) / frame.format.sampleRate;
}
