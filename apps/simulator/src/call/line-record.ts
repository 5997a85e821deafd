import type { AudioFormat, Clock } from '#libs/contracts';
import { BreachList } from './breaches.js';
import type {
  BargeInReport,
  CallEvent,
  CallOutcome,
  CallReport,
  GapReport,
  MarkReport,
  TurnReport,
} from './call-report.js';
import { Ear } from './ear.js';
import type { Slot } from './line-faults.js';
import type { PlaybackListener, Stretch } from './playback.js';
import type { Saying, Voice } from './voice.js';

/** A pause longer than this between two pieces of the agent's sound is a pause, not a gap, where the platform cannot tell. */
export const GAP_LIMIT_MS = 500;

const GOOD_ENDS: readonly CallOutcome[] = ['caller-hung-up', 'agent-hung-up', 'transferred'];

/** Everything that was noticed on one line, and the report made of it. */
export class LineRecord implements PlaybackListener {
  readonly ear: Ear;
  readonly breaches: BreachList;
  readonly notes: string[] = [];
  readonly failures: string[] = [];
  /** What the platform itself said to the caller (TwiML `<Say>`). */
  readonly platformSaid: string[] = [];
  /** What the bot says that the caller said, on platforms where it tells. */
  readonly recognised: string[] = [];
  readonly events: CallEvent[] = [];
  readonly stretches: Stretch[] = [];
  readonly marks: MarkReport[] = [];
  /** Slots that left with sound in them. */
  readonly slots: Slot[] = [];
  agentMessages = 0;
  /** Whether the silence before new sound was a hole in what the agent was saying; the platform decides. */
  isGap: (dryAtMs: number, gapMs: number) => boolean = (_dryAtMs, gapMs) => gapMs < GAP_LIMIT_MS;
  private readonly placedMs: number;
  private upMs: number | null = null;
  private downMs: number | null = null;
  private sentFrames = 0;
  private lostFrames = 0;
  private readonly bargeIns: BargeInReport[] = [];
  private readonly gaps: GapReport[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly voice: Voice,
    private readonly keep: boolean,
  ) {
    this.placedMs = clock.nowMs();
    this.ear = new Ear(keep);
    this.breaches = new BreachList(() => this.sinceUp(this.clock.nowMs()));
  }

  lineUp(nowMs: number): void {
    this.upMs = nowMs;
    this.event('line up');
  }

  lineDown(nowMs: number, lostFrames: number): void {
    this.downMs = nowMs;
    this.lostFrames = lostFrames;
    this.event('line down');
  }

  /** Milliseconds since the line was up; since the call was placed while it is not. */
  sinceUp(atMs: number): number {
    return atMs - (this.upMs ?? this.placedMs);
  }

  /** How long the line has been up, or was. */
  /** How often the platform was told to be silent so far. */
  get bargeInCount(): number {
    return this.bargeIns.length;
  }

  get lastedMs(): number {
    return this.upMs === null ? 0 : (this.downMs ?? this.clock.nowMs()) - this.upMs;
  }

