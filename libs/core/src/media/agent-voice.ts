import { frameAt, frameFromSamples } from '#libs/audio';
import type {
  AudioFormat,
  AudioFrame,
  Clock,
  EventRouter,
  HeardItem,
  InterruptionCause,
  LegFormats,
  PlatformLeg,
} from '#libs/contracts';
import type { AudioPath } from './audio-path.js';
import { CallerWait } from './caller-wait.js';
import { FirstSounds } from './first-sounds.js';
import { type Absence, LineFiller } from './line-filler.js';
import { PlaybackLedger } from './playback-ledger.js';
import { PlayedOut } from './played-out.js';
import { UnheardSpeech } from './unheard-speech.js';
import { isOwnItem, type OwnKind, ownItem, VoiceNews } from './voice-news.js';
import { waitingTone } from './waiting-tone.js';

/** Sound between two marks: how finely the platform's own word is known. The clock tells what lies between. */
const MARK_EVERY_MS = 500;

/** A shorter hole in the agent's sound is no silence: it drowns in the platform's own buffer. */
const SHORTEST_HOLE_MS = 20;

/** Who is heard on the agent's track. */
export type Floor = 'agent' | 'nobody' | 'operator';

export interface AgentVoiceOptions {
  readonly router: EventRouter;
  readonly clock: Clock;
  readonly path: AudioPath;
  /** The AI's side of the agent path. */
  readonly format: AudioFormat;
  readonly hasMarks: boolean;
  readonly fillerAfterMs: number;
  /** Everything the agent said so far was heard. */
  readonly onPlayedOut: () => void;
  /** The platform has told of more that was heard. */
  readonly onHeard: () => void;
}

/**
 * The agent's side of a call: sends what the AI says, knows what the caller heard of it, and falls silent at once when the
 * caller interrupts. Also fills the line while the AI is away, and lets an operator speak in the agent's place.
 */
export class AgentVoice {
  private readonly ledger: PlaybackLedger;
  private readonly firstSounds: FirstSounds;
  private readonly filler: LineFiller;
  private readonly unheard = new UnheardSpeech();
  /** Set by who steps in. Silences nothing by itself. */
  floor: Floor = 'agent';
  /** Neither the caller's voice nor keys silence what is being said: a goodbye, tones. Set by who has it said. */
  shielded = false;
  /** Utterances that begin from now on are not heard. */
  saidLast = false;
  private leg: PlatformLeg | null = null;
  private speakingItem: string | null = null;
  private ownCount = 0;
  private readonly playedOut: PlayedOut;
  private readonly wait = new CallerWait();
  private readonly news: VoiceNews;

  constructor(private readonly options: AgentVoiceOptions) {
    this.ledger = new PlaybackLedger(options.hasMarks);
    this.news = new VoiceNews(options.router, options.clock, this.wait);
    this.firstSounds = new FirstSounds({ ...options, ledger: this.ledger });
    this.playedOut = new PlayedOut(
      options.clock,
      this.ledger,
      () => this.settle(options.clock.nowMs(), null),
      options.onPlayedOut,
    );
    this.filler = new LineFiller(options.clock, options.fillerAfterMs, () => this.playFiller());
  }

  connect(leg: PlatformLeg, formats: LegFormats): void {
    this.leg = leg;
    this.options.path.connect(leg, this.options.format, formats.agent);
  }

  /** The caller hears from now on what is sent. Counts once: a leg that comes back opens the line of the same call. */
  lineOpened(setupMs: number): void {
    const { clock, router } = this.options;
    if (this.wait.lineOpened(clock.nowMs())) router.publish('call.answered', { setupMs });
  }

  /** The leg is gone. What was not heard will never be; returned for the AI to forget, oldest first. */
  disconnect(): readonly HeardItem[] {
    this.options.path.disconnect();
    this.leg = null;
    return this.interrupt('leg-lost');
  }

