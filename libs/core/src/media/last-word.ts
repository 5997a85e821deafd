import type { Cancel, Clock, EventSource } from '#libs/contracts';
import type { AgentVoice } from './agent-voice.js';

/**
 * So long after the clock says that it was heard a word counts as heard, where the platform does not say so before. A caller may
 * wait 1.5 s at most; the rest is for timers and the way to the platform.
 */
const LATEST_MS = 1400;

/** Words that are to come and of which nothing comes for so long are not waited for any more. */
const PATIENCE_MS = 4000;

/** Words without an end are not waited for any longer. */
const LONGEST_MS = 120_000;

/** What the wait is for, beside what is being said and what of it is still on its way from the AI. */
export interface Awaited {
  /**
   * Words that the AI has just been asked for and has not begun. `always`: its next response is waited for. `if-silent`: only when it
   * says nothing in its present one, as a goodbye may stand beside the function call that ends the call or come after its answer.
   */
  readonly next: 'none' | 'always' | 'if-silent';
  /** Neither the caller's voice nor keys cut it. */
  readonly shielded: boolean;
  /** What the agent begins to say afterwards is not heard. */
  readonly last: boolean;
}

interface Wait extends Awaited {
  /** So many responses must have begun. */
  responses: number;
  readonly sinceMs: number;
  readonly action: () => void;
}

/**
 * Tells when the caller has heard what is being said, to its end: by the platform's marks or its word that all was played; where
 * they are late, lost or unknown by the clock, and then at most 1.5 s after it should have been heard.
 */
export class LastWord {
  private waits: readonly Wait[] = [];
  private cancelTimer: Cancel | null = null;
  private responding = false;
  private spoke = false;
  private responses = 0;
  private begunMs: number;

  constructor(
    events: EventSource,
    private readonly clock: Clock,
    private readonly voice: AgentVoice,
  ) {
    this.begunMs = clock.nowMs();
    events.on('agent.response.started', () => this.responseBegan());
    events.on('agent.audio.started', () => this.soundBegan());
    events.on('agent.response.finished', () => this.responseEnded());
    events.on('backend.failed', ({ fatal }) => {
      if (fatal) this.responseEnded();
    });
    // What was cut off is not waited for. In the next turn, since who has cut it may be about to let this wait go: an operator who
    // takes over. On a leg that is lost nothing was heard, and it may come back.
    events.on('agent.interrupted', ({ cause }) => {
      if (cause !== 'leg-lost') queueMicrotask(() => this.look());
    });
  }

  /** `action` is called once, at once where nothing is to be heard; not any more after the returned cancel. */
  whenHeard(awaited: Awaited, action: () => void): Cancel {
    const isNext = awaited.next === 'always' || (awaited.next === 'if-silent' && !this.spoke);
    const wait: Wait = {
      ...awaited,
      responses: this.responses + (isNext ? 1 : 0),
      sinceMs: this.clock.nowMs(),
      action,
    };
    this.waits = [...this.waits, wait];
    this.look();
    return () => {
      this.drop([wait]);
    };
  }

  /** The platform has told of more that was heard. */
  look(): void {
    if (this.waits.length === 0) return;
    this.cancelTimer?.();
    this.cancelTimer = null;
    const nowMs = this.clock.nowMs();
    const due: Wait[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const wait of this.waits) {
      const untilMs = this.heardAtMs(wait);
      if (untilMs <= nowMs) due.push(wait);
      else nextMs = Math.min(nextMs, untilMs);
    }
    this.drop(due);
    // By the clock: what is known of the playback is settled before the call goes on or ends.
    const { dueMs, isCertainlyHeard } = this.voice.line;
    if (due.length > 0 && !isCertainlyHeard && dueMs <= nowMs) this.voice.playbackFinished();
    if (this.waits.length > 0) this.cancelTimer = this.clock.after(nextMs - nowMs, () => this.look());
    for (const { action } of due) action();
  }

  close(): void {
    this.drop(this.waits);
  }

  /** When this wait is over, as far as is known now. */
  private heardAtMs(wait: Wait): number {
    const { dueMs, isArriving, isCertainlyHeard } = this.voice.line;
    const lastMs = wait.sinceMs + LONGEST_MS;
    if (isArriving || this.responding || this.responses < wait.responses) {
      return Math.min(lastMs, Math.max(dueMs, wait.sinceMs, this.begunMs) + PATIENCE_MS);
    }
    if (wait.last) this.voice.saidLast = true;
    return isCertainlyHeard ? 0 : Math.min(lastMs, dueMs + LATEST_MS);
  }

  private responseBegan(): void {
    this.responding = true;
    this.spoke = false;
    this.responses++;
    this.begunMs = this.clock.nowMs();
    this.look();
  }

  private soundBegan(): void {
    // Of an AI that tells of no responses each utterance is one.
    if (!this.responding) this.responses++;
    this.spoke = true;
    for (const wait of this.waits) if (wait.next === 'if-silent') wait.responses = 0;
    this.look();
  }

  private responseEnded(): void {
    this.responding = false;
    this.look();
  }

  private drop(done: readonly Wait[]): void {
    this.waits = this.waits.filter((wait) => !done.includes(wait));
    this.voice.shielded = this.waits.some(({ shielded }) => shielded);
    if (this.waits.length > 0) return;
    this.cancelTimer?.();
    this.cancelTimer = null;
  }
}
