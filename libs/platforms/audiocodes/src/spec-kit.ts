import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type {
  AudioFrame,
  CallIntake,
  CallPlace,
  Clock,
  EndReason,
  EventType,
  GatewayError,
  GatewayEvents,
  LegListener,
  Log,
  PlatformLeg,
} from '#libs/contracts';
import { AUDIOCODES, AudioCodesAdapter } from './audiocodes.adapter.js';
import { AudioCodesConfig } from './audiocodes.config.js';
import { Conversations } from './conversation.js';
import { Handshake } from './handshake.js';

/** Far sides for this folder's specs: a core that is told what to do, and a VoiceAI Connect that says what it is told. */

/** Lets a spec wait for what it watches, without a timer. */
class Watched {
  private readonly waiting = new Set<() => void>();

  changed(): void {
    for (const check of this.waiting) check();
  }

  until(isThere: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!isThere()) return;
        this.waiting.delete(check);
        resolve();
      };
      this.waiting.add(check);
      check();
    });
  }
}

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
  hasSuspended = false;
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

export interface WireMessage {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: fields are looked at by the specs.
  readonly [field: string]: any;
}

/** The client's end of one socket. */
export class Vaic extends Watched {
  readonly received: WireMessage[] = [];
  closeCode: number | null = null;
  private read = 0;

  private constructor(readonly socket: WebSocket) {
    super();
    socket.on('message', (data: Buffer) => {
      this.received.push(JSON.parse(data.toString()));
      this.changed();
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      this.changed();
    });
    socket.on('error', () => this.changed());
  }

  static async connect(url: string, headers: Record<string, string> = {}): Promise<Vaic> {
    const vaic = new Vaic(new WebSocket(url, { headers }));
    await once(vaic.socket, 'open');
    return vaic;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** The next message that was not looked at yet. */
  async next(): Promise<WireMessage> {
    await this.until(() => this.received.length > this.read);
    return this.received[this.read++]!;
  }

  /** Everything received and not looked at, once the gateway has dealt with all that was sent before. */
  async rest(): Promise<WireMessage[]> {
    this.send({ type: 'connection.validate' });
    const messages: WireMessage[] = [];
    for (let one = await this.next(); one.type !== 'connection.validated'; one = await this.next()) {
      messages.push(one);
    }
    return messages;
  }

  async closed(): Promise<number> {
    await this.until(() => this.closeCode !== null);
    return this.closeCode!;
  }

  initiate(fields: object = {}): void {
    this.send({
      type: 'session.initiate',
      conversationId: 'call-1',
      botName: 'front-desk',
      caller: '+15550100',
      expectAudioMessages: true,
      supportedMediaFormats: ['raw/lpcm16', 'wav/lpcm16', 'raw/lpcm16_24', 'raw/mulaw'],
      ...fields,
    });
  }

  activities(...activities: object[]): void {
    this.send({ type: 'activities', conversationId: 'call-1', activities });
  }

  event(name: string, fields: object = {}): void {
    this.activities({ id: name, timestamp: '2026-11-21T09:00:00.120Z', type: 'event', name, ...fields });
  }

  start(): void {
    this.event('start', { parameters: { caller: '+15550100', callee: '+15550199' } });
  }

  chunk(audioChunk: unknown, fields: object = {}): void {
    this.send({ type: 'userStream.chunk', conversationId: 'call-1', audioChunk, ...fields });
  }
}

/** The part of this platform behind the upgrade, on a socket of its own. */
export class Desk {
  readonly intake = new ScriptedIntake();
  readonly published: [EventType, object][] = [];
  readonly conversations: Conversations;
  private readonly vaics: Vaic[] = [];
  private readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1' });

  constructor(clock: Clock, log: Log, config = new AudioCodesConfig()) {
    this.conversations = new Conversations(clock, config.resumeWithinMs);
    const { capabilities } = new AudioCodesAdapter(config);
    const events = {
      publish: <T extends EventType>(type: T, data: GatewayEvents[T]) => {
        this.published.push([type, data]);
      },
    };
    const { intake, conversations } = this;
    const reception = {
      intake,
      conversations,
      clock,
      log,
      config,
      events,
      platform: AUDIOCODES,
      capabilities,
    };
    this.server.on('connection', (client, request) => {
      new Handshake(client, new URL(request.url ?? '/', 'ws://desk').searchParams, reception);
    });
  }

  async connect(query = ''): Promise<Vaic> {
    if (this.server.address() === null) await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    const vaic = await Vaic.connect(`ws://127.0.0.1:${port}/${query}`);
    this.vaics.push(vaic);
    return vaic;
  }

  /** A call that is up: accepted and started, its config activity looked at. */
  async call(fields: object = {}): Promise<{ vaic: Vaic; call: ScriptedCall }> {
    const index = this.intake.calls.length;
    const vaic = await this.connect();
    vaic.initiate(fields);
    const call = await this.intake.call(index);
    call.answer();
    vaic.start();
    await call.saw('ready');
    await vaic.rest();
    return { vaic, call };
  }

  /** Every socket is closed on both sides. */
  async close(): Promise<void> {
    for (const { socket } of this.vaics) socket.terminate();
    for (const client of this.server.clients) {
      client.terminate();
      if (client.readyState !== WebSocket.CLOSED) await once(client, 'close');
    }
    this.server.close();
    await once(this.server, 'close');
  }
}
