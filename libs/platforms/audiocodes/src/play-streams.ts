import { bytesPerMs, wavHeader } from '#libs/audio';
import type { AudioFrame, Cancel, Clock } from '#libs/contracts';
import type { MediaFormat } from './audiocodes.formats.js';
import { playChunkHead, playStart, playStop } from './audiocodes.messages.js';

/** Sound travels and is buffered on its way, so it is heard a little later than it was sent. */
const TRAVEL_MS = 100;
/** A stream that has run dry is closed after this, even if its utterance is not complete, since it holds the floor. */
const STARVED_MS = 1000;
const RELEASE_STEP_MS = 100;
/** The length in a WAV header of sound whose length is not known yet. */
const ENDLESS = 0xffffffff;
/** How soon a socket that did not take what it was given is looked at again. */
const RETRY_MS = 100;

export interface PlayLimits {
  /** Sound is sent at most this far ahead of the playback clock; 0: as it comes. */
  readonly playAheadMs: number;
  /** At most this much sound waits for its time. */
  readonly maxHeldMs: number;
  /** A socket on which this much sound has piled up takes no more. */
  readonly maxSlowReaderMs: number;
}

/** The part of a `ws` socket that is needed here. */
export interface PlaySocket {
  readonly bufferedAmount: number;
  send(text: string): void;
}

/**
 * The agent's sound on its way to VoiceAI Connect, as play streams, one at a time, each with an id of its own. A stream is opened by
 * the first sound of an utterance and stays open until that has been *heard*, so that the caller can interrupt it; if the
 * next utterance begins before, it goes on in the same stream. What was heard is told by a clock: sound plays at its own
 * rate from the moment it was sent, or from the end of the sound before it.
 */
export class PlayStreams {
  private streamId: string | null = null;
  private chunkHead = '';
  /** The sound sent so far will have been played by then. */
  private playedAtMs = Number.NEGATIVE_INFINITY;
  /** No more sound of this utterance will come. */
  private complete = false;
  private held: AudioFrame[] = [];
  private heldMs = 0;
  private cancelWake: Cancel | null = null;
  private wakeAtMs = 0;
  private readonly maxBufferedBytes: number;
  private readonly releaseStepMs: number;

  constructor(
    private readonly socket: PlaySocket,
    private readonly media: MediaFormat,
    private readonly clock: Clock,
    private readonly nextStreamId: () => string,
    private readonly limits: PlayLimits,
  ) {
    // Base64 makes four characters of three bytes.
    this.maxBufferedBytes = (limits.maxSlowReaderMs * bytesPerMs(media.audio) * 4) / 3;
    this.releaseStepMs = Math.min(RELEASE_STEP_MS, limits.playAheadMs / 4);
  }

  /** False: the far side, or the room for sound that waits, is full. */
  push(frame: AudioFrame): boolean {
    if (this.isStuck) return false;
    const nowMs = this.clock.nowMs();
    if (this.held.length === 0 && this.isDue(nowMs)) {
      this.send(frame, nowMs);
    } else {
      if (this.heldMs + frame.durationMs > this.limits.maxHeldMs) return false;
      this.held.push(frame);
      this.heldMs += frame.durationMs;
    }
    this.complete = false;
    this.wakeBy(this.nextStepAtMs);
    return true;
  }

  /** The utterance is complete: its stream ends when it has been heard. */
  finish(): void {
    if (this.streamId === null) return;
    this.complete = true;
    this.step();
  }

  /** Ends the open stream and drops what waits. False: there was nothing left to hear. */
  cut(): boolean {
    this.held = [];
    this.heldMs = 0;
    if (this.streamId === null) return false;
    this.stop();
    return true;
  }

  /** The leg is gone: no more timers, nothing more is sent. */
  abandon(): void {
    this.held = [];
    this.heldMs = 0;
    this.streamId = null;
    this.sleep();
  }

  /**
   * VoiceAI Connect says that it has played a stream to its end; `streamId` is often not told. True: that was all the sound
   * there is. With a stream open, news without an id are about the one before.
   */
  playedOut(streamId: string | null): boolean {
    if (this.streamId === null) return true;
    if (streamId !== this.streamId || !this.complete || this.held.length > 0) return false;
    this.stop();
    return true;
  }

  private get isStuck(): boolean {
    return this.socket.bufferedAmount > this.maxBufferedBytes;
  }

  private isDue(nowMs: number): boolean {
    return this.limits.playAheadMs === 0 || this.playedAtMs - nowMs < this.limits.playAheadMs;
  }

  private get nextStepAtMs(): number {
    if (this.held.length > 0) return this.playedAtMs - this.limits.playAheadMs + this.releaseStepMs;
    return this.playedAtMs + (this.complete ? TRAVEL_MS : STARVED_MS);
  }

  private send(frame: AudioFrame, nowMs: number): void {
    let base64 = frame.base64;
    if (this.streamId === null) {
      this.start();
      if (this.media.wav) {
        base64 = Buffer.concat([wavHeader(this.media.audio, 1, ENDLESS), frame.bytes]).toString('base64');
      }
    }
    this.playedAtMs = Math.max(this.playedAtMs, nowMs) + frame.durationMs;
    this.socket.send(`${this.chunkHead}${base64}"}`);
  }

  private start(): void {
    this.streamId = this.nextStreamId();
    this.chunkHead = playChunkHead(this.streamId);
    this.socket.send(playStart(this.streamId, this.media.name));
  }

  private stop(): void {
    if (this.streamId !== null) this.socket.send(playStop(this.streamId));
    this.streamId = null;
    this.complete = false;
    // Heard, cut or reported as played: whichever it was, nothing plays any more.
    this.playedAtMs = Number.NEGATIVE_INFINITY;
    this.sleep();
  }

  /** Sends what has come due, ends the stream when it was heard, and sleeps until there is more to do. */
  private step(): void {
    const nowMs = this.clock.nowMs();
    while (this.held.length > 0 && this.isDue(nowMs)) {
      if (this.isStuck) {
        this.wakeBy(nowMs + RETRY_MS);
        return;
      }
      const frame = this.held.shift()!;
      this.heldMs -= frame.durationMs;
      this.send(frame, nowMs);
    }
    if (this.held.length === 0 && nowMs >= this.nextStepAtMs) this.stop();
    else this.wakeBy(this.nextStepAtMs);
  }

  private wakeBy(atMs: number): void {
    if (this.cancelWake !== null) {
      if (this.wakeAtMs <= atMs) return;
      this.cancelWake();
    }
    this.wakeAtMs = atMs;
    this.cancelWake = this.clock.after(Math.max(0, atMs - this.clock.nowMs()), () => {
      this.cancelWake = null;
      if (this.streamId !== null) this.step();
    });
  }

  private sleep(): void {
    this.cancelWake?.();
    this.cancelWake = null;
  }
}
