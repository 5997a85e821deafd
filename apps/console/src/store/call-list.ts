import type { Clock } from '#libs/contracts';
import { Cell } from './cell.js';
import { LevelBoard } from './level-board.js';
import type { MonitorClient } from './monitor-client.js';
import type { CallSummary, LevelRow, MonitorMessage } from './protocol.js';

export type CallTable = ReadonlyMap<string, CallSummary>;

/** Null until the gateway has told the first time. Calls that did not change stay the same object. */
export function reduceCalls(calls: CallTable | null, { event, data }: MonitorMessage): CallTable | null {
  switch (event) {
    case 'calls': {
      const list = data.calls as readonly CallSummary[];
      return new Map(list.map((call) => [call.callId, call]));
    }
    case 'call.changed': {
      const call = data as unknown as CallSummary;
      return new Map(calls ?? []).set(call.callId, call);
    }
    case 'call.gone': {
      if (!calls?.has(data.callId as string)) return calls;
      const left = new Map(calls);
      left.delete(data.callId as string);
      return left;
    }
    case 'levels':
      return withScores(calls, data.calls as readonly LevelRow[]);
    default:
      return calls;
  }
}

function withScores(calls: CallTable | null, rows: readonly LevelRow[]): CallTable | null {
  let changed: Map<string, CallSummary> | null = null;
  for (const [callId, , , score] of rows) {
    const call = calls?.get(callId);
    if (call === undefined || score === null || call.score === score) continue;
    changed ??= new Map(calls);
    changed.set(callId, { ...call, score });
  }
  return changed ?? calls;
}

/** Pages are told at most this often, however many calls change. */
const TELL_EVERY_MS = 100;

/** Every running call and the newest that ended, kept up to date. */
export class CallList {
  readonly calls = new Cell<CallTable | null>(null);
  readonly levels = new LevelBoard();
  private newest: CallTable | null = null;
  private waiting = false;

  constructor(
    client: MonitorClient,
    private readonly clock: Clock,
  ) {
    client.onMessage((message) => this.take(message));
    client.subscribe('calls.subscribe', {}, 'calls.unsubscribe');
  }

  private take(message: MonitorMessage): void {
    if (message.event === 'levels') this.levels.take(message.data.calls as readonly LevelRow[]);
    const before = this.newest;
    this.newest = reduceCalls(before, message);
    if (this.newest === before) return;
    if (message.event === 'calls') this.tell();
    else this.tellSoon();
  }

  private tellSoon(): void {
    if (this.waiting) return;
    this.waiting = true;
    this.clock.after(TELL_EVERY_MS, () => this.tell());
  }

  private tell(): void {
    this.waiting = false;
    this.calls.set(this.newest);
  }
}
