import {
  type AudioFrame,
  type EndReason,
  type GatewayError,
  type LegListener,
  type PlatformLeg,
} from '#libs/contracts';
import type { CallMedia } from './call-media.js';
import type { CallerKeys } from './caller-keys.js';

/** What a call does about its leg. */
export interface LegEnd {
  legReady(): void;
  details(details: Parameters<LegListener['onDetails']>[0]): void;
  legFault(error: GatewayError): void;
  legLost(error: GatewayError): void;
  legHungUp(reason: EndReason): void;
}

/**
 * Turns what the leg tells into sound for the AI, what is known of the playback, and events. Lets only the leg that the call
 * has now speak: one that was replaced by a resumed leg is not heard any more.
 */
export class LegLink implements LegListener {
  constructor(
    private readonly end: LegEnd,
    private readonly media: Pick<CallMedia, 'callerPath' | 'callerLatency' | 'voice'>,
    private readonly keys: CallerKeys,
    private readonly isCurrent: (leg: PlatformLeg) => boolean,
    private readonly leg: PlatformLeg,
  ) {}

  onReady(): void {
    if (this.isCurrent(this.leg)) this.end.legReady();
  }

  onCallerAudio(frame: AudioFrame): void {
    if (!this.isCurrent(this.leg)) return;
    this.media.callerPath.push(frame);
    this.media.callerLatency.frame(frame.timestampMs);
  }

  onMarkHeard(name: string): void {
    if (this.isCurrent(this.leg)) this.media.voice.markHeard(name);
  }

  onPlaybackFinished(): void {
    if (this.isCurrent(this.leg)) this.media.voice.playbackFinished();
  }

  onDtmf(digit: string): void {
    if (this.isCurrent(this.leg)) this.keys.press(digit);
  }

  onDetails(details: Parameters<LegListener['onDetails']>[0]): void {
    if (this.isCurrent(this.leg)) this.end.details(details);
  }

  onFault(error: GatewayError): void {
    if (this.isCurrent(this.leg)) this.end.legFault(error);
  }

  onLegLost(error: GatewayError): void {
    if (this.isCurrent(this.leg)) this.end.legLost(error);
  }

  onHangUp(reason: EndReason): void {
    if (this.isCurrent(this.leg)) this.end.legHungUp(reason);
  }
}
