import type { SpeechDetector } from '#libs/audio';
import { type AudioFormat, type Cancel, type Clock, sameFormat } from '#libs/contracts';
import { linear } from '../call/ear.js';
import { encode } from '../call/speech.js';
import type { Conversation } from './conversation.js';
import { newId } from './ids.js';
import { InputBuffer } from './input-buffer.js';
import { SimItem } from './items.js';
import type { Outbox } from './outbox.js';
import { Refused } from './refusal.js';
import type { TurnDetection } from './session-config.js';
import { detectorFor, prefixMs } from './voice-detection.js';

/** What the caller said in one go, as the server heard it. */
export interface Turn {
  readonly itemId: string;
  /** Counts the turns of the session, from 0. */
  readonly index: number;
  readonly how: 'vad' | 'manual' | 'timeout';
  readonly samples: Int16Array;
  readonly sampleRate: number;
  /** On the clock of appended sound. */
  readonly audioStartMs: number;
  readonly audioEndMs: number;
  /** When the start was noticed, and when the turn was committed, on the simulator's clock. */
  readonly startedAtMs: number;
  readonly committedAtMs: number;
}

export interface TurnListener {
  onSpeechStarted(): void;
  onTurn(turn: Turn): void;
}

const MIN_COMMIT_MS = 100;
/** The detector hears in steps of this size, whatever the size of an append. */
const STEP_MS = 20;
/** Sound without end or commit is forgotten from its start after this time. */
const LONGEST_MS = 300_000;
/** The detector may report a start that lies this much before the moment it is sure, besides the padding. */
const ONSET_SLACK_MS = 300;

/** The caller's side: the input buffer, voice detection on what is really in it, and turns made of it. */
export class Turns {
  readonly turns: Turn[] = [];
  private buffer: InputBuffer;
  private detector: SpeechDetector | null = null;
  /** Where on the clock of appended sound the detector began to listen. */
  private detectorStartMs = 0;
  private speech: { readonly itemId: string; readonly startedAtMs: number } | null = null;
  private cancelIdle: Cancel | null = null;
  private count = 0;

  constructor(
    private format: AudioFormat,
    private detection: TurnDetection | null,
    private readonly conversation: Conversation,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly keepSound: boolean,
    private readonly listener: TurnListener,
  ) {
    this.buffer = new InputBuffer(format.sampleRate, 0);
    this.listenAnew();
  }

  /** Milliseconds of sound appended so far. */
  get heardMs(): number {
    return this.buffer.endMs;
  }

  configure(format: AudioFormat, detection: TurnDetection | null): void {
    const sameSound = sameFormat(format, this.format);
    if (sameSound && JSON.stringify(detection) === JSON.stringify(this.detection)) return;
    if (!sameSound) this.buffer = new InputBuffer(format.sampleRate, this.buffer.endMs);
    this.format = format;
    this.detection = detection;
    this.speech = null;
    this.listenAnew();
    if (this.idleTimeoutMs === null) this.stopIdle();
  }

  /** `bytes` in the current input format. */
  append(bytes: Uint8Array): void {
    const samples = linear(bytes, this.format);
    const step = (STEP_MS * this.format.sampleRate) / 1000;
    if (samples.length <= step) {
      this.hear(samples);
      return;
    }
    for (let at = 0; at < samples.length; at += step) this.hear(samples.subarray(at, at + step));
  }

  /** `input_audio_buffer.commit`. */
  commit(): void {
    const { durationMs } = this.buffer;
    if (durationMs < MIN_COMMIT_MS) {
      throw new Refused(
        'input_audio_buffer_commit_empty',
        `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${durationMs.toFixed(2)}ms of audio.`,
      );
    }
    this.makeTurn('manual', this.speech?.itemId ?? newId('item'));
  }

  /** `input_audio_buffer.clear`. */
  clear(): void {
    this.buffer.take();
    this.speech = null;
    this.listenAnew();
    this.outbox.emit('input_audio_buffer.cleared');
  }

