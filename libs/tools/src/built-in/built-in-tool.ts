import type { CallControl, ToolDefinition } from '#libs/contracts';
import { toolCallGone } from '../errors.js';
import type { Tool, ToolRun } from '../tool.js';
import { ToolArguments } from '../tool-arguments.js';

/** Under this name the agent's own steps stand in the call's events. */
export const BY_AGENT = 'agent';

type Act = (args: Record<string, unknown>, control: CallControl, run: ToolRun) => Promise<string> | string;

export interface BuiltIn extends ToolDefinition {
  readonly timeoutMs?: number;
  readonly sensitiveKeys?: boolean;
  readonly act: Act;
}

/** A function that does something to the call itself. */
export class BuiltInTool implements Tool {
  readonly definition: ToolDefinition;
  readonly timeoutMs: number | null;
  readonly sensitiveKeys: boolean;
  readonly bridge = null;
  private readonly args: ToolArguments;
  private readonly act: Act;

  constructor({ name, description, parameters, timeoutMs, sensitiveKeys, act }: BuiltIn) {
    this.definition = { name, description, parameters };
    this.timeoutMs = timeoutMs ?? null;
    this.sensitiveKeys = sensitiveKeys ?? false;
    this.args = new ToolArguments(name, parameters);
    this.act = act;
  }

  async run(text: string, run: ToolRun): Promise<string> {
    const args = this.args.parse(text);
    if (run.control === null || run.control.view.state === 'ended') throw toolCallGone();
    return this.act(args, run.control, run);
  }
}
