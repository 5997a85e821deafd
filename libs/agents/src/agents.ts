import type { AgentDirectory, AgentSettings, CallAgent, Cancel, LegInfo } from '#libs/contracts';
import { AgentFolder, type FolderEntry } from './agent-folder.js';
import { findParts, PlannedAgent, type Workshop } from './agent-plan.js';
import type { AgentsConfig } from './agents.config.js';
import { isRecord } from './checks.js';
import type { DocumentShelf, VersionInfo } from './document-shelf.js';
import { DocumentRefused, errors } from './errors.js';
import { type Note, Notes } from './notes.js';
import { PatientShelf } from './patient-shelf.js';
import type { Author } from './ports.js';
import { readAgent, readRoutes } from './read-document.js';
import { type DocumentView, Register } from './register.js';
import type { RouteDocument } from './route.dto.js';
import { routed } from './route-table.js';

export interface AgentsParts extends Omit<Workshop, 'timeZone'> {
  readonly config: AgentsConfig;
  readonly shelf: DocumentShelf;
  /** The agent named `default` where nobody has written one: the gateway's `agent` section. */
  readonly fallback: AgentSettings;
}

export interface AgentsStatus {
  readonly agents: number;
  /** What is wrong at the moment and therefore not in use; empty when all is well. */
  readonly problems: readonly Note[];
}

const DEFAULT_AGENT = 'default';
const SECTION = 'the section "agent" of the configuration';

/** Every agent and route there is, from files and from the API, changed while calls run. */
export class Agents implements AgentDirectory {
  private readonly agents: Register<PlannedAgent>;
  private readonly routes: Register<readonly RouteDocument[]>;
  private readonly shelf: DocumentShelf;
  private readonly notes: Notes;
  private readonly folder: AgentFolder;
  private readonly section: Readonly<Record<string, unknown>>;
  private readonly toldLost = new Set<string>();
  private cancelRefresh: Cancel | null = null;
  /** What changes something waits for what changed before. */
  private work: Promise<unknown> = Promise.resolve();
  /** A look that has not begun yet; whoever asks for another meanwhile shares it. */
  private refreshing: Promise<void> | null = null;
  private sizeOfShelf: number | null = null;

  /** Throws DocumentRefused when the fallback is wrong. */
  constructor(private readonly parts: AgentsParts) {
    const { config, clock, log, now } = parts;
    const workshop: Workshop = { ...parts, timeZone: config.timeZone };
    this.notes = new Notes(log);
    this.shelf = new PatientShelf(parts.shelf, clock);
    this.folder = new AgentFolder(config.folder, clock, log);
    const common = { shelf: this.shelf, notes: this.notes, log, now };
    this.agents = new Register({
      ...common,
      kind: 'agent',
      read: (raw, author, problems) => draftAgent(raw, author, workshop, problems),
      refused: (problems) => new DocumentRefused('AGENT_INVALID', 'The agent', problems),
    });
    this.routes = new Register({
      ...common,
      kind: 'routes',
      read: (raw, _, problems) => draftRoutes(raw, problems),
      refused: (problems) => new DocumentRefused('AGENT_ROUTES_INVALID', 'The list of routes', problems),
    });
    this.section = { name: DEFAULT_AGENT, ...parts.fallback };
    this.agents.useAtOnce(DEFAULT_AGENT, SECTION, this.section);
  }

  /**
   * Who is entitled to name an agent is obeyed; otherwise the first route that fits decides; otherwise `default` answers. Throws
   * GatewayError AGENT_UNKNOWN.
   */
  choose(info: LegInfo): CallAgent {
    const named = info.agent;
    const name = named ?? routed(this.routes.get('') ?? [], info) ?? DEFAULT_AGENT;
    const agent = this.agents.get(name);
    if (agent !== undefined) return agent.forCall();
    if (named !== undefined) throw errors.unknown(named);
    this.tellLost(name);
    return this.agents.get(DEFAULT_AGENT)!.forCall();
  }

  /** Reads files and store for the first time and goes on watching. Never rejects: what is wrong is told in the log and by `status`. */
  async start(): Promise<void> {
    await this.refresh();
    this.cancelRefresh = this.parts.clock.every(this.parts.config.refreshMs, () => void this.refresh());
  }

  async stop(): Promise<void> {
    this.cancelRefresh?.();
    this.folder.unwatch();
    await this.work;
  }

  /** Every agent that may answer, by name, in the version that is in use. */
  list(): readonly DocumentView[] {
    return this.agents.names().map((name) => this.agents.view(name)!);
  }

  /** The agent in use, or any version of it. Null: there is none. Older versions are asked of the store: rejects while it is away. */
  find(name: string, version?: number): Promise<DocumentView | null> {
    return this.agents.find(name, version);
  }

  /** Newest first. Rejects while the store is away. */
  versions(name: string): Promise<readonly VersionInfo[]> {
    return this.agents.versions(name);
  }

  /** Calls that begin from now on have it. Rejects with DocumentRefused, or while the store is away; nothing has changed then. */
  put(document: unknown, by: string): Promise<DocumentView> {
    const name = isRecord(document) && typeof document.name === 'string' ? document.name : null;
    return this.serially(() => this.agents.put(document, name, by));
  }

