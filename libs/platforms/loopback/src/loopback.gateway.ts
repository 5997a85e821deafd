import { Inject } from '@nestjs/common';
import { type OnGatewayConnection, type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import {
  CALL_INTAKE,
  type CallIntake,
  type CallPlace,
  CLOCK,
  type Clock,
  type EdgeRequest,
  type EdgeServer,
  isDirectLoopback,
  type UpgradeDecision,
  type UpgradeRequest,
} from '#libs/contracts';
import { LoopbackConfig } from './loopback.config.js';
import { LoopbackLeg } from './loopback.leg.js';

/** The socket of the example platform. It has no secret, so it never opens to anything but this machine. */
@WebSocketGateway({ path: '/loopback', maxPayload: 65_536 })
export class LoopbackGateway implements OnGatewayInit<EdgeServer>, OnGatewayConnection<WebSocket> {
  constructor(
    @Inject(CALL_INTAKE) private readonly intake: CallIntake,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly config: LoopbackConfig,
  ) {}

  afterInit(server: EdgeServer): void {
    server.authorize = (upgrade) => this.authorize(upgrade);
  }

  handleConnection(client: WebSocket, request: EdgeRequest): void {
    const place = request.edge.context as CallPlace;
    new LoopbackLeg(client, this.intake, place, this.clock, this.config.startTimeoutMs);
  }

  private authorize({ request }: UpgradeRequest): UpgradeDecision {
    if (!isDirectLoopback(request)) return { ok: false, status: 403, reason: 'loopback-only' };
    const place = this.intake.reserve();
    if (place === null) return { ok: false, status: 503, reason: this.intake.draining ? 'draining' : 'full' };
    return { ok: true, context: place, abandon: () => place.release() };
  }
}
