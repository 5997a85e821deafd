import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import type { OpenDatabase } from '#libs/store';
import { CapturedLog, freePort, systemClock, until } from '#libs/testing';
import { type TestPlace, testDatabases } from '../../store/src/testing/test-databases.js';
import { DeskHouse } from '../test/desk-house.js';
import { forgetKeys, REDIS_URL, redisAnswers } from '../test/redis.js';

const describeWithRedis = (await redisAnswers()) ? describe : describe.skip;
const hasServer = spawnSync('redis-server', ['--version']).status === 0;
if (!hasServer) console.warn('Skipped: no redis-server on the PATH, so a Redis that is away is not tried.');
const itWithServer = hasServer ? it : it.skip;
const databases = await testDatabases();

describeWithRedis.each(databases)('pacing by Redis, with $name', ({ place: newPlace }) => {
  let place: TestPlace;
  let database: OpenDatabase;
  let redisPrefix: string;
  const houses: DeskHouse[] = [];

  beforeEach(async () => {
    place = await newPlace();
    database = await place.open(new CapturedLog());
    redisPrefix = `patchbay-test-${randomUUID()}`;
  });
  afterEach(async () => {
    for (const house of houses.splice(0)) await house.desk.close();
    await forgetKeys(redisPrefix);
    await place.close();
  });

  async function open(callsPerSecond: number, redisUrl = REDIS_URL): Promise<DeskHouse> {
    const house = new DeskHouse(database, {
      config: { callsPerSecond, maxConcurrent: 1000 },
      desk: { redisUrl, redisPrefix, clock: systemClock, now: Date.now },
    });
    houses.push(house);
    await house.desk.start();
    return house;
  }

  const dialled = () => houses.flatMap((house) => house.dialler.dialled.map(({ order }) => order.orderId));

  it('lets no more calls through than may be dialled, whichever process dials', async () => {
    const both = [await open(4), await open(4)];
    const began = performance.now();
    for (let i = 0; i < 8; i++) await both[i % 2]!.order({ to: `+4930123${400 + i}` });
    await until(() => dialled().length === 8, 'all to be dialled', 20_000);
    // Seven gaps of 250 ms lie between eight calls; two processes each at that pace would need half as long.
    expect(performance.now() - began).toBeGreaterThan(7 * 250 * 0.9);
    expect(new Set(dialled()).size).toBe(8);
  });

  it('dials once though a job comes twice, and again what Redis has lost', async () => {
    const house = await open(100);
    const { orderId } = await house.order({ notBeforeAt: Date.now() + 1500 });
    const queue = new Queue('dials', { prefix: redisPrefix, connection: { url: REDIS_URL } });
    for (const jobId of ['a', 'b', 'c']) await queue.add('dial', { orderId }, { jobId, delay: 1500 });
    await until(() => dialled().length === 1, 'the call');
    const lost = await house.order({ to: '+4930123457', notBeforeAt: Date.now() + 2000 });
    await queue.obliterate({ force: true });
    await queue.close();
    await until(() => dialled().includes(lost.orderId), 'what was lost');
    expect(dialled()).toEqual([orderId, lost.orderId]);
  });

  itWithServer('takes orders while Redis is away, and dials when it is there', async () => {
    const port = await freePort();
    const house = await open(100, `redis://127.0.0.1:${port}`);
    const { orderId } = await house.order();
    await until(
      () => house.calls.log.lines.some(({ fields }) => fields.code === 'DIAL_REDIS_AWAY'),
      'the operator to be told',
    );
    expect(await house.desk.find(orderId)).toMatchObject({ state: 'queued' });
    const server = await RedisServer.start(port);
    try {
      await until(() => dialled().length === 1, 'the call', 25_000);
    } finally {
      await houses.pop()!.desk.close();
      await server.stop();
    }
  });
});

class RedisServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(port: number): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-redis-'));
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
    return new RedisServer(spawn('redis-server', args, { stdio: 'ignore' }), folder);
  }

  async stop(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill();
    await gone;
    await rm(this.folder, { recursive: true, force: true });
  }
}
