import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CallRecord } from '#libs/contracts';
import { CapturedLog } from '#libs/testing';
import { CallStore } from './call-store.js';
import type { OpenDatabase } from './open-database.js';
import { RecordWriter } from './record-writer.js';
import { Retention } from './retention.js';
import { rowOf } from './rows.js';
import { call, callRecord, event, journalEntry, line, transcriptItem } from './testing/records.js';
import { type TestPlace, testDatabases } from './testing/test-databases.js';

const SAVED = { state: 'saved', sampleRate: 8000, durationMs: 1, bytes: 2 } as const;

describe.each(await testDatabases())('retention in $name', ({ place: newPlace }) => {
  let place: TestPlace;
  let database: OpenDatabase;

  beforeEach(async () => {
    place = await newPlace();
    database = await place.open(new CapturedLog());
  });
  afterEach(() => place.close());

  it('forgets calls that are due, however many, and no others', async () => {
    const store = new CallStore(database);
    const retention = new Retention(database, 'here');
    const due = Array.from({ length: 120 }, (_, i) => callRecord(`due-${i}`, { endedAt: 10, forgetAt: 100 }));
    const others = [
      callRecord('later', { endedAt: 10, forgetAt: 101 }),
      callRecord('never', { endedAt: 10, forgetAt: null }),
      callRecord('running', { endedAt: null, forgetAt: 50 }),
    ];
    const rows = [...due, ...others].flatMap((record, i) =>
      [call(record), line(transcriptItem(record.callId, 'a')), event(journalEntry(record.callId, 1))].map(
        (kept) => rowOf(kept, 'i', i),
      ),
    );
    await new RecordWriter(database).write(rows);
    expect(await retention.sweepKept(100)).toBe(120);
    expect(await retention.sweepKept(100)).toBe(0);
    expect(await store.find('due-7')).toMatchObject({ from: null, to: null, agent: 'reception' });
    expect(await store.transcript('due-7')).toEqual([]);
    expect(await store.journal('due-7', 0, 9)).toEqual([]);
    for (const { callId } of others) {
      expect(await store.find(callId)).toMatchObject({ from: '+4930111' });
      expect(await store.transcript(callId)).toHaveLength(1);
    }
  });

  it('leaves room for other work while it forgets a call of many thousand events', async () => {
    const ENTRIES = 6000;
    const writer = new RecordWriter(database);
    await writer.write([rowOf(call(callRecord('long', { endedAt: 10, forgetAt: 100 })), 'i', 1)]);
    for (let seq = 0; seq < ENTRIES; seq += 200)
      await writer.write(
        Array.from({ length: 200 }, (_, i) => rowOf(event(journalEntry('long', seq + i)), 'i', 1)),
      );
    let turns = 0;
    let isOver = false;
    const other = () => {
      turns++;
      if (!isOver) setImmediate(other);
    };
    setImmediate(other);
    await new Retention(database, 'here').sweepKept(100);
    isOver = true;
    expect(turns).toBeGreaterThan(20);
    expect(await new CallStore(database).journal('long', -1, 10)).toEqual([]);
  });

  it('goes on with what a sweep or an erasure left that was broken off, and brings nothing of it back', async () => {
    const writer = new RecordWriter(database);
    const record = callRecord('half', { endedAt: 10, forgetAt: 5000 });
    await writer.write(
      [record].flatMap((one) => [rowOf(call(one), 'i', 1), rowOf(line(transcriptItem('half', 'a')), 'i', 1)]),
    );
    await database.db
      .updateTable('calls')
      .set({ from_party: null, to_party: null, forgotten_at: 50, forget_at: 50 })
      .execute();
    // Late, as results after the end of a call are.
    await writer.write([rowOf(call(record), 'i', 2)]);
    expect(await new Retention(database, 'here').sweepKept(60)).toBe(1);
    expect(await new CallStore(database).transcript('half')).toEqual([]);
    await writer.write([rowOf(call(record), 'i', 3)]);
    expect(await new Retention(database, 'here').sweepKept(60)).toBe(0);
    expect(await new CallStore(database).find('half')).toMatchObject({ from: null, forgetAt: null });
  });

  it('makes a call say that what its process left of a recording is whole, once', async () => {
    const running = { state: 'running', sampleRate: 8000, durationMs: 0, bytes: 0 } as const;
    const kept = [
      callRecord('left', { endedAt: 1, recording: running }),
      callRecord('none', { endedAt: 1, recording: null }),
      callRecord('gone', { endedAt: 1, recording: { ...SAVED, state: 'deleted' } }),
    ];
    await new RecordWriter(database).write(kept.map((record) => rowOf(call(record), 'i', 1)));
    const retention = new Retention(database, 'here');
    for (const callId of ['left', 'none', 'gone', 'unknown'])
      await retention.recordingRecovered(callId, SAVED);
    const store = new CallStore(database);
    const states = await Promise.all(['left', 'none', 'gone'].map((callId) => store.find(callId)));
    expect(states.map((found) => found!.recording)).toEqual([SAVED, null, { ...SAVED, state: 'deleted' }]);
  });

  it('has others forget the calls first, and tells them again where they could not', async () => {
    const records = [callRecord('a', { endedAt: 10, forgetAt: 100 }), callRecord('later', { endedAt: 10 })];
    const rows = records.flatMap((one) => [
      rowOf(call(one), 'i', 1),
      rowOf(line(transcriptItem(one.callId, 'a')), 'i', 1),
    ]);
    await new RecordWriter(database).write(rows);
    const retention = new Retention(database, 'here');
    const told: (readonly string[])[] = [];
    const others = async (callIds: readonly string[]) => {
      told.push(callIds);
      if (told.length === 1) throw new Error('away');
    };
    await expect(retention.sweepKept(100, others)).rejects.toThrow();
    expect(await retention.sweepKept(100, others)).toBe(1);
    expect(await retention.sweepKept(100, others)).toBe(0);
    expect(told).toEqual([['a'], ['a']]);
    expect(await new CallStore(database).transcript('a')).toEqual([]);
  });

  it('keeps in mind that a recording is not wanted, whatever comes later of its call', async () => {
    const writer = new RecordWriter(database);
    const retention = new Retention(database, 'here');
    const write = async (revision: number, part: Partial<CallRecord>, callId = 'one') =>
      expect(await writer.write([rowOf(call(callRecord(callId, part)), 'i', revision, 'here')])).toEqual([]);
    const running = { recording: { ...SAVED, state: 'running' }, recordingDueAt: 5000 } as const;
    await write(1, {});
    await write(1, {}, 'wanted');
    expect(await retention.recordingUnwanted('one', 70)).toEqual({ isOver: false, isMine: true });
    expect(await retention.recordingUnwanted('unknown', 70)).toBeNull();
    await write(2, running);
    expect(await retention.recordingsDue(70, 10)).toEqual([]);
    expect(await retention.unwantedAmong(['one', 'wanted'])).toEqual([{ callId: 'one', hasOwn: true }]);
    await write(3, { endedAt: 1000, recording: SAVED, recordingDueAt: 6000 });
    expect(await retention.recordingsDue(70, 10)).toEqual([{ callId: 'one', dueAt: 70, isMine: true }]);
    await retention.recordingDeleted('one');
    await write(4, { endedAt: 1000, recording: SAVED, recordingDueAt: 6000, costUsd: 3 });
    const found = await new CallStore(database).find('one');
    expect(found).toMatchObject({ recording: { state: 'deleted' }, recordingDueAt: null, costUsd: 3 });
    expect(await retention.recordingsDue(70, 10)).toEqual([]);
    expect(await retention.unwantedAmong(['one'])).toEqual([]);
  });

  it("lists a platform's recording that is not wanted, of which the record of the call says nothing", async () => {
    const over = { endedAt: 1, recording: null };
    const records = [
      callRecord('theirs', over),
      callRecord('none', over),
      callRecord('own', { ...over, recording: SAVED }),
    ];
    await new RecordWriter(database).write(records.map((one) => rowOf(call(one), 'i', 1, 'here')));
    const retention = new Retention(database, 'here');
    await retention.recordingUnwanted('theirs', 70);
    await retention.recordingUnwanted('own', 71);
    const theirs = { callId: 'theirs', dueAt: 70, isMine: true };
    expect(await retention.recordingsDue(80, 10, undefined, true)).toEqual([theirs]);
    expect(await retention.recordingsDue(80, 10)).toMatchObject([theirs, { callId: 'own' }]);
    await retention.recordingDeleted('theirs');
    expect(await retention.recordingsDue(80, 10, undefined, true)).toEqual([]);
  });

  it('lists recordings that are due and may lie here, until they are told to be deleted', async () => {
    const retention = new Retention(database, 'here');
    const recorded = { endedAt: 1, recordingDueAt: 10, recording: SAVED };
    const rows = [
      callRecord('c', { ...recorded, recordingDueAt: 20 }),
      callRecord('b', recorded),
      callRecord('a', recorded),
      callRecord('later', { ...recorded, recordingDueAt: 30 }),
      callRecord('none', { ...recorded, recording: null }),
      callRecord('running', { ...recorded, endedAt: null }),
    ].map((record) => rowOf(call(record), 'i', 1, 'here'));
    const others = [rowOf(call(callRecord('theirs', recorded)), 'j', 1, 'there')];
    const unknown = [rowOf(call(callRecord('unknown', recorded)), 'k', 1)];
    await new RecordWriter(database).write([...rows, ...others, ...unknown]);
    const due = await retention.recordingsDue(20, 10);
    const isMine = database.kind === 'libsql';
    expect(due).toEqual([
      { callId: 'a', dueAt: 10, isMine: true },
      { callId: 'b', dueAt: 10, isMine: true },
      // An embedded database is in one folder of data alone.
      { callId: 'unknown', dueAt: 10, isMine },
      { callId: 'c', dueAt: 20, isMine: true },
    ]);
    for (const [index, one] of due.entries())
      expect((await retention.recordingsDue(20, 2, one)).at(0)).toEqual(due[index + 1]);
    await retention.recordingDeleted('a');
    await retention.recordingDeleted('never there');
    expect((await retention.recordingsDue(20, 10)).map(({ callId }) => callId)).toEqual([
      'b',
      'unknown',
      'c',
    ]);
    expect((await new CallStore(database).find('a'))!.recording).toEqual({ ...SAVED, state: 'deleted' });
    const theirs = await new Retention(database, 'there').recordingsDue(20, 10);
    expect(theirs.map(({ callId }) => callId)).toEqual(['theirs', 'unknown']);
  });

  it('tells whose disk a recording is on that is not found here, and has it deleted there', async () => {
    const recorded = { endedAt: 1, recordingDueAt: null, recording: SAVED };
    const write = (record: CallRecord, seat: string) => rowOf(call(record), 'i', 1, seat);
    await new RecordWriter(database).write([
      write(callRecord('theirs', recorded), 'there'),
      write(callRecord('stopped', recorded), 'gone'),
      write(callRecord('running', { ...recorded, endedAt: null }), 'there'),
      write(callRecord('mine', recorded), 'here'),
      write(callRecord('deleted', { ...recorded, recording: { ...SAVED, state: 'deleted' } }), 'there'),
      write(callRecord('none', { ...recorded, recording: null }), 'there'),
    ]);
    const times = { pid: 1, started_at: 1, heartbeat_at: 1 };
    await database.db
      .insertInto('instances')
      .values({ instance_id: 'i', seat: 'there', host: 'voice-2', ...times })
      .execute();
    const retention = new Retention(database, 'here');
    expect(await retention.recordingElsewhere('theirs')).toEqual({ host: 'voice-2', isOver: true });
    expect(await retention.recordingElsewhere('stopped')).toEqual({ host: null, isOver: true });
    expect(await retention.recordingElsewhere('running')).toEqual({ host: 'voice-2', isOver: false });
    for (const callId of ['mine', 'deleted', 'none', 'unknown'])
      expect([callId, await retention.recordingElsewhere(callId)]).toEqual([callId, null]);
    expect(await retention.recordingUnwanted('theirs', 70)).toEqual({ isOver: true, isMine: false });
    expect(await retention.recordingsDue(70, 10)).toEqual([]);
    expect(await new Retention(database, 'there').recordingsDue(70, 10)).toEqual([
      { callId: 'theirs', dueAt: 70, isMine: true },
    ]);
  });
});
