import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, HttpException, Inject, Injectable } from '@nestjs/common';
import { type EventRouter, GATEWAY_EVENTS } from '#libs/contracts';
import { BOT_PATH } from './audiocodes.adapter.js';
import { AudioCodesDoor } from './audiocodes.door.js';

/** The same check for HTTP as for sockets. */
@Injectable()
export class AudioCodesGuard implements CanActivate {
  constructor(
    @Inject(AudioCodesDoor) private readonly door: AudioCodesDoor,
    @Inject(GATEWAY_EVENTS) private readonly events: EventRouter,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const refusal = await this.door.refusal(context.switchToHttp().getRequest<IncomingMessage>());
    if (refusal === null) return true;
    this.events.publish('upgrade.rejected', { reason: refusal.reason, path: BOT_PATH });
    throw new HttpException({ code: refusal.reason }, refusal.status);
  }
}
