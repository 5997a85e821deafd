import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { SpooledWriter } from '#libs/store';
import { CapturedLog, ManualClock } from '#libs/testing';
import { GuardedHttp } from '#libs/tools';
import { testDatabases } from '../../store/src/testing/test-databases.js';
import { AudienceFile } from './audience-file.js';
import { EventWriter } from './event-writer.js';
import { Outbox } from './outbox.js';
import { outboxRows } from './outbox-row.js';
import { Subscriptions } from './subscriptions.js';

const LONGEST_TEXT = 16_000;
const LARGEST_QUEUE = 32 * 1024 * 1024;

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe('what waits for the database', () => {
  it('is bounded by its characters, and there is room again for what was written or forgotten', async () => {
    const place = await (await testDatabases())[0]!.place();
    ends.push(() => place.close());
    const log = new CapturedLog();
    const open = await place.open(log);
    const clock = new ManualClock();
    const wallMs = () => clock.nowMs();
    const http = new GuardedHttp({ allowedHosts: ['127.0.0.1'] });
    ends.push(() => http.close());
    const outbox = new Outbox(open, randomUUID(), wallMs);
    const file = new AudienceFile(join(place.dataDir, 'webhooks.json'), log);
    const subscriptions = new Subscriptions(open, http, wallMs, file);
    await subscriptions.create({ url: 'http://127.0.0.1/', events: ['transcript.final'] }, 'a test');
    const rows = await SpooledWriter.open({
      kind: outboxRows(outbox),
      folder: join(place.dataDir, 'spool', 'webhooks'),
      spoolMaxBytes: 1_000_000,
      clock,
      log,
    });
    ends.push(() => rows.close());
    const writer = new EventWriter(rows, subscriptions, wallMs);
    const fill = (callId: string, howMany: number) => {
      const data = { speaker: 'caller', itemId: 'i1', text: 'x'.repeat(2 * LONGEST_TEXT) };
      for (let i = 0; i < howMany; i++)
        writer.put({ type: 'transcript.final', data, callId, agent: null, atMs: 0, lane: callId });
    };
    const losses = () => log.lines.filter(({ fields }) => fields.code === 'WEBHOOK_LOST').length;

    fill('c1', 100);
    expect([rows.waiting, losses()]).toEqual([100, 0]);
    fill('c2', 2500);
    const most = rows.waiting;
    expect(most).toBeGreaterThan(LARGEST_QUEUE / LONGEST_TEXT - 100);
    expect(most).toBeLessThanOrEqual(LARGEST_QUEUE / LONGEST_TEXT);
    expect(losses()).toBe(1);
    expect(rows.state.lost).toEqual({ 'too-many': 2600 - most });

    rows.forget(({ call_id }) => call_id === 'c1');
    fill('c3', 200);
    expect(rows.waiting).toBe(most);
    await rows.settled();
    expect(rows.waiting).toBe(0);
    fill('c4', 2500);
    expect(rows.waiting).toBe(most);
  });
});

describe('who is to be told', () => {
  async function file(log = new CapturedLog()) {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-webhooks-'));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'webhooks.json');
    return { path, log, file: () => new AudienceFile(path, log) };
  }

  it('is known to a later process, without addresses and secrets', async () => {
    const { file: opened, log } = await file();
    const listener = { id: 'w1', events: ['call.*'], agents: ['desk'], enabled: true };
    expect(await opened().read()).toEqual([]);
    await opened().write([
      { ...listener, url: 'https://x.example.com', secret: 'whsec_' } as typeof listener,
    ]);
    expect(await opened().read()).toEqual([listener]);
    expect(log.lines).toEqual([]);
  });

  it('is written by two at once without harm, as the later one has it', async () => {
    const { file: opened, log } = await file();
    const shared = opened();
    const as = (id: string) => [{ id, events: ['call.*'], agents: null, enabled: true }];
    for (let round = 0; round < 20; round++) {
      await Promise.all([shared.write(as(`a${round}`)), shared.write(as(`b${round}`))]);
      expect(await opened().read()).toEqual(as(`b${round}`));
    }
    expect(log.lines).toEqual([]);
  });

  it.each([
    ['made', (it: Subscriptions) => it.create({ url: 'http://127.0.0.1/other' }, 'a test')],
    ['replaced', (it: Subscriptions, id: string) => it.replace(id, { url: 'http://127.0.0.1/other' })],
    ['removed', (it: Subscriptions, id: string) => it.remove(id)],
  ])('stays remembered when another is %s before the database was read', async (_, change) => {
    const place = await (await testDatabases())[0]!.place();
    ends.push(() => place.close());
    const { log, file: opened } = await file();
    const open = await place.open(log);
    const http = new GuardedHttp({ allowedHosts: ['127.0.0.1'] });
    ends.push(() => http.close());
    const process = () => new Subscriptions(open, http, () => 1, opened());
    const first = process();
    const { webhook } = await first.create({ url: 'http://127.0.0.1/' }, 'a test');
    const other = await first.create({ url: 'http://127.0.0.1/other' }, 'a test');
    await first.refresh();
    const second = process();
    await second.recall();
    await change(second, other.webhook.id);
    expect(second.audience.map(({ id }) => id)).toContain(webhook.id);
  });

  it('is nobody where the file holds something else, and the log says so', async () => {
    const { file: opened, path, log } = await file();
    for (const text of ['', '{}', '[{"id":1}]', '[{"id":"w","events":[3],"agents":null,"enabled":true}]']) {
      await writeFile(path, text);
      expect(await opened().read()).toEqual([]);
    }
    expect(log.lines.map(({ fields }) => fields.code)).toEqual(Array(4).fill('WEBHOOK_NO_AUDIENCE'));
  });
});
