import { createHash } from 'node:crypto';
import { ErrorCode, McpError, type Tool as McpToolInfo } from '@modelcontextprotocol/sdk/types.js';
import type { ToolDefinition } from '#libs/contracts';
import { boundedAnswer } from '../answer-text.js';
import { mcpAway, toolTimeout } from '../errors.js';
import type { Tool, ToolRun } from '../tool.js';
import { parseArguments } from '../tool-arguments.js';
import { asToolError } from '../tool-failure.js';
import type { McpServer } from './mcp-server.js';
import { mcpText } from './mcp-text.js';

export interface McpSettings {
  /** Stands before the names of its tools. */
  readonly name: string;
  /** Names that are offered, `find_*` for all that begin so, `*` for all. */
  readonly tools: readonly string[];
  readonly timeoutMs: number;
  readonly bridge: string | null;
}

const LONGEST_NAME = 64;
const LONGEST_DESCRIPTION = 1024;
const LONGEST_SCHEMA = 16_384;

/** The tools of a server that an agent may use, as they are at this moment. */
export function mcpTools(settings: McpSettings, server: McpServer): readonly Tool[] {
  return server.tools
    .filter(({ name }) => settings.tools.some((allowed) => matches(allowed, name)))
    .filter(({ inputSchema }) => JSON.stringify(inputSchema).length <= LONGEST_SCHEMA)
    .map((info) => new McpTool(settings, server, info));
}

/** Could a tool of this server, now or some day, come to be called so? */
export function mayBeCalled(settings: Pick<McpSettings, 'name' | 'tools'>, name: string): boolean {
  const prefix = `${settings.name}_`;
  if (!name.startsWith(prefix)) return false;
  return settings.tools.some((allowed) => matches(allowed, name.slice(prefix.length)));
}

class McpTool implements Tool {
  readonly definition: ToolDefinition;
  readonly timeoutMs: number;
  readonly bridge: string | null;

  constructor(
    private readonly settings: McpSettings,
    private readonly server: McpServer,
    private readonly info: McpToolInfo,
  ) {
    const description = (info.description ?? info.title ?? info.name).slice(0, LONGEST_DESCRIPTION);
    this.definition = {
      name: fittingName(`${settings.name}_${info.name}`),
      description,
      parameters: info.inputSchema,
    };
    this.timeoutMs = settings.timeoutMs;
    this.bridge = settings.bridge;
  }

  async run(text: string, { signal }: ToolRun): Promise<string> {
    // The server checks its own arguments and says in words what is wrong.
    const args = parseArguments(this.definition.name, text);
    try {
      const { timeoutMs } = this;
      return mcpText(await this.server.call({ tool: this.info.name, args, timeoutMs, signal }));
    } catch (thrown) {
      if (!(thrown instanceof McpError)) throw asToolError(this.definition.name, thrown);
      if (thrown.code === ErrorCode.RequestTimeout) throw toolTimeout(thrown);
      if (thrown.code === ErrorCode.ConnectionClosed) throw mcpAway(this.settings.name, thrown);
      return boundedAnswer(`The service did not do it. It says: ${thrown.message}`);
    }
  }
}

function matches(allowed: string, name: string): boolean {
  return allowed.endsWith('*') ? name.startsWith(allowed.slice(0, -1)) : name === allowed;
}

/** Vendors take letters, digits, "_" and "-", 64 at most; what is cut off is told apart by a hash. */
function fittingName(name: string): string {
  const plain = name.replace(/[^a-zA-Z0-9_-]/g, '_');
  if (plain.length <= LONGEST_NAME && plain === name) return plain;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${plain.slice(0, LONGEST_NAME - 9)}_${hash}`;
}
