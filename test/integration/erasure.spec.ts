import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { placeTwilioCall } from '#apps/simulator';
import type { DialOrderTable, WebhookOutboxTable } from '#libs/store';
import { CapturedLog, until } from '#libs/testing';
import { S3Server } from '../../libs/observers/recorder/test/s3-server.js';
import { RecordWriter } from '../../libs/store/src/record-writer.js';
import { rowOf } from '../../libs/store/src/rows.js';
import { call, callRecord } from '../../libs/store/src/testing/records.js';
import { type TestPlace, testDatabases } from '../../libs/store/src/testing/test-databases.js';
import { ApiClient } from './api-client.js';
import { boot, closeAll } from './boot.js';

const ADMIN_TOKEN = 'an-admin-token-of-good-length-0123456789';
const PARTY = '+15550177777';
const AGENT = {
  instructions: 'Be brief.',
  greeting: null,
  recording: { announcement: null, fromAnswer: true },
};
const KEYS = { accessKeyId: 'recorder', secretAccessKey: 'not/so+secret' };

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await closeAll();
  for (const end of ends.splice(0).reverse()) await end();
});

async function startOn(place: TestPlace, env: Record<string, string> = {}) {
  const lines: string[] = [];
  const booted = await boot(
    {
      ADMIN_TOKEN,
      LOG_LEVEL: 'info',
      DATA_DIR: place.dataDir,
      ...(place.databaseUrl === null ? {} : { DATABASE_URL: place.databaseUrl }),
      ...env,
    },
    { logTo: { write: (line) => void lines.push(line) } },
  );
  return { ...booted, lines, api: new ApiClient(booted.origin, ADMIN_TOKEN) };
}

