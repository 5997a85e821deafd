import type {
  AudioFrame,
  CallIntake,
  CallPlace,
  EndReason,
  GatewayError,
  LegListener,
  PlatformLeg,
} from '#libs/contracts';
import { Watched } from '#libs/testing';

/** A core that does what the spec says. */
export class ScriptedCall extends Watched implements LegListener {
  readonly told: string[] = [];
  readonly frames: AudioFrame[] = [];
  readonly faults: string[] = [];
  details: Parameters<LegListener['onDetails']>[0] = {};

  constructor(
    readonly leg: PlatformLeg,
    readonly resumed: boolean,
  ) {
    super();
  }

  /** Accepts with the leg's favourites. */
  answer(): void {
    const { callerFormats, agentFormats } = this.leg.info;
    this.leg.answer({ caller: callerFormats[0]!, agent: agentFormats[0]! });
  }

  onReady(): void {
    this.tell('ready');
  }

  onCallerAudio(frame: AudioFrame): void {
    this.frames.push(frame);
    this.changed();
  }

  onMarkHeard(name: string): void {
    this.tell(`mark ${name}`);
  }

  onPlaybackFinished(): void {
    this.tell('playback finished');
  }

  onDtmf(digit: string): void {
    this.tell(`dtmf ${digit}`);
  }

  onDetails(details: Parameters<LegListener['onDetails']>[0]): void {
    this.details = details;
    this.tell('details');
  }

  onFault(error: GatewayError): void {
    this.faults.push(error.code);
    this.changed();
  }

  onLegLost(error: GatewayError): void {
    this.tell(`lost ${error.code}`);
  }

  onHangUp(reason: EndReason): void {
    this.tell(`hang-up ${reason}`);
  }

  saw(what: string): Promise<void> {
    return this.until(() => this.told.includes(what));
  }

  private tell(what: string): void {
    this.told.push(what);
    this.changed();
  }
}

export class ScriptedIntake extends Watched implements CallIntake {
  readonly calls: ScriptedCall[] = [];
  places = 1000;
  draining = false;
  /** Calls are running. */
  runs = false;

  hasCalls(): boolean {
    return this.runs;
  }

  /** What `offer` throws. */
  refusal: GatewayError | null = null;
  /** Calls that this side has given up cannot be resumed. */
  knowsResumed = true;

  get full(): boolean {
    return this.places === 0;
  }

  reserve(): CallPlace | null {
    if (this.full) return null;
    this.places -= 1;
    let open = true;
    return {
      release: () => {
        if (open) this.places += 1;
        open = false;
      },
    };
  }

  announce(): boolean {
    return false;
  }

  isAnnounced(): boolean {
    return false;
  }

  withdraw(): void {
    throw new Error('AudioCodes announces no calls.');
  }

  offer(leg: PlatformLeg): LegListener {
    if (this.refusal !== null) throw this.refusal;
    return this.add(new ScriptedCall(leg, false));
  }

  resume(leg: PlatformLeg): LegListener | null {
    return this.knowsResumed ? this.add(new ScriptedCall(leg, true)) : null;
  }

  async call(index = 0): Promise<ScriptedCall> {
    await this.until(() => this.calls.length > index);
    return this.calls[index]!;
  }

  private add(call: ScriptedCall): ScriptedCall {
    this.calls.push(call);
    this.changed();
    return call;
  }
}
