import type { EventType } from '#libs/contracts';
import type { CallEvent } from './messages.js';

/** So many of a kind in one go stand each for itself, as the digits of a long number; of more the newest stands for the rest. */
const LONGEST_RUN = 20;

/** What tells how the call went. No flood of anything else takes its place. */
const LIFE_CYCLE: ReadonlySet<EventType> = new Set<EventType>([
  'call.offered',
  'call.answered',
  'call.connected',
  'call.suspended',
  'call.resumed',
  'call.ended',
  'operator.acted',
  'agent.interrupted',
  'backend.connected',
  'backend.lost',
  'backend.restored',
  'backend.failed',
]);

const isOfLife = ({ type }: CallEvent): boolean => LIFE_CYCLE.has(type as EventType);
const isOther = (event: CallEvent): boolean => !isOfLife(event);

/**
 * What happened in a call, bounded, and such that nothing that comes often drives out what comes seldom: a long run of one kind
 * is folded, and where room is short the kind that has the most of it gives the oldest of its own.
 */
export class EventLog {
  private kept: CallEvent[] = [];
  private run = 0;

  constructor(private readonly mostEvents: number) {}

  /** Oldest first. */
  get events(): readonly CallEvent[] {
    this.cutBack();
    return [...this.kept];
  }

  note(event: CallEvent): void {
    const last = this.kept.at(-1);
    this.run = last?.type === event.type ? this.run + 1 : 1;
    if (last !== undefined && this.run > LONGEST_RUN) {
      this.kept[this.kept.length - 1] = {
        ...event,
        atMs: last.atMs,
        count: (last.count ?? 1) + 1,
        lastAtMs: event.atMs,
      };
      return;
    }
    this.kept.push(event);
    // Cut back rarely, so that a long call does not sort its list at each event.
    if (this.kept.length >= this.mostEvents * 1.25) this.cutBack();
  }

  private cutBack(): void {
    const excess = this.kept.length - this.mostEvents;
    if (excess <= 0) return;
    // The life cycle may fill half of the room where the other half is wanted too.
    const lives = this.kept.filter(isOfLife).length;
    const others = this.kept.length - lives;
    const half = Math.floor(this.mostEvents / 2);
    const mostLives = Math.max(half, this.mostEvents - others);
    const tooManyLives = Math.max(0, lives - mostLives);
    const gone = new Set([
      ...oldestOfMost(this.kept.filter(isOfLife), tooManyLives),
      ...oldestOfMost(this.kept.filter(isOther), excess - tooManyLives),
    ]);
    this.kept = this.kept.filter((event) => !gone.has(event));
  }
}

/** Which `count` of these to give up: each time the oldest of the kind of which there are the most. */
function oldestOfMost(events: readonly CallEvent[], count: number): readonly CallEvent[] {
  const kinds = new Map<string, CallEvent[]>();
  for (const event of events) {
    const ofKind = kinds.get(event.type);
    if (ofKind === undefined) kinds.set(event.type, [event]);
    else ofKind.push(event);
  }
  const rows = [...kinds.values()].map((ofKind) => ({ ofKind, given: 0 }));
  const left = ({ ofKind, given }: (typeof rows)[number]) => ofKind.length - given;
  const gone: CallEvent[] = [];
  while (gone.length < count) {
    const most = rows.reduce((a, b) => (left(b) > left(a) ? b : a));
    gone.push(most.ofKind[most.given++]!);
  }
  return gone;
}
