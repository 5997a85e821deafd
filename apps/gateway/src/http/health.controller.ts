import { Controller, Get, HttpException, HttpStatus, Inject } from '@nestjs/common';
import { CALL_INTAKE } from '#libs/contracts';
import { Switchboard } from '#libs/core';

@Controller('health')
export class HealthController {
  constructor(@Inject(CALL_INTAKE) private readonly switchboard: Switchboard) {}

  /** The process runs. */
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** New calls are welcome; 503 while draining or full. */
  @Get('ready')
  ready(): { status: string; calls: number } {
    const { draining, full, callCount } = this.switchboard;
    const status = draining ? 'draining' : full ? 'full' : 'ready';
    if (status !== 'ready')
      throw new HttpException({ status, calls: callCount }, HttpStatus.SERVICE_UNAVAILABLE);
    return { status, calls: callCount };
  }
}
