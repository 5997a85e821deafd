import type { IncomingMessage } from 'node:http';
import { Controller, ForbiddenException, Get, Header, Inject, Req } from '@nestjs/common';
import { Registry } from 'prom-client';
import { bearerToken, type EventSink, GATEWAY_EVENTS, isDirect, sameSecret } from '#libs/contracts';
import { MetricsConfig } from './metrics.config.js';

export const METRICS_REGISTRY = Symbol.for('patchbay.metrics-registry');

@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(METRICS_REGISTRY) private readonly registry: Registry,
    @Inject(GATEWAY_EVENTS) private readonly events: EventSink,
    private readonly config: MetricsConfig,
  ) {}

  @Get()
  @Header('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE)
  metrics(@Req() request: IncomingMessage): Promise<string> {
    if (!this.admits(request)) {
      this.events.publish('upgrade.rejected', { reason: 'bad-credentials', path: '/metrics' });
      throw new ForbiddenException(
        'Set METRICS_TOKEN and send it as a bearer token, or scrape from a private network.',
      );
    }
    return this.registry.metrics();
  }

  private admits(request: IncomingMessage): boolean {
    const { token } = this.config;
    if (token === null) return isDirect(request, 'private-network') && request.headers.origin === undefined;
    return sameSecret(bearerToken(request) ?? '', token);
  }
}
