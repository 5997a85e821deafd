import {
  asGatewayError,
  type CallView,
  type Cancel,
  type Clock,
  type EndReason,
  GatewayError,
  type Log,
  type RecordingPolicy,
  SensitiveKeys,
} from '#libs/contracts';
import { recordingNotPaused, recordingNotStopped, recordingUnknown } from './errors.js';
import { CURRENT_RECORDING, type TwilioRest } from './twilio.rest.js';
import { isGone, isUnknown } from './twilio.rest-errors.js';

export interface LiveRecordingParts {
  readonly call: CallView;
  readonly policy: RecordingPolicy;
  readonly rest: TwilioRest;
  readonly callbackUrl: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onBegun: (recordingSid: string) => void;
  /** Resolves when it is noted that Twilio is about to be told to pause; never rejects. */
  readonly onPausing: (recordingSid: string) => Promise<void>;
  /** Twilio has confirmed it. */
  readonly onPaused: (recordingSid: string) => void;
  /** It must not be kept. Null: nobody knows its id, or whether there is one; nothing has gone wrong. */
  readonly onRefused: (recordingSid: string | null, error: GatewayError | null) => void;
  /** It was wanted, and there is none. */
  readonly onMissing: (error: GatewayError) => void;
  /** Nothing more is asked of Twilio. */
  readonly onDone: () => void;
}

type State = 'none' | 'in-progress' | 'paused' | 'stopped';

/** A pause that Twilio has not confirmed by then was none. */
const PAUSED_WITHIN_MS = 3000;
const AGAIN_MS = [500, 1000, 3000, 10_000];
/** What is to stop is asked for further, for as long as a call may last. */
const STOP_AGAIN_MS = 60_000;
const MOST_STOPS = 24 * 60;

/**
 * Twilio's recording of one call, as the agent's policy wants it: begun with the call, paused while an operator or sensitive keys ask
 * for it, stopped when the call ends here, though at Twilio it may go on with somebody else. One request at a time. Of a pause or an
 * end that Twilio did not confirm in time, the whole recording is given up; so it is where a sensitive collection took keys that had been
 * pressed before.
 */
export class LiveRecording {
  private readonly holders = new Set<'operator' | 'keys'>();
  private readonly keys: SensitiveKeys;
  private state: State = 'none';
  private sid: string | null = null;
  private wanted = false;
  private over = false;
  /** Why the call is over here. Null: it is not, or it goes on in text. */
  private reason: EndReason | null = null;
  private stopFailed = false;
  private refused = false;
  private asking = false;
  /** What Twilio is asked just now. Never rejects. */
  private request: Promise<void> = Promise.resolve();
  /** Twilio may be recording, as far as is known here: from before it is asked until it has confirmed a pause or the end. */
  private mayRecord = false;
  private done = false;
  private cancelDeadline: Cancel | null = null;

  constructor(private readonly parts: LiveRecordingParts) {
    const { call, policy, clock } = parts;
    const begin = () => {
      this.wanted = true;
      this.work();
    };
    if (policy.fromAnswer) call.router.on('call.answered', begin);
    call.router.on('call.connected', begin);
    // Turns of text are not recorded, whoever says them.
    call.router.on('call.fell.back', ({ to }) => {
      if (to === 'turns') this.end(null);
    });
    call.router.on('call.ended', ({ reason }) => this.end(reason));
    this.keys = new SensitiveKeys(call.router, clock, (typing, sinceMs) => {
      if (!typing) return this.release('keys');
      this.hold('keys');
      // What Twilio has recorded already it cannot be told to leave out.
      if (sinceMs < clock.nowMs() && this.mayRecord) this.refuse(recordingNotPaused());
    });
  }

  /** The call runs here. */
  get isRunning(): boolean {
    return !this.over;
  }

  pause(): boolean {
    if (!this.isOn) return false;
    this.hold('operator');
    return true;
  }

  resume(): boolean {
    if (!this.isOn) return false;
    this.release('operator');
    return true;
  }

  /** What there is of it, or is just about to be, must not be kept. False: there is nothing. */
  refuse(error: GatewayError | null): boolean {
    if (this.state === 'none' && !this.mayRecord) return false;
    if (!this.refused) this.parts.onRefused(this.sid, error);
    this.refused = true;
    this.work();
    return true;
  }

  /** Twilio tells that it is complete. Resolves when it is known whether it may be kept: its end may just have been ordered in vain. */
  async completed(recordingSid: string): Promise<void> {
    if (!this.over || recordingSid !== this.sid) return;
    await this.request;
    this.complete();
  }

  private get isOn(): boolean {
    return this.wanted && !this.over && !this.refused && this.state !== 'stopped';
  }

  private end(reason: EndReason | null): void {
    if (this.over) return;
    this.over = true;
    this.reason = reason;
    if (this.mayRecord && this.holders.size > 0) this.refuse(recordingNotPaused());
    this.cancelDeadline?.();
    this.keys.close();
    this.work();
  }

  private hold(holder: 'operator' | 'keys'): void {
    this.holders.add(holder);
    if (this.holders.size > 1) return;
    this.cancelDeadline = this.parts.clock.after(PAUSED_WITHIN_MS, () => {
      if (this.mayRecord) this.refuse(recordingNotPaused());
    });
    this.work();
  }

