import type { McpEndpoint } from './mcp-endpoint.js';
import { McpServer, type McpSurroundings } from './mcp-server.js';

/** More servers than a gateway's agents need; the one that was asked for longest ago is let go. */
const MOST_SERVERS = 64;

/** One connection to each MCP server, whichever agents use it. */
export class McpServers {
  private readonly servers = new Map<string, McpServer>();

  constructor(private readonly around: McpSurroundings) {}

  /** Begins to connect, never waits. */
  get(label: string, endpoint: McpEndpoint): McpServer {
    const key = JSON.stringify(endpoint);
    const server = this.servers.get(key) ?? new McpServer(label, endpoint, this.around);
    this.servers.delete(key);
    this.servers.set(key, server);
    server.open();
    const [oldest] = this.servers;
    if (this.servers.size > MOST_SERVERS && oldest !== undefined) {
      this.servers.delete(oldest[0]);
      oldest[1].close().catch(() => undefined);
    }
    return server;
  }

  async close(): Promise<void> {
    const servers = [...this.servers.values()];
    this.servers.clear();
    await Promise.allSettled(servers.map((server) => server.close()));
  }
}
