import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import type {
  AiBackend,
  Log,
  PlatformAdapter,
  PluginHost,
  PluginModule,
  SetupEntry,
  ToolBox,
} from '#libs/contracts';
import { GatewayEventRouter, Switchboard, systemClock } from '#libs/core';
import type { Configuration } from './config/configuration.js';
import type { GatewayConfig } from './config/gateway.config.js';
import { EdgeWsAdapter } from './edge/edge-ws.adapter.js';
import { GatewayModule } from './gateway.module.js';
import { renderSetup, type SetupFacts } from './http/setup-report.js';
import { createLog, NestLog } from './log/pino-log.js';

/** Functions the model may call when nobody brings any. */
const NO_TOOLS: ToolBox = {
  definitions: [],
  call: async ({ name }) => {
    throw new Error(`There is no function named ${name}.`);
  },
};

/** The console's pages, as they were built. They hold no data; everything they show they ask for. */
const CONSOLE_FOLDER = fileURLToPath(
  new URL(
    import.meta.url.includes('/dist/apps/') ? '../../../console' : '../../../dist/console',
    import.meta.url,
  ),
);
const OBSERVERS_FINISH_MS = 5000;
/** Headers of a request must be there by then; a slow sender must not hold a connection. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const WEBHOOK_LIMIT = '64kb';
const GOODBYE_MS = 1000;

export interface GatewayOptions {
  readonly toolBox?: ToolBox;
  /** Where log lines go; standard output unless given. */
  readonly logTo?: { write(line: string): void };
}

/** One running gateway process: plug-ins wired to the switchboard, doors open. */
export class Gateway {
  private constructor(
    private readonly app: NestExpressApplication,
    readonly switchboard: Switchboard,
    readonly events: GatewayEventRouter,
    private readonly configuration: Configuration,
    private readonly setup: () => string,
    private readonly log: Log,
  ) {}

  static async create(configuration: Configuration, options: GatewayOptions = {}): Promise<Gateway> {
    const { gateway: config } = configuration;
    const { toolBox = NO_TOOLS, logTo } = options;
    const log = createLog(config.logLevel, config.logPersonalData, logTo);
    const clock = systemClock;
    const events = new GatewayEventRouter(clock, log);
    const platforms = configuration.platforms.map(({ definition }) => definition.name);
    const host: PluginHost = {
      log,
      clock,
      events,
      platforms,
      backend: configuration.aiBackend,
      maxCalls: config.maxCalls,
    };
    const backend = chosenBackend(configuration, host);
    const observers = configuration.observers.map(({ definition, config: own }) => ({
      definition,
      own,
      observer: definition.create(own, host),
    }));
    const switchboard = new Switchboard({
      backend,
      agent: configuration.agent,
      toolBox,
      observers: observers.map(({ observer }) => observer),
      events,
      clock,
      log,
      maxCalls: config.maxCalls,
      callerHashKey: config.callerHashKey,
      limits: {
        earlyAudioMs: config.earlyAudioMs,
        fillerAfterMs: config.fillerAfterMs,
        toolTimeoutMs: config.toolTimeoutMs,
        keysInterrupt: config.keysInterrupt,
        closersMs: OBSERVERS_FINISH_MS,
      },
    });
    const plugins: PluginModule[] = [
      ...configuration.platforms.map(({ definition, config: own }) => definition.module(own)),
      ...observers.flatMap(({ definition, own, observer }) => definition.module?.(own, observer) ?? []),
    ];
    let setup = (): SetupFacts => {
      throw new Error('The set-up is known once the application stands.');
    };
    const site = { publicUrl: config.publicUrl };
    const module = GatewayModule.compose({
      config,
      switchboard,
      events,
      clock,
      log,
      site,
      plugins,
      setupReport: () => setup(),
    });
    const app = await NestFactory.create<NestExpressApplication>(module, {
      logger: new NestLog(log),
      bodyParser: false,
      abortOnError: false,
    });
    // Inside a company the console may be reached without TLS, under another name than localhost.
    app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
    app.useStaticAssets(CONSOLE_FOLDER, { index: 'index.html' });
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
    const server = app.getHttpServer();
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    setup = () => {
      const origin = config.publicUrl ?? localOrigin(app);
      const adapters = configuration.platforms.map(({ definition }) =>
        app.get<PlatformAdapter>(definition.adapter, { strict: false }),
      );
      const entries: SetupEntry[] = [
        ...adapters.flatMap((adapter) => adapter.setup(origin, config.publicUrl !== null)),
        ...backend.setup(),
        ...observers.flatMap(({ observer }) => observer.setup?.(localOrigin(app)) ?? []),
        ...ownEntries(config, localOrigin(app)),
      ];
      return {
        origin,
        isPublic: config.publicUrl !== null,
        backend: backend.name,
        maxCalls: config.maxCalls,
        entries,
      };
    };
    return new Gateway(app, switchboard, events, configuration, () => renderSetup(setup()), log);
  }

  async listen(): Promise<void> {
    const { host, port } = this.configuration.gateway;
    await this.app.listen(port, host);
  }

  /** `http://127.0.0.1:3000`, whatever address it listens on. */
  get localOrigin(): string {
    return localOrigin(this.app);
  }

  get setupText(): string {
    return this.setup();
  }

  /** For the last resort: something threw where nobody could catch it. */
  tellFault(thrown: unknown): void {
    this.log.error(
      { err: thrown, code: 'GATEWAY_FAULT' },
      'A fault inside the gateway: no new calls are taken, running ones may end, then the process stops.',
    );
  }

  /** No new calls; running ones may go on until the deadline; then everything is closed. */
  async drain(deadlineMs = this.configuration.gateway.drainSeconds * 1000): Promise<void> {
    const hadCalls = this.switchboard.callCount > 0;
    await this.switchboard.drain(deadlineMs);
    const { lingerMs } = this.configuration.gateway;
    if (hadCalls) await new Promise<void>((resolve) => void systemClock.after(lingerMs, resolve));
    await this.close();
  }

  async close(): Promise<void> {
    this.switchboard.close();
    const closed = this.app.close();
    // Half-open connections must not keep the process; those of calls have had their goodbye.
    const cancel = systemClock.after(GOODBYE_MS, () => this.app.getHttpServer().closeAllConnections());
    await closed;
    cancel();
  }
}

function chosenBackend(configuration: Configuration, host: PluginHost): AiBackend {
  const chosen = configuration.backends.find(
    ({ definition }) => definition.name === configuration.aiBackend,
  )!;
  return chosen.definition.create(chosen.config, host);
}

function localOrigin(app: NestExpressApplication): string {
  const address = app.getHttpServer().address() as AddressInfo | null;
  return `http://127.0.0.1:${address?.port ?? 0}`;
}

function ownEntries(gateway: GatewayConfig, origin: string): SetupEntry[] {
  const entries: SetupEntry[] = [];
  entries.push({
    title: 'Browser',
    state: gateway.adminToken === null ? 'loopback-only' : 'ready',
    lines: [
      `open   ${origin}/`,
      ...(gateway.adminToken === null ? ['set ADMIN_TOKEN to open it to other machines'] : []),
    ],
  });
  for (const [name, value] of [
    ['DATABASE_URL', gateway.databaseUrl],
    ['REDIS_URL', gateway.redisUrl],
  ] as const) {
    if (value !== null)
      entries.push({ title: name, state: 'incomplete', lines: ['is set; this version makes no use of it'] });
  }
  return entries;
}
