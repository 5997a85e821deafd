import type { EventSink, GatewayError, Log } from '#libs/contracts';

/** What a leg sent that was wrong and did not end the call: always an event, and one line a kind in the log. */
export class LegFaults {
  private readonly logged = new Set<string>();

  constructor(
    private readonly router: EventSink,
    private readonly log: Log,
  ) {}

  tell(platform: string, error: GatewayError): void {
    // A peer that is wrong fifty times a second must not fill the log.
    if (!this.logged.has(error.code)) {
      this.logged.add(error.code);
      this.log.warn(
        { code: error.code, reason: error.message },
        'The platform sent something wrong; the call goes on.',
      );
    }
    this.router.publish('platform.failed', { platform, code: error.code, fatal: false });
  }
}
