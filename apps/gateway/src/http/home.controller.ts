import { Controller, Get, Header, Inject, UseGuards } from '@nestjs/common';
import { AdminGuard } from './admin.guard.js';
import { SETUP_REPORT, type SetupReport } from './setup-report.js';

/** The start-up page again, for a browser. */
@Controller()
export class HomeController {
  constructor(@Inject(SETUP_REPORT) private readonly report: SetupReport) {}

  @Get()
  @UseGuards(AdminGuard)
  @Header('Content-Type', 'text/plain; charset=utf-8')
  home(): string {
    return this.report();
  }
}
