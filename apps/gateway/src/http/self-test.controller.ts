import { Post } from '@nestjs/common';
import { ApiController, Route } from '../api/route.decorators.js';
import { SelfTest, type SelfTestResult } from './self-test.js';

/** Whether the outside world reaches this gateway. */
@ApiController('setup/self-test', 'Set-up')
export class SelfTestController {
  constructor(private readonly selfTest: SelfTest) {}

  @Post()
  @Route({ needs: 'admin', summary: 'Whether the outside world reaches this gateway', status: 200 })
  run(): Promise<SelfTestResult> {
    return this.selfTest.run();
  }
}
