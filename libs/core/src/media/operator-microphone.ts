import { type AudioConverter, bytesPerSample, createConverter, frameFromBytes, inPieces } from '#libs/audio';
import { type AudioFormat, type AudioFrame, sameFormat } from '#libs/contracts';
import type { AgentVoice } from './agent-voice.js';

/** Longer pieces of sound are cut: limits of platforms and marks are finer than that. */
const LONGEST_PIECE_MS = 1000;

/**
 * Sound that waits at the platform beyond this is a delay that nobody can talk with, as after a stall of the operator's own
 * network; what comes on top is not taken until it has gone down.
 */
const LONGEST_BACKLOG_MS = 2000;

/** An operator's microphone on the agent's track: any format, turned into the one that the track has. */
export class OperatorMicrophone {
  private converter: AudioConverter | null = null;
  private unusable: AudioFormat | null = null;
  private itemId: string | null = null;

  constructor(
    private readonly voice: AgentVoice,
    /** What the agent's track has. */
    private readonly format: AudioFormat,
    private readonly nowMs: () => number,
    /** Counts a frame that came too late to be talked with. */
    private readonly onOverflow: () => void,
  ) {}

  /** False: not taken. Never throws. */
  push(frame: AudioFrame): boolean {
    const { format, bytes, durationMs } = frame;
    if (durationMs > LONGEST_PIECE_MS) {
      return inPieces(frame, LONGEST_PIECE_MS).reduce((taken, piece) => this.push(piece) && taken, true);
    }
    if (bytes.length === 0) return true;
    if (bytes.length % bytesPerSample(format) !== 0) return false;
    if (this.voice.backlogMs > LONGEST_BACKLOG_MS) {
      this.onOverflow();
      return false;
    }
    // Whoever listens to the agent's track hears what the caller hears, so the sound is the agent's from here on.
    const spoken = frameFromBytes('agent', format, this.nowMs(), bytes);
    if (sameFormat(format, this.format)) return this.send(spoken);
    const converter = this.converterFrom(format);
    if (converter === null) return false;
    const converted = converter.convert(spoken);
    return converted === null || this.send(converted);
  }

  /** Nothing more will come: what the leg holds back to fill a frame goes out. */
  close(): void {
    if (this.itemId !== null) this.voice.finishItem(this.itemId);
  }

  private send(frame: AudioFrame): boolean {
    // After a loss of the leg the line has begun anew, and what was said on the old one is over.
    if (this.itemId === null || !this.voice.admits(this.itemId))
      this.itemId = this.voice.newOwnItem('operator');
    return this.voice.send(frame, this.itemId);
  }

  /** Null: nothing can be made of such sound. */
  private converterFrom(format: AudioFormat): AudioConverter | null {
    if (this.converter !== null && sameFormat(this.converter.from, format)) return this.converter;
    if (this.unusable !== null && sameFormat(this.unusable, format)) return null;
    try {
      this.converter = createConverter(format, this.format);
    } catch {
      this.unusable = format;
      return null;
    }
    return this.converter;
  }
}
