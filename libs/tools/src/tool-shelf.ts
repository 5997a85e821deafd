import type { CallControl, Clock, Log, ToolBox } from '#libs/contracts';
import { CallTools } from './call-tools.js';
import { referencesInvalid } from './errors.js';
import type { GuardedHttp } from './http/guarded-http.js';
import { McpServers } from './mcp/mcp-servers.js';
import { type ReferenceOrigin, ReferenceReader, type ToolSource } from './reference-reader.js';

export interface ToolShelfOptions {
  readonly http: GuardedHttp;
  /** `CallDesk.find`; asked when a tool runs, so the desk may be made later than the shelf. */
  readonly findCall: (callId: string) => CallControl | null;
  readonly clock: Clock;
  readonly log: Log;
  /** Tools of the configuration, which agents refer to by name: what an agent could write itself, by name. */
  readonly tools?: Readonly<Record<string, unknown>>;
}

/** Whose tools a box is to hold. */
export interface ToolContext {
  /** Name of the agent. */
  readonly agent: string;
  readonly origin: ReferenceOrigin;
}

const WITHOUT_SETTINGS = ['hang_up', 'send_dtmf', 'collect_digits'];
const BUILT_IN = [...WITHOUT_SETTINGS, 'transfer'];

/** Makes tool boxes of what agents refer to. */
export class ToolShelf {
  private readonly servers: McpServers;
  private readonly named = new Map<string, ToolSource>();
  /** By the very list of an agent's version, so that schemas are compiled once and not for each call. */
  private readonly known = new WeakMap<readonly unknown[], readonly ToolSource[]>();

  /** Throws GatewayError TOOL_REFERENCE_INVALID that names each thing that is wrong with the configuration's tools. */
  constructor(private readonly options: ToolShelfOptions) {
    this.servers = new McpServers(options);
    const problems: string[] = [];
    const reader = this.reader(problems);
    for (const [name, reference] of Object.entries(options.tools ?? {})) {
      const source = reader.read(reference, `tools.${name}`, 'file', name);
      if (source !== null) this.named.set(name, source);
    }
    if (problems.length > 0) throw referencesInvalid(problems);
  }

  /** Throws GatewayError TOOL_REFERENCE_INVALID that names each thing that is wrong. Connects to nobody. */
  check(references: readonly unknown[], origin: ReferenceOrigin): void {
    this.read(references, origin);
  }

  /**
   * Call it when an agent is loaded: its MCP servers are connected to in the background, so that its first call finds their tools.
   * Throws as `check` does.
   */
  prepare(references: readonly unknown[], origin: ReferenceOrigin): void {
    for (const source of this.sourcesOf(references, origin)) source.tools();
  }

  /** The tools of one call, as they are now. Never waits; throws as `check` does. */
  boxFor(references: readonly unknown[], context: ToolContext): ToolBox {
    const sources = this.sourcesOf(references, context.origin);
    const tools = sources.flatMap((source) => source.tools());
    return new CallTools(tools, context.agent, this.options.findCall, this.options.log);
  }

  /** Leaves all MCP servers. */
  async close(): Promise<void> {
    await this.servers.close();
  }

  private sourcesOf(references: readonly unknown[], origin: ReferenceOrigin): readonly ToolSource[] {
    const known = this.known.get(references);
    if (known !== undefined) return known;
    const sources = this.read(references, origin);
    this.known.set(references, sources);
    return sources;
  }

  private read(references: readonly unknown[], origin: ReferenceOrigin): readonly ToolSource[] {
    const problems: string[] = [];
    const reader = this.reader(problems);
    const sources: ToolSource[] = [];
    references.forEach((reference, index) => {
      const at = `tools[${index}]`;
      const source =
        typeof reference === 'string'
          ? this.byName(reference, at, reader, problems)
          : reader.read(reference, at, origin);
      if (source === null) return;
      if (sources.some(({ name }) => name === source.name))
        problems.push(`${at} gives "${source.name}" again.`);
      sources.push(source);
    });
    problems.push(...shadowed(sources));
    if (problems.length > 0) throw referencesInvalid(problems);
    return sources;
  }

  private byName(name: string, at: string, reader: ReferenceReader, problems: string[]): ToolSource | null {
    const source = this.named.get(name);
    if (source !== undefined) return source;
    if (WITHOUT_SETTINGS.includes(name)) return reader.read({ [name]: {} }, at, 'file');
    const names = [...this.named.keys(), ...WITHOUT_SETTINGS].join(', ');
    problems.push(`${at} names "${name}", which is not there; there are ${names}.`);
    return null;
  }

  private reader(problems: string[]): ReferenceReader {
    return new ReferenceReader({ ...this.options, servers: this.servers }, problems);
  }
}

/** A server that names a tool of its own so that it is taken for another would get what was meant for that one. */
function shadowed(sources: readonly ToolSource[]): readonly string[] {
  const names = new Set([...BUILT_IN, ...sources.flatMap(({ name, mayTake }) => (mayTake ? [] : [name]))]);
  return sources.flatMap(({ name: server, mayTake }) =>
    [...names]
      .filter((name) => mayTake?.(name))
      .map(
        (name) =>
          `The tools of the MCP server "${server}" could take the name of "${name}": name it otherwise.`,
      ),
  );
}
