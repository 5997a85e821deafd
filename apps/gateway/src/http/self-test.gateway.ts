import { type OnGatewayConnection, type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import type { EdgeServer } from '#libs/contracts';
import { SELF_TEST_PATH, SelfTest } from './self-test.js';

/** Where the self-test's own socket arrives, and nobody else's. */
@WebSocketGateway({ path: `${SELF_TEST_PATH}/:token`, maxPayload: 64 })
export class SelfTestGateway implements OnGatewayInit<EdgeServer>, OnGatewayConnection<WebSocket> {
  constructor(private readonly selfTest: SelfTest) {}

  afterInit(server: EdgeServer): void {
    server.authorize = ({ params }) =>
      this.selfTest.isOwn(params.token ?? '')
        ? { ok: true }
        : { ok: false, status: 403, reason: 'unknown-token' };
  }

  handleConnection(client: WebSocket): void {
    client.close(1000);
  }
}
