import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { GuardedHttp } from '../http/guarded-http.js';

/** Where an MCP server is. */
export type McpEndpoint =
  | { readonly kind: 'http'; readonly url: string; readonly headers: Readonly<Record<string, string>> }
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    };

/** Of one message of the server, in bytes. */
const MOST_BYTES = 1_048_576;

/** Over HTTP under the guard; or a program of the operator's own, which gets no environment but a few harmless variables. */
export function transportTo(endpoint: McpEndpoint, http: GuardedHttp): Transport {
  if (endpoint.kind === 'http') {
    return new StreamableHTTPClientTransport(new URL(endpoint.url), {
      fetch: http.fetchWithin(MOST_BYTES),
      requestInit: { headers: { ...endpoint.headers } },
    });
  }
  const { command, args, env } = endpoint;
  return new StdioClientTransport({
    command,
    args: [...args],
    env: { ...env },
    maxBufferSize: MOST_BYTES,
  });
}
