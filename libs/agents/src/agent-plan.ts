import type { AiBackend, CallAgent, Clock, Log, OutgoingHttp } from '#libs/contracts';
import { GatewayError, transferTarget } from '#libs/contracts';
import type { AgentDocument } from './agent-document.dto.js';
import { Briefing } from './briefing.js';
import { Lookup } from './lookup.js';
import type { Author, BackendShelf, ToolShelf } from './ports.js';

/** What documents need to become agents. */
export interface Workshop {
  readonly backends: BackendShelf;
  readonly tools: ToolShelf;
  readonly http: OutgoingHttp;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly timeZone: string;
}

/** What a document names, found. */
export interface AgentParts {
  readonly backend: AiBackend;
  readonly otherBackends: readonly AiBackend[];
}

/** Finds the backends of a document and checks its tools and its look-up's address. Mistakes are added to `problems`. */
export function findParts(
  document: AgentDocument,
  author: Author,
  { backends, tools, http }: Workshop,
  problems: string[],
): AgentParts | null {
  const before = problems.length;
  const tried = <T>(at: string, find: () => T): T | null => {
    try {
      return find();
    } catch (thrown) {
      if (!(thrown instanceof GatewayError)) throw thrown;
      problems.push(`${at}: ${thrown.message}`);
      return null;
    }
  };
  const backend = tried('backend', () => backends.get(document.backend, document.settings));
  const otherBackends = document.whenAiIsAway.otherBackends.map(({ name, settings }, index) =>
    tried(`whenAiIsAway.otherBackends.${index}`, () => backends.get(name, settings)),
  );
  tried('tools', () => tools.check(document.tools, author));
  const { lookup } = document;
  if (lookup !== null) tried('lookup.url', () => http.check(lookup.url));
  if (backend === null || problems.length > before) return null;
  return { backend, otherBackends: otherBackends.filter((other) => other !== null) };
}

/** One version of an agent. Nothing of it ever changes, so calls that began with it keep it. */
export class PlannedAgent {
  private readonly unchanging: Omit<CallAgent, 'tools'>;

  constructor(
    private readonly document: AgentDocument,
    private readonly author: Author,
    version: number,
    { backend, otherBackends }: AgentParts,
    private readonly workshop: Workshop,
  ) {
    const { name, limits, idle, recording, privacy, whenAiIsAway, lookup } = document;
    const { http, clock, now, log } = workshop;
    const timeZone = document.timeZone ?? workshop.timeZone;
    const asked = lookup === null ? null : new Lookup({ agent: name, ...lookup }, http, clock, now);
    const briefing = new Briefing(document, timeZone, asked, log, now);
    this.unchanging = {
      name,
      version,
      backend,
      otherBackends,
      limits: {
        maxDurationMs: limits.maxDurationMs,
        maxCostUsd: limits.maxCostUsd,
        idleAfterMs: idle.afterMs,
        idleQuestions: idle.questions,
      },
      idleQuestion: idle.question,
      idleGoodbye: idle.goodbye,
      recording: recording === null ? null : { ...recording },
      privacy: { redact: [...privacy.redact], keepForMs: privacy.keepForMs },
      away: {
        announcement: whenAiIsAway.announcement,
        transferTo: whenAiIsAway.transferTo === null ? null : transferTarget(whenAiIsAway.transferTo),
        turns: whenAiIsAway.turns,
      },
      brief: (info, callId, signal) => briefing.of(info, callId, signal),
    };
    workshop.tools.prepare(document.tools, author);
  }

  /** With the tools as they are at this moment. */
  forCall(): CallAgent {
    const { document, author, workshop } = this;
    const tools = workshop.tools.boxFor(document.tools, { agent: document.name, origin: author });
    return { ...this.unchanging, tools };
  }
}