  /** Removes what the API stored; a file of the same name answers again. False: the API has stored none. Rejects while the store is away. */
  remove(name: string, by: string): Promise<boolean> {
    return this.serially(() => this.agents.remove(name, by));
  }

  /** The list of routes in use. Null: there is none. */
  currentRoutes(): DocumentView | null {
    return this.routes.view('');
  }

  /** Stores the whole list in place of any other. Rejects as `put` does, also where a route names an agent that is not there. */
  putRoutes(list: unknown, by: string): Promise<DocumentView> {
    return this.serially(() => {
      const problems: string[] = [];
      const lost = (readRoutes(list, problems) ?? []).flatMap(({ agent }, index) =>
        this.agents.get(agent) === undefined ? [`${index + 1}. route: there is no agent "${agent}".`] : [],
      );
      if (lost.length > 0) throw new DocumentRefused('AGENT_ROUTES_INVALID', 'The list of routes', lost);
      return this.routes.put(list, null, by);
    });
  }

  removeRoutes(by: string): Promise<boolean> {
    return this.serially(() => this.routes.remove('', by));
  }

  routeVersions(): Promise<readonly VersionInfo[]> {
    return this.routes.versions('');
  }

  status(): AgentsStatus {
    const lost = [...new Set((this.routes.get('') ?? []).map(({ agent }) => agent))]
      .filter((agent) => this.agents.get(agent) === undefined)
      .map((agent) => `A route leads to "${agent}", which is not there; "${DEFAULT_AGENT}" answers instead.`);
    const problems = [...this.notes.all(), ...(lost.length > 0 ? [{ at: 'routes', problems: lost }] : [])];
    return { agents: this.agents.names().length, problems };
  }

  /** Looks for changes in the folder and the store now. Never rejects. */
  refresh(): Promise<void> {
    this.refreshing ??= this.serially(async () => {
      // Who asks from here on has seen a change that this look may miss.
      this.refreshing = null;
      await this.takeStored();
      // Watching begins before the folder is read, so that no change falls in between.
      if (this.parts.config.watch) this.folder.watch(() => void this.refresh());
      await this.takeFiles();
    });
    return this.refreshing;
  }

  private async takeStored(): Promise<void> {
    const at = 'store';
    try {
      const size = await this.shelf.size();
      if (size !== this.sizeOfShelf) {
        for (const one of await this.shelf.newest()) this.registerOf(one.kind).takeStored(one);
        this.sizeOfShelf = size;
      }
      this.notes.clear(at);
    } catch (thrown) {
      this.notes.put(at, [thrown instanceof Error ? thrown.message : String(thrown)]);
    }
  }

  private async takeFiles(): Promise<void> {
    const { folder, watch } = this.parts.config;
    let entries: readonly FolderEntry[];
    try {
      entries = watch ? await this.folder.read() : [];
    } catch (error) {
      this.notes.put(folder, [
        `The folder cannot be read: ${(error as NodeJS.ErrnoException).code ?? error}.`,
      ]);
      return;
    }
    this.notes.keepOnly(
      (at) => at !== folder && (!isFile(at) || entries.some(({ path }) => at.startsWith(path))),
    );
    for (const { kind, name, path, raw, problems } of entries) {
      const register = this.registerOf(kind);
      if (problems.length > 0) register.refuseFile(name, path, problems);
      else await register.takeFile(name, path, raw);
    }
    const names = (kind: FolderEntry['kind']) =>
      new Set(entries.filter((entry) => entry.kind === kind).map(({ name }) => name));
    // The section stands in for a file that nobody has written, so `default` is always there.
    if (!names('agent').has(DEFAULT_AGENT)) await this.agents.takeFile(DEFAULT_AGENT, SECTION, this.section);
    this.agents.keepFiles(names('agent').add(DEFAULT_AGENT));
    this.routes.keepFiles(names('routes'));
  }

  private registerOf(kind: FolderEntry['kind']): Register<unknown> {
    return kind === 'agent' ? this.agents : this.routes;
  }

  private tellLost(agent: string): void {
    if (this.toldLost.has(agent)) return;
    this.toldLost.add(agent);
    this.parts.log.error(
      { agent },
      'A route leads to an agent that is not there; "default" answers instead. Told once.',
    );
  }

  private serially<R>(change: () => Promise<R>): Promise<R> {
    const done = this.work.then(change);
    this.work = done.catch(() => undefined);
    return done;
  }
}

function isFile(at: string): boolean {
  return /\.ya?ml(,|$)/.test(at);
}

function draftAgent(raw: unknown, author: Author, workshop: Workshop, problems: string[]) {
  const document = readAgent(raw, problems);
  if (document === null) return null;
  const parts = findParts(document, author, workshop, problems);
  if (parts === null || problems.length > 0) return null;
  return {
    name: document.name,
    numbered: (version: number) => new PlannedAgent(document, author, version, parts, workshop),
  };
}

function draftRoutes(raw: unknown, problems: string[]) {
  const routes = readRoutes(raw, problems);
  return routes === null ? null : { name: '', numbered: () => routes };
}
