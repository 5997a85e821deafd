import type { IncomingMessage } from 'node:http';
import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';
import { bearerToken, GATEWAY_EVENTS, isDirectLoopback, sameSecret } from '#libs/contracts';
import { GatewayEventRouter } from '#libs/core';
import { GatewayConfig } from '../config/gateway.config.js';

/** Lets the operator in: with ADMIN_TOKEN, or, while it is not set, from this very machine only. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    private readonly config: GatewayConfig,
    @Inject(GATEWAY_EVENTS) private readonly events: GatewayEventRouter,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage>();
    const { adminToken } = this.config;
    const given = bearerToken(request);
    const allowed =
      adminToken === null ? isDirectLoopback(request) : given !== null && sameSecret(given, adminToken);
    if (allowed) return true;
    const reason =
      adminToken === null ? 'loopback-only' : given === null ? 'no-credentials' : 'bad-credentials';
    this.events.publish('upgrade.rejected', { reason, path: '/' });
    throw new UnauthorizedException(
      adminToken === null
        ? 'Set ADMIN_TOKEN to open this page to other machines.'
        : 'Send the ADMIN_TOKEN as "Authorization: Bearer <token>".',
    );
  }
}
