import type { LevelRow, Speaker } from './protocol.js';

/** Below this a meter is empty. */
const FLOOR_DBOV = -60;
/** Levels come once a second; without a new one for so long the line counts as silent. */
const STALE_MS = 2500;

/** 0 (silent) ... 1 (full scale), linear in decibels, as meters show it. */
export function deflection(levelDbov: number | null): number {
  if (levelDbov === null || !(levelDbov > FLOOR_DBOV)) return 0;
  return Math.min(1, (levelDbov - FLOOR_DBOV) / -FLOOR_DBOV);
}

/** The newest levels of all calls, outside of what pages watch: meters read it each time they draw. */
export class LevelBoard {
  private readonly rows = new Map<string, { caller: number; agent: number; atMs: number }>();

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  take(rows: readonly LevelRow[]): void {
    const atMs = this.nowMs();
    for (const [callId, callerDbov, agentDbov] of rows) {
      this.rows.set(callId, { caller: deflection(callerDbov), agent: deflection(agentDbov), atMs });
    }
    for (const [callId, row] of this.rows) if (atMs - row.atMs > 2 * STALE_MS) this.rows.delete(callId);
  }

  /** 0 ... 1. */
  read(callId: string, speaker: Speaker): number {
    const row = this.rows.get(callId);
    return row === undefined || this.nowMs() - row.atMs > STALE_MS ? 0 : row[speaker];
  }
}
