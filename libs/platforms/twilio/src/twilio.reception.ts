import type { WebSocket } from 'ws';
import type {
  CallIntake,
  Clock,
  EdgeRequest,
  EventRouter,
  GatewayError,
  Log,
  UpgradeDecision,
  UpgradeRequest,
} from '#libs/contracts';
import type { TwilioConfig } from './twilio.config.js';
import type { TwilioDoor } from './twilio.door.js';
import type { Farewells } from './twilio.farewells.js';
import { PLATFORM } from './twilio.leg-info.js';
import type { TwilioServices } from './twilio.services.js';
import { type Admission, giveUp, TwilioStream } from './twilio.stream.js';
import type { StreamTokens } from './twilio.tokens.js';
import { STREAM_PATH } from './twilio.urls.js';

export interface TwilioReceptionParts {
  readonly config: TwilioConfig;
  readonly door: TwilioDoor;
  readonly tokens: StreamTokens;
  readonly farewells: Farewells;
  readonly intake: CallIntake;
  readonly services: TwilioServices;
  readonly clock: Clock;
  readonly events: Pick<EventRouter, 'publish'>;
  readonly log: Log;
}

/** Decides before the upgrade who may open a media stream, and receives the streams that were let in. */
export class TwilioReception {
  private readonly log: Log;

  constructor(private readonly parts: TwilioReceptionParts) {
    this.log = parts.log.child({ platform: PLATFORM });
  }

  /** A stream of TwiML written by hand: any call of the account, as long as there is a place for it. */
  admitAny(upgrade: UpgradeRequest): UpgradeDecision {
    const refusal = this.refuseUnsigned(upgrade, STREAM_PATH);
    if (refusal !== null) return refusal;
    const { intake } = this.parts;
    const place = intake.reserve();
    if (place === null) return { ok: false, status: 503, reason: intake.draining ? 'draining' : 'full' };
    return this.admit({ call: null, place });
  }

  /** A stream of a call that `/twilio/voice` has announced: signature and token, and the token once only. */
  admitAnnounced(upgrade: UpgradeRequest): UpgradeDecision {
    const refusal = this.refuseUnsigned(upgrade, `${STREAM_PATH}/:token`);
    if (refusal !== null) return refusal;
    const call = this.parts.tokens.redeem(upgrade.params.token ?? '');
    if (call === undefined) {
      this.log.warn({ reason: 'unknown-token' }, 'Stream refused: its token is unknown, used or too old.');
      return { ok: false, status: 404, reason: 'unknown-token' };
    }
    // A call whose AI could not be had is let in as well: its stream is then closed in good order, and the caller hears the
    // fall-back. What Twilio does after a refused upgrade is not documented.
    return this.admit({ call, place: null });
  }

  receive(client: WebSocket, request: EdgeRequest): void {
    new TwilioStream(client, request.edge.context as Admission, {
      ...this.parts,
      log: this.log,
      capabilities: this.parts.services.capabilities,
      onRefused: (error) => this.onRefused(error),
      onLeg: (leg) => this.parts.services.onLeg(leg),
    });
  }

  private admit(admission: Admission): UpgradeDecision {
    return { ok: true, context: admission, abandon: () => giveUp(admission, this.parts.intake) };
  }

  /** `door` stands for the path in the log, where a token must not appear. */
  private refuseUnsigned(upgrade: UpgradeRequest, door: string): UpgradeDecision | null {
    const refusal = this.parts.door.refuseStream(upgrade);
    if (refusal === null) return null;
    this.log.warn({ reason: refusal.reason, path: door }, `Stream refused. ${refusal.advice}`);
    return { ok: false, status: 403, reason: refusal.reason };
  }

  private onRefused(error: GatewayError): void {
    this.log.warn({ code: error.code, advice: error.advice }, error.message);
    this.parts.events.publish('platform.failed', { platform: PLATFORM, code: error.code, fatal: true });
  }
}
