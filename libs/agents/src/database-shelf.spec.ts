import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase } from '#libs/store';
import { CapturedLog, ScriptedBackend, systemClock } from '#libs/testing';
import { type TestPlace, testDatabases } from '../../store/src/testing/test-databases.js';
import { DatabaseShelf } from './database-shelf.js';
import { type DocumentShelf, MemoryShelf, type NewVersion } from './document-shelf.js';
import { AgentsBench, leg } from './testing/agents-bench.js';

const log = new CapturedLog();

function version(content: string, changes: Partial<NewVersion> = {}): NewVersion {
  return { kind: 'agent', name: 'a', origin: 'api', content, by: 'ann', at: 1_763_739_214_123, ...changes };
}

function behavesAsAShelf(open: () => Promise<DocumentShelf>): void {
  it('counts versions up for each name, and the same content makes none', async () => {
    const shelf = await open();
    const added = [];
    for (const one of [
      version('1'),
      version('1', { by: 'bob' }),
      version('2'),
      version('1'),
      version('1', { name: 'b' }),
    ])
      added.push((await shelf.add(one)).version);
    expect(added).toEqual([1, 1, 2, 3, 1]);
    expect(await shelf.size()).toBe(4);
    expect(await shelf.find('agent', 'a', 2)).toEqual({ ...version('2'), version: 2 });
    expect(await shelf.find('routes', 'a', 2)).toBeNull();
    expect((await shelf.versions('agent', 'a')).map((one) => one.version)).toEqual([3, 2, 1]);
    expect((await shelf.versions('agent', 'a'))[0]).not.toHaveProperty('content');
  });

  it('knows the newest of each source', async () => {
    const shelf = await open();
    await shelf.add(version('f1', { origin: 'file' }));
    await shelf.add(version('a1'));
    await shelf.add(version('f2', { origin: 'file' }));
    expect((await shelf.add(version('a1'))).version).toBe(2);
    await shelf.add(version('', { origin: 'removed' }));
    await shelf.add(version('r', { kind: 'routes', name: '' }));
    const newest = (await shelf.newest()).map((one) => [one.kind, one.name, one.origin, one.version]);
    expect(newest.sort()).toEqual([
      ['agent', 'a', 'file', 3],
      ['agent', 'a', 'removed', 4],
      ['routes', '', 'api', 1],
    ]);
  });

  it('takes the same content again after it was removed', async () => {
    const shelf = await open();
    for (const one of [version('1'), version('', { origin: 'removed' }), version('1')]) await shelf.add(one);
    expect(await shelf.newest()).toMatchObject([{ origin: 'api', content: '1', version: 3 }]);
  });

  it('gives every one of many changes at once a number of its own', async () => {
    const shelf = await open();
    const added = await Promise.all([1, 2, 3, 4].map((one) => shelf.add(version(String(one)))));
    expect(added.map((one) => one.version).sort()).toEqual([1, 2, 3, 4]);
  });
}

describe('the shelf in memory', () => {
  behavesAsAShelf(async () => new MemoryShelf());
});

describe.each(await testDatabases())('the shelf in $name', ({ place: newPlace }) => {
  let place: TestPlace;
  beforeEach(async () => {
    place = await newPlace();
  });
  afterEach(() => place.close());

  behavesAsAShelf(async () => new DatabaseShelf(await place.open(log)));

  it('keeps agents and routes over a restart', async () => {
    const bench = await AgentsBench.open({ log, clock: systemClock, backend: () => new ScriptedBackend() });
    const before = await bench.started({ shelf: new DatabaseShelf(await place.open(log)) });
    await before.put({ name: 'sales', instructions: 'Sell apples.' }, 'ann');
    await before.put({ name: 'sales', instructions: 'Sell pears.' }, 'ann');
    await before.putRoutes([{ to: '+4930*', agent: 'sales' }], 'ann');
    await before.stop();

    const after = await bench.started({ shelf: new DatabaseShelf(await place.open(log)) });
    expect(after.choose(leg())).toMatchObject({ name: 'sales', version: 2 });
    expect((await after.find('sales', 1))?.document).toMatchObject({ instructions: 'Sell apples.' });
    await bench.close();
  });
});

it('a shelf whose database is away says so', async () => {
  const database = openDatabase({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none', dataDir: '.', log });
  await expect(new DatabaseShelf(database).add(version('1'))).rejects.toMatchObject({ code: 'STORE_AWAY' });
  await database.close();
});
