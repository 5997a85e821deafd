import { fillerFrame, frameAt, isBase64, silence } from '#libs/audio';
import {
  type AudioFrame,
  type Cancel,
  type Clock,
  everyUnlessHeldUp,
  type GatewayError,
} from '#libs/contracts';
import type { MediaFormat } from './audiocodes.formats.js';
import { ChunkDecoder } from './chunk-decoder.js';
import { errors } from './errors.js';

const FILL_STEP_MS = 100;
/** Sound that is late by less than this is jitter of an open stream, not silence. */
const PATIENCE_MS = 400;
/** After the process was held up, no more than this is made up for. */
const MAX_BACKFILL_MS = 1000;

export interface CallerSoundListener {
  onCallerAudio(frame: AudioFrame): void;
  onFault(error: GatewayError): void;
}

/**
 * The caller's side of the conversation: many user streams one after the other, in a call of several parties several at
 * once, of which one is listened to. While that one is closed or silent, silence takes its place, since the AI's voice
 * detection tells the end of a turn by hearing silence, and VoiceAI Connect sends nothing while it holds the floor for the bot.
 */
export class CallerSound {
  private readonly decoder: ChunkDecoder;
  private readonly silence: AudioFrame;
  /** Whom the AI hears; null is the only party of an ordinary call, undefined is nobody yet. */
  private heard: string | null | undefined;
  private open = false;
  private filling = false;
  private soundUntilMs = 0;
  private stopFilling: Cancel | null = null;

  constructor(
    media: MediaFormat,
    private readonly clock: Clock,
    private readonly listener: CallerSoundListener,
    /** After a resume, sound may go on without a new userStream.start. */
    private resumed: boolean,
  ) {
    this.decoder = new ChunkDecoder(media, (error) => this.listener.onFault(error));
    this.silence = fillerFrame(media.audio, 0, silence(media.audio, FILL_STEP_MS));
  }

  /** The participant that is listened to, where the call has several. */
  get participant(): string | null {
    return this.heard ?? null;
  }

  /** The first party to speak is heard, until the one named `caller` comes. */
  start(participant: string | null): void {
    if (this.heard === undefined || participant === 'caller') this.heard = participant;
    if (participant !== this.heard) return;
    this.decoder.restart();
    this.open = true;
    this.resumed = false;
  }

  stop(participant: string | null): void {
    if (participant !== this.heard) return;
    this.open = false;
    this.resumed = false;
  }

  /** Null: the chunk was in order. */
  chunk(participant: string | null, audioChunk: unknown): GatewayError | null {
    if (typeof audioChunk !== 'string' || !isBase64(audioChunk)) return errors.audioInvalid();
    if (!this.open) {
      if (!this.resumed) return this.isUnheard(participant) ? null : errors.outOfOrder('userStream.chunk');
      this.start(participant);
    }
    if (participant !== this.heard) return null;
    const nowMs = this.clock.nowMs();
    const frame = this.decoder.decode(audioChunk, nowMs);
    if (frame === null) return null;
    this.filling = false;
    this.soundUntilMs = nowMs;
    this.listener.onCallerAudio(frame);
    return null;
  }

  fillWithSilence(): void {
    this.soundUntilMs = this.clock.nowMs();
    this.stopFilling ??= everyUnlessHeldUp(this.clock, FILL_STEP_MS, () => this.fill());
  }

  close(): void {
    this.open = false;
    this.stopFilling?.();
    this.stopFilling = null;
  }

  private isUnheard(participant: string | null): boolean {
    return this.heard !== undefined && participant !== this.heard;
  }

  private fill(): void {
    const nowMs = this.clock.nowMs();
    if (this.open && !this.filling && nowMs - this.soundUntilMs < PATIENCE_MS) return;
    this.filling = true;
    this.soundUntilMs = Math.max(this.soundUntilMs, nowMs - MAX_BACKFILL_MS);
    while (this.soundUntilMs + FILL_STEP_MS <= nowMs) {
      this.listener.onCallerAudio(frameAt(this.silence, this.soundUntilMs));
      this.soundUntilMs += FILL_STEP_MS;
    }
  }
}
