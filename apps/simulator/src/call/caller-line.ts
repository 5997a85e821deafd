import type { AudioFormat, AudioFrame, Cancel, Clock } from '#libs/contracts';
import { type Caller, CallOver, type CallScript, ExpectationFailed } from './caller.js';
import { FaultyLine, type LineFaults, type Slot } from './line-faults.js';
import { LineRecord } from './line-record.js';
import { Playback } from './playback.js';
import { realClock } from './real-clock.js';
import { FaultySound, hasSoundFaults } from './sound-faults.js';
import { type Speech, spokenFrames } from './speech.js';
import { FRAME_MS, sharedTicker, type Ticker } from './ticker.js';
import { Voice } from './voice.js';

export interface LineOptions {
  /** Without one the call lasts until somebody ends it. */
  readonly script?: CallScript;
  readonly faults?: LineFaults;
  /** Keep what was said and heard, for WAV files. True unless given. */
  readonly record?: boolean;
  /** How long a script waits for the agent; 15 s unless given. */
  readonly patienceMs?: number;
  /** Sees the agent's sound as it arrives, before it is queued; for measurements. */
  readonly onAgentSound?: (bytes: Uint8Array, atMs: number) => void;
  /** Sees each frame of the caller as it leaves. Null is silence. */
  readonly onCallerSound?: (frame: AudioFrame | null, atMs: number) => void;
  readonly clock?: Clock;
  readonly ticker?: Ticker;
}

/** What the platform does for the caller on its connection to the gateway. */
export interface Wire {
  /** 20 ms of the caller. */
  sendSlot(slot: Slot): void;
  press(key: string): void;
  hangUp(): void;
  cut(): void;
  pauseReading(paused: boolean): void;
}

interface Wait {
  readonly condition: () => boolean;
  readonly deadlineMs: number;
  readonly expectation: string | null;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** A pause of the agent this long means that it has finished, provided that nothing is queued. */
const TURN_PAUSE_MS = 700;
/** As above where something is queued: an agent that sends silence for ever has finished too. */
const LONG_PAUSE_MS = 2000;
const KEY_INTERVAL_MS = 200;
const LONGEST_SPEECH_MS = 60_000;

/**
 * One caller on one line: speaks in 20 ms slots, hears what the platform plays, follows its script. The same for every
 * platform, which supplies the wire and feeds `playback`.
 */
export class CallerLine implements Caller {
  readonly record: LineRecord;
  readonly playback: Playback;
  readonly clock: Clock;
  private readonly voice = new Voice();
  private readonly faulty: FaultyLine;
  private readonly ticker: Ticker;
  private readonly waits: Wait[] = [];
  private readonly actions: { readonly atMs: number; readonly run: () => void }[] = [];
  private format: AudioFormat | null = null;
  /** Null unless the caller's sound has faults of its own. */
  private sound: FaultySound | null = null;
  private slot = 0;
  private leave: Cancel | null = null;
  private over = false;

  constructor(
    private readonly options: LineOptions,
    private readonly wire: Wire,
  ) {
    this.clock = options.clock ?? realClock;
    this.ticker = options.ticker ?? sharedTicker;
    this.record = new LineRecord(this.clock, this.voice, options.record ?? true);
    this.playback = new Playback({
      onPlayed: (bytes, played, atMs, arrivedMs) => {
        this.record.onPlayed(bytes, played, atMs, arrivedMs);
        this.sound?.echo?.played(bytes, played, atMs);
      },
      onGap: (dryAtMs, gapMs) => this.record.onGap(dryAtMs, gapMs),
    });
    this.faulty = new FaultyLine(options.faults ?? {});
    this.planFaults(options.faults ?? {});
  }

  /** Sound flows from now on. `format` is what the platform sends the caller's sound as. */
  up(format: AudioFormat): void {
    if (this.over || this.format !== null) return;
    this.format = format;
    this.sound = this.soundFaults(format);
    this.record.lineUp(this.clock.nowMs());
    this.leave = this.ticker.join((dueMs) => this.tick(dueMs));
    if (this.options.script) void this.follow(this.options.script);
  }

  /** The call is over: nothing more is said or heard, and whoever waits is told. */
  down(): void {
    if (this.over) return;
    this.over = true;
    this.playback.advance(this.clock.nowMs());
    this.leave?.();
    this.voice.silence();
    this.record.lineDown(this.clock.nowMs(), this.faulty.lostFrames);
    for (const wait of this.waits.splice(0)) wait.reject(new CallOver('the call is over'));
  }

  get isUp(): boolean {
    return this.format !== null && !this.over;
  }

  /** The platform hands on sound of the agent that has arrived. */
  agentSound(bytes: Uint8Array, nowMs: number): void {
    this.record.agentMessages++;
    this.options.onAgentSound?.(bytes, nowMs);
  }

  async say(speech: Speech): Promise<void> {
    await this.until(() => this.isUp, null);
    let done = false;
    const frames = this.sound?.speak(speech) ?? spokenFrames(speech, this.format!);
    this.voice.say(speech.name, frames, () => {
      done = true;
    });
    await this.until(() => done, null);
  }

