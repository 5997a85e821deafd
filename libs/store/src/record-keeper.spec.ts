import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Clock } from '#libs/contracts';
import { CapturedLog, ManualClock, systemClock, until } from '#libs/testing';
import { CallStore } from './call-store.js';
import { type OpenDatabase, openDatabase } from './open-database.js';
import { RecordKeeper } from './record-keeper.js';
import { type CutLine, type Outage, outageOf } from './testing/outage.js';
import { call, callRecord, event, journalEntry, line, transcriptItem } from './testing/records.js';
import { type TestPlace, testDatabases } from './testing/test-databases.js';

const ENTRIES = 12;

// They wait for real sockets, processes and files; this only bounds how long a busy machine may take.
jest.setTimeout(30_000);

describe.each(await testDatabases())('the keeper of records with $name', ({ name, place: newPlace }) => {
  let place: TestPlace;
  let outage: Outage;
  let database: OpenDatabase;
  let store: CallStore;
  let log: CapturedLog;
  let told: string[];
  const keepers: RecordKeeper[] = [];

  beforeEach(async () => {
    place = await newPlace();
    outage = await outageOf(place);
    log = new CapturedLog();
    told = [];
    database = openDatabase({ ...place, databaseUrl: outage.databaseUrl, log });
    await database.ready();
    store = new CallStore(database);
  });

  afterEach(async () => {
    await outage.end();
    for (const keeper of keepers.splice(0)) await keeper.close();
    await database.close();
    await outage.close();
    await place.close();
  });

  async function opened(spoolMaxBytes = 10_000_000, clock: Clock = systemClock): Promise<RecordKeeper> {
    const keeper = await RecordKeeper.open({
      database,
      dataDir: place.dataDir,
      instanceId: 'this',
      seat: 'here',
      clock,
      log,
      spoolMaxBytes,
      onAway: (code) => told.push(`away ${code}`),
      onBack: (delivered) => told.push(`back ${delivered}`),
    });
    keepers.push(keeper);
    return keeper;
  }

  /** A whole call: begun, some words, its journal, ended. */
  function wholeCall(keeper: RecordKeeper, callId: string): void {
    keeper.put(call(callRecord(callId)));
    for (let seq = 1; seq <= ENTRIES; seq++) keeper.put(event(journalEntry(callId, seq)));
    keeper.put(line(transcriptItem(callId, 'a', { said: 'Hel', heard: 'Hel' })));
    keeper.put(line(transcriptItem(callId, 'a')));
    keeper.put(line(transcriptItem(callId, 'b', { atMs: 200, speaker: 'agent' })));
    keeper.put(call(callRecord(callId, { endedAt: 1_763_700_005_000, endReason: 'caller-hung-up' })));
  }

  async function expectWhole(callId: string): Promise<void> {
    expect(await store.find(callId)).toEqual(
      callRecord(callId, { endedAt: 1_763_700_005_000, endReason: 'caller-hung-up' }),
    );
    expect((await store.transcript(callId)).map(({ itemId, said }) => [itemId, said])).toEqual([
      ['a', 'Hello there'],
      ['b', 'Hello there'],
    ]);
    expect((await store.journal(callId, 0, 100)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: ENTRIES }, (_, i) => i + 1),
    );
  }

  const files = () => readdir(join(place.dataDir, 'spool'));

  it('writes what it was given shortly after, without being asked', async () => {
    const keeper = await opened();
    wholeCall(keeper, 'one');
    expect(keeper.waiting).toBeGreaterThan(0);
    await until(() => keeper.waiting === 0, 'the queue to be written');
    await keeper.settled();
    await expectWhole('one');
    expect(told).toEqual([]);
    expect(await files()).toEqual([]);
  });

  it('loses nothing and writes nothing twice when the database is gone under fifty calls', async () => {
    const keeper = await opened();
    for (let i = 0; i < 20; i++) wholeCall(keeper, `call-${i}`);
    await keeper.settled();
    await outage.begin();
    for (let i = 20; i < 60; i++) wholeCall(keeper, `call-${i}`);
    await until(() => told.length > 0, 'the loss of the database to be told');
    for (let i = 60; i < 70; i++) wholeCall(keeper, `call-${i}`);
    await until(() => keeper.waiting === 0, 'everything to be on disk');
    expect(keeper.spooledBytes).toBeGreaterThan(0);
    await expect(store.eraseParty('nobody')).rejects.toMatchObject({ code: 'STORE_AWAY' });
    await outage.end();
    await until(() => told.length > 1, 'the return of the database to be told', 20_000);
    await keeper.settled();
    expect(told).toEqual(['away STORE_AWAY', `back ${50 * (ENTRIES + 5)}`]);
    for (let i = 0; i < 70; i++) await expectWhole(`call-${i}`);
    expect(await files()).toEqual([]);
    expect(keeper.lostSoFar).toEqual({});
  });

  it('delivers in a later process what an earlier one had put on disk, and a torn line harms nobody', async () => {
    const first = await opened();
    await outage.begin();
    wholeCall(first, 'old');
    await until(() => told.length > 0, 'the loss of the database to be told');
    await first.close();
    const [name] = await files();
    const file = join(place.dataDir, 'spool', name!);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await appendFile(file, '{"table":"calls","row":{"call_id":"to');
    await outage.end();

    const second = await opened();
    wholeCall(second, 'new');
    await until(() => told.length > 1, 'the delivery to be told');
    await second.settled();
    expect(told[1]).toMatch(/^back /);
    await expectWhole('old');
    await expectWhole('new');
    expect(second.lostSoFar).toEqual({ unreadable: 1 });
    expect(await files()).toEqual([]);
  });

  it('keeps calls and words where the spool has no room for journals, and counts what is lost', async () => {
    const keeper = await opened(6000);
    await outage.begin();
    keeper.put(call(callRecord('first')));
    await until(() => told.length > 0, 'the loss of the database to be told');
    for (let seq = 1; seq <= 300; seq++) keeper.put(event(journalEntry('first', seq)));
    await until(() => keeper.waiting === 0, 'the spool to be full');
    const { 'no-room': lost = 0 } = keeper.lostSoFar;
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThanOrEqual(300);
    expect(keeper.spooledBytes).toBeLessThanOrEqual(6000);
    expect(log.lines.filter(({ fields }) => fields.code === 'STORE_LOST')).toHaveLength(1);
  });

  it.each([
    ['null'],
    ['12'],
    ['{}'],
    ['{"table":"calls"}'],
    ['{"table":"calls","row":{"call_id":"poison"}}'],
    ['{"table":"toString","row":{}}'],
    ['{"table":"journal","row":{"call_id":"poison","seq":1,"at_ms":1,"type":"t","data":{"not":"text"}}}'],
  ])('is not held up by a line on disk that is no row: %s', async (text) => {
    await mkdir(join(place.dataDir, 'spool'), { recursive: true });
    await writeFile(join(place.dataDir, 'spool', '000000000001.jsonl'), `${text}\n`);
    const keeper = await opened();
    wholeCall(keeper, 'new');
    await keeper.settled();
    await expectWhole('new');
    expect(Object.values(keeper.lostSoFar)).toEqual([1]);
    expect(await store.find('poison')).toBeNull();
    expect(await files()).toEqual([]);
  });

  it('takes rows of another version, without the columns that are not known here', async () => {
    const row = { call_id: 'other', seq: 1, at_ms: 1, type: 'caller.dtmf', data: '{}', later: 'column' };
    await mkdir(join(place.dataDir, 'spool'), { recursive: true });
    await writeFile(
      join(place.dataDir, 'spool', '000000000001.jsonl'),
      `${JSON.stringify({ table: 'journal', row })}\n`,
    );
    const keeper = await opened();
    await keeper.settled();
    expect(await store.journal('other', 0, 9)).toHaveLength(1);
    expect(keeper.lostSoFar).toEqual({});
  });

  it('puts a file on disk aside that cannot be read, and says so', async () => {
    const name = '000000000001.jsonl';
    // Read as a file, a folder fails for every user.
    await mkdir(join(place.dataDir, 'spool', name), { recursive: true });
    const keeper = await opened();
    wholeCall(keeper, 'new');
    await keeper.settled();
    await expectWhole('new');
    expect(keeper.lostSoFar).toEqual({ unreadable: 1 });
    expect(await files()).toEqual([`${name}.unreadable`]);
    expect(log.lines.some(({ fields }) => fields.code === 'STORE_NO_SPOOL')).toBe(true);
  });

  it('is not held up by a number that is too long for an index', async () => {
    const keeper = await opened();
    keeper.put(call(callRecord('long', { from: randomBytes(30_000).toString('base64') })));
    wholeCall(keeper, 'new');
    await keeper.settled();
    await expectWhole('new');
    expect(told).toEqual([]);
    expect(keeper.lostSoFar).toEqual(name === 'postgres' ? { refused: 1 } : {});
  });

  it('bounds what waits by its size too', async () => {
    const keeper = await opened();
    const data = { text: 'x'.repeat(250_000) };
    for (let seq = 1; seq <= 200; seq++) keeper.put(event(journalEntry('a', seq, { data })));
    expect(keeper.lostSoFar['too-many']).toBeGreaterThan(0);
    const { waiting } = keeper;
    expect(waiting).toBeGreaterThan(100);
    await keeper.settled();
    expect(keeper.waiting).toBe(0);
    keeper.put(event(journalEntry('b', 1, { data })));
    expect(keeper.waiting).toBe(1);
  });

  it('does not take what is too large, and says so', async () => {
    const keeper = await opened();
    keeper.put(event(journalEntry('a', 1, { data: { text: 'x'.repeat(300_000) } })));
    const circular: { self?: object } = {};
    circular.self = circular;
    keeper.put(event(journalEntry('a', 2, { data: circular })));
    expect(keeper.lostSoFar).toEqual({ 'too-large': 1, unreadable: 1 });
    expect(keeper.waiting).toBe(0);
  });

  it('leaves out the one row that the database will never take', async () => {
    const keeper = await opened();
    wholeCall(keeper, 'good');
    keeper.put(line(transcriptItem('good', 'bad', { said: null as unknown as string, heard: 'x' })));
    keeper.put(event(journalEntry('good', 99, { type: null as unknown as string })));
    wholeCall(keeper, 'also-good');
    await keeper.settled();
    await expectWhole('also-good');
    expect((await store.journal('good', 0, 100)).map(({ seq }) => seq)).not.toContain(99);
    expect(keeper.lostSoFar).toEqual({ unreadable: 1, refused: 1 });
    expect(told).toEqual([]);
  });

  it('takes text that has characters in it which a database refuses', async () => {
    const keeper = await opened();
    keeper.put(line(transcriptItem('a', 'i', { said: 'a\0b \ud800 ü', heard: '\0' })));
    keeper.put(event(journalEntry('a', 1, { data: { text: '\0' } })));
    await keeper.settled();
    expect((await store.transcript('a'))[0]!.said).toMatch(/^ab .* ü$/);
    expect((await store.journal('a', 0, 1))[0]!.data).toEqual({ text: '\0' });
  });

  it('does not let an older state of a call replace a newer one', async () => {
    const keeper = await opened();
    wholeCall(keeper, 'one');
    await keeper.settled();
    await database.db.updateTable('calls').set({ revision: 1_000_000 }).execute();
    keeper.put(call(callRecord('one', { agent: 'older' })));
    await keeper.settled();
    await expectWhole('one');
  });

  it('keeps nothing more of a call whose party was erased while it ran', async () => {
    const keeper = await opened();
    keeper.put(call(callRecord('one', { from: '+49301234' })));
    keeper.put(line(transcriptItem('one', 'a')));
    await keeper.settled();
    expect(await store.eraseParty('+49301234')).toEqual(['one']);
    keeper.put(line(transcriptItem('one', 'b')));
    keeper.put(event(journalEntry('one', 5)));
    keeper.put(call(callRecord('one', { from: '+49301234', endReason: 'caller-hung-up' })));
    await keeper.settled();
    expect(await store.find('one')).toMatchObject({ from: null, to: null, endReason: 'caller-hung-up' });
    expect(await store.transcript('one')).toEqual([]);
    expect(await store.journal('one', 0, 10)).toEqual([]);
  });

  if (name === 'postgres')
    it('takes a database that does not answer for one that is away, and does not wait for it', async () => {
      const clock = new ManualClock();
      const keeper = await opened(10_000_000, clock);
      wholeCall(keeper, 'before');
      await keeper.settled();
      (outage as CutLine).stall();
      wholeCall(keeper, 'silent');
      const settled = keeper.settled();
      await until(() => clock.pending > 1, 'the keeper to wait for an answer');
      clock.advance(5000);
      await settled;
      await until(() => told.length > 0, 'the loss of the database to be told');
      await keeper.settled();
      expect(keeper.waiting).toBe(0);
      expect(keeper.spooledBytes).toBeGreaterThan(0);
      await outage.begin();
      await outage.end();
      clock.advance(5000);
      await keeper.settled();
      await until(() => told.length > 1, 'the return of the database to be told');
      await expectWhole('silent');
      await keeper.close();
    });

  it('has on disk what it could not write before it was closed', async () => {
    const keeper = await opened();
    await outage.begin();
    wholeCall(keeper, 'late');
    await keeper.close(500);
    keeper.put(call(callRecord('after')));
    expect(keeper.waiting).toBe(0);
    expect(keeper.lostSoFar).toEqual({ closed: 1 });
    expect((await files()).length).toBe(1);
    await outage.end();
    await (await opened()).settled();
    await expectWhole('late');
  });
});
