import { Inject } from '@nestjs/common';
import { type OnGatewayConnection, type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import {
  CALL_INTAKE,
  type CallIntake,
  CLOCK,
  type Clock,
  type EdgeRequest,
  type EdgeServer,
  type EventRouter,
  GATEWAY_EVENTS,
  LOG,
  type Log,
  type UpgradeDecision,
} from '#libs/contracts';
import { AudioCodesAdapter, BOT_PATH } from './audiocodes.adapter.js';
import { AudioCodesConfig } from './audiocodes.config.js';
import { AudioCodesDoor } from './audiocodes.door.js';
import { Conversations } from './conversation.js';
import { Handshake, type Reception } from './handshake.js';

const MAX_PAYLOAD_BYTES = 1024 * 1024;
/** The core decides when a lost call is given up; what was kept for its resume goes a little later. */
const FORGET_MARGIN_MS = 1000;

/** Lets AudioCodes' sockets in. Each is one call, one check of the connection, or the rest of a call that lost its socket. */
@WebSocketGateway({ path: BOT_PATH, maxPayload: MAX_PAYLOAD_BYTES })
export class AudioCodesGateway implements OnGatewayInit<EdgeServer>, OnGatewayConnection<WebSocket> {
  private readonly reception: Reception;

  constructor(
    @Inject(CALL_INTAKE) private readonly intake: CallIntake,
    @Inject(LOG) log: Log,
    @Inject(CLOCK) clock: Clock,
    @Inject(GATEWAY_EVENTS) events: EventRouter,
    @Inject(AudioCodesConfig) config: AudioCodesConfig,
    @Inject(AudioCodesAdapter) adapter: AudioCodesAdapter,
    @Inject(AudioCodesDoor) private readonly door: AudioCodesDoor,
  ) {
    const { name: platform, capabilities } = adapter;
    this.reception = {
      intake,
      log: log.child({ platform }),
      clock,
      events,
      config,
      platform,
      capabilities,
      conversations: new Conversations(clock, config.resumeWithinMs + FORGET_MARGIN_MS),
    };
  }

  afterInit(server: EdgeServer): void {
    server.authorize = async ({ request }): Promise<UpgradeDecision> => {
      const refusal = await this.door.refusal(request);
      return refusal === null ? { ok: true } : { ok: false, ...refusal };
    };
    // A call that lost its socket while the gateway drains may still come back.
    server.admitsWhileDraining = () => this.intake.hasCalls(this.reception.platform);
  }

  handleConnection(client: WebSocket, request: EdgeRequest): void {
    const query = new URL(request.url ?? '/', 'ws://gateway').searchParams;
    new Handshake(client, query, this.reception);
  }
}
