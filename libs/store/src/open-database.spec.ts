import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CapturedLog } from '#libs/testing';
import { openDatabase } from './open-database.js';
import { type TestPlace, testDatabases } from './testing/test-databases.js';

describe.each(await testDatabases())('the database in $name', ({ name, place: newPlace }) => {
  let place: TestPlace;
  const log = new CapturedLog();

  beforeEach(async () => {
    place = await newPlace();
  });
  afterEach(() => place.close());

  it('has its tables once it is ready, and again after it was closed and opened', async () => {
    for (let round = 0; round < 2; round++) {
      const { db } = await place.open(log);
      expect(await db.selectFrom('calls').selectAll().execute()).toEqual([]);
    }
  });

  it('is brought up to date by several who ask at once', async () => {
    const asking = name === 'postgres' ? [1, 2, 3] : [1];
    const open = asking.map(() => openDatabase({ ...place, log }));
    await Promise.all(open.flatMap((database) => [database.ready(), database.ready()]));
    expect(await open[0]!.db.selectFrom('journal').selectAll().execute()).toEqual([]);
    for (const database of open) await database.close();
  });

  it('gives instants as numbers', async () => {
    const { db } = await place.open(log);
    const row = {
      instance_id: 'a',
      seat: 's',
      host: 'h',
      pid: 1,
      started_at: 1_763_739_214_123,
      heartbeat_at: 2,
    };
    await db.insertInto('instances').values(row).execute();
    expect(await db.selectFrom('instances').selectAll().execute()).toEqual([row]);
  });

  if (name === 'libsql')
    it('is a file that only its owner may read', async () => {
      await place.open(log);
      expect((await stat(join(place.dataDir, 'patchbay.db'))).mode & 0o777).toBe(0o600);
    });
});

it('opens with a Postgres that is away, and says so when it is asked', async () => {
  const database = openDatabase({
    databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
    dataDir: '.',
    log: new CapturedLog(),
  });
  await expect(database.ready()).rejects.toMatchObject({ code: 'STORE_AWAY', retryable: true });
  await database.close();
});
