import type { AgentSettings, LegInfo, Log } from '#libs/contracts';
import { asGatewayError } from '#libs/contracts';
import type { AgentDocument } from './agent-document.dto.js';
import type { Lookup } from './lookup.js';
import { fill } from './template.js';
import { addBuiltIns, addValues } from './variables.js';

/** What one version of an agent is told and says first, call by call. */
export class Briefing {
  /** Told once for each version, since a typing error would otherwise be told with every call. */
  private readonly told = new Set<string>();

  constructor(
    private readonly document: AgentDocument,
    private readonly timeZone: string,
    private readonly lookup: Lookup | null,
    private readonly log: Log,
    private readonly now: () => number,
  ) {}

  /** Never rejects. */
  async of(info: LegInfo, callId: string, signal: AbortSignal): Promise<AgentSettings> {
    const { document } = this;
    // Later ones replace earlier ones: the operator's server is believed before what the call brought along, the gateway before all.
    const values = new Map<string, string>();
    addValues(values, document.variables);
    addValues(values, info.parameters);
    if (this.lookup !== null) addValues(values, await this.ask(this.lookup, info, callId, signal));
    const { language } = document;
    addBuiltIns(values, info, { nowMs: this.now(), timeZone: this.timeZone, language });
    const filled = (template: string | null) =>
      template === null ? '' : fill(template, values, (name) => this.tellMissing(name)).trim();
    const announcement = filled(document.recording?.announcement ?? null);
    const greeting = [announcement, filled(document.greeting)].filter((words) => words !== '').join(' ');
    const instructions = filled(document.instructions);
    return {
      instructions:
        announcement === '' ? instructions : `${instructions}\n\n${ownAnnouncement(announcement)}`.trim(),
      greeting: greeting === '' ? null : greeting,
      voice: document.voice,
      language,
    };
  }

  private async ask(lookup: Lookup, info: LegInfo, callId: string, signal: AbortSignal): Promise<object> {
    try {
      return await lookup.ask(info, callId, signal);
    } catch (thrown) {
      const { code } = asGatewayError(thrown, 'AGENT_LOOKUP_FAILED', 'The look-up failed');
      this.log.warn(
        { agent: this.document.name, callId, code },
        'The look-up webhook brought nothing; its variables are empty.',
      );
      return {};
    }
  }

  private tellMissing(variable: string): void {
    if (this.told.has(variable)) return;
    this.told.add(variable);
    this.log.warn(
      { agent: this.document.name, variable },
      'A variable of the agent had no value and was left empty; told once for each version.',
    );
  }
}

/** A caller who speaks first is answered and not greeted, and one who talks over a greeting does not hear all of it. */
function ownAnnouncement(announcement: string): string {
  return `Unless the caller has heard it from you already, say this word for word before anything else: "${announcement}"`;
}