  /** The assistant finished speaking: the caller has `idle_timeout_ms` from the end of the playback, `audioMs` from now. */
  startIdle(audioMs: number): void {
    const idleMs = this.idleTimeoutMs;
    this.stopIdle();
    if (idleMs !== null) this.cancelIdle = this.clock.after(audioMs + idleMs, () => this.timeOut(idleMs));
  }

  stopIdle(): void {
    this.cancelIdle?.();
    this.cancelIdle = null;
  }

  private get idleTimeoutMs(): number | null {
    return this.detection?.type === 'server_vad' ? this.detection.idle_timeout_ms : null;
  }

  private listenAnew(): void {
    this.detector = this.detection === null ? null : detectorFor(this.detection, this.format.sampleRate);
    this.detectorStartMs = this.buffer.endMs;
  }

  private hear(samples: Int16Array): void {
    const { buffer, detector } = this;
    buffer.push(samples);
    if (detector !== null) {
      for (const edge of detector.push(samples)) {
        if (edge.kind === 'started') this.startSpeech(this.detectorStartMs + edge.atMs);
        else this.stopSpeech();
      }
      if (this.speech === null) this.trim(this.detection!);
    }
    if (buffer.durationMs > LONGEST_MS) buffer.dropBefore(buffer.endMs - LONGEST_MS);
  }

  /** Silence before speech is kept as far as a turn can reach back; trimming costs a little, once in a while is enough. */
  private trim(detection: TurnDetection): void {
    const { buffer } = this;
    const keptMs = Math.max(prefixMs(detection) + ONSET_SLACK_MS, this.idleTimeoutMs ?? 0);
    if (buffer.durationMs > 2 * keptMs) buffer.dropBefore(buffer.endMs - keptMs);
  }

  private startSpeech(startMs: number): void {
    const { buffer } = this;
    this.stopIdle();
    buffer.dropBefore(startMs);
    this.speech = { itemId: newId('item'), startedAtMs: this.clock.nowMs() };
    this.outbox.emit('input_audio_buffer.speech_started', {
      audio_start_ms: Math.round(buffer.startMs),
      item_id: this.speech.itemId,
    });
    this.listener.onSpeechStarted();
  }

  private stopSpeech(): void {
    if (this.speech === null) return;
    const { itemId } = this.speech;
    this.outbox.emit('input_audio_buffer.speech_stopped', {
      audio_end_ms: Math.round(this.buffer.endMs),
      item_id: itemId,
    });
    this.makeTurn('vad', itemId);
  }

  private timeOut(idleMs: number): void {
    this.cancelIdle = null;
    if (this.speech !== null) return;
    const { buffer } = this;
    buffer.dropBefore(buffer.endMs - idleMs);
    const itemId = newId('item');
    this.outbox.emit('input_audio_buffer.timeout_triggered', {
      audio_start_ms: Math.round(buffer.startMs),
      audio_end_ms: Math.round(buffer.endMs),
      item_id: itemId,
    });
    this.makeTurn('timeout', itemId);
  }

  private makeTurn(how: Turn['how'], itemId: string): void {
    const { buffer, conversation, outbox, clock, format } = this;
    const nowMs = clock.nowMs();
    const audioStartMs = buffer.startMs;
    const audioEndMs = buffer.endMs;
    const turn: Turn = {
      itemId,
      index: this.count++,
      how,
      samples: buffer.take(),
      sampleRate: format.sampleRate,
      audioStartMs,
      audioEndMs,
      startedAtMs: this.speech?.startedAtMs ?? nowMs,
      committedAtMs: nowMs,
    };
    this.speech = null;
    if (!this.keepSound) this.turns.length = 0;
    this.turns.push(turn);
    outbox.emit('input_audio_buffer.committed', { previous_item_id: conversation.lastId, item_id: itemId });
    const item = new SimItem(itemId, 'message', 'user', format, {});
    item.addSound(encode(turn.samples, format), nowMs, this.keepSound);
    conversation.add(item);
    this.listener.onTurn(turn);
  }
}