  private release(holder: 'operator' | 'keys'): void {
    if (!this.holders.delete(holder) || this.holders.size > 0) return;
    this.cancelDeadline?.();
    if (this.mayRecord) this.refuse(recordingNotPaused());
    this.work();
  }

  private get target(): State {
    if (this.over || this.refused) return this.state === 'none' ? 'none' : 'stopped';
    if (!this.wanted || (this.holders.size > 0 && this.state === 'none')) return 'none';
    return this.holders.size > 0 ? 'paused' : 'in-progress';
  }

  /** A pause is asked for again where going on failed, for it may have gone on all the same. */
  private get isSettled(): boolean {
    if (this.state === 'stopped') return true;
    return this.state === this.target && !(this.state === 'paused' && this.mayRecord);
  }

  private work(): void {
    if (!this.asking) void this.settle();
  }

  /** Never rejects. */
  private async settle(): Promise<void> {
    this.asking = true;
    let failures = 0;
    let last = this.target;
    while (!this.isSettled) {
      const to = this.target;
      if (to !== last) failures = 0;
      last = to;
      try {
        const asked = this.ask(to);
        this.request = asked.catch(() => undefined);
        await asked;
        failures = 0;
      } catch (thrown) {
        if (this.target !== to) continue;
        const againMs = this.againMs(thrown, to, failures++);
        if (againMs !== undefined)
          await new Promise<void>((resolve) => this.parts.clock.after(againMs, resolve));
        else if (!this.leave(thrown, to)) break;
      }
    }
    this.asking = false;
    if (!this.over || this.done) return;
    this.done = true;
    this.parts.onDone();
  }

  private async ask(to: State): Promise<void> {
    try {
      if (this.state === 'none') await this.begin();
      else await this.change(this.sid!, to as Exclude<State, 'none'>);
    } catch (thrown) {
      this.stopFailed ||= to === 'stopped' && !isGone(thrown);
      throw thrown;
    }
  }

  private async begin(): Promise<void> {
    const { rest, call, callbackUrl, onBegun } = this.parts;
    this.mayRecord = true;
    try {
      const sid = await rest.record(call.info.platformCallId, callbackUrl);
      this.sid = sid;
      this.state = 'in-progress';
      this.tellState();
      onBegun(sid);
      if (this.refused) this.parts.onRefused(sid, null);
    } catch (thrown) {
      if (!isUnknown(thrown)) {
        this.mayRecord = false;
        throw thrown;
      }
      // What may be recorded under an id that nobody knows could not be paused.
      this.refuse(recordingUnknown());
      this.sid = CURRENT_RECORDING;
      this.state = 'in-progress';
    }
  }

  private async change(sid: string, to: Exclude<State, 'none'>): Promise<void> {
    const { rest, call, onPausing, onPaused } = this.parts;
    if (to === 'paused') await onPausing(sid);
    this.mayRecord ||= to === 'in-progress';
    const is = await rest.changeRecording(call.info.platformCallId, sid, to);
    if (is !== to && to !== 'stopped')
      throw new GatewayError('TWILIO_RECORDING_UNCHANGED', `Twilio's recording is ${is} and not ${to}.`);
    this.state = to;
    this.mayRecord = to === 'in-progress';
    if (to === 'paused') onPaused(sid);
    this.tellState();
  }

  private tellState(): void {
    const { log, call } = this.parts;
    log.debug(
      { callSid: call.info.platformCallId, recordingSid: this.sid },
      `Twilio's recording is ${this.state}.`,
    );
  }

  /** After how long to try again; undefined: not any more. */
  private againMs(thrown: unknown, to: State, failures: number): number | undefined {
    if (isGone(thrown)) return undefined;
    if (this.state === 'none' && !(thrown instanceof GatewayError && thrown.retryable)) return undefined;
    if (to !== 'stopped' || failures < AGAIN_MS.length) return AGAIN_MS[failures];
    // Where the caller has hung up there is nothing more to be heard.
    if (this.over && this.mayRecord && this.reason !== 'caller-hung-up') this.refuse(recordingNotStopped());
    return failures < MOST_STOPS ? STOP_AGAIN_MS : undefined;
  }

  /** Twilio does not do it. That a call is over there is nothing to be told. False: nothing is left to try for now. */
  private leave(thrown: unknown, to: State): boolean {
    const { log, call, onMissing } = this.parts;
    const { code, message, advice } = asGatewayError(thrown, 'TWILIO_RECORDING_STUCK', 'No answer');
    const fields = { callSid: call.info.platformCallId, code, advice };
    // Whatever Twilio says of it, it may have recorded what it must not have: its end is ordered next.
    if (to === 'paused') return this.refuse(recordingNotPaused());
    if (this.state === 'none') {
      this.state = 'stopped';
      const what = `Twilio does not record a call. ${message}`;
      if (isGone(thrown)) log.error(fields, what);
      else onMissing(new GatewayError(code, what, advice === null ? {} : { advice }));
      return true;
    }
    if (!isGone(thrown)) log.error(fields, `Twilio does not make a recording ${to}. ${message}`);
    else if (to === 'stopped') {
      this.complete();
      return true;
    }
    return false;
  }

  /** Nothing is left to stop. Where the first order to do so failed, there may be a talk in it with whoever took the caller. */
  private complete(): void {
    const mayHoldMore = this.mayRecord && this.stopFailed && this.reason === 'transferred';
    this.state = 'stopped';
    this.mayRecord = false;
    if (mayHoldMore) this.refuse(recordingNotStopped());
  }
}
