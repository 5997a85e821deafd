import {
  type AiSession,
  asGatewayError,
  type Clock,
  type EndReason,
  type GatewayError,
  type PlatformLeg,
  type TransferOrder,
} from '#libs/contracts';
import { transferCallOver, transferUnderWay, transferUnsupported } from '../errors.js';
import type { CallMedia } from './call-media.js';

export interface CallTransferParts extends Pick<CallMedia, 'router' | 'voice' | 'lastWord'> {
  readonly clock: Clock;
  readonly isOver: () => boolean;
  readonly leg: () => PlatformLeg | null;
  readonly session: () => AiSession | null;
  /** False: nobody would hear it, or this backend cannot. */
  readonly speak: (text: string) => boolean;
  /** An attempt begins. */
  readonly told: (by: string) => void;
  /** The call goes on, or ends for another reason that has waited. */
  readonly onFailed: () => void;
  readonly end: (reason: EndReason) => void;
}

interface UnderWay {
  /** The platform was asked. */
  askedMs: number | null;
  /** The call is over, because the caller was taken or for another reason: nobody is waited for any more. */
  readonly over: Promise<void>;
  readonly taken: () => void;
  readonly giveUp: (error: GatewayError) => void;
}

/** Hands the caller on, one attempt at a time: what is to be said is heard, then the platform is asked. */
export class CallTransfer {
  private underWay: UnderWay | null = null;

  constructor(private readonly parts: CallTransferParts) {
    parts.router.on('call.ended', () => this.underWay?.giveUp(transferCallOver()));
  }

  get isUnderWay(): boolean {
    return this.underWay !== null;
  }

  /** Rejects with a GatewayError when the call goes on, and when it ended before the caller was taken. */
  async go({ to, say }: TransferOrder, by: string): Promise<void> {
    if (this.underWay !== null) throw transferUnderWay();
    this.ableLeg();
    const { router, clock, isOver } = this.parts;
    const attempt = begin();
    this.underWay = attempt;
    this.parts.told(by);
    try {
      await Promise.race([this.heard(say), attempt.over]);
      const leg = this.ableLeg();
      attempt.askedMs = clock.nowMs();
      router.publish('call.transferring', { to, by });
      await Promise.race([leg.transfer(to), attempt.over]);
      this.succeeded();
    } catch (thrown) {
      const error = asGatewayError(thrown, 'TRANSFER_FAILED', 'The platform did not take the caller over');
      // The platform may have ended its side because it has taken the caller.
      if (this.underWay !== attempt) return;
      this.underWay = null;
      if (!isOver()) this.failed(error);
      throw error;
    }
  }

  /** The platform ended its side of the call. */
  legEnded(reason: EndReason): void {
    if (reason === 'transferred') this.tellTransferred();
  }

  private ableLeg(): PlatformLeg & Required<Pick<PlatformLeg, 'transfer'>> {
    const leg = this.parts.leg();
    if (this.parts.isOver() || !canTransfer(leg)) throw transferUnsupported();
    return leg;
  }

  private heard(say: string | null): Promise<void> {
    const { voice, lastWord, speak } = this.parts;
    // An operator's own voice has no end that could be waited for.
    if (voice.floor === 'operator') return Promise.resolve();
    const next = say !== null && speak(say) ? 'always' : 'none';
    return new Promise((resolve) => {
      lastWord.whenHeard({ next, shielded: true, last: false }, resolve);
    });
  }

  private succeeded(): void {
    if (this.tellTransferred()) this.parts.end('transferred');
  }

  /** False: that was told before. */
  private tellTransferred(): boolean {
    const { underWay } = this;
    if (underWay === null || underWay.askedMs === null) return false;
    const tookMs = this.parts.clock.nowMs() - underWay.askedMs;
    this.underWay = null;
    underWay.taken();
    this.parts.router.publish('call.transferred', { tookMs });
    return true;
  }

  private failed({ code }: GatewayError): void {
    const { router, session, onFailed } = this.parts;
    router.publish('call.transfer.failed', { code });
    session()?.instruct?.(
      `The caller could not be handed on (${code}) and is still on the line with you. Say so, and go on helping.`,
    );
    onFailed();
  }
}

function canTransfer(leg: PlatformLeg | null): leg is PlatformLeg & Required<Pick<PlatformLeg, 'transfer'>> {
  return leg?.transfer !== undefined && leg.info.capabilities.transfer;
}

function begin(): UnderWay {
  let taken: () => void = () => undefined;
  let giveUp: (error: GatewayError) => void = () => undefined;
  const over = new Promise<void>((resolve, reject) => {
    taken = resolve;
    giveUp = reject;
  });
  // Nobody may be waiting when the call ends.
  over.catch(() => undefined);
  return { askedMs: null, over, taken, giveUp };
}
