import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DialOrderTable, OpenDatabase } from '#libs/store';
import { CapturedLog, until } from '#libs/testing';
import { type TestPlace, testDatabases } from '../../store/src/testing/test-databases.js';
import type { DyingDeskOptions } from '../test/dying-desk.js';
import { PhoneNetwork } from '../test/phone-network.js';
import { forgetKeys, REDIS_URL, redisAnswers } from '../test/redis.js';

const CHILD = fileURLToPath(new URL('../test/dying-desk.ts', import.meta.url));
const LOADER = fileURLToPath(new URL('../../../scripts/run-typescript.mjs', import.meta.url));
const WITHIN_MS = 40_000;
/** Longer than a lease, and than an order may be on its way. */
const LATER_MS = 120_000;

const hasRedis = await redisAnswers();
const setups = (await testDatabases()).flatMap((database) => [
  { ...database, queue: 'its own queue', redisUrl: null },
  ...(hasRedis ? [{ ...database, queue: 'a queue in Redis', redisUrl: REDIS_URL }] : []),
]);

describe.each(setups)(
  'a process that places calls, with $name and $queue',
  ({ place: newPlace, redisUrl }) => {
    let place: TestPlace;
    let database: OpenDatabase;
    let network: PhoneNetwork;
    let redisPrefix: string;
    let child: ChildProcess | null = null;
    let words: string[] = [];
    let complaint = '';
    let starts = 0;

    beforeEach(async () => {
      place = await newPlace();
      database = await place.open(new CapturedLog());
      network = await PhoneNetwork.open();
      redisPrefix = `patchbay-test-${randomUUID()}`;
      starts = 0;
    });
    afterEach(async () => {
      await kill();
      await network.close();
      if (redisUrl !== null) await forgetKeys(redisPrefix);
      await place.close();
    });

    /** A process that starts later than the one before it, by its own clock. */
    async function begin(numbers: readonly string[] = []): Promise<void> {
      const options: DyingDeskOptions = {
        databaseUrl: place.databaseUrl,
        dataDir: place.dataDir,
        redisUrl,
        redisPrefix,
        networkUrl: network.url,
        laterMs: starts++ * LATER_MS,
        numbers,
      };
      const args = ['--conditions=source', '--import', LOADER, CHILD, JSON.stringify(options)];
      const spawned = spawn(process.execPath, args, { stdio: 'pipe' });
      const heard: string[] = [];
      child = spawned;
      words = heard;
      createInterface(spawned.stdout!).on('line', (word) => heard.push(word));
      spawned.stderr!.on('data', (text) => {
        complaint += text;
      });
      await until(
        () => heard.includes('ready') || spawned.exitCode !== null,
        'the process to begin',
        WITHIN_MS,
      );
      if (spawned.exitCode !== null) throw new Error(complaint);
    }

    async function kill(): Promise<void> {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }

    const rows = () => database.db.selectFrom('dial_orders').selectAll().execute();
    const says = (end: string) =>
      until(
        () => words.some((word) => word.endsWith(end)),
        `"${end}" of ${words.join()} ${complaint}`,
        WITHIN_MS,
      );

    async function row(): Promise<DialOrderTable> {
      return (await rows())[0]!;
    }

    it('killed between its claim and the receipt of a call that was placed, follows that call', async () => {
      network.mode = 'mute';
      await begin(['+4930123456']);
      await until(() => network.calls.length === 1, 'the call', WITHIN_MS);
      await kill();
      expect(await row()).toMatchObject({ state: 'dialling', receipt: null, attempts: 1 });
      network.mode = 'works';
      await begin();
      await says(' ringing ');
      network.calls[0]!.status = 'completed';
      await says(' over answered');
      expect(network.orders).toHaveLength(1);
      expect(await row()).toMatchObject({ state: 'over', receipt: 'n-0', attempts: 1 });
    });

    it('killed before the platform has taken the call, asks and then places it', async () => {
      network.mode = 'deaf';
      await begin(['+4930123456']);
      await until(() => network.orders.length === 1, 'the order', WITHIN_MS);
      await kill();
      expect(await row()).toMatchObject({ state: 'dialling', receipt: null });
      network.mode = 'works';
      network.hurries = true;
      await begin();
      await says(' over answered');
      expect(network.calls).toHaveLength(1);
      expect(await row()).toMatchObject({ state: 'over', attempts: 2 });
    });

    it('killed between receipt and answer, follows the call', async () => {
      await begin(['+4930123456']);
      await says(' ringing ');
      await kill();
      expect(await row()).toMatchObject({ state: 'ringing', receipt: 'n-0' });
      await begin();
      network.calls[0]!.status = 'in-progress';
      await says(' answered ');
      await kill();
      await begin();
      network.calls[0]!.status = 'completed';
      await says(' over answered');
      expect(network.orders).toHaveLength(1);
    });

    it('killed again and again, loses no order and repeats none', async () => {
      network.hurries = true;
      const numbers = Array.from({ length: 40 }, (_, i) => `+4930123${400 + i}`);
      await begin(numbers);
      const many = [2, 8, 15, 25];
      for (const count of many) {
        await until(() => network.orders.length >= count, `${count} calls; ${complaint}`, WITHIN_MS);
        await kill();
        await begin();
      }
      await until(() => network.orders.length >= 40, `all calls; ${complaint}`, WITHIN_MS);
      for (let open = 1; open > 0; ) {
        open = (await rows()).filter(({ state }) => state !== 'over').length;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(network.calls.map(({ orderId }) => orderId).sort()).toEqual(
        (await rows()).map(({ order_id }) => order_id).sort(),
      );
      expect(network.calls).toHaveLength(40);
      expect((await rows()).every(({ outcome }) => outcome === 'answered')).toBe(true);
    }, 120_000);
  },
);
