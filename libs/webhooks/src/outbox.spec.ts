import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { KyselyPlugin } from 'kysely';
import { CallStore, type OpenDatabase, type WebhookOutboxTable } from '#libs/store';
import { CapturedLog, ManualClock } from '#libs/testing';
import { RecordWriter } from '../../store/src/record-writer.js';
import { rowOf } from '../../store/src/rows.js';
import { call, callRecord } from '../../store/src/testing/records.js';
import { testDatabases } from '../../store/src/testing/test-databases.js';
import { Outbox } from './outbox.js';

const BASE_AT = 1_763_700_000_000;
const DAY_MS = 86_400_000;
const LOOK_AGAIN_MS = 10_000;

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe.each(await testDatabases())('the outbox on $name', (database) => {
  async function house() {
    const place = await database.place();
    ends.push(() => place.close());
    const open = await place.open(new CapturedLog());
    const clock = new ManualClock();
    const wallMs = () => BASE_AT + clock.nowMs();
    const another = (database: OpenDatabase = open) => new Outbox(database, randomUUID(), wallMs);
    const endpoint = (subscription_id: string) => ({
      subscription_id,
      url: 'https://crm.example.com/',
      secret: 'whsec_',
      events: '[]',
      agents: null,
      enabled: 1,
      created_at: BASE_AT,
      created_by: 'a test',
      failing_since: null,
      paused_until: null,
      last_code: null,
    });
    await open.ready();
    await open.db.insertInto('webhook_subscriptions').values(['w1', 'w2'].map(endpoint)).execute();
    /** Of a caller who is forgotten then, as the database knows it. */
    const kept = async (callId: string) => {
      const refused = await new RecordWriter(open).write([
        rowOf(call(callRecord(callId, { from: '+4930999' })), 'here', 1),
      ]);
      expect(refused).toEqual([]);
      return () => new CallStore(open).eraseParty('+4930999');
    };
    const count = async () => (await open.db.selectFrom('webhook_outbox').selectAll().execute()).length;
    let position = 0;
    const row = (change: Partial<WebhookOutboxTable> = {}): WebhookOutboxTable => ({
      delivery_id: randomUUID(),
      subscription_id: 'w1',
      lane: 'c1',
      position: ++position,
      call_id: 'c1',
      body: '{}',
      state: 'waiting',
      created_at: wallMs(),
      next_at: wallMs(),
      attempts: 0,
      owner: null,
      lease_until: 0,
      done_at: null,
      ...change,
    });
    return { open, outbox: another(), another, kept, clock, wallMs, row, count };
  }

  it('is not asked again before the earliest attempt, and then it is', async () => {
    const { outbox, clock, wallMs, row } = await house();
    expect(outbox.mayBeDue('w1')).toBe(true);
    await outbox.add([row(), row({ lane: 'c2' })]);
    const [first, second] = await outbox.claim('w1', 4);
    await outbox.again(first!, wallMs() + 5000);
    await outbox.again(second!, wallMs() + 3000);
    expect(await outbox.claim('w1', 4)).toEqual([]);
    expect(outbox.mayBeDue('w1')).toBe(false);
    clock.advance(2999);
    expect(outbox.mayBeDue('w1')).toBe(false);
    clock.advance(1);
    expect(outbox.mayBeDue('w1')).toBe(true);
    expect(await outbox.claim('w1', 4)).toMatchObject([{ lane: 'c2', attempts: 2 }]);
    expect(outbox.mayBeDue('w1')).toBe(false);
    clock.advance(2000);
    expect(outbox.mayBeDue('w1')).toBe(true);
    expect(await outbox.claim('w1', 4)).toMatchObject([{ lane: 'c1', attempts: 2 }]);
  });

  it('is asked at once when something was added, settled or left over', async () => {
    const { outbox, row } = await house();
    const free = async () => {
      expect(await outbox.claim('w1', 4)).toEqual([]);
      expect(outbox.mayBeDue('w1')).toBe(false);
    };
    await free();
    await outbox.add([row(), row(), row({ subscription_id: 'w2' })]);
    expect(outbox.mayBeDue('w1')).toBe(true);
    const [first] = await outbox.claim('w1', 4);
    await free();
    await outbox.delivered(first!);
    expect(outbox.mayBeDue('w1')).toBe(true);
    const [second] = await outbox.claim('w1', 4);
    await free();
    await outbox.dead(second!);
    expect(outbox.mayBeDue('w1')).toBe(true);
    await outbox.add([row({ lane: 'c2' }), row({ lane: 'c3' })]);
    expect(await outbox.claim('w1', 1)).toHaveLength(1);
    expect(outbox.mayBeDue('w1')).toBe(true);
  });

  it('is asked now and then for what another process has left', async () => {
    const { outbox, another, clock, row } = await house();
    expect(await outbox.claim('w1', 4)).toEqual([]);
    await another().add([row()]);
    expect(outbox.mayBeDue('w1')).toBe(false);
    clock.advance(LOOK_AGAIN_MS);
    expect(outbox.mayBeDue('w1')).toBe(true);
    expect(await outbox.claim('w1', 4)).toHaveLength(1);
  });

  it('takes nothing of calls that were forgotten or for endpoints that are gone, whoever brings it', async () => {
    const { open, outbox, another, kept, row, count } = await house();
    const erase = await kept('erased');
    await erase();
    await outbox.forget(['unknown to the database']);
    await open.db.deleteFrom('webhook_subscriptions').where('subscription_id', '=', 'w2').execute();
    const late = [row({ call_id: 'erased' }), row({ subscription_id: 'w2' })];
    expect(await another().add(late)).toEqual([]);
    expect(await outbox.add([...late, row({ call_id: 'unknown to the database' })])).toEqual([]);
    expect(await count()).toBe(0);
    await outbox.add([row({ call_id: null }), ...late, row()]);
    expect(await count()).toBe(2);
  });

  // The embedded database has one connection: nobody comes between its statements.
  if (database.name === 'postgres')
    it('keeps nothing of a call that another process forgets while it is being written', async () => {
      const { open, another, kept, row, count } = await house();
      const erase = await kept('c1');
      let looks = 0;
      let hasForgotten = false;
      const betweenLookAndWriting: KyselyPlugin = {
        transformQuery: ({ node }) => node,
        transformResult: async ({ result }) => {
          // Webhooks are looked at first, then calls.
          if (!hasForgotten && ++looks === 2) {
            hasForgotten = true;
            await erase();
            await another().forget(['c1']);
          }
          return result;
        },
      };
      const writing = another({ ...open, db: open.db.withPlugin(betweenLookAndWriting) });
      await writing.add([row(), row({ call_id: 'c2' })]);
      expect(hasForgotten).toBe(true);
      expect(await count()).toBe(1);
      expect(await writing.claim('w1', 4)).toMatchObject([{ call_id: 'c2' }]);
    });

  it('forgets calls and endpoints, and sweeps, however much there is, and nothing else', async () => {
    const { outbox, clock, wallMs, row, count } = await house();
    const rows = (change: Partial<WebhookOutboxTable>, howMany = 450) =>
      outbox.add(Array.from({ length: howMany }, () => row(change)));
    await rows({ call_id: 'stays', lane: 'stays' }, 1);
    await rows({ call_id: 'goes' });
    expect(await outbox.forget(['goes', 'none'])).toBe(450);
    await rows({ subscription_id: 'w2' });
    await outbox.forgetSubscription('w2');
    expect(await count()).toBe(1);

    await rows({ state: 'delivered', done_at: wallMs() });
    clock.advance(2 * DAY_MS);
    await rows({ created_at: wallMs() - DAY_MS });
    await rows({ lane: 'fresh' }, 1);
    expect(await outbox.sweep(DAY_MS)).toBe(451);
    expect(await count()).toBe(452);
    expect(await outbox.counts('w1')).toEqual({ waiting: 1, dead: 451 });
    expect(outbox.mayBeDue('w1')).toBe(true);
    clock.advance(8 * DAY_MS);
    expect(await outbox.sweep(30 * DAY_MS)).toBe(0);
    expect(await count()).toBe(1);
  });
});
