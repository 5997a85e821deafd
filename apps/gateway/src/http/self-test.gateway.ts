import { type OnGatewayConnection, type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import type { EdgeRequest, EdgeServer } from '#libs/contracts';
import { SELF_TEST_PATH, SelfTest } from './self-test.js';

/** Where the self-test's own socket arrives, and nobody else's. */
@WebSocketGateway({ path: `${SELF_TEST_PATH}/:token`, maxPayload: 64 })
export class SelfTestGateway implements OnGatewayInit<EdgeServer>, OnGatewayConnection<WebSocket> {
  constructor(private readonly selfTest: SelfTest) {}

  afterInit(server: EdgeServer): void {
    server.authorize = ({ params }) => {
      const answer = this.selfTest.answerTo(params.token ?? '');
      return answer === null
        ? { ok: false, status: 403, reason: 'unknown-token' }
        : { ok: true, context: answer };
    };
  }

  handleConnection(client: WebSocket, { edge }: EdgeRequest): void {
    client.send(edge.context as string);
    client.close(1000);
  }
}
