import { bytesPerMs, bytesPerSample, isBase64 } from '#libs/audio';
import type { CallerLine } from '../call/caller-line.js';
import { newStretch, type Stretch } from '../call/playback.js';
import { inspectSound } from '../call/suspicious-sound.js';
import { type BotMessage, isObject } from './bot-messages.js';
import { type MediaFormat, mediaFormat } from './media-formats.js';
import { WavStrip } from './wav-strip.js';

interface PlayStream {
  readonly id: string;
  readonly media: MediaFormat;
  readonly stretch: Stretch;
  readonly strip: WavStrip | null;
  /** Its own setting, where it has one. */
  readonly bargeIn: boolean | null;
  open: boolean;
  interrupted: boolean;
  leftOpen: boolean;
}

/** A stream that stays open this long after its last sound keeps the floor from the caller. */
const LEFT_OPEN_MS = 3000;

/** The bot's sound: one play stream after the other, each played to its end at the rate of its format. */
export class PlayStreams {
  private readonly known = new Map<string, PlayStream>();
  private current: PlayStream | null = null;
  private lastSoundMs = 0;

  constructor(
    private readonly line: CallerLine,
    private readonly offer: readonly string[],
    /** A stream was played to its end. */
    private readonly onFinished: (streamId: string) => void,
  ) {
    line.record.isGap = (_dryAtMs, gapMs) => {
      const stream = this.current;
      const midStream = stream?.open === true && !stream.interrupted && stream.stretch.receivedMs > 0;
      return midStream && gapMs < LEFT_OPEN_MS;
    };
  }

  /** The bot has the floor: a stream is open, or sound is left to play. */
  get busy(): boolean {
    return this.current?.open === true || !this.line.playback.empty;
  }

  start(message: BotMessage, nowMs: number): void {
    const { breaches } = this.line.record;
    const id = this.streamId(message);
    if (this.current?.open) breaches.add('STREAM_NOT_STOPPED', 'a play stream starts while another is open');
    if (this.known.has(id)) breaches.add('STREAM_ID_REUSED', 'a streamId is used a second time');
    const media = mediaFormat(message.mediaFormat);
    if (media === null || !this.offer.includes(media.name)) {
      breaches.add(
        'FORMAT_NOT_OFFERED',
        `playStream.start with ${JSON.stringify(message.mediaFormat)}, which was not offered`,
      );
    }
    if (media === null) return;
    const parameters = isObject(message.activityParams) ? message.activityParams : {};
    this.current = {
      id,
      media,
      stretch: newStretch(id, nowMs),
      strip: media.wav ? new WavStrip() : null,
      bargeIn: typeof parameters.bargeIn === 'boolean' ? parameters.bargeIn : null,
      open: true,
      interrupted: false,
      leftOpen: false,
    };
    this.lastSoundMs = nowMs;
    this.known.set(id, this.current);
    this.line.record.stretches.push(this.current.stretch);
  }

  chunk(message: BotMessage, nowMs: number): void {
    const { breaches } = this.line.record;
    const stream = this.known.get(this.streamId(message));
    if (!stream?.open) {
      breaches.add('CHUNK_WITHOUT_STREAM', 'playStream.chunk for a stream that is not open');
      return;
    }
    const { audioChunk } = message;
    if (typeof audioChunk !== 'string' || !isBase64(audioChunk)) {
      breaches.add('CHUNK_NOT_BASE64', 'audioChunk is no padded base64 text');
      return;
    }
    const bytes = Buffer.from(audioChunk, 'base64');
    this.lastSoundMs = nowMs;
    this.line.agentSound(bytes, nowMs);
    const sound = stream.strip === null ? bytes : stream.strip.push(bytes, breaches);
    if (sound.length > 0) this.play(stream, sound, nowMs);
  }

  stop(message: BotMessage, nowMs: number): void {
    const stream = this.known.get(this.streamId(message));
    if (!stream?.open) {
      this.line.record.breaches.add('STOP_WITHOUT_STREAM', 'playStream.stop for a stream that is not open');
      return;
    }
    stream.open = false;
    if (stream.strip?.unfinished) {
      this.line.record.breaches.add(
        'WAV_HEADER_MISSING',
        `${stream.media.name} ended before its header was complete`,
      );
    }
    if (stream.interrupted) return;
    this.line.playback.mark((how) => {
      if (how !== 'cleared') this.onFinished(stream.id);
    }, nowMs);
  }

  /**
   * The bot has noticed the caller. Heeded only while its stream is open: of one that was stopped the platform has all
   * sound already and plays it out.
   */
  callerSpeaks(bargeIn: boolean, nowMs: number): void {
    const stream = this.current;
    if (stream?.open && !stream.interrupted && (stream.bargeIn ?? bargeIn)) this.silence(nowMs);
  }

  /** Drops all sound, whether its stream is open or not. */
  abort(nowMs: number): void {
    this.silence(nowMs);
  }

  /** The socket is gone, and every stream with it. */
  lose(nowMs: number): void {
    if (this.current) this.current.open = false;
    this.line.playback.clear(nowMs);
  }

  /** Looks for a stream that nobody closes. Called every 20 ms. */
  watch(nowMs: number): void {
    const stream = this.current;
    if (!stream?.open || stream.leftOpen || !this.line.playback.empty) return;
    const quietSinceMs = Math.max(this.lastSoundMs, stream.stretch.endedMs ?? 0);
    if (nowMs - quietSinceMs < LEFT_OPEN_MS) return;
    stream.leftOpen = true;
    this.line.record.breaches.add(
      'STREAM_LEFT_OPEN',
      'a play stream stays open though nothing is said in it',
    );
  }

  private silence(nowMs: number): void {
    const { playback, record } = this.line;
    playback.advance(nowMs);
    const midStream = this.current?.open === true && this.current.stretch.receivedMs > 0;
    if (playback.empty && !midStream) return;
    // Sound of an earlier stream may still be ahead of the current one: what is heard now is what gets interrupted.
    const heard = record.stretches.findLast(
      (stretch) => stretch.startedMs !== null && stretch.startedMs <= nowMs,
    );
    const droppedMs = playback.clear(nowMs);
    if (this.current?.open) this.current.interrupted = true;
    record.interrupted(nowMs, heard?.playedMs ?? 0, droppedMs);
  }

  private play(stream: PlayStream, bytes: Uint8Array, nowMs: number): void {
    const { breaches } = this.line.record;
    const { format } = stream.media;
    inspectSound(bytes, format, breaches);
    const excess = bytes.length % bytesPerSample(format);
    if (excess !== 0) breaches.add('PCM_MISALIGNED', 'a chunk ends within a sample');
    const whole = excess === 0 ? bytes : bytes.subarray(0, bytes.length - excess);
    if (stream.interrupted) {
      const lateMs = whole.length / bytesPerMs(format);
      stream.stretch.receivedMs += lateMs;
      stream.stretch.droppedMs += lateMs;
    } else {
      this.line.playback.enqueue(whole, format, stream.stretch, nowMs);
    }
  }

  private streamId(message: BotMessage): string {
    const { streamId } = message;
    if (typeof streamId === 'string' && streamId !== '') return streamId;
    this.line.record.breaches.add('STREAM_ID_NOT_STRING', `${message.type} has a streamId that is no text`);
    return String(streamId);
  }
}
