import type { AiSession, Clock, CollectedDigits, DigitsOrder } from '#libs/contracts';
import { DtmfCollector } from '../media/dtmf-collector.js';
import type { CallMedia } from './call-media.js';
import { DigitCollection } from './digit-collection.js';

/** Keys pressed before the AI was there. */
const MOST_EARLY_KEYS = 64;

export interface CallerKeysParts extends Pick<CallMedia, 'router' | 'voice' | 'lastWord'> {
  readonly clock: Clock;
  /** What is pressed may be taken by a sensitive collection that begins later. */
  readonly sensitiveKeys: boolean;
  /** A key interrupts the agent. */
  readonly interrupting: boolean;
}

/**
 * The caller's keys: for who collects them, or on their way to the AI — gathered, kept while there is no AI, and an interruption if
 * that is wanted.
 */
export class CallerKeys {
  private readonly collector: DtmfCollector;
  private readonly collection: DigitCollection;
  private session: AiSession | null = null;
  private early = '';

  constructor(private readonly parts: CallerKeysParts) {
    this.collector = new DtmfCollector(parts.clock, (digits) => this.pressed(digits));
    this.collection = new DigitCollection({
      ...parts,
      giveBack: (digit) => this.collector.press(digit),
    });
  }

  press(digit: string): void {
    // That a key was pressed is told in any case; which one, not where nobody shall keep it.
    const { collection } = this;
    const { router, sensitiveKeys } = this.parts;
    const isSecret = collection.isSensitive || (sensitiveKeys && !collection.isUnderWay);
    router.publish('caller.dtmf', { digit: isSecret ? '' : digit });
    if (!this.collection.takes(digit)) this.collector.press(digit);
  }

  /** Until it is over keys neither interrupt nor reach the AI. Those that the AI has not had yet count. */
  collect(order: DigitsOrder, signal: AbortSignal): Promise<CollectedDigits> {
    return this.collection.collect(order, this.collector.take(), signal);
  }

  aiReady(session: AiSession): void {
    this.session = session;
    if (this.early !== '') session.dtmf(this.early);
    this.early = '';
  }

  /** Another AI is being asked, or none is left. */
  aiGone(): void {
    this.session = null;
  }

  close(): void {
    this.collection.close();
    this.collector.close();
    this.session = null;
  }

  private pressed(digits: string): void {
    const { voice, interrupting } = this.parts;
    // An operator who has taken over has the keys too.
    if (voice.floor === 'operator') return;
    if (this.session === null) {
      this.early = (this.early + digits).slice(0, MOST_EARLY_KEYS);
      return;
    }
    if (interrupting && voice.isPlaying && !voice.shielded) this.session.interrupt(voice.interrupt('key'));
    this.session.dtmf(digits);
  }
}