  /** The call ends, and it is told what of the agent's words was heard. */
  close(): void {
    const nowMs = this.options.clock.nowMs();
    this.news.heard(this.ledger.takeHeard(nowMs));
    this.news.unheard(this.ledger.unheard(nowMs));
    this.filler.close();
    this.firstSounds.close();
    this.playedOut.close();
    this.options.path.disconnect();
    this.leg = null;
  }

  /** Sound of the AI. Called per frame. */
  play(frame: AudioFrame, itemId: string): void {
    if (!this.ledger.admits(itemId)) this.options.path.drop('interrupted');
    else if (this.unheard.takes(itemId, frame.durationMs, this.hushes(itemId))) {
      this.options.path.drop('muted');
      // The answer that the caller waits for will not be heard; another one later is none to measure from here.
      this.wait.forget();
    } else this.send(frame, itemId);
  }

  /** A name for sound that is not the AI's. */
  newOwnItem(kind: OwnKind): string {
    return ownItem(kind, ++this.ownCount);
  }

  /** False: this item was interrupted, and no more sound of it is sent. */
  admits(itemId: string): boolean {
    return this.ledger.admits(itemId);
  }

  /** Utterances of the AI that came whole while nobody was to hear them, for it to forget. */
  takeUnheard(): readonly HeardItem[] {
    return this.forget(this.unheard.takeComplete());
  }

  /** What of everything sent is still to come and to be heard. */
  get line(): Pick<PlaybackLedger, 'dueMs' | 'isArriving' | 'isCertainlyHeard'> {
    return this.ledger;
  }

  /** Sound that was sent and not yet heard. */
  get backlogMs(): number {
    return this.ledger.remainingMs(this.options.clock.nowMs());
  }

  /** Sends sound of an item of our own or, by `play`, of the AI. Called per frame. False: the platform did not get it. */
  send(frame: AudioFrame, itemId: string): boolean {
    const { path, clock } = this.options;
    const nowMs = clock.nowMs();
    const heardAtMs = this.ledger.heardAtMs(nowMs);
    if (!path.push(frameAt(frame, heardAtMs))) {
      this.ledger.refused(itemId, frame.durationMs);
      return false;
    }
    const placeMs = this.ledger.endMs;
    const starvedMs = this.ledger.sent(itemId, frame.durationMs, nowMs);
    const isFirst = itemId !== this.speakingItem;
    if (isFirst || this.ledger.unmarkedMs >= MARK_EVERY_MS) this.mark();
    if (isFirst) this.startItem(itemId, frame.timestampMs, placeMs, heardAtMs);
    else if (starvedMs >= SHORTEST_HOLE_MS) this.news.starved(itemId, nowMs, starvedMs);
    return true;
  }

  /** No more sound of this item: what is held back to fill a frame goes out, and a last mark tells when it was heard. */
  finishItem(itemId: string): void {
    if (this.unheard.complete(itemId) || !this.ledger.admits(itemId)) return;
    this.ledger.complete(itemId);
    this.leg?.flush();
    if (this.ledger.unmarkedMs > 0) this.mark();
    this.playedOut.await();
  }

  markHeard(name: string): void {
    const nowMs = this.options.clock.nowMs();
    const errorMs = this.ledger.markHeard(name, nowMs);
    if (errorMs === null) return;
    this.firstSounds.certain();
    this.settle(nowMs, errorMs);
    this.options.onHeard();
  }

  playbackFinished(): void {
    const nowMs = this.options.clock.nowMs();
    this.ledger.allHeard(nowMs);
    this.settle(nowMs, null);
    this.options.onHeard();
  }

  /**
   * Silence now. Returns what the AI must forget, oldest first. An operator who has the floor is silenced by the loss of the
   * leg only.
   */
  interrupt(cause: InterruptionCause): readonly HeardItem[] {
    const unheard = this.forget(this.unheard.takeAll());
    if (this.floor === 'operator' && cause !== 'leg-lost') return unheard;
    if (this.shielded && (cause === 'speech' || cause === 'key')) return unheard;
    return [...this.stop(cause), ...unheard];
  }

