import type { AudioFormat, CallView, Cancel, Clock, Track } from '#libs/contracts';
import { TRACKS } from '#libs/contracts';
import { binaryAudio, jsonAudio, type Piece } from './audio-message.js';
import { LiveTrack } from './live-track.js';
import type { ListeningEnd, SoundForm, Speaker } from './messages.js';
import { textMessage, type Viewer } from './viewer.js';

const EVERY_MS = 20;
const TELL_LOST_EVERY_MS = 1000;

const SPEAKER_OF: Readonly<Record<Track, Speaker>> = { caller: 'Caller', agent: 'AI' };

interface Listener {
  readonly speakers: readonly Speaker[];
  readonly form: SoundForm;
  lost: number;
  toldLostMs: number;
}

export interface LiveSoundParts {
  readonly call: CallView;
  /** By it frames are known as this call's. */
  readonly stream: number;
  readonly clock: Clock;
  readonly leadMs: number;
}

/** The sound of one call for everybody who listens to it. Costs nothing while nobody does. */
export class LiveSound {
  /** Messages that were made; each goes to all listeners of its form. */
  encoded = 0;
  private readonly listeners = new Map<Viewer, Listener>();
  private readonly tracks: Partial<Record<Track, LiveTrack>> = {};
  private cancelTimer: Cancel | null = null;
  private isReady = false;

  constructor(private readonly parts: LiveSoundParts) {}

  get size(): number {
    return this.listeners.size;
  }

  /**
   * The AI speaks faster than real time, so what is being heard now came a while ago. While somebody follows the call, what is
   * still to be heard is kept, and one who begins to listen hears at once.
   */
  standReady(isReady: boolean): void {
    if (this.isReady === isReady) return;
    this.isReady = isReady;
    this.openAndClose();
  }

  /** To be called now and then where `standReady`: what was heard is forgotten. */
  forgetHeard(): void {
    if (this.listeners.size > 0) return;
    this.tracks.agent?.take(this.parts.clock.nowMs(), () => undefined);
    this.tracks.agent?.takeCut();
  }

  /** Joining again changes what is heard. */
  join(viewer: Viewer, speakers: readonly Speaker[], form: SoundForm): void {
    const known = this.listeners.get(viewer);
    const { lost = 0, toldLostMs = Number.NEGATIVE_INFINITY } = known ?? {};
    this.forgetHeard();
    this.listeners.set(viewer, { speakers, form, lost, toldLostMs });
    this.openAndClose();
  }

  /** False: was no listener. */
  leave(viewer: Viewer, reason: ListeningEnd): boolean {
    const listener = this.listeners.get(viewer);
    if (listener === undefined) return false;
    this.listeners.delete(viewer);
    this.tellLost(viewer, listener);
    viewer.tell('audio.ended', { callId: this.parts.call.id, stream: this.parts.stream, reason });
    this.openAndClose();
    return true;
  }

  /** The socket is gone. */
  forget(viewer: Viewer): boolean {
    const was = this.listeners.delete(viewer);
    if (was) this.openAndClose();
    return was;
  }

  /** The call is over: what was not heard by now never will be. */
  end(): void {
    const nowMs = this.parts.clock.nowMs();
    this.tracks.agent?.cut(nowMs);
    this.pump(nowMs);
    for (const viewer of [...this.listeners.keys()]) this.leave(viewer, 'call-ended');
    this.standReady(false);
  }

  /** A track is tapped while somebody listens to it, and the timer runs while any is. */
  private openAndClose(): void {
    for (const track of TRACKS) {
      const wanted = this.wants(SPEAKER_OF[track]) || (track === 'agent' && this.isReady);
      if (wanted) this.tracks[track] ??= new LiveTrack(this.parts.call.router, track);
      else {
        this.tracks[track]?.close();
        delete this.tracks[track];
      }
    }
    if (this.listeners.size === 0) {
      this.cancelTimer?.();
      this.cancelTimer = null;
    } else {
      this.cancelTimer ??= this.parts.clock.every(EVERY_MS, () => this.pump(this.parts.clock.nowMs()));
    }
  }

  private wants(speaker: Speaker): boolean {
    for (const { speakers } of this.listeners.values()) if (speakers.includes(speaker)) return true;
    return false;
  }

  private pump(nowMs: number): void {
    const { caller, agent } = this.tracks;
    const cutAtMs = agent?.takeCut() ?? null;
    if (cutAtMs !== null) this.tellCut(cutAtMs);
    caller?.take(nowMs, (format, bytes, atMs) => this.hear('Caller', format, bytes, atMs));
    agent?.take(nowMs + this.parts.leadMs, (format, bytes, atMs) => this.hear('AI', format, bytes, atMs));
    for (const [viewer, listener] of this.listeners) {
      if (listener.lost > 0 && nowMs - listener.toldLostMs >= TELL_LOST_EVERY_MS) {
        listener.toldLostMs = nowMs;
        this.tellLost(viewer, listener);
      }
    }
  }

  private hear(speaker: Speaker, format: AudioFormat, bytes: Uint8Array, atMs: number): void {
    const piece: Piece = { speaker, format, bytes, atMs: atMs - this.parts.call.offeredMs };
    const made: Partial<Record<SoundForm, Buffer>> = {};
    for (const [viewer, listener] of this.listeners) {
      if (!listener.speakers.includes(speaker)) continue;
      made[listener.form] ??= this.encode(piece, listener.form);
      if (!viewer.sendSound(made[listener.form]!, listener.form === 'binary')) listener.lost++;
    }
  }

  private encode(piece: Piece, form: SoundForm): Buffer {
    this.encoded++;
    return form === 'binary' ? binaryAudio(piece, this.parts.stream) : jsonAudio(piece, this.parts.call.id);
  }

  private tellCut(atMs: number): void {
    const message = textMessage('audio.cut', {
      callId: this.parts.call.id,
      stream: this.parts.stream,
      speaker: 'AI' satisfies Speaker,
      atMs: atMs - this.parts.call.offeredMs,
    });
    for (const [viewer, { speakers }] of this.listeners)
      if (speakers.includes('AI')) viewer.sendText(message);
  }

  private tellLost(viewer: Viewer, listener: Listener): void {
    if (listener.lost === 0) return;
    const frames = listener.lost;
    listener.lost = 0;
    viewer.tell('audio.lost', { callId: this.parts.call.id, stream: this.parts.stream, frames });
  }
}
