import { randomUUID } from 'node:crypto';
import { createServer, type Server as HttpServer } from 'node:http';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ListToolsRequestSchema,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js';
import { freePort } from '#libs/testing';

type Carry = (args: Record<string, unknown>) => Promise<CallToolResult> | CallToolResult;

/** An MCP server of the official SDK over real HTTP, with sessions. */
export class McpRig {
  readonly tools = new Map<string, { readonly info: Tool; readonly carry: Carry }>();
  /** While set, requests are taken and never answered. */
  hangs = false;
  /** Requests by their JSON-RPC method. */
  readonly asked: string[] = [];
  readonly tokens = new Set<string | undefined>();
  private readonly sessions = new Map<string, { transport: StreamableHTTPServerTransport; server: Server }>();
  private http: HttpServer | null = null;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  add(name: string, carry: Carry, more: Partial<Tool> = {}): void {
    const inputSchema = { type: 'object' as const, properties: { id: { type: 'string' } } };
    this.tools.set(name, { info: { name, description: `Does ${name}.`, inputSchema, ...more }, carry });
  }

  async start(): Promise<this> {
    this.http = createServer((request, response) => {
      if (this.hangs) return;
      this.tokens.add(request.headers.authorization);
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const message = text === '' ? undefined : JSON.parse(text);
        this.asked.push(message?.method ?? request.method);
        const id = request.headers['mcp-session-id'] as string | undefined;
        const session = id === undefined ? null : this.sessions.get(id);
        if (session === undefined) response.writeHead(404).end();
        else void (session?.transport ?? this.session()).handleRequest(request, response, message);
      });
    });
    this.port ||= await freePort();
    await new Promise<void>((resolve) => this.http!.listen(this.port, '127.0.0.1', resolve));
    return this;
  }

  /** As after a restart: no session is known any more. */
  forgetSessions(): void {
    this.sessions.clear();
  }

  async tellChange(): Promise<void> {
    for (const { server } of this.sessions.values()) await server.sendToolListChanged();
  }

  async close(): Promise<void> {
    const { http } = this;
    this.http = null;
    http?.closeAllConnections();
    if (http !== null) await new Promise((resolve) => http.close(resolve));
  }

  private session(): StreamableHTTPServerTransport {
    const server = new Server(
      { name: 'rig', version: '1' },
      { capabilities: { tools: { listChanged: true } } },
    );
    server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
      // Two pages, so that whoever stops after the first is seen.
      const all = [...this.tools.values()].map(({ info }) => info);
      if (params?.cursor === undefined && all.length > 1)
        return { tools: all.slice(0, 1), nextCursor: 'rest' };
      return { tools: params?.cursor === undefined ? all : all.slice(1) };
    });
    server.setRequestHandler(CallToolRequestSchema, ({ params }) =>
      this.tools.get(params.name)!.carry(params.arguments ?? {}),
    );
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void this.sessions.set(id, { transport, server }),
    });
    void server.connect(transport);
    return transport;
  }
}
