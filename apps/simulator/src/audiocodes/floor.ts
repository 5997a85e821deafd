import type { CallerLine } from '../call/caller-line.js';
import type { Slot } from '../call/line-faults.js';
import { FRAME_MS } from '../call/ticker.js';
import type { AudioCodesCallOptions, SessionParameters } from './audiocodes-options.js';
import type { MediaFormat } from './media-formats.js';
import type { PlayStreams } from './play-streams.js';
import { UserStream } from './user-stream.js';

export interface FloorWire {
  readonly conversationId: string;
  send(message: object): void;
  sendText(text: string): void;
}

/** With barge-in off the platform listens this long after the bot has fallen silent. */
const LISTEN_AFTER_MS = 200;

/**
 * Who has the word. With barge-in the platform listens all the time; without, only while the bot is silent, and after
 * the bot has recognised something not until it has answered.
 */
export class Floor {
  private streams: readonly UserStream[] = [];
  private botSilentSinceMs = 0;
  private turnOverAtMs: number | null = null;

  constructor(
    private readonly options: AudioCodesCallOptions,
    private readonly parameters: SessionParameters,
    private readonly plays: PlayStreams,
    private readonly line: CallerLine,
    private readonly wire: FloorWire,
  ) {}

  /** The session was accepted or resumed: user streams begin anew. */
  begin(media: MediaFormat, nowMs: number): void {
    const { participants, chunks = FRAME_MS, acknowledgeWithinMs = 2000 } = this.options;
    this.botSilentSinceMs = nowMs;
    this.turnOverAtMs = null;
    this.streams = (participants ?? [null]).map(
      (participant) =>
        new UserStream(
          { media, participant, chunks, acknowledgeWithinMs },
          this.line.record,
          (message) => this.wire.send(message),
          (text) => this.wire.sendText(text),
          this.wire.conversationId,
        ),
    );
  }

  lose(): void {
    this.streams = [];
  }

  tick(slot: Slot, nowMs: number): void {
    if (this.plays.busy) {
      this.botSilentSinceMs = nowMs;
      this.turnOverAtMs = null;
    }
    const open = this.parameters.bargeIn || this.callerHasTheWord(nowMs);
    this.streams.forEach((stream, index) => {
      stream.want(open, nowMs);
      // The script speaks for the first participant; the others listen.
      stream.sound(index === 0 ? slot.frame : null);
    });
  }

  /** The bot has the caller's words: with barge-in off that ends the caller's turn. */
  recognised(nowMs: number): void {
    this.turnOverAtMs = nowMs;
  }

  started(participant: unknown): void {
    this.find(participant)?.started(participant);
  }

  stopped(participant: unknown): void {
    this.find(participant)?.stopped(participant);
  }

  private callerHasTheWord(nowMs: number): boolean {
    const { turnOverAtMs } = this;
    if (turnOverAtMs !== null && nowMs - turnOverAtMs < this.parameters.resumeRecognitionTimeoutMS)
      return false;
    return nowMs - this.botSilentSinceMs >= LISTEN_AFTER_MS;
  }

  private find(participant: unknown): UserStream | undefined {
    return this.streams.find((stream) => stream.participant === (participant ?? null)) ?? this.streams[0];
  }
}
