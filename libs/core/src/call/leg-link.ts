import {
  type AudioFrame,
  type EndReason,
  type GatewayError,
  type LegListener,
  type PlatformLeg,
} from '#libs/contracts';

/** The part of a call that its leg talks to. */
export interface LegEnd {
  legReady(): void;
  callerAudio(frame: AudioFrame): void;
  markHeard(name: string): void;
  playbackFinished(): void;
  dtmf(digit: string): void;
  details(details: Parameters<LegListener['onDetails']>[0]): void;
  legFault(error: GatewayError): void;
  legLost(error: GatewayError): void;
  legHungUp(reason: EndReason): void;
}

/** Lets only the leg that the call has now speak: one that was replaced by a resumed leg is not heard any more. */
export class LegLink implements LegListener {
  constructor(
    private readonly end: LegEnd,
    private readonly isCurrent: (leg: PlatformLeg) => boolean,
    private readonly leg: PlatformLeg,
  ) {}

  onReady(): void {
    if (this.isCurrent(this.leg)) this.end.legReady();
  }

  onCallerAudio(frame: AudioFrame): void {
    if (this.isCurrent(this.leg)) this.end.callerAudio(frame);
  }

  onMarkHeard(name: string): void {
    if (this.isCurrent(this.leg)) this.end.markHeard(name);
  }

  onPlaybackFinished(): void {
    if (this.isCurrent(this.leg)) this.end.playbackFinished();
  }

  onDtmf(digit: string): void {
    if (this.isCurrent(this.leg)) this.end.dtmf(digit);
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
