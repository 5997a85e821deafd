import { mkdtempSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { placeTwilioCall } from '#apps/simulator';
import { CapturedLog, freePort } from '#libs/testing';
import { type Outage, outageOf } from '../../libs/store/src/testing/outage.js';
import { type TestPlace, testDatabases } from '../../libs/store/src/testing/test-databases.js';
import { HttpRig } from '../../libs/tools/test/http-rig.js';
import { ApiClient } from '../product/api-client.js';
import { GatewayProcess } from '../product/gateway-process.js';
import { Moment } from '../product/moment.js';
import { endProcesses } from '../product/source-process.js';

const ADMIN = 'an-administrator-of-thirty-two-letters';
const BEFORE = '12';
const DURING = '345678';

describe.each(await testDatabases())(
  'a gateway that is killed while $name is away',
  ({ place: newPlace }) => {
    let place: TestPlace;
    let outage: Outage;
    let endpoint: HttpRig;

    beforeEach(async () => {
      place = await newPlace();
      // Tables are made before anybody is cut off from them.
      await place.open(new CapturedLog());
      outage = await outageOf(place);
      endpoint = await HttpRig.start((_, response) => response.end());
    });
    afterEach(async () => {
      await endProcesses();
      await outage.close();
      await endpoint.close();
      await place.close();
    });

    const keysTold = () =>
      endpoint.seen
        .map(({ body }) => JSON.parse(body))
        .filter(({ type }) => type === 'caller.dtmf')
        .map(({ data }) => data.digit)
        .join('');

    /** Keys of which the disk knows. */
    async function keysOnDisk(): Promise<number> {
      const folder = join(place.dataDir, 'spool', 'webhooks');
      const files = (await readdir(folder)).filter((file) => file.endsWith('.jsonl'));
      const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
      return texts.join('').split('caller.dtmf').length - 1;
    }

    it('has its webhooks told what happened meanwhile by its successor, once and in order', async () => {
      const port = await freePort();
      const settings = {
        AI_BACKEND: 'echo',
        ADMIN_TOKEN: ADMIN,
        OUTGOING_ALLOWED_HOSTS: '127.0.0.1',
        DATA_DIR: place.dataDir,
        AGENTS_DIR: mkdtempSync(join(tmpdir(), 'patchbay-agents-')),
        ...(outage.databaseUrl !== null && { DATABASE_URL: outage.databaseUrl }),
      };
      const gateway = await GatewayProcess.start(port, settings);
      const api = new ApiClient(gateway.origin, ADMIN);
      await api.post('/webhooks', { url: endpoint.url(), events: ['caller.dtmf'] });
      const metrics = async () => (await fetch(`${gateway.origin}/metrics`)).text();
      const nothingWaits = (text: string) =>
        /^gateway_webhook_outbox_waiting 0$/m.test(text) &&
        /^gateway_spool_waiting\{spool="webhooks"\} 0$/m.test(text);
      const isAway = new Moment();
      const isKilled = new Moment();
      const call = placeTwilioCall({
        webhookUrl: `${gateway.origin}/twilio/voice`,
        script: async (caller) => {
          await caller.listen();
          for (const key of BEFORE) await caller.press(key);
          await isAway.came;
          for (const key of DURING) await caller.press(key);
          await isKilled.came;
        },
      });
      await api.when(
        async () => keysTold(),
        (keys) => keys === BEFORE,
        'the keys before the outage',
      );
      // That they have arrived is noted, too: otherwise they would be told once more.
      await api.when(metrics, nothingWaits, 'an outbox in which nothing waits');
      await outage.begin();
      isAway.comes();
      await api.when(keysOnDisk, (keys) => keys === DURING.length, 'the keys on disk');
      expect(keysTold()).toBe(BEFORE);
      await gateway.end('SIGKILL');
      isKilled.comes();
      await call.ended;
      await outage.end();

      await GatewayProcess.start(port, settings);
      await api.when(
        async () => keysTold(),
        (keys) => keys.length >= (BEFORE + DURING).length,
        'the rest',
      );
      await api.when(metrics, nothingWaits, 'an outbox in which nothing waits');
      expect(await metrics()).toMatch(/^gateway_spool_delivered_total\{spool="webhooks"\} [1-9]/m);
      expect(keysTold()).toBe(BEFORE + DURING);
      const ids = endpoint.seen.map(({ headers }) => headers['webhook-id']);
      expect(new Set(ids).size).toBe(ids.length);
    }, 120_000);
  },
);
