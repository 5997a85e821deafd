import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CapturedLog, ManualClock } from '#libs/testing';
import { ApiKeys } from './api-keys.js';
import type { OpenDatabase } from './open-database.js';
import { type TestPlace, testDatabases } from './testing/test-databases.js';

describe.each(await testDatabases())('API keys with $name', ({ place: newPlace }) => {
  let place: TestPlace;
  let database: OpenDatabase;
  let nowAt = 1000;

  beforeEach(async () => {
    place = await newPlace();
    database = await place.open(new CapturedLog());
  });
  afterEach(() => place.close());

  async function started(): Promise<ApiKeys> {
    const keys = new ApiKeys({
      database,
      clock: new ManualClock(),
      log: new CapturedLog(),
      wallMs: () => nowAt,
    });
    await keys.start();
    return keys;
  }

  it('are known by their secret, which is kept nowhere', async () => {
    const keys = await started();
    const { key, secret } = await keys.create('ci', 'operator', 'Ada');
    expect(secret).toMatch(/^pb_[\w-]{43}$/);
    expect(keys.verify(secret)).toEqual(key);
    expect(key).toMatchObject({ name: 'ci', role: 'operator', createdBy: 'Ada', lastUsedAt: null });
    const wrong = secret.slice(0, -2) + (secret.at(-2) === 'A' ? 'B' : 'A') + secret.at(-1);
    for (const other of [wrong, '', `${secret}x`, 'pb_', secret.slice(3)])
      expect(keys.verify(other)).toBeNull();
    expect(JSON.stringify(await database.db.selectFrom('api_keys').selectAll().execute())).not.toContain(
      secret,
    );
  });

  it('are known after a restart and in other processes, and no longer once they are revoked', async () => {
    const here = await started();
    const { key, secret } = await here.create('ci', 'viewer', 'Ada');
    const there = await started();
    expect(there.verify(secret)).toEqual(key);
    nowAt = 2000;
    expect(await here.revoke(key.id)).toBe(true);
    expect(await here.revoke(key.id)).toBe(false);
    expect(here.verify(secret)).toBeNull();
    await there.refresh();
    expect(there.verify(secret)).toBeNull();
    expect(await here.list()).toMatchObject([{ id: key.id, revokedAt: 2000 }]);
  });

  it('tell when they were last used', async () => {
    const keys = await started();
    const { secret } = await keys.create('ci', 'admin', 'Ada');
    nowAt = 5000;
    keys.verify(secret);
    await keys.refresh();
    expect(await keys.list()).toMatchObject([{ lastUsedAt: 5000 }]);
  });

  it('open doors also while the database is away', async () => {
    const keys = await started();
    const { secret } = await keys.create('ci', 'admin', 'Ada');
    await database.close();
    await keys.refresh();
    expect(keys.verify(secret)).not.toBeNull();
    await expect(keys.list()).rejects.toMatchObject({ code: 'STORE_AWAY' });
  });
});
