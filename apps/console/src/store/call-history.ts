import type { CallRecord, Cancel, Clock, Page } from '#libs/contracts';
import { type Api, ApiError } from './api.js';
import { Cell } from './cell.js';
import { ANY_CALL, type HistoryFilter, queryOf } from './history-filter.js';

export interface HistoryState {
  readonly filter: HistoryFilter;
  /** `calls` are those of the filter before while `looking`. */
  readonly looking: 'first-page' | 'more' | null;
  /** Null until the first answer. */
  readonly calls: readonly CallRecord[] | null;
  readonly nextCursor: string | null;
  readonly error: ApiError | null;
}

/** Somebody who types is not asked for at each letter. */
const TYPING_MS = 300;
const PAGE = 50;

/** The stored calls that match a filter, page by page, newest first. */
export class CallHistory {
  readonly state = new Cell<HistoryState>({
    filter: ANY_CALL,
    looking: null,
    calls: null,
    nextCursor: null,
    error: null,
  });
  private readonly seenAgents = new Set<string>();
  private readonly seenPlatforms = new Set<string>();
  private running: AbortController | null = null;
  private cancelWait: Cancel | null = null;

  constructor(
    private readonly api: Api,
    private readonly clock: Clock,
  ) {}

  /** Names of agents and platforms in the calls that were seen so far. */
  get agents(): readonly string[] {
    return [...this.seenAgents].sort();
  }

  get platforms(): readonly string[] {
    return [...this.seenPlatforms].sort();
  }

  /** The first page, anew. */
  look(): void {
    this.prepare({});
    void this.ask(null);
  }

  /** `soon`: when the person has stopped typing. */
  lookFor(filter: HistoryFilter, { soon = false } = {}): void {
    this.prepare({ filter });
    if (soon) this.cancelWait = this.clock.after(TYPING_MS, () => void this.ask(null));
    else void this.ask(null);
  }

  /** The next page, if there is one and nothing else is being looked for. */
  more(): void {
    const { looking, nextCursor } = this.state.get();
    if (looking !== null || nextCursor === null) return;
    this.change({ looking: 'more', error: null });
    void this.ask(nextCursor);
  }

  /** From here on no page of an earlier filter can come. */
  private prepare(change: Partial<HistoryState>): void {
    this.cancelWait?.();
    this.running?.abort();
    this.running = null;
    this.change({ ...change, looking: 'first-page', error: null });
  }

  private async ask(cursor: string | null): Promise<void> {
    const asked = new AbortController();
    this.running = asked;
    const query = {
      ...queryOf(this.state.get().filter),
      limit: PAGE,
      ...(cursor === null ? {} : { cursor }),
    };
    try {
      const page = await this.api.get<Page<CallRecord>>('api/calls', query, asked.signal);
      // What was asked for meanwhile stands; a late answer to something else does not.
      if (this.running === asked) this.take(page, cursor !== null);
    } catch (error) {
      if (this.running !== asked) return;
      this.change({ looking: null, error: error instanceof ApiError ? error : notReadable() });
    }
  }

  private take({ items, nextCursor }: Page<CallRecord>, isMore: boolean): void {
    for (const { agent, platform } of items) {
      this.seenAgents.add(agent);
      this.seenPlatforms.add(platform);
    }
    const before = isMore ? (this.state.get().calls ?? []) : [];
    this.change({ looking: null, error: null, calls: [...before, ...items], nextCursor });
  }

  private change(change: Partial<HistoryState>): void {
    this.state.set({ ...this.state.get(), ...change });
  }
}

function notReadable(): ApiError {
  return new ApiError(200, 'NOT_READABLE', 'The answer of the gateway could not be read.');
}
