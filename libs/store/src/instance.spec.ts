import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CapturedLog, ManualClock, systemClock, until } from '#libs/testing';
import { CallStore } from './call-store.js';
import { Instance } from './instance.js';
import type { OpenDatabase } from './open-database.js';
import { RecordKeeper } from './record-keeper.js';
import { RecordWriter } from './record-writer.js';
import { rowOf } from './rows.js';
import { type Outage, outageOf } from './testing/outage.js';
import { call, callRecord } from './testing/records.js';
import { type TestPlace, testDatabases } from './testing/test-databases.js';

const CHILD = fileURLToPath(new URL('./testing/dying-gateway.ts', import.meta.url));
const LOADER = fileURLToPath(new URL('../../../scripts/run-typescript.mjs', import.meta.url));
const STARTED_AT = 1_763_700_000_000;
const SWEPT = { endReason: 'internal-error', endOwner: 'gateway', endCode: 'GATEWAY_DIED' };

/** A gateway in a process of its own. */
class Dying {
  readonly words: string[] = [];
  private complaint = '';

  private constructor(private readonly child: ChildProcess) {
    createInterface(child.stdout!).on('line', (word) => this.words.push(word));
    child.stderr!.on('data', (text) => {
      this.complaint += text;
    });
  }

  static async begin(place: Pick<TestPlace, 'dataDir' | 'databaseUrl'>): Promise<Dying> {
    const { dataDir, databaseUrl } = place;
    const dying = new Dying(
      spawn(
        process.execPath,
        ['--conditions=source', '--import', LOADER, CHILD, JSON.stringify({ dataDir, databaseUrl })],
        { stdio: 'pipe' },
      ),
    );
    await dying.says('ready');
    return dying;
  }

  async says(word: string): Promise<void> {
    await until(() => this.words.includes(word) || this.child.exitCode !== null, `"${word}"`, 25_000);
    if (!this.words.includes(word)) throw new Error(this.complaint);
  }

  putMore(): void {
    this.child.stdin!.write('more\n');
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

// They wait for real sockets, processes and files; this only bounds how long a busy machine may take.
jest.setTimeout(30_000);

describe.each(await testDatabases())('an instance with $name', ({ name, place: newPlace }) => {
  let place: TestPlace;
  let database: OpenDatabase;
  let log: CapturedLog;
  let outage: Outage;
  let dying: Dying | null = null;

  beforeEach(async () => {
    place = await newPlace();
    log = new CapturedLog();
    database = await place.open(log);
    outage = await outageOf(place);
  });

  afterEach(async () => {
    await dying?.kill();
    dying = null;
    await outage.close();
    await place.close();
  });

  it('ends the calls of its predecessor that was killed, at the time of their last entry', async () => {
    dying = await Dying.begin(place);
    await dying.kill();
    const store = new CallStore(database);
    expect(await store.find('running')).toMatchObject({ endedAt: null });
    const instance = new Instance({ database, dataDir: place.dataDir, clock: new ManualClock(), log });
    await instance.start();
    expect(await store.find('running')).toMatchObject({
      ...SWEPT,
      endedAt: STARTED_AT + 500,
      forgetAt: STARTED_AT + 1000,
    });
    expect(await store.find('done')).toMatchObject({ endReason: 'agent-hung-up', endCode: null });
    expect(await store.list({ running: true })).toMatchObject({ items: [] });
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: { code: 'GATEWAY_DIED', calls: 1 } }),
    );
    await instance.close();
  });

  it('loses nothing that a process had put on disk before it was killed without a database', async () => {
    dying = await Dying.begin({ dataDir: place.dataDir, databaseUrl: outage.databaseUrl });
    await outage.begin();
    dying.putMore();
    await dying.says('spooled');
    expect(dying.words).toContain('away');
    await dying.kill();
    await outage.end();

    const instance = new Instance({ database, dataDir: place.dataDir, clock: new ManualClock(), log });
    await instance.start();
    const delivered: number[] = [];
    const keeper = await RecordKeeper.open({
      database,
      dataDir: place.dataDir,
      instanceId: instance.id,
      seat: instance.seat,
      clock: systemClock,
      log,
      spoolMaxBytes: 10_000_000,
      onAway: () => undefined,
      onBack: (count) => delivered.push(count),
    });
    await keeper.settled();
    await keeper.close();
    expect(delivered).toEqual([150]);
    const store = new CallStore(database);
    for (let i = 0; i < 50; i++) {
      expect(await store.find(`late-${i}`)).toMatchObject({ endReason: 'caller-hung-up' });
      expect(await store.journal(`late-${i}`, 0, 10)).toHaveLength(1);
    }
    await instance.close();
  });

  it('leaves the calls of one that lives alone, and ends them when its heart has stopped', async () => {
    let wallMs = 1_000_000;
    const clock = new ManualClock();
    const parts = (dataDir: string) => ({ database, dataDir, clock, log, wallMs: () => wallMs });
    const other = new Instance(parts(`${place.dataDir}/other`));
    const self = new Instance(parts(place.dataDir));
    await other.start();
    await self.start();
    await new RecordWriter(database).write([
      rowOf(call(callRecord('theirs')), other.id, 1),
      rowOf(call(callRecord('ours')), self.id, 2),
    ]);
    const store = new CallStore(database);
    wallMs += 50_000;
    expect(await self.sweep()).toBe(0);
    wallMs += 20_000;
    expect(await self.sweep()).toBe(1);
    expect(await store.find('theirs')).toMatchObject({ ...SWEPT, endedAt: STARTED_AT });
    expect(await store.find('ours')).toMatchObject({ endedAt: null });
    await self.close();
    await other.close();
  });

  if (name === 'postgres')
    it('takes nobody for dead because the database was away for all of them', async () => {
      let wallMs = 1_000_000;
      const away = await outageOf(place);
      const reached = { ...place, databaseUrl: away.databaseUrl };
      const { openDatabase } = await import('./open-database.js');
      const through = openDatabase({ ...reached, log });
      const other = new Instance({
        database,
        dataDir: `${place.dataDir}/other`,
        clock: new ManualClock(),
        log,
        wallMs: () => wallMs,
      });
      const clock = new ManualClock();
      const self = new Instance({
        database: through,
        dataDir: place.dataDir,
        clock,
        log,
        wallMs: () => wallMs,
      });
      await other.start();
      await self.start();
      await new RecordWriter(database).write([rowOf(call(callRecord('theirs')), other.id, 1)]);
      await away.begin();
      wallMs += 300_000;
      const before = log.lines.length;
      clock.advance(10_000);
      await until(
        () => log.lines.slice(before).some(({ level }) => level === 'debug'),
        'a heartbeat to fail',
      );
      await away.end();
      expect(await self.sweep()).toBe(0);
      expect(await new CallStore(database).find('theirs')).toMatchObject({ endedAt: null });
      await self.close();
      await other.close();
      await through.close();
      await away.close();
    });
});
