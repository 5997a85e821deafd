import type { IncomingMessage } from 'node:http';
import { Controller, ForbiddenException, HttpCode, Inject, Post, Req, UseGuards } from '@nestjs/common';
import { mayAct, OPERATOR_DOOR, type OperatorDoor } from '#libs/contracts';
import { AdminGuard } from './admin.guard.js';
import { SelfTest, type SelfTestResult } from './self-test.js';

/** Whether the outside world reaches this gateway. */
@Controller('api/setup/self-test')
@UseGuards(AdminGuard)
export class SelfTestController {
  constructor(
    @Inject(OPERATOR_DOOR) private readonly door: OperatorDoor,
    private readonly selfTest: SelfTest,
  ) {}

  @Post()
  @HttpCode(200)
  run(@Req() request: IncomingMessage): Promise<SelfTestResult> {
    const decision = this.door.admit(request);
    if (!decision.ok || !mayAct(decision.operator.role, 'admin'))
      throw new ForbiddenException('Testing the address needs the role admin.');
    return this.selfTest.run();
  }
}
