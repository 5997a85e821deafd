import { fileURLToPath } from 'node:url';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { Clock } from '#libs/contracts';
import type { GatewayEventRouter, Switchboard } from '#libs/core';
import { openApiPage, readApiBodies } from './api/index.js';
import type { GatewayConfig } from './config/gateway.config.js';
import { EdgeWsAdapter } from './edge/edge-ws.adapter.js';
import { NestLog } from './log/pino-log.js';

/** The console's pages, as they were built. They hold no data; everything they show they ask for. */
const CONSOLE_FOLDER = fileURLToPath(
  new URL(
    import.meta.url.includes('/dist/apps/') ? '../../../console' : '../../../dist/console',
    import.meta.url,
  ),
);
/** Headers of a request must be there by then; a slow sender must not hold a connection. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const WEBHOOK_LIMIT = '64kb';

export interface DoorOptions {
  readonly config: GatewayConfig;
  readonly switchboard: Switchboard;
  readonly events: GatewayEventRouter;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The application with all its ways in, pages, webhooks, API and sockets, each with its limits. It does not listen yet. */
export async function openDoors(
  module: DynamicModule,
  { config, switchboard, events, clock, log }: DoorOptions,
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module, {
    logger: new NestLog(log),
    bodyParser: false,
    abortOnError: false,
  });
  // Inside a company the console may be reached without TLS, under another name than localhost.
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  app.useStaticAssets(CONSOLE_FOLDER, { index: 'index.html' });
  readApiBodies(app);
  app.useBodyParser('urlencoded', { extended: false, limit: WEBHOOK_LIMIT });
  app.useBodyParser('json', { limit: WEBHOOK_LIMIT });
  app.useWebSocketAdapter(
    new EdgeWsAdapter(app, {
      clock,
      log,
      events,
      isDraining: () => switchboard.draining,
      authorizeTimeoutMs: config.authorizeTimeoutMs,
      heartbeatMs: config.heartbeatMs,
      // Validations, resumed legs and viewers need sockets beside those of the calls.
      maxSockets: config.maxCalls * 3 + 100,
      maxSocketsPerAddress: config.maxSocketsPerAddress || config.maxCalls * 2 + 50,
    }),
  );
  openApiPage(app);
  const server = app.getHttpServer();
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  return app;
}
