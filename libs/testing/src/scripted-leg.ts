import { frameFromBytes, silence } from '#libs/audio';
import type {
  AudioFormat,
  AudioFrame,
  CallerNews,
  EndReason,
  GatewayError,
  LegFormats,
  LegInfo,
  LegListener,
  PlatformCapabilities,
  PlatformLeg,
  TextTurns,
} from '#libs/contracts';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };

/** What was asked of the leg, in order. */
export type LegOrder =
  | { readonly kind: 'answer'; readonly formats: LegFormats }
  | { readonly kind: 'push'; readonly frame: AudioFrame }
  | { readonly kind: 'flush' }
  | { readonly kind: 'mark'; readonly name: string }
  | { readonly kind: 'clear' }
  | { readonly kind: 'hangUp'; readonly reason: EndReason; readonly told?: true }
  | { readonly kind: 'transfer'; readonly to: string }
  | { readonly kind: 'takeTurns'; readonly turns: TextTurns }
  | { readonly kind: 'understood'; readonly news: CallerNews };

export interface ScriptedLegOptions {
  readonly platformCallId?: string;
  readonly capabilities?: Partial<PlatformCapabilities>;
  readonly callerFormats?: readonly AudioFormat[];
  readonly agentFormats?: readonly AudioFormat[];
  readonly from?: string | null;
  /** Say `onReady` as soon as it is answered; default true. */
  readonly readyWhenAnswered?: boolean;
  /** Can go on in turns of text; default false. */
  readonly turns?: boolean;
}

/** A platform's end of the port, for tests of the core: notes every order, and says what the test tells it to say. */
export class ScriptedLeg implements PlatformLeg {
  readonly info: LegInfo;
  readonly orders: LegOrder[] = [];
  listener!: LegListener;
  /** False: the far side takes no more sound. */
  takes = true;
  /** Set to make the next transfer fail. */
  transferFailure: GatewayError | null = null;
  readonly takeTurns?: (turns: TextTurns) => boolean;
  private readonly readyWhenAnswered: boolean;

  constructor(options: ScriptedLegOptions = {}) {
    this.readyWhenAnswered = options.readyWhenAnswered ?? true;
    if (options.turns) this.takeTurns = (turns) => this.orders.push({ kind: 'takeTurns', turns }) > 0;
    this.info = {
      platform: 'scripted',
      platformCallId: options.platformCallId ?? 'call-1',
      direction: 'inbound',
      from: options.from ?? null,
      to: null,
      callerFormats: options.callerFormats ?? [MULAW],
      agentFormats: options.agentFormats ?? [MULAW],
      parameters: {},
      capabilities: {
        marks: true,
        resumeWithinMs: null,
        continuousCallerAudio: true,
        transfer: false,
        dial: false,
        ...options.capabilities,
      },
    };
  }

  answer(formats: LegFormats): void {
    this.orders.push({ kind: 'answer', formats });
    if (this.readyWhenAnswered) this.listener.onReady();
  }

  push(frame: AudioFrame): boolean {
    if (this.takes) this.orders.push({ kind: 'push', frame });
    return this.takes;
  }

  flush(): void {
    this.orders.push({ kind: 'flush' });
  }

  mark(name: string): void {
    this.orders.push({ kind: 'mark', name });
  }

  clear(): void {
    this.orders.push({ kind: 'clear' });
  }

  hangUp(reason: EndReason, told = false): void {
    this.orders.push({ kind: 'hangUp', reason, ...(told ? { told } : {}) });
  }

  async transfer(to: string): Promise<void> {
    this.orders.push({ kind: 'transfer', to });
    if (this.transferFailure !== null) throw this.transferFailure;
  }

  understood(news: CallerNews): void {
    this.orders.push({ kind: 'understood', news });
  }

  /** Names of the orders so far, runs of sound folded into one. */
  get story(): readonly string[] {
    const names: string[] = [];
    for (const order of this.orders) {
      const name = order.kind === 'understood' ? order.news.kind : order.kind;
      if (name !== 'push' || names[names.length - 1] !== 'push') names.push(name);
    }
    return names;
  }

  get marks(): readonly string[] {
    return this.orders.flatMap((order) => (order.kind === 'mark' ? order.name : []));
  }

  get pushedMs(): number {
    return this.orders.reduce((sum, order) => sum + (order.kind === 'push' ? order.frame.durationMs : 0), 0);
  }

  /** 20 ms of the caller. */
  callerFrame(timestampMs: number, bytes = silence(MULAW, 20)): AudioFrame {
    return frameFromBytes('caller', this.info.callerFormats[0]!, timestampMs, bytes);
  }
}
