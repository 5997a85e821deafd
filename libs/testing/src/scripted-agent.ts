import type { AgentDirectory, AgentSettings, AiBackend, CallAgent, LegInfo, ToolBox } from '#libs/contracts';

const NO_TOOLS: ToolBox = { definitions: [], call: async () => '' };

/** An agent without limits that is briefed at once; a test sets what it is about. */
export class ScriptedAgent implements CallAgent {
  readonly name: string = 'scripted';
  readonly version: number = 1;
  readonly recording: CallAgent['recording'] = null;
  readonly privacy: CallAgent['privacy'] = { redact: [], keepForMs: null };
  readonly otherBackends: readonly AiBackend[] = [];
  readonly limits: CallAgent['limits'] = {
    maxDurationMs: null,
    maxCostUsd: null,
    idleAfterMs: null,
    idleQuestions: 2,
  };
  readonly away: CallAgent['away'] = { announcement: null, transferTo: null, turns: false };
  readonly idleQuestion: string = 'Are you still there?';
  readonly idleGoodbye: string = 'Goodbye.';
  readonly tools: ToolBox = NO_TOOLS;
  settings: AgentSettings = { instructions: 'Be brief.', greeting: 'Hello.', voice: null, language: null };
  /** What it was told of the call each time it was briefed. */
  readonly briefings: LegInfo[] = [];

  constructor(
    readonly backend: AiBackend,
    parts: Partial<CallAgent> & { readonly settings?: AgentSettings } = {},
  ) {
    Object.assign(this, parts);
  }

  async brief(info: LegInfo): Promise<AgentSettings> {
    this.briefings.push(info);
    return this.settings;
  }

  /** A directory in which it answers every call. */
  get directory(): AgentDirectory {
    return { choose: () => this };
  }
}
