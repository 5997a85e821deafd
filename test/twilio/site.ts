import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Global, type INestApplication, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import twilio from 'twilio';
import { WebSocket } from 'ws';
import {
  CALL_INTAKE,
  CLOCK,
  type EventType,
  GATEWAY_EVENTS,
  GATEWAY_SITE,
  type GatewayEvents,
  LOG,
} from '#libs/contracts';
import { CapturedLog, ManualClock } from '#libs/testing';
import { EdgeWsAdapter } from '../../apps/gateway/src/edge/edge-ws.adapter.js';
import definition, { TwilioAdapter } from '../../libs/platforms/twilio/src/index.js';
import { TwilioConfig } from '../../libs/platforms/twilio/src/twilio.config.js';
import { RecordingIntake } from '../../libs/platforms/twilio/test/recording-intake.js';
import { ACCOUNT, CALL } from '../../libs/platforms/twilio/test/wire.js';

export const TOKEN = '0123456789abcdef0123456789abcdef';
export const PUBLIC = 'https://voice.example.com';
export const INCOMING = {
  AccountSid: ACCOUNT,
  ApiVersion: '2010-04-01',
  CallSid: CALL,
  CallStatus: 'ringing',
  Direction: 'inbound',
  From: '+15550100001',
  To: '+15550100002',
};

@Global()
@Module({})
class Lendings {}

/** The plug-in inside a Nest application, behind the gateway's own edge. */
export class Site {
  readonly clock = new ManualClock();
  readonly intake: RecordingIntake;
  readonly log = new CapturedLog();
  readonly rejected: string[] = [];
  readonly failed: string[] = [];
  /** Paths of the requests that came, without their queries. */
  readonly asked: string[] = [];
  private app!: INestApplication;
  origin = '';

  private constructor(
    readonly publicUrl: string | null,
    capacity: number,
    private readonly dataDir: string | undefined,
  ) {
    this.intake = new RecordingIntake(capacity);
  }

  static async open(
    settings: Partial<TwilioConfig>,
    publicUrl: string | null = PUBLIC,
    capacity = 10,
    dataDir?: string,
  ): Promise<Site> {
    const site = new Site(publicUrl, capacity, dataDir);
    await site.listen(Object.assign(new TwilioConfig(), settings));
    sites.push(site);
    return site;
  }

  /** The plug-in's adapter. */
  get adapter(): TwilioAdapter {
    return this.app.get(TwilioAdapter, { strict: false });
  }

  /** Signs as Twilio does, with the official library, and posts to the address behind the tunnel. */
  async post(
    path: string,
    form: Record<string, string> = INCOMING,
    { token = TOKEN, signedUrl = `${this.publicUrl}${path}`, headers = {}, signed = true }: PostOptions = {},
  ): Promise<{ status: number; type: string; text: string }> {
    const signature = twilio.getExpectedTwilioSignature(token, signedUrl, form);
    return this.fetch(path, {
      method: 'POST',
      headers: { ...headers, ...(signed ? { 'X-Twilio-Signature': signature } : {}) },
      body: new URLSearchParams(form),
    });
  }

  async get(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; type: string; text: string }> {
    return this.fetch(path, { headers });
  }

  signedGet(path: string) {
    return this.get(path, {
      'X-Twilio-Signature': twilio.getExpectedTwilioSignature(TOKEN, `${PUBLIC}${path}`, {}),
    });
  }

  async raw(path: string, init: RequestInit) {
    return this.fetch(path, init);
  }

  /** The socket, or the status of the refusal. */
  async stream(path: string, headers: Record<string, string> = {}): Promise<WebSocket | number> {
    const socket = new WebSocket(this.origin.replace('http', 'ws') + path, {
      headers,
      perMessageDeflate: false,
    });
    sockets.push(socket);
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve(socket));
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode ?? 0);
        socket.terminate();
      });
      // Terminating an unfinished handshake is reported as an error, after the promise is settled.
      socket.on('error', reject);
    });
  }

  /** With a signature over the wss form of the address, as Twilio opens it. */
  signedStream(
    path: string,
    signedUrl = `wss://voice.example.com${path}`,
    token = TOKEN,
  ): Promise<WebSocket | number> {
    return this.stream(path, {
      'x-twilio-signature': twilio.getExpectedTwilioSignature(token, signedUrl, {}),
    });
  }

  async close(): Promise<void> {
    await this.app.close();
  }

  private async fetch(path: string, init: RequestInit) {
    const response = await fetch(this.origin + path, init);
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      text: await response.text(),
    };
  }

  private async listen(config: TwilioConfig): Promise<void> {
    const { clock, log } = this;
    const events = {
      publish: <T extends EventType>(type: T, data: GatewayEvents[T]) => this.note(type, data),
    };
    const lent = [
      { provide: CALL_INTAKE, useValue: this.intake },
      { provide: CLOCK, useValue: clock },
      { provide: LOG, useValue: log },
      { provide: GATEWAY_EVENTS, useValue: events },
      { provide: GATEWAY_SITE, useValue: { publicUrl: this.publicUrl, dataDir: this.dataDir } },
    ];
    const lendings = { module: Lendings, providers: lent, exports: lent.map((one) => one.provide) };
    const built = await Test.createTestingModule({
      imports: [lendings, definition.module(config) as never],
    }).compile();
    this.app = built.createNestApplication({ logger: false });
    const edge = {
      clock,
      log,
      events,
      isDraining: () => this.intake.draining,
      authorizeTimeoutMs: 1000,
      heartbeatMs: 10_000,
      maxSockets: 100,
      maxSocketsPerAddress: 100,
    };
    this.app.useWebSocketAdapter(new EdgeWsAdapter(this.app, edge));
    this.app
      .getHttpServer()
      .on('request', ({ url }: IncomingMessage) => this.asked.push(url!.split('?')[0]!));
    await this.app.listen(0, '127.0.0.1');
    this.origin = `http://127.0.0.1:${(this.app.getHttpServer().address() as AddressInfo).port}`;
  }

  private note<T extends EventType>(type: T, data: GatewayEvents[T]): void {
    if ('reason' in data && type === 'upgrade.rejected') this.rejected.push(data.reason);
    if ('code' in data && type === 'platform.failed') this.failed.push(String(data.code));
  }
}

export interface PostOptions {
  token?: string;
  signedUrl?: string;
  headers?: Record<string, string>;
  signed?: boolean;
}

const sites: Site[] = [];
const sockets: WebSocket[] = [];

/** Ends what a test has opened. */
export async function closeSites(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.terminate();
  for (const site of sites.splice(0)) await site.close();
}
