import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CalleeScript, startTwilioApi, type TwilioApi } from '#apps/simulator';
import { readWav, tone } from '#libs/audio';
import type { DialStatus } from '#libs/contracts';
import { freePort, until } from '#libs/testing';
import { type TestPlace, testDatabases } from '../../libs/store/src/testing/test-databases.js';
import { ApiClient } from '../product/api-client.js';
import { GatewayProcess } from '../product/gateway-process.js';
import { Moment } from '../product/moment.js';
import { endProcesses } from '../product/source-process.js';
import { ACCOUNT, accountSettings, PUBLIC_URL } from './twilio-account.js';

const ADMIN = 'an-administrator-of-thirty-two-letters';
/** Numbers that nobody has. */
const NUMBERS = {
  talking: '+442079460001',
  ringing: '+442079460002',
  unheardOf: '+442079460003',
  waiting: '+442079460004',
  waitingToo: '+442079460005',
};
type Who = keyof typeof NUMBERS;
const UNDER_WAY = 3;
const HZ = 16_000;
const SPEAKS_MS = 4000;
/** What a recording may lack, and a moment for the disk. */
const LAST_SECOND_MS = 1100;

describe.each(await testDatabases())(
  'a gateway that is killed in a call, on $name',
  ({ place: newPlace }) => {
    let place: TestPlace;
    let twilio: TwilioApi;
    let port: number;
    const callees: Record<string, CalleeScript> = {};

    beforeEach(async () => {
      place = await newPlace();
      port = await freePort();
      twilio = await startTwilioApi({
        ...ACCOUNT,
        dialling: {
          gatewayOrigin: `http://127.0.0.1:${port}`,
          publicUrl: PUBLIC_URL,
          callee: (to) => callees[to] ?? {},
        },
      });
    });
    afterEach(async () => {
      await endProcesses();
      for (const call of twilio.dialled) call.hangUp();
      await twilio.close();
      await place.close();
    });

    function gateway(agents: string): Promise<GatewayProcess> {
      const { dataDir, databaseUrl } = place;
      return GatewayProcess.start(port, {
        AI_BACKEND: 'echo',
        ADMIN_TOKEN: ADMIN,
        ...accountSettings(twilio),
        TWILIO_FROM_NUMBER: '+15550100002',
        OUTBOUND_PREFIXES: '+4420',
        OUTBOUND_CALLS_PER_SECOND: '100',
        OUTBOUND_MAX_CALLS: String(UNDER_WAY),
        DATA_DIR: dataDir,
        AGENTS_DIR: agents,
        ...(databaseUrl !== null && { DATABASE_URL: databaseUrl }),
      });
    }

    const createsTo = (who: Who) =>
      twilio.requests.filter(
        ({ method, path, form }) =>
          method === 'POST' && path.endsWith('/Calls.json') && form.To === NUMBERS[who],
      ).length;

    it('has its recording, its record and its orders when it is started again', async () => {
      const agents = agentsFolder();
      const isUpAgain = new Moment();
      let speaksFromMs = Number.POSITIVE_INFINITY;
      const murmur = tone({ sampleRate: HZ, frequencyHz: 700, durationMs: 90_000 });
      const talker = { name: 'murmur', samples: murmur, sampleRate: HZ };
      const hello = async (caller: { listen(): Promise<void> }) => caller.listen();
      callees[NUMBERS.talking] = {
        call: {
          script: async (caller) => {
            await caller.listen();
            speaksFromMs = Date.now();
            await caller.say(talker);
          },
        },
      };
      callees[NUMBERS.ringing] = { ringsUntil: isUpAgain.came, call: { script: hello } };
      callees[NUMBERS.unheardOf] = {
        ringsUntil: isUpAgain.came,
        call: { statusCallbacksLost: true, script: hello },
      };
      callees[NUMBERS.waiting] = { call: { script: hello } };
      callees[NUMBERS.waitingToo] = { does: 'busy' };

      const first = await gateway(agents);
      const api = new ApiClient(first.origin, ADMIN);
      const orders = {} as Record<Who, DialStatus>;
      const order = async (who: Who) => {
        orders[who] = await api.order({ to: NUMBERS[who], agent: 'sales', ringForMs: 60_000 });
      };
      await order('talking');
      await order('ringing');
      await api.when(
        () => api.orderOf(orders.ringing.orderId),
        ({ state }) => state === 'ringing',
        'the ringing',
      );
      await until(() => Date.now() - speaksFromMs > SPEAKS_MS, 'the caller', 30_000);
      twilio.faults.push('answer-lost');
      await order('unheardOf');
      await until(() => createsTo('unheardOf') === 1, 'the order whose answer is lost');
      await order('waiting');
      await order('waitingToo');
      const lastSeenAt = Date.now();
      await first.end('SIGKILL');
      const killedAt = Date.now();

      const before = twilio.requests.length;
      await gateway(agents);
      const { callSid } = twilio.dialled.find(({ parties }) => parties.to === NUMBERS.ringing)!;
      const isAsked = (path: string) =>
        twilio.requests.slice(before).some((one) => one.method === 'GET' && one.path.includes(path));
      await until(
        () => isAsked(`/${callSid}.json`) && isAsked(`To=${encodeURIComponent(NUMBERS.unheardOf)}`),
        'a successor that asks what became of its orders',
        20_000,
      );
      isUpAgain.comes();
      const record = await api.when(
        async () => (await api.calls()).items.find(({ orderId }) => orderId === orders.talking.orderId),
        (found) => found?.endedAt != null && found.recording?.state !== 'running',
        'the record',
      );
      expect(record).toMatchObject({
        direction: 'outbound',
        agent: 'sales',
        endReason: 'internal-error',
        endOwner: 'gateway',
        endCode: 'GATEWAY_DIED',
        recording: { state: 'saved', sampleRate: 8000 },
      });
      expect(record!.endedAt).toBeLessThanOrEqual(killedAt);

      const answer = await api.fetch(`/calls/${record!.callId}/recording`);
      const file = Buffer.from(await answer.arrayBuffer());
      expect(answer.status).toBe(200);
      expect(file.length).toBe(record!.recording!.bytes);
      // The header tells the length of what follows: players look there.
      expect(file.readUInt32LE(4)).toBe(file.length - 8);
      expect(file.readUInt32LE(file.indexOf('data') + 4)).toBe(file.length - file.indexOf('data') - 8);
      const { sampleRate, channels } = readWav(file);
      const [caller, agent] = channels as [Int16Array, Int16Array];
      const durationMs = (caller.length * 1000) / sampleRate;
      expect(durationMs).toBeCloseTo(record!.recording!.durationMs, -1);
      // By when it was certainly alive: how long a kill takes is the machine's affair.
      expect(durationMs).toBeGreaterThan(lastSeenAt - record!.connectedAt! - LAST_SECOND_MS);
      expect(levelOf(caller.subarray(-sampleRate / 2))).toBeGreaterThan(500);
      expect(levelOf(agent)).toBeGreaterThan(100);

      for (const who of Object.keys(NUMBERS) as Who[]) {
        const { outcome, attempts } = await api.when(
          () => api.orderOf(orders[who].orderId),
          ({ state, outcome: last }) => state === 'over' || last !== null,
          `the end of the order "${who}"`,
        );
        expect({ who, outcome, attempts, creates: createsTo(who) }).toEqual({
          who,
          outcome: who === 'waitingToo' ? 'busy' : 'answered',
          attempts: 1,
          creates: 1,
        });
      }
      expect(twilio.dialled).toHaveLength(Object.keys(NUMBERS).length);
      // Those who were rung up over the death of the gateway have talked with the agent all the same.
      for (const who of ['ringing', 'unheardOf', 'waiting'] as const) {
        const call = twilio.dialled.find(({ parties }) => parties.to === NUMBERS[who])!;
        const report = await call.ended;
        expect({ who, platformSaid: report.platformSaid, failures: report.failures }).toEqual({
          who,
          platformSaid: [],
          failures: [],
        });
      }
    }, 180_000);
  },
);

function levelOf(samples: Int16Array): number {
  return samples.reduce((sum, sample) => sum + Math.abs(sample), 0) / samples.length;
}

function agentsFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-agents-'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'sales.yaml'),
    'instructions: Be brief.\nrecording: { announcement: null, fromAnswer: false, keepForMs: null }\n',
  );
  return folder;
}
