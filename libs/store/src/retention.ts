import { setImmediate as breath } from 'node:timers/promises';
import type { RecordingInfo } from '#libs/contracts';
import { forget } from './forget.js';
import type { OpenDatabase } from './open-database.js';
import { isDeleted } from './rows.js';

/** Few, since the embedded database works on the thread that carries the sound. */
const AT_ONCE = 50;

/** A recording that is to be deleted. */
export interface DueRecording {
  readonly callId: string;
  readonly dueAt: number;
  /** This gateway's folder of data is where it lies, so what is not found there is gone. False: nobody knows where it is. */
  readonly isMine: boolean;
}

/** Where a call runs or ran. */
export interface CallPlace {
  readonly isOver: boolean;
  /** In this gateway's folder of data. */
  readonly isMine: boolean;
}

/** Where a recording lies that is not on this gateway's disk. */
export interface RecordingPlace {
  /** Name of the machine where that gateway runs; null: it does not run now. */
  readonly host: string | null;
  /** Its call has ended, so that nothing is added to it any more. */
  readonly isOver: boolean;
}

/** Deletes what its agent's rules do not let us keep any longer. Every method rejects with STORE_AWAY while the database is away. */
export class Retention {
  constructor(
    private readonly database: OpenDatabase,
    /** `Instance.seat`. */
    private readonly seat: string,
  ) {}

  /**
   * Transcripts, journals and parties of calls that are due. `others` forget what they keep of some of these calls; where they reject, so
   * does this, and the next sweep tells them again. Returns how many calls were forgotten.
   */
  async sweepKept(
    nowAt: number,
    others: (callIds: readonly string[]) => Promise<void> = () => Promise.resolve(),
  ): Promise<number> {
    let swept = 0;
    for (;;) {
      const count = await this.database.ask((db) => sweepSome(db, nowAt, others));
      swept += count;
      if (count < AT_ONCE) return swept;
      await breath();
    }
  }

  /**
   * Recordings that are to be deleted and may lie here, the longest due first; `after` goes on behind one. Those on other gateways' disks
   * are left to them: what is not found here is not gone. `platformsOnly`: of calls of which the gateway itself has none.
   */
  recordingsDue(
    nowAt: number,
    limit: number,
    after?: DueRecording,
    platformsOnly = false,
  ): Promise<readonly DueRecording[]> {
    return this.database.ask(async (db) => {
      let due = db
        .selectFrom('calls')
        .select(['call_id', 'recording_due_at', 'seat'])
        .where('recording_due_at', '<=', nowAt)
        // Of a platform's own the record says nothing.
        .where(({ eb, or }) =>
          or([eb('recording', 'is not', null), eb('recording_unwanted_at', 'is not', null)]),
        )
        .where('ended_at', 'is not', null)
        .where(({ eb, or }) => or([eb('seat', '=', this.seat), eb('seat', 'is', null)]))
        .orderBy('recording_due_at')
        .orderBy('call_id')
        .limit(limit);
      if (platformsOnly) due = due.where('recording', 'is', null);
      if (after !== undefined)
        due = due.where(({ eb, or, and }) =>
          or([
            eb('recording_due_at', '>', after.dueAt),
            and([eb('recording_due_at', '=', after.dueAt), eb('call_id', '>', after.callId)]),
          ]),
        );
      const rows = await due.execute();
      return rows.map((row) => ({
        callId: row.call_id,
        dueAt: row.recording_due_at ?? 0,
        isMine: this.isMine(row.seat),
      }));
    });
  }

  /** Where a recording is kept that is not found here; null: nowhere else. */
  recordingElsewhere(callId: string): Promise<RecordingPlace | null> {
    return this.database.ask(async (db) => {
      const call = await db
        .selectFrom('calls')
        .select(['recording', 'seat', 'ended_at'])
        .where('call_id', '=', callId)
        .executeTakeFirst();
      if (call === undefined || call.recording === null || this.isMine(call.seat)) return null;
      if (isDeleted(call.recording)) return null;
      const gateway = await db
        .selectFrom('instances')
        .select('host')
        .where('seat', '=', call.seat)
        .orderBy('heartbeat_at', 'desc')
        .executeTakeFirst();
      return { host: gateway?.host ?? null, isOver: call.ended_at !== null };
    });
  }

  /**
   * What there is of a recording, or comes of it, is not to be kept: whichever gateway runs the call deletes it when the call is over, or
   * with its next sweep. Null: there is no such call.
   */
  recordingUnwanted(callId: string, nowAt: number): Promise<CallPlace | null> {
    return this.database.ask(async (db) => {
      const marked = await db
        .updateTable('calls')
        .set({ recording_unwanted_at: nowAt, recording_due_at: nowAt })
        .where('call_id', '=', callId)
        .returning(['ended_at', 'seat'])
        .executeTakeFirst();
      return marked === undefined
        ? null
        : { isOver: marked.ended_at !== null, isMine: this.isMine(marked.seat) };
    });
  }

  /** Those of these calls whose recording is not to be kept, and is not known to be deleted. `hasOwn`: the gateway has made one itself. */
  unwantedAmong(
    callIds: readonly string[],
  ): Promise<readonly { readonly callId: string; readonly hasOwn: boolean }[]> {
    return this.database.ask(async (db) => {
      const rows = await db
        .selectFrom('calls')
        .select(['call_id', 'recording'])
        .where('call_id', 'in', [...callIds])
        .where('recording_unwanted_at', 'is not', null)
        .execute();
      return rows
        .filter(({ recording }) => !isDeleted(recording))
        .map(({ call_id, recording }) => ({ callId: call_id, hasOwn: recording !== null }));
    });
  }

  /** The recording is gone, and its call says so. */
  recordingDeleted(callId: string): Promise<void> {
    return this.changeRecording(callId, (info) => ({
      recording: info && { ...info, state: 'deleted' },
      recording_due_at: null,
    }));
  }

  /** What a process left behind that died was made whole, and its call says so. */
  recordingRecovered(callId: string, whole: RecordingInfo): Promise<void> {
    return this.changeRecording(callId, (info) => (info?.state === 'running' ? { recording: whole } : null));
  }

  /** `change`: null leaves it as it is. */
  private changeRecording(
    callId: string,
    change: (
      info: RecordingInfo | null,
    ) => { readonly recording: RecordingInfo | null; readonly recording_due_at?: null } | null,
  ): Promise<void> {
    return this.database.ask((db) =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction
          .selectFrom('calls')
          .select('recording')
          .where('call_id', '=', callId)
          .executeTakeFirst();
        const changed = row && change(row.recording === null ? null : JSON.parse(row.recording));
        if (changed == null) return;
        const { recording } = changed;
        await transaction
          .updateTable('calls')
          .set({ ...changed, recording: recording === null ? null : JSON.stringify(recording) })
          .where('call_id', '=', callId)
          .execute();
      }),
    );
  }

  /** An embedded database lies in the folder of data itself, so there is no other. */
  private isMine(seat: string | null): boolean {
    return seat === this.seat || (seat === null && this.database.kind === 'libsql');
  }
}

async function sweepSome(
  db: OpenDatabase['db'],
  nowAt: number,
  others: (callIds: readonly string[]) => Promise<void>,
): Promise<number> {
  const due = await db
    .selectFrom('calls')
    .select('call_id')
    .where('forget_at', '<=', nowAt)
    .where('ended_at', 'is not', null)
    .limit(AT_ONCE)
    .execute();
  const callIds = due.map(({ call_id }) => call_id);
  await forget(db, callIds, nowAt, others);
  return callIds.length;
}
