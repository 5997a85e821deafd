import type {
  AiSession,
  AudioFormat,
  CallControl,
  CallView,
  Clock,
  OperatorAction,
  OperatorLine,
} from '#libs/contracts';
import { OperatorMicrophone } from '../media/operator-microphone.js';
import type { AiEar } from './ai-ear.js';
import type { CallMedia } from './call-media.js';
import type { Farewell } from './farewell.js';

export interface StepInParts extends Pick<CallMedia, 'router' | 'voice' | 'agentPath'> {
  readonly view: CallView;
  readonly clock: Clock;
  readonly aiEar: AiEar;
  readonly farewell: Farewell;
  /** What the agent's path takes. */
  readonly format: AudioFormat;
  readonly isOver: () => boolean;
  /** The caller can hear what is said. */
  readonly lineIsOpen: () => boolean;
  /** Null: the AI is not there yet. */
  readonly session: () => AiSession | null;
  readonly hangUp: () => void;
}

/** An operator's hand in one call: words through the agent, a muted agent, his own voice in its place. */
export class StepIn implements CallControl {
  private isMuted = false;
  private line: OperatorLine | null = null;

  constructor(private readonly parts: StepInParts) {}

  get view(): CallView {
    return this.parts.view;
  }

  get muted(): boolean {
    return this.isMuted;
  }

  get takenOver(): boolean {
    return this.line !== null;
  }

  say(text: string, by: string): boolean {
    const session = this.session;
    // Words that nobody would hear would only make the AI believe that it said them.
    if (session?.speak === undefined || this.parts.voice.floor !== 'agent' || !this.parts.lineIsOpen())
      return false;
    this.tell('say', by);
    session.speak(text);
    return true;
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

  hangUp(by: string): void {
    if (this.parts.isOver()) return;
    this.tell('hang-up', by);
    this.parts.hangUp();
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
    microphone.close();
    aiEar.cover(false);
    farewell.floorChanged();
  }

  private get session(): AiSession | null {
    const { isOver, farewell, session } = this.parts;
    return isOver() || farewell.isDue ? null : session();
  }

  /** Also where nothing was heard yet: what the AI is about to say is not wanted any more. */
  private silenceAgent(): void {
    const items = this.parts.voice.interrupt('operator');
    this.session?.interrupt(items);
  }

  private tell(action: OperatorAction, by: string): void {
    this.parts.router.publish('operator.acted', { action, by });
  }
}