  /** Notes are kept once each. */
  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }

  event(what: string): void {
    this.events.push({ atMs: this.sinceUp(this.clock.nowMs()), what });
  }

  spoken(slot: Slot): void {
    this.sentFrames++;
    if (this.keep && slot.frame !== null) this.slots.push(slot);
  }

  onPlayed(bytes: Uint8Array, format: AudioFormat, atMs: number, arrivedMs: number): void {
    this.ear.hear(bytes, format, atMs, arrivedMs);
  }

  onGap(dryAtMs: number, gapMs: number): void {
    if (this.isGap(dryAtMs, gapMs)) this.gaps.push({ atMs: this.sinceUp(dryAtMs), durationMs: gapMs });
  }

  get callerSpoke(): boolean {
    return this.lastSaying() !== undefined;
  }

  callerSpokeSince(atMs: number): boolean {
    const last = this.lastSaying();
    return last !== undefined && (last.stoppedMs ?? Number.POSITIVE_INFINITY) >= atMs;
  }

  /** The platform was told to fall silent at `nowMs`, `heardMs` into what the agent was saying. */
  interrupted(nowMs: number, heardMs: number, droppedMs: number): void {
    const startedMs = this.lastSaying()?.startedMs ?? null;
    const overTheAgent =
      startedMs !== null && startedMs > (this.ear.last?.startedMs ?? Number.POSITIVE_INFINITY);
    const afterCallerStartedMs = overTheAgent ? nowMs - startedMs : null;
    this.ear.cut();
    this.bargeIns.push({ atMs: this.sinceUp(nowMs), afterCallerStartedMs, heardMs, droppedMs });
    this.event(`silenced, ${Math.round(heardMs)} ms heard, ${Math.round(droppedMs)} ms dropped`);
  }

  /** `expected` is how the call was meant to end; unless given, in any of the ways in which calls should. */
  report(
    platform: CallReport['platform'],
    callId: string,
    outcome: CallOutcome,
    detail: string,
    expected: CallOutcome | undefined,
  ): CallReport {
    const breaches = this.breaches.list();
    const asExpected = expected === undefined ? GOOD_ENDS.includes(outcome) : outcome === expected;
    if (!asExpected) this.failures.push(`The call ended as "${outcome}"${detail && ` (${detail})`}.`);
    const sum = (of: (stretch: Stretch) => number) =>
      this.stretches.reduce((total, next) => total + of(next), 0);
    const first = this.ear.utterances[0];
    return {
      platform,
      callId,
      outcome,
      detail,
      ok: breaches.length === 0 && this.failures.length === 0,
      lineUpAt: this.upMs,
      connectMs: this.upMs === null ? null : this.upMs - this.placedMs,
      durationMs: this.lastedMs,
      firstHeardMs: first ? this.sinceUp(first.startedMs) : null,
      turns: this.voice.sayings.map((saying, index) => this.turn(saying, this.voice.sayings[index + 1])),
      bargeIns: this.bargeIns,
      agent: {
        messages: this.agentMessages,
        receivedMs: sum((stretch) => stretch.receivedMs),
        playedMs: sum((stretch) => stretch.playedMs),
        droppedMs: sum((stretch) => stretch.droppedMs),
        levelDbfs: this.ear.levelDbfs,
        peakDbfs: this.ear.peakDbfs,
        utterances: this.ear.utterances.map(({ startedMs, endedMs, arrivedMs }) => ({
          startedMs: this.sinceUp(startedMs),
          endedMs: this.sinceUp(endedMs),
          arrivedMs: this.sinceUp(arrivedMs),
        })),
        stretches: this.stretches.map((stretch) => ({
          ...stretch,
          arrivedMs: this.sinceUp(stretch.arrivedMs),
          startedMs: stretch.startedMs === null ? null : this.sinceUp(stretch.startedMs),
          endedMs: stretch.endedMs === null ? null : this.sinceUp(stretch.endedMs),
        })),
        gaps: this.gaps,
        marks: this.marks,
      },
      caller: { sentFrames: this.sentFrames, lostFrames: this.lostFrames },
      events: this.events,
      breaches,
      platformSaid: this.platformSaid,
      recognised: this.recognised,
      notes: this.notes,
      failures: this.failures,
    };
  }

  /** What the caller has begun to say last. */
  lastSaying(): Saying | undefined {
    return this.voice.sayings.findLast((saying) => saying.startedMs !== null);
  }

  private turn(saying: Saying, next: Saying | undefined): TurnReport {
    const { startedMs, stoppedMs } = saying;
    const beforeMs = next?.startedMs ?? Number.POSITIVE_INFINITY;
    const answer = this.ear.utterances.find(
      ({ startedMs: heardMs }) => stoppedMs !== null && heardMs > stoppedMs && heardMs < beforeMs,
    );
    return {
      said: saying.name,
      startedMs: startedMs === null ? null : this.sinceUp(startedMs),
      stoppedMs: stoppedMs === null ? null : this.sinceUp(stoppedMs),
      answerArrivedAfterMs: answer && stoppedMs !== null ? answer.arrivedMs - stoppedMs : null,
      answerHeardAfterMs: answer && stoppedMs !== null ? answer.startedMs - stoppedMs : null,
    };
  }
}
