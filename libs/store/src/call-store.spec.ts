import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CallQuery, ConversationFigures, QualitySample } from '#libs/contracts';
import { CapturedLog } from '#libs/testing';
import { CallStore } from './call-store.js';
import type { OpenDatabase } from './open-database.js';
import { RecordWriter } from './record-writer.js';
import { type Row, rowOf } from './rows.js';
import { call, callRecord, event, journalEntry, line, transcriptItem } from './testing/records.js';
import { type TestPlace, testDatabases } from './testing/test-databases.js';

const FIGURES = {
  turnLatency: { count: 1, meanMs: 800, p50Ms: 1, p95Ms: 1, maxMs: 1 },
} as ConversationFigures;
const QUALITY = { caller: { score: 60 } as QualitySample, agent: { score: 80 } as QualitySample };

describe.each(await testDatabases())('the archive of calls in $name', ({ place: newPlace }) => {
  let place: TestPlace;
  let database: OpenDatabase;
  let store: CallStore;
  const full = callRecord('full', {
    startedAt: 5000,
    connectedAt: 5200,
    endedAt: 7000,
    endReason: 'agent-hung-up',
    endOwner: 'agent',
    endCode: 'CODE',
    direction: 'outbound',
    orderId: 'o',
    figures: FIGURES,
    quality: QUALITY,
    tools: [{ name: 'find', failed: false, tookMs: 3 }],
    recording: { state: 'saved', sampleRate: 8000, durationMs: 1, bytes: 2 },
    costUsd: 0.5,
    forgetAt: 9000,
    recordingDueAt: 8000,
    from: '+1',
    to: '+2',
    platform: 'twilio',
    agent: 'sales',
  });

  async function write(rows: readonly Row[], to = database): Promise<void> {
    expect(await new RecordWriter(to).write(rows)).toEqual([]);
  }

  /** A place of its own for a test that writes: what the others look at stays as it is. */
  async function apart(test: (archive: CallStore, to: OpenDatabase) => Promise<void>): Promise<void> {
    const own = await newPlace();
    try {
      const to = await own.open(new CapturedLog());
      await test(new CallStore(to), to);
    } finally {
      await own.close();
    }
  }

  beforeAll(async () => {
    place = await newPlace();
    database = await place.open(new CapturedLog());
    store = new CallStore(database);
    let revision = 0;
    const kept = [
      call(full),
      // Many of one moment: the cursor has to tell them apart.
      ...Array.from({ length: 7 }, (_, i) => call(callRecord(`same-${i}`, { startedAt: 6000 }))),
      call(
        callRecord('ended', { startedAt: 4000, endedAt: 4500, endReason: 'caller-hung-up', costUsd: 0.25 }),
      ),
      line(transcriptItem('full', 'b', { atMs: 200, said: 'Größe 100% \\ sure_thing', heard: 'Größe' })),
      line(transcriptItem('full', 'a', { atMs: 100, endMs: 150.5, heardMs: 40.25, sentMs: 50 })),
      line(transcriptItem('ended', 'a', { said: 'hello' })),
      event(journalEntry('full', 2)),
      event(journalEntry('full', 1, { atMs: 0.5, data: { deep: { er: [1] } } })),
      event(journalEntry('full', 10)),
    ];
    await write(kept.map((one) => rowOf(one, 'instance', ++revision)));
  });

  afterAll(() => place.close());

  const ids = async (query: CallQuery) => (await store.list(query)).items.map(({ callId }) => callId);

  it('gives a call back as it was put', async () => {
    expect(await store.find('full')).toEqual(full);
    expect(await store.find('none')).toBeNull();
  });

  it('gives lines by when they began, and events by their number', async () => {
    expect((await store.transcript('full')).map(({ itemId }) => itemId)).toEqual(['a', 'b']);
    expect((await store.transcript('full'))[0]).toMatchObject({ endMs: 150.5, heardMs: 40.25, sentMs: 50 });
    expect(await store.transcript('none')).toEqual([]);
    const journal = await store.journal('full', 0, 2);
    expect(journal.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(journal[0]).toMatchObject({ atMs: 0.5, data: { deep: { er: [1] } } });
    expect((await store.journal('full', 2, 100)).map(({ seq }) => seq)).toEqual([10]);
  });

  it('pages through all calls, newest first, each once, also where many began at one moment', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await store.list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items.map(({ callId }) => callId));
      cursor = page.nextCursor ?? undefined;
      pages++;
    } while (cursor !== undefined);
    expect(pages).toBe(5);
    expect(seen).toEqual([...Array.from({ length: 7 }, (_, i) => `same-${6 - i}`), 'full', 'ended']);
  });

  it.each<[CallQuery, readonly string[]]>([
    [{ platform: 'twilio' }, ['full']],
    [{ agent: 'sales' }, ['full']],
    [{ direction: 'outbound' }, ['full']],
    [{ endReason: 'caller-hung-up' }, ['ended']],
    [{ party: '+1' }, ['full']],
    [{ party: '+2' }, ['full']],
    [{ party: '+' }, []],
    [{ fromAt: 4000, beforeAt: 6000 }, ['full', 'ended']],
    [{ running: false }, ['full', 'ended']],
    [{ running: true, limit: 1 }, ['same-6']],
    [{ text: 'HELLO' }, ['full', 'ended']],
    [{ text: 'grösse' }, []],
    [{ text: 'GRÖßE hello' }, ['full']],
    [{ text: '100%' }, ['full']],
    [{ text: 'h%o' }, []],
    [{ text: 'sure_thing' }, ['full']],
    [{ text: 'sure.thing' }, []],
    [{ text: '\\' }, ['full']],
    [{ text: "'; drop table calls; --" }, []],
    [{ text: 'hello', agent: 'reception' }, ['ended']],
    [{ text: 'hel\0lo', agent: 'rec\0eption' }, ['ended']],
    [{ party: '\0', platform: '\0' }, []],
  ])('finds by %j', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  it.each([
    '',
    'x',
    '-',
    Buffer.from('abc').toString('base64url'),
    Buffer.from('1.\0').toString('base64url'),
    'A'.repeat(1000),
  ])('refuses a cursor that no page gave: %s', async (cursor) => {
    await expect(store.list({ cursor })).rejects.toMatchObject({ code: 'STORE_BAD_CURSOR' });
  });

  it('finds words in few of many calls, page by page, and leaves room for other work meanwhile', () =>
    apart(async (archive, to) => {
      const CALLS = 1700;
      const has = (i: number) => i % 400 === 7;
      const rows = Array.from({ length: CALLS }, (_, i) => {
        const callId = `many-${String(i).padStart(4, '0')}`;
        const said = has(i) ? 'A needle, please' : 'Hay';
        // Three begin at once each time.
        const record = callRecord(callId, { agent: 'many', startedAt: 10_000 + Math.floor(i / 3) });
        return [rowOf(call(record), 'i', 1), rowOf(line(transcriptItem(callId, 'a', { said })), 'i', 1)];
      });
      for (let i = 0; i < CALLS; i += 100) await write(rows.slice(i, i + 100).flat(), to);
      let turns = 0;
      let isOver = false;
      const other = () => {
        turns++;
        if (!isOver) setImmediate(other);
      };
      setImmediate(other);
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await archive.list({
          agent: 'many',
          text: 'needle',
          limit: 2,
          ...(cursor && { cursor }),
        });
        found.push(...page.items.map(({ callId }) => callId));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      isOver = true;
      expect(found).toEqual(['many-1607', 'many-1207', 'many-0807', 'many-0407', 'many-0007']);
      expect(turns).toBeGreaterThanOrEqual(3);
    }));

  it('counts what was in a span of time', async () => {
    expect(await store.numbers(4000, 6000)).toEqual({
      calls: 2,
      running: 0,
      byEndReason: { 'agent-hung-up': 1, 'caller-hung-up': 1 },
      byAgent: { sales: 1, reception: 1 },
      meanDurationMs: 1250,
      meanTurnLatencyMs: 800,
      meanScore: 70,
      costUsd: 0.75,
    });
    expect(await store.numbers(6000, 6001)).toMatchObject({ calls: 7, running: 7, byEndReason: {} });
    expect(await store.numbers(0, 1)).toEqual({
      calls: 0,
      running: 0,
      byEndReason: {},
      byAgent: {},
      meanDurationMs: null,
      meanTurnLatencyMs: null,
      meanScore: null,
      costUsd: 0,
    });
  });

  it('forgets whose calls they were and what was said in them, and keeps the figures', () =>
    apart(async (archive, to) => {
      await write(
        [
          rowOf(call(callRecord('theirs', { from: '+9', endedAt: 1, costUsd: 2 })), 'i', 1),
          rowOf(line(transcriptItem('theirs', 'a')), 'i', 2),
          rowOf(event(journalEntry('theirs', 1)), 'i', 3),
          rowOf(call(callRecord('others')), 'i', 4),
          rowOf(line(transcriptItem('others', 'a')), 'i', 5),
        ],
        to,
      );
      expect(await archive.eraseParty('+9')).toEqual(['theirs']);
      expect(await archive.find('theirs')).toMatchObject({ from: null, to: null, costUsd: 2 });
      expect(await archive.transcript('theirs')).toEqual([]);
      expect(await archive.journal('theirs', 0, 10)).toEqual([]);
      expect(await archive.eraseParty('+9')).toEqual([]);
      expect(await archive.transcript('others')).toHaveLength(1);
    }));
});
