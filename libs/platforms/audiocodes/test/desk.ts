import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { CallIntake, Clock, EventType, GatewayEvents, Log } from '#libs/contracts';
import { AUDIOCODES, AudioCodesAdapter } from '../src/audiocodes.adapter.js';
import { AudioCodesConfig } from '../src/audiocodes.config.js';
import { Conversations } from '../src/conversation.js';
import { Handshake } from '../src/handshake.js';
import { type ScriptedCall, ScriptedIntake } from './scripted-intake.js';
import { Vaic } from './vaic.js';

/** The part of this platform behind the upgrade, on a socket of its own. */
export class Desk {
  readonly intake = new ScriptedIntake();
  readonly published: [EventType, object][] = [];
  readonly conversations: Conversations;
  private readonly vaics: Vaic[] = [];
  private readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1' });

  /** `core` takes the calls in place of the scripted one. */
  constructor(clock: Clock, log: Log, config = new AudioCodesConfig(), core?: CallIntake) {
    this.conversations = new Conversations(clock, config.resumeWithinMs);
    const { capabilities } = new AudioCodesAdapter(config);
    const events = {
      publish: <T extends EventType>(type: T, data: GatewayEvents[T]) => {
        this.published.push([type, data]);
      },
    };
    const { conversations } = this;
    const intake = core ?? this.intake;
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

  async url(): Promise<string> {
    if (this.server.address() === null) await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    return `ws://127.0.0.1:${port}/`;
  }

  async connect(query = ''): Promise<Vaic> {
    const vaic = await Vaic.connect(`${await this.url()}${query}`);
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
