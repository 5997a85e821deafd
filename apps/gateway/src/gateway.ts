import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type {
  Clock,
  Dialler,
  Log,
  PlatformAdapter,
  PluginHost,
  PluginModule,
  Recordings,
  SetupEntry,
} from '#libs/contracts';
import { RECORDINGS } from '#libs/contracts';
import { GatewayEventRouter, Switchboard, systemClock } from '#libs/core';
import { OutboundDesk, outboundSetup } from '#libs/outbound';
import { redact } from '#libs/privacy';
import type { Configuration } from './config/configuration.js';
import type { GatewayConfig } from './config/gateway.config.js';
import { openDoors } from './doors.js';
import { GatewayModule } from './gateway.module.js';
import { renderSetup, type SetupFacts } from './http/setup-report.js';
import { auditLog, createLog } from './log/pino-log.js';
import { AllRecordings } from './services/all-recordings.js';
import { RecoveredRecordings } from './services/recovered-recordings.js';
import { redisPrefix } from './services/redis-prefix.js';
import { Services } from './services/services.js';
import { Storage } from './services/storage.js';
import { UnwantedRecordings } from './services/unwanted-recordings.js';

const OBSERVERS_FINISH_MS = 5000;
const GOODBYE_MS = 1000;

export interface GatewayOptions {
  /** Where log lines go; standard output unless given. */
  readonly logTo?: { write(line: string): void };
  /** The time of the calls and of everything around them; the system's unless given. */
  readonly clock?: Clock;
}

/** One running gateway process: plug-ins wired to the switchboard, doors open. */
export class Gateway {
  private constructor(
    private readonly app: NestExpressApplication,
    readonly switchboard: Switchboard,
    readonly events: GatewayEventRouter,
    private readonly configuration: Configuration,
    private readonly setup: () => string,
    private readonly services: Services,
    private readonly outbound: OutboundDesk,
    private readonly storage: Storage,
    private readonly recovered: RecoveredRecordings,
    private readonly unwanted: UnwantedRecordings,
    private readonly log: Log,
  ) {}

