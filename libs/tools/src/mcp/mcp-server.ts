import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult, Tool as McpToolInfo } from '@modelcontextprotocol/sdk/types.js';
import type { JsonSchemaValidator, jsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/types.js';
import type { Cancel, Clock, Log } from '#libs/contracts';
import { GatewayError } from '#libs/contracts';
import { mcpAway, toolTimeout } from '../errors.js';
import type { GuardedHttp } from '../http/guarded-http.js';
import { type McpEndpoint, transportTo } from './mcp-endpoint.js';

export interface McpSurroundings {
  readonly http: GuardedHttp;
  readonly clock: Clock;
  readonly log: Log;
}

export interface McpCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const CONNECT_MS = 10_000;
const LIST_MS = 10_000;
/** The list is asked for again this often: a server that is gone is noticed, and one that does not tell of changes is followed. */
const REFRESH_MS = 60_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const MOST_PAGES = 10;
const MOST_TOOLS = 200;

/** What a server answers is text for a model: schemas of its results are not compiled. */
const TAKES_ALL: jsonSchemaValidator = {
  getValidator: <T>(): JsonSchemaValidator<T> => {
    return (input) => ({ valid: true, data: input as T, errorMessage: undefined });
  },
};

/**
 * One MCP server, shared by all agents that use it. Connects in the background and again when it is lost; while it is away it has
 * no tools and nobody waits for it but a call of one of them.
 */
export class McpServer {
  private client: Client | null = null;
  private connecting: Promise<Client> | null = null;
  private listed: readonly McpToolInfo[] = [];
  private cancelTimer: Cancel | null = null;
  private failures = 0;
  private closed = false;

  constructor(
    readonly label: string,
    private readonly endpoint: McpEndpoint,
    private readonly around: McpSurroundings,
  ) {}

  /** As the server told them last; empty while it is away. */
  get tools(): readonly McpToolInfo[] {
    return this.listed;
  }

  /** Begins to connect, if it does not already. Never waits, never throws. */
  open(): void {
    this.closed = false;
    if (this.client !== null || this.connecting !== null || this.cancelTimer !== null) return;
    this.connect().catch(() => undefined);
  }

  /** Rejects with a GatewayError, or with the SDK's McpError where the server itself refuses. */
  async call(call: McpCall): Promise<CallToolResult> {
    const { clock } = this.around;
    const untilMs = clock.nowMs() + call.timeoutMs;
    for (let attempt = 0; ; attempt++) {
      const client = this.client ?? (await this.connectWithin(untilMs - clock.nowMs(), call.signal));
      const options = { timeout: Math.max(1, untilMs - clock.nowMs()), signal: call.signal };
      try {
        const request = { name: call.tool, arguments: { ...call.args } };
        return (await client.callTool(request, undefined, options)) as CallToolResult;
      } catch (thrown) {
        if (isUnreachable(thrown)) this.lose(client, thrown);
        // A server that was restarted does not know the session, and has done nothing.
        if (attempt > 0 || !isSessionGone(thrown)) throw thrown;
        this.lose(client, thrown);
      }
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.stopTimer();
    const { client } = this;
    this.client = null;
    this.listed = [];
    await client?.close();
  }

  /** One attempt for all who ask at the same time. */
  private connect(): Promise<Client> {
    if (this.connecting !== null) return this.connecting;
    this.stopTimer();
    this.connecting = this.establish()
      .catch((thrown: unknown) => {
        this.tryAgainLater(thrown);
        throw mcpAway(this.label, thrown);
      })
      .finally(() => {
        this.connecting = null;
      });
    return this.connecting;
  }

  private async establish(): Promise<Client> {
    const { http, clock, log } = this.around;
    const client = new Client(
      { name: 'patchbay', version: '1.0.0' },
      {
        jsonSchemaValidator: TAKES_ALL,
        listChanged: { tools: { autoRefresh: false, onChanged: () => void this.refresh(client) } },
      },
    );
    client.onclose = () => this.lose(client, null);
    client.onerror = (error) =>
      log.debug({ mcp: this.label, reason: error.message }, 'An MCP server stumbles.');
    const transport = transportTo(this.endpoint, http);
    // Not every step of connecting has a time-out of its own.
    const cancel = clock.after(CONNECT_MS, () => void transport.close());
    try {
      await client.connect(transport, { timeout: CONNECT_MS });
      const tools = await listTools(client);
      if (this.closed) throw mcpAway(this.label);
      this.listed = tools;
    } catch (thrown) {
      await client.close().catch(() => undefined);
      throw thrown;
    } finally {
      cancel();
    }
    this.client = client;
    this.failures = 0;
    this.cancelTimer = clock.every(REFRESH_MS, () => void this.refresh(client));
    log.info({ mcp: this.label, tools: this.listed.length }, 'An MCP server is there.');
    return client;
  }

  private async refresh(client: Client): Promise<void> {
    try {
      const tools = await listTools(client);
      if (this.client === client) this.listed = tools;
    } catch (thrown) {
      this.lose(client, thrown);
    }
  }

  private lose(client: Client, thrown: unknown): void {
    if (this.client !== client) return;
    this.client = null;
    this.stopTimer();
    client.close().catch(() => undefined);
    this.tryAgainLater(thrown);
  }

  private tryAgainLater(thrown: unknown): void {
    this.listed = [];
    if (this.closed) return;
    const { clock, log } = this.around;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.failures++, 10));
    const reason = thrown instanceof Error ? thrown.message : 'closed';
    log.warn({ code: 'TOOL_MCP_AWAY', mcp: this.label, reason, pauseMs }, 'An MCP server is away.');
    this.stopTimer();
    this.cancelTimer = clock.after(pauseMs * (0.5 + Math.random() / 2), () => {
      this.cancelTimer = null;
      this.open();
    });
  }

  private stopTimer(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
  }

  private async connectWithin(ms: number, signal: AbortSignal): Promise<Client> {
    let cancel: Cancel = () => undefined;
    const late = new Promise<never>((_, reject) => {
      const giveUp = () => reject(mcpAway(this.label));
      if (signal.aborted) giveUp();
      signal.addEventListener('abort', giveUp, { once: true });
      cancel = this.around.clock.after(ms, () => reject(toolTimeout()));
    });
    return Promise.race([this.connect(), late]).finally(cancel);
  }
}

async function listTools(client: Client): Promise<readonly McpToolInfo[]> {
  if (client.getServerCapabilities()?.tools === undefined) return [];
  const all: McpToolInfo[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES && all.length < MOST_TOOLS; page++) {
    const { tools, nextCursor } = await client.listTools(cursor === undefined ? {} : { cursor }, {
      timeout: LIST_MS,
    });
    all.push(...tools);
    cursor = nextCursor;
    if (cursor === undefined) break;
  }
  return all.slice(0, MOST_TOOLS);
}

/** 404 by the specification; many servers say 400. */
function isSessionGone(thrown: unknown): boolean {
  return thrown instanceof StreamableHTTPError && (thrown.code === 404 || thrown.code === 400);
}

function isUnreachable(thrown: unknown): boolean {
  return thrown instanceof GatewayError && thrown.code.startsWith('HTTP_') && thrown.code !== 'HTTP_ABORTED';
}