describe.each(await testDatabases())('with calls in $name', ({ place: newPlace }) => {
  async function place(): Promise<TestPlace> {
    const made = await newPlace();
    ends.push(() => made.close());
    return made;
  }

  it('an erasure goes on though the store of recordings is away or refuses, and the sweep makes up for it', async () => {
    const here = await place();
    const store = new S3Server({ bucket: 'calls', region: 'eu-test-1', ...KEYS });
    ends.push(() => store.close());
    const env = {
      RECORDINGS_S3_BUCKET: 'calls',
      RECORDINGS_S3_REGION: 'eu-test-1',
      RECORDINGS_S3_ENDPOINT: await store.listen(),
      RECORDINGS_S3_ACCESS_KEY_ID: KEYS.accessKeyId,
      RECORDINGS_S3_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    };
    const { api, gateway, origin, tape, lines } = await startOn(here, env);
    await api.put('/api/agents/default', AGENT);
    const phone = placeTwilioCall({
      webhookUrl: `${origin}/twilio/voice`,
      from: PARTY,
      script: (caller) => caller.pause(60_000),
    });
    await until(() => tape.types.includes('recording.started'), 'the recording');
    const callId = gateway.switchboard.desk.calls[0]!.view.id;
    await api.post(`/api/calls/${callId}/hang-up`);
    await phone.ended;
    const folder = join(here.dataDir, 'recordings');
    const sounds = () =>
      existsSync(folder)
        ? readdirSync(folder, { recursive: true }).filter((name) => /\.(wav|part)$/.test(String(name)))
        : [];
    await until(() => store.objects.size === 1 && sounds().length === 0, 'the delivery');

    const at = `/api/calls/${callId}/recording`;
    const answers = [];
    for (const state of ['busy', 'refuses'] as const) {
      store.state = state;
      for (const answer of [await api.get(at), await api.delete(at)])
        answers.push([answer.status, answer.body.code, answer.headers.get('retry-after')]);
    }
    const away = [503, 'RECORDINGS_S3_AWAY', '5'];
    const denied = [502, 'RECORDINGS_S3_DENIED', null];
    expect(answers).toEqual([away, away, denied, denied]);

    const erased = await api.post('/api/erasure', { party: PARTY });
    expect([erased.status, erased.body]).toMatchObject([
      200,
      { calls: 1, recordings: 0, stillRecording: [], recordingsElsewhere: [], recordingsDue: [callId] },
    ]);
    expect((await api.get(`/api/calls/${callId}`)).body).toMatchObject({ from: null, to: null });
    expect(lines.join('')).not.toContain(PARTY);
    await gateway.close();
    expect(store.objects.size).toBe(1);

    store.state = 'well';
    const later = await startOn(here, env);
    await until(() => store.objects.size === 0, 'the sweep');
    await until(() => later.lines.some((line) => line.includes('is forgotten')), 'the end of the sweep');
    expect((await later.api.get(`/api/calls/${callId}`)).body.recording.state).toBe('deleted');
  }, 60_000);

  it('what was kept long enough is forgotten in orders and in what webhooks are still to be told, too', async () => {
    const here = await place();
    const open = await here.open(new CapturedLog());
    const past = Date.now() - 120_000;
    const over = {
      direction: 'outbound',
      startedAt: past,
      endedAt: past,
      endReason: 'agent-hung-up',
    } as const;
    const kept = [
      callRecord('due', { ...over, orderId: 'o-due', to: '+4930123456', forgetAt: past }),
      callRecord('later', {
        ...over,
        orderId: 'o-later',
        to: '+4930999888',
        forgetAt: Date.now() + 86_400_000,
      }),
    ];
    expect(await new RecordWriter(open).write(kept.map((one) => rowOf(call(one), 'i', 1)))).toEqual([]);
    await open.db
      .insertInto('dial_orders')
      .values([order('o-due', '+4930123456', past), order('o-later', '+4930999888', past)])
      .execute();
    await open.db
      .insertInto('webhook_outbox')
      .values([told('due', 'waiting', 'Ada'), told('due', 'dead', 'Ada'), told('later', 'waiting', 'Grace')])
      .execute();
    await open.close();

    const { lines, gateway } = await startOn(here);
    await until(() => lines.some((line) => line.includes('is forgotten')), 'the sweep');
    await gateway.close();
    const after = await here.open(new CapturedLog());
    const orders = await after.db.selectFrom('dial_orders').selectAll().orderBy('order_id').execute();
    expect(orders.map(({ to_number, parameters }) => [to_number, parameters])).toEqual([
      ['', '{}'],
      ['+4930999888', '{"customer":"Ada"}'],
    ]);
    const bodies = await after.db.selectFrom('webhook_outbox').select('body').execute();
    expect(bodies).toEqual([{ body: 'Grace' }]);
  }, 60_000);
});

function order(order_id: string, to_number: string, overAt: number): DialOrderTable {
  return {
    order_id,
    to_number,
    state: 'over',
    platform: 'twilio',
    from_number: '',
    agent: 'default',
    parameters: '{"customer":"Ada"}',
    ring_for_ms: 30_000,
    detect_machine: 0,
    record_at_platform: 0,
    on_machine: 'continue',
    time_zone: null,
    ordered_by: 'a test',
    ordered_at: overAt,
    due_at: overAt,
    attempts: 1,
    retries: '{}',
    owner: null,
    lease_until: 0,
    claimed_at: overAt,
    receipt: null,
    answered_at: overAt,
    over_at: overAt,
    outcome: 'answered',
    code: null,
    callee: null,
    call_id: null,
    cancelled_by: null,
  };
}

let deliveries = 0;

function told(call_id: string, state: WebhookOutboxTable['state'], body: string): WebhookOutboxTable {
  return {
    delivery_id: `d${++deliveries}`,
    subscription_id: 'w1',
    lane: call_id,
    position: deliveries,
    call_id,
    body,
    state,
    created_at: Date.now(),
    next_at: Date.now() + 86_400_000,
    attempts: 1,
    owner: null,
    lease_until: 0,
    done_at: state === 'dead' ? Date.now() : null,
  };
}