  static async create(configuration: Configuration, options: GatewayOptions = {}): Promise<Gateway> {
    const { gateway: config } = configuration;
    const { logTo, clock = systemClock } = options;
    const log = createLog(config.logLevel, config.logPersonalData, logTo);
    const events = new GatewayEventRouter(clock, log);
    const platforms = configuration.platforms.map(({ definition }) => definition.name);
    const storage = await Storage.open({ config, clock, log, events });
    const host: PluginHost = {
      log,
      audit: auditLog(log),
      clock,
      events,
      platforms,
      backend: configuration.aiBackend,
      maxCalls: config.maxCalls,
      dataDir: config.dataDir,
      records: storage.records,
      backlogs: {
        spool: (name) => (name === 'calls' ? storage.records.state : services.webhooks.spool),
        outbox: () => services.webhooks.backlog(),
        dials: () => outbound.backlog(),
      },
      redact,
    };
    const services: Services = await Services.open({
      configuration,
      storage,
      host,
      clock,
      log,
      events,
      findCall: (callId) => switchboard.desk.find(callId),
    });
    const backend = services.backends.get(null, {});
    const observers = configuration.observers.map(({ definition, config: own }) => ({
      definition,
      own,
      observer: definition.create(own, host),
    }));
    let adapters = (): readonly PlatformAdapter[] => [];
    let recorder = (): Recordings | null => null;
    const recordings = new AllRecordings({
      own: () => recorder(),
      adapters: () => adapters(),
      calls: { find: (callId) => switchboard.desk.find(callId) },
      archive: storage.archive,
    });
    const unwanted = new UnwantedRecordings({
      recordings,
      records: storage.records,
      retention: storage.retention,
      clock,
      log,
    });
    const switchboard: Switchboard = new Switchboard({
      agents: services.agents,
      observers: [...observers.map(({ observer }) => observer), services.webhooks, recordings, unwanted],
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
    const { outbound: outboundConfig } = configuration;
    const outbound: OutboundDesk = new OutboundDesk({
      config: outboundConfig,
      database: storage.database,
      diallers: () => diallersOf(adapters()),
      calls: switchboard.desk,
      events,
      clock,
      now: Date.now,
      log,
      redisUrl: config.redisUrl,
      redisPrefix: redisPrefix(config),
      seat: storage.instance.seat,
      hasRoom: () => !switchboard.full && !switchboard.draining,
      agentExists: (name) => services.agents.list().some((agent) => agent.name === name),
    });
    const plugins: PluginModule[] = [
      ...configuration.platforms.map(({ definition, config: own }) => definition.module(own)),
      ...observers.flatMap(({ definition, own, observer }) => definition.module?.(own, observer) ?? []),
    ];
    let setup = (): SetupFacts => {
      throw new Error('The set-up is known once the application stands.');
    };
    const site = { publicUrl: config.publicUrl, dataDir: config.dataDir };
    const module = GatewayModule.compose({
      api: configuration.api,
      config,
      switchboard,
      events,
      clock,
      log,
      site,
      plugins,
      setupReport: () => setup(),
      storage,
      services,
      outbound,
      recordings,
    });
    const app = await openDoors(module, { config, switchboard, events, clock, log });
    adapters = () =>
      configuration.platforms.map(({ definition }) =>
        app.get<PlatformAdapter>(definition.adapter, { strict: false }),
      );
    setup = () => {
      const origin = config.publicUrl ?? localOrigin(app);
      const entries: SetupEntry[] = [
        ...adapters().flatMap((adapter) => adapter.setup(origin, config.publicUrl !== null)),
        ...backend.setup(),
        ...observers.flatMap(({ observer }) => observer.setup?.(localOrigin(app)) ?? []),
        outboundSetup(outboundConfig, [...diallersOf(adapters()).keys()]),
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
    const found = recorderOf(app);
    recorder = () => found;
    // Without a recorder what it left stays, and its calls say so.
    services.sweepRetention(recordings, outbound);
    const recovered = new RecoveredRecordings({
      recordings,
      note: async (callId, whole) => {
        await storage.records.settled();
        await storage.retention.recordingRecovered(callId, whole);
      },
      clock,
      log,
    });
    return new Gateway(
      app,
      switchboard,
      events,
      configuration,
      () => renderSetup(setup()),
      services,
      outbound,
      storage,
      recovered,
      unwanted,
      log,
    );
  }

  async listen(): Promise<void> {
    const { host, port } = this.configuration.gateway;
    await this.app.listen(port, host);
    await this.outbound.start();
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
    await this.recovered.stop();
    await this.unwanted.stop();
    await this.outbound.close();
    await this.services.close();
    await this.storage.close();
  }
}

function diallersOf(adapters: readonly PlatformAdapter[]): ReadonlyMap<string, Dialler> {
  return new Map(adapters.flatMap(({ name, dialler }) => (dialler ? [[name, dialler] as const] : [])));
}

/** Null: no recorder is loaded. */
function recorderOf(app: NestExpressApplication): Recordings | null {
  try {
    return app.get<Recordings>(RECORDINGS, { strict: false });
  } catch {
    return null;
  }
}

function localOrigin(app: NestExpressApplication): string {
  const address = app.getHttpServer().address() as AddressInfo | null;
  return `http://127.0.0.1:${address?.port ?? 0}`;
}

function ownEntries(gateway: GatewayConfig, origin: string): SetupEntry[] {
  const entries: SetupEntry[] = [];
  entries.push({
    title: 'Console',
    state: gateway.adminToken === null ? 'loopback-only' : 'ready',
    lines: [
      `open   ${origin}/`,
      ...(gateway.adminToken === null ? ['set ADMIN_TOKEN to open it to other machines'] : []),
    ],
  });
  return entries;
}
