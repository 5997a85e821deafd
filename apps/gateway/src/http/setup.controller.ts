import { Get, Header, Inject } from '@nestjs/common';
import { ApiController, Route } from '../api/route.decorators.js';
import { renderSetup, SETUP_REPORT, type SetupFacts, type SetupReport } from './setup-report.js';

/** What is configured, what is missing, and what to paste where: for the console, and as text. */
@ApiController('setup', 'Set-up')
export class SetupController {
  constructor(@Inject(SETUP_REPORT) private readonly report: SetupReport) {}

  @Get()
  @Route({ needs: 'viewer', summary: 'What is configured, what is missing, and what to paste where' })
  facts(): SetupFacts {
    return this.report();
  }

  @Get('text')
  @Route({ needs: 'viewer', summary: 'The same as text' })
  @Header('Content-Type', 'text/plain; charset=utf-8')
  text(): string {
    return renderSetup(this.report());
  }
}