  /** Is the AI's sound of this item not to be heard? */
  private hushes(itemId: string): boolean {
    return this.floor !== 'agent' || (this.saidLast && itemId !== this.speakingItem);
  }

  private stop(cause: InterruptionCause): readonly HeardItem[] {
    const { clock } = this.options;
    const orderedMs = clock.nowMs();
    const seenMs = cause === 'speech' ? this.wait.speechSeenMs(orderedMs) : orderedMs;
    const playing = this.ledger.isPlaying(orderedMs);
    // The platform may be behind what clock and marks say; on a line that is silent already the order does no harm.
    if (this.ledger.hasSent) this.leg?.clear();
    const stopMs = clock.nowMs() - seenMs;
    const items = this.silence();
    // What comes next after an operator's hand is no answer to what the caller said before it.
    if (cause === 'operator') this.wait.forget();
    if (playing) this.news.interrupted(items, stopMs, cause);
    return items;
  }

  /** The backend has just seen the caller begin. */
  callerStarted(): void {
    this.wait.callerStarted(this.options.clock.nowMs());
  }

  /** `atMs`: when the caller stopped, which is before it was noticed. */
  callerStopped(atMs: number): void {
    this.wait.callerStopped(atMs);
  }

  /** What the caller said until now was the operator's to answer. */
  operatorLeft(): void {
    this.wait.operatorLeft(this.options.clock.nowMs());
  }

  /** Is something of what was sent still to be heard? */
  get isPlaying(): boolean {
    return this.ledger.isPlaying(this.options.clock.nowMs());
  }

  /** The agent cannot speak for a while: after a moment of silence the line is filled with a tone. */
  fill(absence: Absence): void {
    this.filler.start(absence);
  }

  stopFilling(absence: Absence): void {
    this.filler.stop(absence);
  }

  /** Once a second: by the clock alone nobody else notices that an item was heard to its end. */
  tick(): void {
    if (!this.options.hasMarks) this.settle(this.options.clock.nowMs(), null);
  }

  /** Sound of these that still comes is not wanted. */
  private forget(items: readonly HeardItem[]): readonly HeardItem[] {
    if (items.length > 0) this.ledger.cancel(items.map(({ itemId }) => itemId));
    return items;
  }

  private silence(): readonly HeardItem[] {
    const nowMs = this.options.clock.nowMs();
    this.settle(nowMs, null);
    this.firstSounds.silenced(nowMs);
    const items = this.ledger.unheard(nowMs);
    this.ledger.cancel(items.map((item) => item.itemId));
    this.ledger.clear();
    this.options.path.cut(nowMs);
    this.speakingItem = null;
    this.playedOut.close();
    return items.filter((item) => !isOwnItem(item.itemId));
  }

  private mark(): void {
    if (this.options.hasMarks) this.leg?.mark(this.ledger.addMark(this.leg.heldMs));
  }

  /** `placeMs`: on the ledger's line. `heardAtMs`: by the clock. */
  private startItem(itemId: string, arrivedMs: number, placeMs: number, heardAtMs: number): void {
    this.speakingItem = itemId;
    if (this.news.started(itemId, arrivedMs)) this.firstSounds.sent(itemId, placeMs, heardAtMs);
  }

  private settle(nowMs: number, errorMs: number | null): void {
    this.news.heard(this.ledger.takeHeard(nowMs, errorMs));
    this.playedOut.look(nowMs);
  }

  private playFiller(): void {
    const { clock, format } = this.options;
    const nowMs = clock.nowMs();
    if (this.floor !== 'agent' || this.leg === null || this.ledger.isPlaying(nowMs)) return;
    const itemId = this.newOwnItem('filler');
    this.send(frameFromSamples('agent', format, nowMs, waitingTone(format.sampleRate)), itemId);
    this.finishItem(itemId);
  }
}
