import {
  type AiSession,
  type AudioFormat,
  type CallControl,
  type CallView,
  type Clock,
  type CollectedDigits,
  type DigitsOrder,
  type EndReason,
  type OperatorAction,
  type OperatorLine,
  type PlatformLeg,
  type TransferOrder,
} from '#libs/contracts';
import { OperatorMicrophone } from '../media/operator-microphone.js';
import type { AiEar } from './ai-ear.js';
import { isOperator } from './by-whom.js';
import type { CallMedia } from './call-media.js';
import { CallTransfer } from './call-transfer.js';
import type { CallerKeys } from './caller-keys.js';
import type { Farewell } from './farewell.js';
import { KeySender } from './key-sender.js';

export interface StepInParts extends Pick<CallMedia, 'router' | 'voice' | 'agentPath' | 'lastWord'> {
  readonly view: CallView;
  readonly clock: Clock;
  readonly aiEar: AiEar;
  readonly farewell: Farewell;
  readonly keys: CallerKeys;
  /** What the agent's path takes. */
  readonly format: AudioFormat;
  readonly isOver: () => boolean;
  /** The caller can hear what is said. */
  readonly lineIsOpen: () => boolean;
  /** Null: the AI is not there yet. */
  readonly session: () => AiSession | null;
  readonly leg: () => PlatformLeg | null;
  readonly end: (reason: EndReason) => void;
}

/** An operator's hand in one call: words through the agent, a muted agent, his own voice in its place. */
export class StepIn implements CallControl {
  private isMuted = false;
  private line: OperatorLine | null = null;

  private readonly handing: CallTransfer;
  private readonly sender: KeySender;

  constructor(private readonly parts: StepInParts) {
    this.handing = new CallTransfer({
      ...parts,
      speak: (text) => this.speak(text),
      told: (by) => this.tell('transfer', by),
      onFailed: () => parts.farewell.floorChanged(),
    });
    this.sender = new KeySender(parts);
  }

  get view(): CallView {
    return this.parts.view;
  }

  get muted(): boolean {
    return this.isMuted;
  }

  get takenOver(): boolean {
    return this.line !== null;
  }

  get handingOn(): boolean {
    return this.handing.isUnderWay;
  }

  say(text: string, by: string): boolean {
    return this.speak(text, () => this.tell('say', by));
  }

  whisper(text: string, by: string): boolean {
    const session = this.session;
    if (session?.instruct === undefined) return false;
    this.tell('whisper', by);
    session.instruct(text);
    return true;
  }

  mute(muted: boolean, by: string): void {
    if (this.parts.isOver() || muted === this.isMuted) return;
    this.tell(muted ? 'mute' : 'unmute', by);
    this.isMuted = muted;
    if (this.line !== null) return;
    if (muted) this.silenceAgent();
    this.parts.voice.floor = muted ? 'nobody' : 'agent';
  }

  takeOver(by: string): OperatorLine | null {
    if (this.parts.isOver() || this.line !== null) return null;
    this.tell('take-over', by);
    this.silenceAgent();
    const line = this.openLine(by);
    this.parts.voice.floor = 'operator';
    this.parts.aiEar.cover(true);
    this.parts.farewell.floorChanged();
    return line;
  }

  hangUp(by: string, reason: EndReason = 'operator-hung-up'): void {
    if (this.parts.isOver()) return;
    this.tell('hang-up', by);
    this.parts.end(reason);
  }

  hangUpAfterLastWord(by: string): void {
    if (this.parts.isOver()) return;
    if (isOperator(by)) {
      this.tell('hang-up', by);
      this.parts.farewell.endWith('operator-hung-up');
    } // A model that hands the caller on and hangs up means the first; if that fails it goes on talking.
    else if (!this.handing.isUnderWay) this.parts.farewell.endWith('agent-hung-up', 'if-silent');
  }

  transfer(order: TransferOrder, by: string): Promise<void> {
    return this.handing.go(order, by);
  }

  /** The platform ended its side of the call. */
  legEnded(reason: EndReason): void {
    this.handing.legEnded(reason);
  }

  sendDtmf(digits: string, by: string): boolean {
    // A muted agent must not be heard this way either.
    if (this.parts.isOver() || (!isOperator(by) && this.parts.voice.floor !== 'agent')) return false;
    return this.sender.send(digits, () => this.tell('send-dtmf', by));
  }

  collectDigits(order: DigitsOrder, signal: AbortSignal): Promise<CollectedDigits> {
    return this.parts.keys.collect(order, signal);
  }

  private speak(text: string, told: () => void = () => undefined): boolean {
    const { session } = this;
    const { voice, lineIsOpen, farewell } = this.parts;
    // Words that nobody would hear would only make the AI believe that it said them.
    if (session?.speak === undefined || voice.floor !== 'agent' || !lineIsOpen() || farewell.isDue)
      return false;
    told();
    session.speak(text);
    return true;
  }

  private openLine(by: string): OperatorLine {
    const { voice, agentPath, format, clock, isOver } = this.parts;
    const microphone = new OperatorMicrophone(
      voice,
      format,
      () => clock.nowMs(),
      () => agentPath.drop('far-side-full'),
    );
    const port: OperatorLine = {
      push: (frame) => this.line === port && !isOver() && microphone.push(frame),
      release: () => {
        if (this.line === port) this.giveBack(by, microphone);
      },
    };
    this.line = port;
    return port;
  }

  private giveBack(by: string, microphone: OperatorMicrophone): void {
    const { voice, aiEar, farewell, isOver } = this.parts;
    this.line = null;
    if (isOver()) return;
    this.tell('give-back', by);
    voice.floor = this.isMuted ? 'nobody' : 'agent';
    voice.operatorLeft();
    microphone.close();
    aiEar.cover(false);
    farewell.floorChanged();
  }

  private get session(): AiSession | null {
    return this.parts.isOver() ? null : this.parts.session();
  }

  /** Also where nothing was heard yet: what the AI is about to say is not wanted any more. */
  private silenceAgent(): void {
    const items = this.parts.voice.interrupt('operator');
    this.session?.interrupt(items);
  }

  /** What agent and gateway do themselves is told by its own events. */
  private tell(action: OperatorAction, by: string): void {
    if (isOperator(by)) this.parts.router.publish('operator.acted', { action, by });
  }
}
