import { Controller, Get, HttpException, HttpStatus, Inject, NotFoundException, Param } from '@nestjs/common';
import { CALL_INTAKE } from '#libs/contracts';
import { Switchboard } from '#libs/core';
import { SelfTest } from './self-test.js';

@Controller('health')
export class HealthController {
  constructor(
    @Inject(CALL_INTAKE) private readonly switchboard: Switchboard,
    private readonly selfTest: SelfTest,
  ) {}

  /** The process runs. */
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** Where the self-test's own request arrives; for everybody else there is no such page. */
  @Get('self-test/:token')
  ownAnswer(@Param('token') token: string): { answer: string } {
    const answer = this.selfTest.answerTo(token);
    if (answer === null) throw new NotFoundException();
    return { answer };
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
