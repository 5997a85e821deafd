import type { CallControl, Log, ToolBox, ToolCall, ToolDefinition } from '#libs/contracts';
import { toolUnknown } from './errors.js';
import type { Tool } from './tool.js';
import { asToolError } from './tool-failure.js';

/** As many as vendors of models take. */
const MOST_TOOLS = 128;
/** The gateway's own clock starts a little before a tool's; the tool's words shall come first. */
const GRACE_MS = 500;

/** The tools of one call: they stay what they were when the call began. */
export class CallTools implements ToolBox {
  readonly definitions: readonly ToolDefinition[];
  readonly sensitiveKeys: boolean;
  private readonly byName = new Map<string, Tool>();

  constructor(
    tools: readonly Tool[],
    private readonly agent: string,
    private readonly findCall: (callId: string) => CallControl | null,
    log: Log,
  ) {
    for (const tool of tools) {
      const { name } = tool.definition;
      if (this.byName.size < MOST_TOOLS && !this.byName.has(name)) this.byName.set(name, tool);
      else log.warn({ agent, tool: name }, 'A tool is left out: its name is taken, or there are too many.');
    }
    const taken = [...this.byName.values()];
    this.definitions = taken.map(({ definition }) => definition);
    this.sensitiveKeys = taken.some(({ sensitiveKeys }) => sensitiveKeys);
  }

  timeoutMsOf(name: string): number | null {
    const timeoutMs = this.byName.get(name)?.timeoutMs ?? null;
    return timeoutMs === null ? null : timeoutMs + GRACE_MS;
  }

  bridgeOf(name: string): string | null {
    return this.byName.get(name)?.bridge ?? null;
  }

  async call(call: ToolCall, callId: string, signal: AbortSignal): Promise<string> {
    const { name, toolCallId } = call;
    const tool = this.byName.get(name);
    if (tool === undefined) throw toolUnknown(name);
    const control = this.findCall(callId);
    try {
      return await tool.run(call.arguments, { callId, toolCallId, agent: this.agent, signal, control });
    } catch (thrown) {
      throw asToolError(name, thrown);
    }
  }
}
