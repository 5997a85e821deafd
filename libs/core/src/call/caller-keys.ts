import type { AiSession, Clock } from '#libs/contracts';
import type { AgentVoice } from '../media/agent-voice.js';
import { DtmfCollector } from '../media/dtmf-collector.js';

/** Keys pressed before the AI was there. */
const MOST_EARLY_KEYS = 64;

/** The caller's keys on their way to the AI: collected, kept while there is no AI, and an interruption if that is wanted. */
export class CallerKeys {
  private readonly collector: DtmfCollector;
  private session: AiSession | null = null;
  private early = '';

  constructor(
    clock: Clock,
    private readonly voice: AgentVoice,
    /** A key interrupts the agent. */
    private readonly interrupting: boolean,
  ) {
    this.collector = new DtmfCollector(clock, (digits) => this.pressed(digits));
  }

  press(digit: string): void {
    this.collector.press(digit);
  }

  aiReady(session: AiSession): void {
    this.session = session;
    if (this.early !== '') session.dtmf(this.early);
    this.early = '';
  }

  close(): void {
    this.collector.close();
    this.session = null;
  }

  private pressed(digits: string): void {
    // An operator who has taken over has the keys too.
    if (this.voice.floor === 'operator') return;
    if (this.session === null) {
      this.early = (this.early + digits).slice(0, MOST_EARLY_KEYS);
      return;
    }
    if (this.interrupting && this.voice.isPlaying) this.session.interrupt(this.voice.interrupt('key'));
    this.session.dtmf(digits);
  }
}
