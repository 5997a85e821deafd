import { Agents, DatabaseShelf } from '#libs/agents';
import type { CallControl, Clock, EventSink, EventSource, Log, PluginHost } from '#libs/contracts';
import type { OutboundDesk } from '#libs/outbound';
import { GuardedHttp, ToolShelf } from '#libs/tools';
import { Webhooks } from '#libs/webhooks';
import type { Configuration } from '../config/configuration.js';
import type { AllRecordings } from './all-recordings.js';
import { ConfiguredBackends } from './backend-shelf.js';
import { RetentionSweep } from './retention-sweep.js';
import { MEGABYTE, type Storage } from './storage.js';

export interface ServicesParts {
  readonly configuration: Configuration;
  readonly storage: Storage;
  readonly host: PluginHost;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventSource & EventSink;
  readonly findCall: (callId: string) => CallControl | null;
}

/** What is around the calls and knows nothing of sound: who answers them, and what an agent may do. */
export class Services {
  private sweep: RetentionSweep | null = null;

  private constructor(
    readonly agents: Agents,
    readonly tools: ToolShelf,
    readonly http: GuardedHttp,
    readonly backends: ConfiguredBackends,
    readonly webhooks: Webhooks,
    private readonly parts: ServicesParts,
  ) {}

  /** Rejects with a GatewayError when tools or the agent of the configuration are wrong. */
  static async open(parts: ServicesParts): Promise<Services> {
    const { configuration, storage, host, clock, log, events, findCall } = parts;
    const { agent, agents: agentsConfig, outgoing, aiBackend } = configuration;
    const backends = new ConfiguredBackends(configuration.backends, aiBackend, host);
    const http = new GuardedHttp(outgoing);
    const tools = new ToolShelf({ http, findCall, clock, log, tools: configuration.tools });
    const agents = new Agents({
      config: agentsConfig,
      shelf: new DatabaseShelf(storage.database),
      fallback: agent,
      backends,
      tools,
      http,
      clock,
      log,
      now: Date.now,
    });
    await agents.start();
    const webhooks = await Webhooks.open({
      config: configuration.webhooks,
      database: storage.database,
      dataDir: configuration.gateway.dataDir,
      spoolMaxBytes: configuration.gateway.spoolMaxMegabytes * MEGABYTE,
      http,
      clock,
      log,
      events,
      redact: host.redact,
    });
    return new Services(agents, tools, http, backends, webhooks, parts);
  }

  /** Once the plug-ins stand, since only the recorder can remove what it recorded. `orders`: of calls that are forgotten. */
  sweepRetention(recordings: AllRecordings, orders: Pick<OutboundDesk, 'forgetCalls'>): void {
    const { storage, clock, log } = this.parts;
    this.sweep = new RetentionSweep({
      retention: storage.retention,
      recordings,
      hasRecorder: recordings.hasOwn,
      forgetCalls: async (callIds) => {
        await this.webhooks.forgetCalls(callIds);
        await orders.forgetCalls(callIds);
      },
      clock,
      log,
      wallMs: Date.now,
    });
    this.sweep.start();
  }

  async close(): Promise<void> {
    await this.sweep?.stop();
    await this.webhooks.close();
    await this.agents.stop();
    await this.tools.close();
    await this.http.close();
  }
}
