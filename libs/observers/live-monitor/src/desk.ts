import type { CallControl, CallDesk, Clock, Log } from '#libs/contracts';
import { mayAct } from '#libs/contracts';
import type { CallList } from './call-list.js';
import {
  alreadySpeaking,
  backendCannot,
  callEnded,
  lineTaken,
  microphoneGone,
  notAllowed,
  nothingToGiveBack,
  notTakenOver,
  tooManySubscriptions,
  tooMuchAtOnce,
  unknownCall,
} from './errors.js';
import type { MessageId, SoundForm, Speaker } from './messages.js';
import type { MonitoredCall } from './monitored-call.js';
import { OperatorVoice } from './operator-voice.js';
import type { Viewer } from './viewer.js';

/** Calls that one viewer may follow or listen to. */
const MOST_CALLS = 64;
const TELL_BAD_SOUND_EVERY_MS = 1000;
/** One who stops listening and begins again by then goes on, for who reads what operators did. */
const SAME_LISTEN_MS = 10_000;

export interface DeskParts {
  readonly list: CallList;
  readonly calls: CallDesk;
  readonly clock: Clock;
  readonly audit: Log;
}

interface Heard {
  readonly call: MonitoredCall;
  readonly speakers: readonly Speaker[];
}

/** What one viewer has in hand. What it may not do or cannot be done is thrown as a GatewayError. */
export class Desk {
  private readonly followed = new Map<string, MonitoredCall>();
  private readonly heard = new Map<string, Heard>();
  /** Who was heard in calls that are not listened to any more. */
  private readonly left = new Map<string, { readonly speakers: readonly Speaker[]; readonly atMs: number }>();
  private voice: OperatorVoice | null = null;
  private toldBadSoundMs = Number.NEGATIVE_INFINITY;

  constructor(
    readonly viewer: Viewer,
    private readonly parts: DeskParts,
  ) {}

  follow(callId: string, id: MessageId): void {
    const call = this.known(callId);
    bound(this.followed, callId, (each) => each);
    this.tellState(() => this.viewer.tell('call', call.story, id));
    this.followed.set(callId, call);
    call.follow(this.viewer);
    this.parts.audit.info(
      { callId, action: 'read', by: this.viewer.operator.name },
      'An operator reads along.',
    );
  }

  unfollow(callId: string): void {
    this.followed.get(callId)?.unfollow(this.viewer);
    this.followed.delete(callId);
  }

  listen(callId: string, speakers: readonly Speaker[], form: SoundForm, id: MessageId): void {
    const call = this.known(callId);
    if (call.book.isOver) throw callEnded();
    bound(this.heard, callId, (each) => each.call);
    const before = this.heard.get(callId)?.speakers ?? this.heardLately(callId);
    this.heard.set(callId, { call, speakers });
    this.viewer.tell('audio.started', { callId, stream: call.stream, speakers }, id);
    call.listen(this.viewer, speakers, form);
    // Listening to fewer, to the same in another form, or again after a moment, lets the viewer hear nobody anew.
    if (speakers.some((speaker) => !before.includes(speaker))) this.noteListening(call, speakers);
  }

  stopListening(callId: string): void {
    const heard = this.heard.get(callId);
    if (heard === undefined) return;
    heard.call.stopListening(this.viewer);
    this.heard.delete(callId);
    this.left.delete(callId);
    this.left.set(callId, { speakers: heard.speakers, atMs: this.parts.clock.nowMs() });
    if (this.left.size > MOST_CALLS) this.left.delete(this.left.keys().next().value!);
  }

  say(callId: string, text: string): void {
    if (!this.control(callId).say(text, this.viewer.operator.name)) throw backendCannot();
  }

  whisper(callId: string, text: string): void {
    if (!this.control(callId).whisper(text, this.viewer.operator.name)) throw backendCannot();
  }

  mute(callId: string, muted: boolean): void {
    this.control(callId).mute(muted, this.viewer.operator.name);
  }

  takeOver(callId: string): void {
    const control = this.control(callId);
    if (this.voice !== null) {
      if (this.voice.callId === callId && control.takenOver) return;
      // The other call may be over, and its line with it.
      if (this.parts.calls.find(this.voice.callId)?.takenOver) throw alreadySpeaking();
    }
    const line = control.takeOver(this.viewer.operator.name);
    if (line === null) throw lineTaken();
    this.voice?.release();
    this.voice = new OperatorVoice(callId, line, this.parts.clock, () => this.microphoneGone(callId));
  }

  giveBack(callId: string): void {
    if (this.voice?.callId !== callId) throw nothingToGiveBack();
    this.voice.release();
    this.voice = null;
  }

  hangUp(callId: string): void {
    this.control(callId).hangUp(this.viewer.operator.name);
  }

  /** A binary message. Called per frame of an operator's microphone. */
  sound(bytes: Buffer): void {
    const fault = this.voice === null ? notTakenOver() : this.voice.push(bytes);
    if (fault === null) return;
    const nowMs = this.parts.clock.nowMs();
    if (nowMs - this.toldBadSoundMs < TELL_BAD_SOUND_EVERY_MS) return;
    this.toldBadSoundMs = nowMs;
    this.viewer.fail(fault);
  }

  watchList(id: MessageId): void {
    this.tellState(() => this.parts.list.watch(this.viewer, id));
  }

  unwatchList(): void {
    this.parts.list.unwatch(this.viewer);
  }

  /** The socket is gone. */
  leave(): void {
    this.unwatchList();
    const heard = [...this.heard.values()].map(({ call }) => call);
    for (const call of new Set([...this.followed.values(), ...heard])) call.forget(this.viewer);
    this.voice?.release();
    this.voice = null;
  }

  private heardLately(callId: string): readonly Speaker[] {
    const left = this.left.get(callId);
    return left !== undefined && this.parts.clock.nowMs() - left.atMs < SAME_LISTEN_MS ? left.speakers : [];
  }

  /** `tell` returns how many bytes it was. */
  private tellState(tell: () => number): void {
    const { budget } = this.parts.list;
    const { name } = this.viewer.operator;
    if (!budget.hasRoom(name)) throw tooMuchAtOnce();
    budget.spend(name, tell());
  }

  private noteListening(call: MonitoredCall, speakers: readonly Speaker[]): void {
    const by = this.viewer.operator.name;
    this.parts.audit.info({ callId: call.id, action: 'listen', speakers, by }, 'An operator listens.');
    call.view.router.publish('operator.acted', { action: 'listen', by });
  }

  /** The call may be over meanwhile, and then there is nothing to tell. */
  private microphoneGone(callId: string): void {
    const hadLine = this.parts.calls.find(callId)?.takenOver === true;
    this.voice?.release();
    this.voice = null;
    if (hadLine) this.viewer.fail(microphoneGone());
  }

  private known(callId: string): MonitoredCall {
    const call = this.parts.list.find(callId);
    if (call === null) throw unknownCall();
    return call;
  }

  private control(callId: string): CallControl {
    if (!mayAct(this.viewer.operator.role, 'operator')) throw notAllowed();
    const call = this.known(callId);
    const control = this.parts.calls.find(callId);
    if (control === null || call.book.isOver) throw callEnded();
    return control;
  }
}

/** Calls that are over make room. */
function bound<T>(calls: Map<string, T>, callId: string, callOf: (each: T) => MonitoredCall): void {
  if (calls.has(callId) || calls.size < MOST_CALLS) return;
  for (const [id, each] of calls) if (callOf(each).book.isOver) calls.delete(id);
  if (calls.size >= MOST_CALLS) throw tooManySubscriptions();
}
