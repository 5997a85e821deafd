import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CapturedLog, systemClock } from '#libs/testing';
import { CallStore } from './call-store.js';
import { Instance } from './instance.js';
import { openDatabase } from './open-database.js';
import { RecordKeeper } from './record-keeper.js';
import { call, callRecord } from './testing/records.js';
import { type TestPlace, testDatabases } from './testing/test-databases.js';

// They wait for real sockets, processes and files; this only bounds how long a busy machine may take.
jest.setTimeout(30_000);

describe.each(await testDatabases())('what keeps calls in $name', ({ place: newPlace }) => {
  let place: TestPlace;
  const told: string[] = [];

  beforeEach(async () => {
    place = await newPlace();
  });
  afterEach(() => place.close());

  /** All that keeps calls, as a gateway has it. */
  async function opened(databaseUrl = place.databaseUrl) {
    const parts = { dataDir: place.dataDir, clock: systemClock, log: new CapturedLog() };
    const database = openDatabase({ ...parts, databaseUrl });
    const instance = new Instance({ ...parts, database });
    const records = await RecordKeeper.open({
      ...parts,
      database,
      instanceId: instance.id,
      seat: instance.seat,
      spoolMaxBytes: 1_000_000,
      onAway: (code) => told.push(code),
      onBack: (delivered) => told.push(`back ${delivered}`),
    });
    await instance.start();
    const close = async () => {
      await records.close();
      await instance.close();
      await database.close();
    };
    return { records, archive: new CallStore(database), close };
  }

  it('has after a restart what it was given before, and ends what still ran when it was closed', async () => {
    const first = await opened();
    first.records.put(call(callRecord('over', { endedAt: 5, endReason: 'agent-hung-up' })));
    first.records.put(call(callRecord('running')));
    await first.close();
    const second = await opened();
    expect(await second.archive.find('over')).toMatchObject({ endReason: 'agent-hung-up' });
    expect(await second.archive.find('running')).toMatchObject({ endCode: 'GATEWAY_DIED' });
    await second.close();
    expect(told).toEqual([]);
  });

  it('starts while Postgres is away, and has everything when a later start finds it', async () => {
    const first = await opened('postgres://nobody@127.0.0.1:1/none');
    first.records.put(call(callRecord('early', { endedAt: 5 })));
    await expect(first.archive.find('early')).rejects.toMatchObject({ code: 'STORE_AWAY' });
    await first.close();
    expect(told).toEqual(['STORE_AWAY']);
    const second = await opened();
    await second.records.settled();
    expect(await second.archive.find('early')).toMatchObject({ endedAt: 5 });
    await second.close();
    expect(told.splice(0)).toEqual(['STORE_AWAY', 'back 1']);
  });
});
