import {
  type AudioFrame,
  type CallAnnouncement,
  type CallIntake,
  type CallPlace,
  type EndReason,
  GatewayError,
  type LegListener,
  type PlatformLeg,
} from '#libs/contracts';

/** What one call was told by its leg. */
export class RecordedCall implements LegListener {
  readonly frames: AudioFrame[] = [];
  readonly marks: string[] = [];
  readonly digits: string[] = [];
  readonly faults: string[] = [];
  /** Everything that happened but sound, in order. */
  readonly story: string[] = [];

  constructor(readonly leg: PlatformLeg) {}

  /** Milliseconds of caller sound so far. */
  get heardMs(): number {
    return this.frames.reduce((sum, frame) => sum + frame.durationMs, 0);
  }

  onReady(): void {
    this.story.push('ready');
  }

  onCallerAudio(frame: AudioFrame): void {
    this.frames.push(frame);
  }

  onMarkHeard(name: string): void {
    this.marks.push(name);
  }

  onPlaybackFinished(): void {
    this.story.push('playback-finished');
  }

  onDtmf(digit: string): void {
    this.digits.push(digit);
  }

  onDetails(): void {
    this.story.push('details');
  }

  onFault(error: GatewayError): void {
    this.faults.push(error.code);
  }

  onLegLost(error: GatewayError): void {
    this.story.push(`lost ${error.code}`);
  }

  onHangUp(reason: EndReason): void {
    this.story.push(`hung up ${reason}`);
  }
}

/** The other side of the port: takes calls as the gateway's core does, and writes down what it was told. */
export class RecordingIntake implements CallIntake {
  hasCalls(): boolean {
    return false;
  }

  readonly announced = new Map<string, CallAnnouncement>();
  readonly withdrawn: string[] = [];
  readonly calls: RecordedCall[] = [];
  draining = false;
  /** What calls that are announced are refused with. */
  refusal: GatewayError | null = null;
  placesTaken = 0;

  constructor(readonly capacity = 10) {}

  get full(): boolean {
    return this.placesTaken >= this.capacity;
  }

  reserve(): CallPlace | null {
    if (this.draining || this.full) return null;
    this.placesTaken++;
    let open = true;
    return {
      release: () => {
        if (open) this.placesTaken--;
        open = false;
      },
    };
  }

  announce(announcement: CallAnnouncement): boolean {
    const { platformCallId } = announcement.info;
    if (this.announced.has(platformCallId)) return true;
    if (this.reserve() === null) return false;
    if (this.refusal !== null) {
      this.placesTaken--;
      throw this.refusal;
    }
    this.announced.set(platformCallId, announcement);
    return true;
  }

  isAnnounced(_platform: string, platformCallId: string): boolean {
    return this.announced.has(platformCallId);
  }

  withdraw(_platform: string, platformCallId: string): void {
    if (!this.announced.delete(platformCallId)) return;
    this.placesTaken--;
    this.withdrawn.push(platformCallId);
  }

  offer(leg: PlatformLeg, place: CallPlace | null): LegListener {
    const { platformCallId } = leg.info;
    if (this.calls.some((call) => call.leg.info.platformCallId === platformCallId)) {
      throw new GatewayError('CALL_DUPLICATE', 'This call is already running.');
    }
    if (!this.announced.delete(platformCallId) && place === null)
      throw new GatewayError('CALL_NO_PLACE', 'No place.');
    const call = new RecordedCall(leg);
    this.calls.push(call);
    return call;
  }

  resume(): LegListener | null {
    return null;
  }
}