  async listen(timeoutMs = this.patienceMs): Promise<void> {
    await this.hearAgent(timeoutMs);
    await this.until(() => this.agentFinished, 'the agent to finish', Math.max(timeoutMs, LONGEST_SPEECH_MS));
  }

  async hearAgent(timeoutMs = this.patienceMs): Promise<void> {
    const sinceMs = this.voice.sayings.at(-1)?.startedMs ?? Number.NEGATIVE_INFINITY;
    const spoke = () => (this.record.ear.last?.startedMs ?? Number.NEGATIVE_INFINITY) > sinceMs;
    await this.until(spoke, 'the agent to speak', timeoutMs);
  }

  async interrupt(afterMs: number, speech: Speech): Promise<void> {
    await this.hearAgent();
    const startedMs = this.record.ear.last!.startedMs;
    await this.until(() => this.clock.nowMs() >= startedMs + afterMs, null);
    await this.say(speech);
  }

  async press(keys: string): Promise<void> {
    await this.until(() => this.isUp, null);
    for (const key of keys) {
      this.record.event(`caller presses ${key}`);
      this.wire.press(key);
      await this.pause(KEY_INTERVAL_MS);
    }
  }

  async pause(durationMs: number): Promise<void> {
    const untilMs = this.clock.nowMs() + durationMs;
    await this.until(() => this.clock.nowMs() >= untilMs, null);
  }

  hangUp(): void {
    if (!this.over) this.wire.hangUp();
  }

  cut(): void {
    if (!this.over) this.wire.cut();
  }

  private get patienceMs(): number {
    return this.options.patienceMs ?? 15_000;
  }

  private get agentFinished(): boolean {
    const quietMs = this.record.ear.quietMs(this.clock.nowMs());
    return quietMs >= LONG_PAUSE_MS || (quietMs >= TURN_PAUSE_MS && this.playback.empty);
  }

  private async follow(script: CallScript): Promise<void> {
    try {
      await script(this);
    } catch (thrown) {
      if (thrown instanceof ExpectationFailed) this.record.failures.push(thrown.message);
      else if (!(thrown instanceof CallOver)) this.record.failures.push(`The script failed: ${thrown}`);
    }
    this.hangUp();
  }

  /** Conditions are looked at once a tick. Without an expectation there is no deadline. */
  private until(condition: () => boolean, expectation: string | null, timeoutMs = 0): Promise<void> {
    if (this.over) return Promise.reject(new CallOver('the call is over'));
    if (condition()) return Promise.resolve();
    const deadlineMs = expectation === null ? Number.POSITIVE_INFINITY : this.clock.nowMs() + timeoutMs;
    return new Promise((resolve, reject) => {
      this.waits.push({ condition, deadlineMs, expectation, resolve, reject });
    });
  }

  private tick(dueMs: number): void {
    const nowMs = this.clock.nowMs();
    this.playback.advance(nowMs);
    while (this.actions[0] && this.actions[0].atMs <= this.slot * FRAME_MS) this.actions.shift()!.run();
    if (this.over) return;
    const said = this.voice.next(nowMs);
    const frame = this.sound === null ? said : this.sound.next(said, dueMs);
    this.faulty.pass({ index: this.slot++, frame, isPause: said === null }, (slot) => {
      this.record.spoken(slot);
      this.options.onCallerSound?.(slot.frame, nowMs);
      this.wire.sendSlot(slot);
    });
    for (let i = this.waits.length - 1; i >= 0; i--) this.look(this.waits[i]!, nowMs);
  }

  private look(wait: Wait, nowMs: number): void {
    const met = wait.condition();
    if (!met && nowMs < wait.deadlineMs) return;
    this.waits.splice(this.waits.indexOf(wait), 1);
    if (met) wait.resolve();
    else wait.reject(new ExpectationFailed(`Waited in vain for ${wait.expectation}.`));
  }

  /** Faults that this format cannot have are told, and the call goes on without any. */
  private soundFaults(format: AudioFormat): FaultySound | null {
    const { faults = {} } = this.options;
    if (!hasSoundFaults(faults)) return null;
    try {
      return new FaultySound(faults, format, faults.seed ?? 1);
    } catch (thrown) {
      this.record.failures.push(thrown instanceof Error ? thrown.message : String(thrown));
      return null;
    }
  }

  private planFaults({ cutAtMs, slowReader }: LineFaults): void {
    if (cutAtMs !== undefined) this.actions.push({ atMs: cutAtMs, run: () => this.cut() });
    if (slowReader !== undefined) {
      const { atMs, durationMs } = slowReader;
      this.actions.push({ atMs, run: () => this.wire.pauseReading(true) });
      this.actions.push({ atMs: atMs + durationMs, run: () => this.wire.pauseReading(false) });
    }
    this.actions.sort((a, b) => a.atMs - b.atMs);
  }
}
