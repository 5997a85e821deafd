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
  type MessageLimits,
  mayAct,
  OPERATOR_DOOR,
  type OperatorDoor,
  type UpgradeDecision,
  type UpgradeRequest,
} from '#libs/contracts';
import { SOFTPHONE_PATH } from './browser.adapter.js';
import { BrowserConfig } from './browser.config.js';
import { BrowserLeg } from './browser.leg.js';

/** A second of sound, and the longest text. */
const MAX_PAYLOAD_BYTES = 65_536;

/** Keys, and a mark for each utterance; a microphone in pieces of 20 ms four times over, and what a stalled browser brings at once. */
const MESSAGE_LIMITS: MessageLimits = {
  text: { burst: 200, perSecond: 50 },
  binary: { burst: 1000, perSecond: 200 },
};

/** The softphone's socket: for whoever may act in the console, since a call costs money. */
@WebSocketGateway({ path: SOFTPHONE_PATH, maxPayload: MAX_PAYLOAD_BYTES })
export class BrowserGateway implements OnGatewayInit<EdgeServer>, OnGatewayConnection<WebSocket> {
  constructor(
    @Inject(CALL_INTAKE) private readonly intake: CallIntake,
    @Inject(OPERATOR_DOOR) private readonly door: OperatorDoor,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly config: BrowserConfig,
  ) {}

  afterInit(server: EdgeServer): void {
    server.authorize = (upgrade) => this.authorize(upgrade);
    server.messageLimits = MESSAGE_LIMITS;
  }

  handleConnection(client: WebSocket, request: EdgeRequest): void {
    const place = request.edge.context as CallPlace;
    new BrowserLeg(client, this.intake, place, this.clock, this.config);
  }

  private authorize({ request }: UpgradeRequest): UpgradeDecision {
    const decision = this.door.admit(request);
    if (!decision.ok) return decision;
    if (!mayAct(decision.operator.role, 'operator'))
      return { ok: false, status: 403, reason: 'bad-credentials' };
    const place = this.intake.reserve();
    if (place === null) return { ok: false, status: 503, reason: this.intake.draining ? 'draining' : 'full' };
    return { ok: true, context: place, session: decision.session, abandon: () => place.release() };
  }
}
