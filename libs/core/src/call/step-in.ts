import { type AudioConverter, createConverter } from '#libs/audio';
import {
  type AiSession,
  type AudioFormat,
  type AudioFrame,
  type CallControl,
  type CallView,
  type EventSink,
  type OperatorAction,
  type OperatorLine,
  sameFormat,
} from '#libs/contracts';
import { type AgentVoice, OPERATOR_PREFIX } from '../media/agent-voice.js';

export interface StepInParts {
  readonly view: CallView;
  readonly router: EventSink;
  readonly voice: AgentVoice;
  /** What the agent's path takes. */
  readonly format: AudioFormat;
  readonly isOver: () => boolean;
  readonly session: () => AiSession | null;
  /** Counts a frame of the agent that nobody was to hear. */
  readonly dropped: () => void;
  /** Whether the AI is to hear the caller has changed. */
  readonly letAiHear: () => void;
  readonly hangUp: () => void;
}

/** An operator's hand in one call: words through the agent, a muted agent, his own voice in its place. */
export class StepIn implements CallControl {
  private isMuted = false;
  private line: OperatorLine | null = null;
  private lines = 0;
  /** The utterance that began while the agent was not to be heard; it stays unheard to its end. */
  private unheard: { readonly itemId: string; sentMs: number } | null = null;

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
    const session = this.running;
    if (session?.speak === undefined) return false;
    this.tell('say', by);
    session.speak(text);
    return true;
  }

  whisper(text: string, by: string): boolean {
    const session = this.running;
    if (session?.instruct === undefined) return false;
    this.tell('whisper', by);
    session.instruct(text);
    return true;
  }

  mute(muted: boolean, by: string): void {
    if (this.parts.isOver() || muted === this.isMuted) return;
    this.isMuted = muted;
    this.tell(muted ? 'mute' : 'unmute', by);
    if (muted) this.silenceAgent();
  }

  takeOver(by: string): OperatorLine | null {
    if (this.parts.isOver() || this.line !== null) return null;
    this.tell('take-over', by);
    this.silenceAgent();
    const itemId = `${OPERATOR_PREFIX}${++this.lines}`;
    let converter: AudioConverter | null = null;
    const line: OperatorLine = {
      push: (frame) => {
        if (this.line !== line || this.parts.isOver()) return false;
        if (sameFormat(frame.format, this.parts.format)) this.parts.voice.play(frame, itemId);
        else {
          if (converter === null || !sameFormat(converter.from, frame.format))
            converter = createConverter(frame.format, this.parts.format);
          const converted = converter.convert(frame);
          if (converted !== null) this.parts.voice.play(converted, itemId);
        }
        return true;
      },
      release: () => {
        if (this.line !== line) return;
        this.line = null;
        if (this.parts.isOver()) return;
        this.parts.voice.finishItem(itemId);
        this.parts.letAiHear();
        this.tell('give-back', by);
      },
    };
    this.line = line;
    this.parts.letAiHear();
    return line;
  }

  hangUp(by: string): void {
    if (this.parts.isOver()) return;
    this.tell('hang-up', by);
    this.parts.hangUp();
  }

  /** Called per frame of the agent. True: it is not to be heard, and was counted. */
  swallows(frame: AudioFrame, itemId: string): boolean {
    if (this.unheard?.itemId !== itemId) {
      if (!this.isMuted && this.line === null) return false;
      // What was cut off already is refused by the voice itself, and the AI was told.
      if (!this.parts.voice.admits(itemId)) return false;
      this.unheard = { itemId, sentMs: 0 };
    }
    this.unheard.sentMs += frame.durationMs;
    this.parts.dropped();
    return true;
  }

  /** The utterance is complete. True: nobody heard it, and the AI has been told. */
  swallowed(itemId: string): boolean {
    if (this.unheard?.itemId !== itemId) return false;
    const { sentMs } = this.unheard;
    this.unheard = null;
    this.parts.session()?.interrupt([{ itemId, sentMs, heardMs: 0, complete: true }]);
    return true;
  }

  private get running(): AiSession | null {
    return this.parts.isOver() ? null : this.parts.session();
  }

  private silenceAgent(): void {
    const items = this.parts.voice.interrupt('operator');
    if (items.length > 0) this.parts.session()?.interrupt(items);
  }

  private tell(action: OperatorAction, by: string): void {
    this.parts.router.publish('operator.acted', { action, by });
  }
}
