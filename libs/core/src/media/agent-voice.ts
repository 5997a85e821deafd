import { frameAt, frameFromSamples } from '#libs/audio';
import type {
  AudioFormat,
  AudioFrame,
  Cancel,
  Clock,
  EventRouter,
  HeardItem,
  LegFormats,
  PlatformLeg,
} from '#libs/contracts';
import type { AudioPath } from './audio-path.js';
import { type Absence, LineFiller } from './line-filler.js';
import { CLOCK_SLACK_MS, PlaybackLedger } from './playback-ledger.js';
import { waitingTone } from './waiting-tone.js';

/** Sound between two marks: how finely the platform's own word is known. The clock tells what lies between. */
const MARK_EVERY_MS = 500;

/** Items that the gateway itself speaks; the AI knows nothing of them. */
const FILLER_PREFIX = 'patchbay-filler-';

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
}

/**
 * The agent's side of a call: sends what the AI says, knows what the caller heard of it, and falls silent at once when the
 * caller interrupts. Also fills the line while the AI is away.
 */
export class AgentVoice {
  private readonly ledger: PlaybackLedger;
  private readonly filler: LineFiller;
  private leg: PlatformLeg | null = null;
  private speakingItem: string | null = null;
  private fillerCount = 0;
  private cancelPlayedOut: Cancel | null = null;
  private callerStoppedMs: number | null = null;
  private connectedMs: number | null = null;
  private saidNothing = true;

  constructor(private readonly options: AgentVoiceOptions) {
    this.ledger = new PlaybackLedger(options.hasMarks);
    this.filler = new LineFiller(options.clock, options.fillerAfterMs, () => this.playFiller());
  }

  connect(leg: PlatformLeg, formats: LegFormats): void {
    this.leg = leg;
    this.connectedMs ??= this.options.clock.nowMs();
    this.options.path.connect(leg, this.options.format, formats.agent);
  }

  /** The leg is gone. What was not heard will never be; returned for the AI to forget, oldest first. */
  disconnect(): readonly HeardItem[] {
    this.options.path.disconnect();
    this.leg = null;
    return this.interrupt();
  }

  close(): void {
    this.filler.close();
    this.cancelPlayedOut?.();
    this.options.path.disconnect();
    this.leg = null;
  }

  /** Sound of the AI. Called per frame. */
  play(frame: AudioFrame, itemId: string): void {
    const { path, clock } = this.options;
    if (!this.ledger.admits(itemId)) {
      path.drop('interrupted');
      return;
    }
    const nowMs = clock.nowMs();
    if (!path.push(frameAt(frame, this.ledger.heardAtMs(nowMs)))) {
      this.ledger.refused(itemId, frame.durationMs);
      return;
    }
    this.ledger.sent(itemId, frame.durationMs, nowMs);
    if (itemId !== this.speakingItem) this.startItem(itemId, nowMs);
    if (this.options.hasMarks && this.ledger.unmarkedMs >= MARK_EVERY_MS)
      this.leg?.mark(this.ledger.addMark());
  }

  /** No more sound of this item: what is held back to fill a frame goes out, and a last mark tells when it was heard. */
  finishItem(itemId: string): void {
    if (!this.ledger.admits(itemId)) return;
    this.ledger.complete(itemId);
    this.leg?.flush();
    if (this.options.hasMarks && this.ledger.unmarkedMs > 0) this.leg?.mark(this.ledger.addMark());
    this.awaitPlayedOut();
  }

  markHeard(name: string): void {
    const nowMs = this.options.clock.nowMs();
    const errorMs = this.ledger.markHeard(name, nowMs);
    if (errorMs !== null) this.settle(nowMs, errorMs);
  }

  playbackFinished(): void {
    const nowMs = this.options.clock.nowMs();
    this.ledger.allHeard(nowMs);
    this.settle(nowMs, null);
  }

  /** The caller interrupts: silence now. Returns what the AI must forget, oldest first. */
  interrupt(): readonly HeardItem[] {
    const { clock, router } = this.options;
    const startMs = clock.nowMs();
    const playing = this.ledger.isPlaying(startMs);
    // The platform may be behind what clock and marks say; on a line that is silent already the order does no harm.
    if (this.ledger.hasSent) this.leg?.clear();
    const items = this.silence();
    if (playing) {
      const stopMs = clock.nowMs() - startMs;
      const current = items.find((item) => item.heardMs < item.sentMs) ?? items[items.length - 1];
      const heardMs = current?.heardMs ?? 0;
      router.publish('agent.interrupted', {
        itemId: current?.itemId ?? null,
        heardMs,
        sentMs: current?.sentMs ?? 0,
        stopMs,
      });
    }
    return items;
  }

  callerStarted(): void {
    this.callerStoppedMs = null;
  }

  /** `atMs`: when the caller stopped, which is before it was noticed. */
  callerStopped(atMs: number): void {
    this.callerStoppedMs = atMs;
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

  private silence(): readonly HeardItem[] {
    const nowMs = this.options.clock.nowMs();
    this.settle(nowMs, null);
    const items = this.ledger.unheard(nowMs);
    this.ledger.cancel(items.map((item) => item.itemId));
    this.ledger.clear();
    this.options.path.cut(nowMs);
    this.speakingItem = null;
    this.cancelPlayedOut?.();
    this.cancelPlayedOut = null;
    return items.filter((item) => !item.itemId.startsWith(FILLER_PREFIX));
  }

  private startItem(itemId: string, nowMs: number): void {
    this.speakingItem = itemId;
    if (itemId.startsWith(FILLER_PREFIX)) return;
    const turnLatencyMs = this.callerStoppedMs === null ? null : nowMs - this.callerStoppedMs;
    const sinceConnectedMs = this.saidNothing && this.connectedMs !== null ? nowMs - this.connectedMs : null;
    this.callerStoppedMs = null;
    this.saidNothing = false;
    this.options.router.publish('agent.audio.started', { itemId, turnLatencyMs, sinceConnectedMs });
  }

  private settle(nowMs: number, errorMs: number | null): void {
    for (const item of this.ledger.takeHeard(nowMs, errorMs)) {
      if (!item.itemId.startsWith(FILLER_PREFIX)) this.options.router.publish('agent.item.heard', item);
    }
    if (this.cancelPlayedOut !== null && this.ledger.remainingMs(nowMs) === 0) {
      this.cancelPlayedOut();
      this.cancelPlayedOut = null;
      this.options.onPlayedOut();
    }
  }

  /** One timer, set anew by each finished item, for the moment when everything sent should have been heard. */
  private awaitPlayedOut(): void {
    this.cancelPlayedOut?.();
    const { clock } = this.options;
    const waitMs = this.ledger.remainingMs(clock.nowMs()) + CLOCK_SLACK_MS;
    this.cancelPlayedOut = clock.after(waitMs, () => {
      if (this.ledger.remainingMs(clock.nowMs()) > 0) this.awaitPlayedOut();
      else this.settle(clock.nowMs(), null);
    });
  }

  private playFiller(): void {
    const { clock, format } = this.options;
    const nowMs = clock.nowMs();
    if (this.leg === null || this.ledger.isPlaying(nowMs)) return;
    const itemId = `${FILLER_PREFIX}${++this.fillerCount}`;
    this.play(frameFromSamples('agent', format, nowMs, waitingTone(format.sampleRate)), itemId);
    this.finishItem(itemId);
  }
}
