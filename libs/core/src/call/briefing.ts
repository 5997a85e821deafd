import type { AgentSettings, CallAgent, LegInfo } from '#libs/contracts';

/** What one call's agent is told about it: as the call is known when it is offered, and again when more is known. */
export class Briefing {
  private readonly abort = new AbortController();
  private asked: LegInfo | null = null;
  private latest: Promise<AgentSettings> | null = null;
  private isPending = false;
  private waiting: (() => void)[] = [];
  /** The newest that is known; null: none was had yet. */
  settings: AgentSettings | null = null;

  constructor(
    private readonly agent: CallAgent,
    private readonly callId: string,
    private readonly info: () => LegInfo,
    /** Other settings than before. */
    private readonly onChanged: (settings: AgentSettings) => void,
  ) {}

  /** The newest, once it is there. Never rejects. */
  async get(): Promise<AgentSettings> {
    if (this.latest === null) this.ask();
    // Details may come while one waits; what counts is the last word.
    for (;;) {
      const { latest } = this;
      const settings = await latest!;
      if (latest === this.latest) return settings;
    }
  }

  /** The call may be better known than when the agent was told of it. */
  renew(): void {
    if (this.asked !== null && !sameFacts(this.asked, this.info())) this.ask();
  }

  /** At once, or when the briefing that is on its way is there. */
  whenDone(action: () => void): void {
    if (this.isPending) this.waiting.push(action);
    else action();
  }

  close(): void {
    this.abort.abort();
    this.waiting = [];
  }

  private ask(): void {
    const asked = this.info();
    this.asked = asked;
    this.isPending = true;
    const latest = this.agent.brief(asked, this.callId, this.abort.signal);
    this.latest = latest;
    const isNewest = () => this.latest === latest && !this.abort.signal.aborted;
    latest.then(
      (settings) => {
        if (isNewest()) this.learn(settings);
      },
      () => {
        // Who waits for the settings themselves is told; a caller who waits for his greeting is greeted as far as is known.
        if (isNewest()) this.goOn();
      },
    );
  }

  private learn(settings: AgentSettings): void {
    const before = this.settings;
    this.settings = settings;
    if (before !== null && !sameSettings(before, settings)) this.onChanged(settings);
    this.goOn();
  }

  private goOn(): void {
    this.isPending = false;
    for (const action of this.waiting.splice(0)) action();
  }
}

export function sameSettings(a: AgentSettings, b: AgentSettings): boolean {
  return (
    a.instructions === b.instructions &&
    a.greeting === b.greeting &&
    a.voice === b.voice &&
    a.language === b.language
  );
}

/** What an agent may be told of a call: who calls whom, and what came with it. */
function sameFacts(a: LegInfo, b: LegInfo): boolean {
  const facts = ({ from, to, parameters }: LegInfo) =>
    JSON.stringify([from, to, Object.entries(parameters).sort(([x], [y]) => (x < y ? -1 : 1))]);
  return facts(a) === facts(b);
}
