import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AiBackend,
  type Clock,
  GatewayError,
  type HttpAnswer,
  type HttpOrder,
  type LegInfo,
  type Log,
} from '#libs/contracts';
import { AgentsConfig } from '../agents.config.js';
import { Agents, type AgentsParts } from '../agents.js';
import { MemoryShelf } from '../document-shelf.js';
import type { Author, ToolReference } from '../ports.js';

/** 21 November 2026, 14:05 UTC. */
export const NOW = Date.UTC(2026, 10, 21, 14, 5);

export const FALLBACK = { instructions: 'Be kind.', greeting: 'Hello.', voice: null, language: null };

/** What the bench takes from the library of test peers. */
export interface BenchPeers {
  readonly log: Log;
  readonly clock: Clock;
  backend(): AiBackend;
}

/** A folder of agents and everything that agents ask of the gateway, as strict as the gateway is. */
export class AgentsBench {
  readonly shelf = new MemoryShelf();
  readonly orders: HttpOrder[] = [];
  answer: (order: HttpOrder) => Promise<HttpAnswer> = async () => jsonAnswer({});
  /** Tools whose agent was loaded, and those that a server has told of since. */
  readonly prepared: string[] = [];
  readonly found: string[] = [];
  private readonly running: Agents[] = [];

  private constructor(
    readonly folder: string,
    private readonly peers: BenchPeers,
  ) {}

  static async open(peers: BenchPeers): Promise<AgentsBench> {
    return new AgentsBench(await mkdtemp(join(tmpdir(), 'patchbay-agents-')), peers);
  }

  async close(): Promise<void> {
    for (const agents of this.running) await agents.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  file(name: string, text: string): Promise<void> {
    return writeFile(join(this.folder, name), text);
  }

  config(): AgentsConfig {
    const config = new AgentsConfig();
    config.folder = this.folder;
    // Long, so that what the tests see comes from watching and not from looking in.
    config.refreshMs = 3_600_000;
    return config;
  }

  agents(parts: Partial<AgentsParts> = {}): Agents {
    const agents = new Agents({
      backends: {
        get: (name, settings) => {
          checkBackend(name, settings);
          return this.peers.backend();
        },
      },
      tools: {
        check: checkTools,
        prepare: (references, author) => {
          checkTools(references, author);
          this.prepared.push(...toolNames(references));
        },
        boxFor: (references, { origin }) => {
          checkTools(references, origin);
          const names = [...toolNames(references), ...this.found];
          return {
            definitions: names.map((name) => ({ name, description: '', parameters: { type: 'object' } })),
            call: async () => '',
          };
        },
      },
      http: {
        check: (url) => {
          if (url.includes('169.254.'))
            throw new GatewayError('HTTP_URL_REFUSED', 'The address belongs to a private network.');
        },
        send: (order) => {
          this.orders.push(order);
          return this.answer(order);
        },
      },
      clock: this.peers.clock,
      log: this.peers.log,
      now: () => NOW,
      config: this.config(),
      shelf: this.shelf,
      fallback: FALLBACK,
      ...parts,
    });
    this.running.push(agents);
    return agents;
  }

  async started(parts: Partial<AgentsParts> = {}): Promise<Agents> {
    const agents = this.agents(parts);
    await agents.start();
    return agents;
  }
}

export function jsonAnswer(value: unknown, status = 200): HttpAnswer {
  return { status, headers: {}, body: new TextEncoder().encode(JSON.stringify(value)) };
}

export function leg(info: Partial<LegInfo> = {}): LegInfo {
  return {
    platform: 'twilio',
    platformCallId: 'CA1',
    direction: 'inbound',
    from: '+4915112345678',
    to: '+49 30 1234-567',
    callerFormats: [],
    agentFormats: [],
    parameters: {},
    capabilities: {
      marks: true,
      resumeWithinMs: null,
      continuousCallerAudio: true,
      transfer: true,
      dial: true,
    },
    ...info,
  };
}

function checkBackend(name: string | null, settings: Readonly<Record<string, unknown>>): void {
  if (name !== null && name !== 'scripted' && name !== 'spare')
    throw new GatewayError('BACKEND_UNKNOWN', `backend "${name}" is not a setting.`);
  const wrong = Object.keys(settings).filter((key) => key !== 'model');
  if (wrong.length > 0)
    throw new GatewayError('BACKEND_SETTINGS_INVALID', `settings.${wrong[0]} is not a setting.`);
}

function checkTools(references: readonly ToolReference[], author: Author): void {
  const unknown = references.filter((one) => typeof one === 'string' && one !== 'hang_up');
  if (unknown.length > 0) throw new GatewayError('TOOL_UNKNOWN', `There is no tool "${unknown[0]}".`);
  const programs = references.filter((one) => typeof one !== 'string' && 'command' in one);
  if (programs.length > 0 && author === 'api')
    throw new GatewayError('TOOL_REFERENCE_INVALID', 'tools[0] starts a program.');
}

function toolNames(references: readonly ToolReference[]): readonly string[] {
  return references.map((one) => (typeof one === 'string' ? one : String(one.name)));
}
