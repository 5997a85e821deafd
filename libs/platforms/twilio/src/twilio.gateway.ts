import { type OnGatewayConnection, type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import type { EdgeRequest, EdgeServer } from '#libs/contracts';
import { TwilioReception } from './twilio.reception.js';
import { STREAM_PATH } from './twilio.urls.js';

/** Twilio's messages are below 1 KiB; a "start" with all its parameters stays below this. */
const MOST_BYTES = 64 * 1024;

/** For TwiML written by hand. */
@WebSocketGateway({ path: STREAM_PATH, maxPayload: MOST_BYTES, perMessageDeflate: false })
export class TwilioStreamGateway implements OnGatewayInit<EdgeServer>, OnGatewayConnection<WebSocket> {
  constructor(private readonly reception: TwilioReception) {}

  afterInit(server: EdgeServer): void {
    server.authorize = (upgrade) => this.reception.admitAny(upgrade);
  }

  handleConnection(client: WebSocket, request: EdgeRequest): void {
    this.reception.receive(client, request);
  }
}

/** For the TwiML that `/twilio/voice` answers. */
@WebSocketGateway({ path: `${STREAM_PATH}/:token`, maxPayload: MOST_BYTES, perMessageDeflate: false })
export class TwilioAnnouncedStreamGateway
  implements OnGatewayInit<EdgeServer>, OnGatewayConnection<WebSocket>
{
  constructor(private readonly reception: TwilioReception) {}

  afterInit(server: EdgeServer): void {
    server.authorize = (upgrade) => this.reception.admitAnnounced(upgrade);
    // An announced call has its place since before the gateway began to drain; without its stream it would be cut off.
    server.admitsWhileDraining = () => true;
  }

  handleConnection(client: WebSocket, request: EdgeRequest): void {
    this.reception.receive(client, request);
  }
}
