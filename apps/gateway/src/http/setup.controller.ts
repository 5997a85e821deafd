import { Controller, Get, Header, Inject, UseGuards } from '@nestjs/common';
import { AdminGuard } from './admin.guard.js';
import { renderSetup, SETUP_REPORT, type SetupFacts, type SetupReport } from './setup-report.js';

/** What is configured, what is missing, and what to paste where: for the console, and as text. */
@Controller('api/setup')
@UseGuards(AdminGuard)
export class SetupController {
  constructor(@Inject(SETUP_REPORT) private readonly report: SetupReport) {}

  @Get()
  facts(): SetupFacts {
    return this.report();
  }

  @Get('text')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  text(): string {
    return renderSetup(this.report());
  }
}
