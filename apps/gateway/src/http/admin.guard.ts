import type { IncomingMessage } from 'node:http';
import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';
import { GATEWAY_EVENTS, OPERATOR_DOOR, type OperatorDoor } from '#libs/contracts';
import { GatewayEventRouter } from '#libs/core';

const ADVICE: Readonly<Record<string, string>> = {
  'loopback-only': 'Set ADMIN_TOKEN to open this to other machines.',
  'foreign-origin': 'The request comes from a page of another site.',
};

/** Lets operators in to the gateway's own HTTP interfaces. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    @Inject(OPERATOR_DOOR) private readonly door: OperatorDoor,
    @Inject(GATEWAY_EVENTS) private readonly events: GatewayEventRouter,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const decision = this.door.admit(context.switchToHttp().getRequest<IncomingMessage>());
    if (decision.ok) return true;
    const { status, reason } = decision;
    this.events.publish('upgrade.rejected', { reason, path: '/api' });
    const advice = ADVICE[reason] ?? 'Send the ADMIN_TOKEN as "Authorization: Bearer <token>", or log in.';
    throw status === 401 ? new UnauthorizedException(advice) : new ForbiddenException(advice);
  }
}
