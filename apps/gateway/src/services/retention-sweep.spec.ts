import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Recordings } from '#libs/contracts';
import { CallStore, Instance, openDatabase, RecordKeeper, Retention } from '#libs/store';
import { CapturedLog, ManualClock, until } from '#libs/testing';
import { RecorderConfig } from '../../../../libs/observers/recorder/src/recorder.config.js';
import { RecorderObserver } from '../../../../libs/observers/recorder/src/recorder.observer.js';
import { call, callRecord, line, transcriptItem } from '../../../../libs/store/src/testing/records.js';
import { RetentionSweep } from './retention-sweep.js';

const NOW_AT = 1_763_800_000_000;
const HOUR_MS = 3_600_000;
const RECORDING = { state: 'saved', sampleRate: 8000, durationMs: 1000, bytes: 32_044 } as const;
const OVER = { endedAt: NOW_AT - HOUR_MS, endReason: 'caller-hung-up', recording: RECORDING } as const;

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function house(recorded: readonly string[]) {
  const [log, clock] = [new CapturedLog(), new ManualClock()];
  const dataDir = mkdtempSync(join(tmpdir(), 'patchbay-'));
  ends.push(() => rmSync(dataDir, { recursive: true }));
  const database = openDatabase({ databaseUrl: null, dataDir, log });
  ends.push(() => database.close());
  const instance = new Instance({ database, dataDir, clock, log });
  await instance.start();
  ends.push(() => instance.close());
  const { id: instanceId, seat } = instance;
  const options = { database, dataDir, instanceId, seat, clock, log, spoolMaxBytes: 1_000_000 };
  const tell = { onAway: () => undefined, onBack: () => undefined };
  const keeper = await RecordKeeper.open({ ...options, ...tell });
  ends.push(() => keeper.close());
  const startMs = clock.nowMs();
  const wallMs = () => NOW_AT + clock.nowMs() - startMs;

  const { archive: recordings } = new RecorderObserver(new RecorderConfig(), { clock, log, dataDir }, wallMs);
  const folder = join(dataDir, 'recordings', '2025-11-22');
  mkdirSync(folder, { recursive: true });
  const soundOf = (id: string) => join(folder, `${id}.wav`);
  for (const id of recorded) {
    const sidecar = { callId: id, state: 'saved', deleteAt: null, objectKey: null };
    writeFileSync(join(folder, `${id}.json`), JSON.stringify(sidecar));
    writeFileSync(soundOf(id), 'sound');
  }
  const archive = new CallStore(database);
  const forgotten: string[] = [];
  return {
    log,
    forgotten,
    clock,
    keeper,
    archive,
    recordings,
    soundOf,
    stateOf: async (id: string) => (await archive.find(id))?.recording?.state,
    sweepWith: (mine: Recordings | null, from = seat) => {
      const retention = new Retention(database, from);
      const sweep = new RetentionSweep({
        retention,
        recordings: mine ?? recordings,
        hasRecorder: mine !== null,
        forgetCalls: async (callIds) => void forgotten.push(...callIds),
        clock,
        log,
        wallMs,
      });
      ends.push(() => sweep.stop());
      return sweep;
    },
  };
}

describe('RetentionSweep', () => {
  it('forgets at the start and once an hour what was kept long enough, and nothing else', async () => {
    const { log, clock, keeper, archive, recordings, forgotten, sweepWith } = await house([
      'due',
      'later',
      'never',
    ]);
    keeper.put(call(callRecord('due', { ...OVER, forgetAt: NOW_AT, recordingDueAt: NOW_AT })));
    keeper.put(
      call(callRecord('later', { ...OVER, forgetAt: NOW_AT + HOUR_MS, recordingDueAt: NOW_AT + HOUR_MS })),
    );
    keeper.put(call(callRecord('never', OVER)));
    for (const id of ['due', 'later', 'never']) keeper.put(line(transcriptItem(id, `${id}-1`)));
    await keeper.settled();

    const seen = () =>
      Promise.all(
        ['due', 'later', 'never'].map(async (id) => {
          const found = (await archive.find(id))!;
          const { length } = await archive.transcript(id);
          return [found.from, found.recording?.state, length, await recordings.size(id)];
        }),
      );
    const swept = () => log.lines.filter(({ message }) => /is forgotten/.test(message)).length;
    const gone = [null, 'deleted', 0, null];
    const kept = ['+4930111', 'saved', 1, 5];

    sweepWith(recordings).start();
    await until(() => swept() === 1, 'the first sweep');
    expect(await seen()).toEqual([gone, kept, kept]);
    expect(forgotten).toEqual(['due']);
    clock.advance(HOUR_MS);
    await until(() => swept() === 2, 'the second sweep');
    expect(await seen()).toEqual([gone, gone, kept]);
  });

  it('calls a recording deleted only when the recorder has removed it or has none, and tries again', async () => {
    const many = Array.from({ length: 120 }, (_, i) => `due-${i}`);
    const { log, keeper, recordings, soundOf, stateOf, sweepWith } = await house(['stuck', ...many]);
    keeper.put(call(callRecord('stuck', { ...OVER, recordingDueAt: NOW_AT - 2 })));
    keeper.put(call(callRecord('lost', { ...OVER, recordingDueAt: NOW_AT - 1 })));
    for (const id of many) keeper.put(call(callRecord(id, { ...OVER, recordingDueAt: NOW_AT })));
    await keeper.settled();
    // What is no file cannot be removed as one.
    rmSync(soundOf('stuck'));
    mkdirSync(soundOf('stuck'));

    const sweep = sweepWith(recordings);
    await sweep.sweep();
    expect(await stateOf('stuck')).toBe('saved');
    for (const id of ['lost', ...many]) expect([id, await stateOf(id)]).toEqual([id, 'deleted']);
    expect(log.lines.filter(({ message }) => /could not be removed/.test(message))).toHaveLength(1);

    rmSync(soundOf('stuck'), { recursive: true });
    await sweep.sweep();
    expect([await stateOf('stuck'), await recordings.size('stuck')]).toEqual(['deleted', null]);
  });

  it('leaves recordings on the disk of another gateway to that one', async () => {
    const { log, keeper, recordings, stateOf, sweepWith } = await house(['due']);
    keeper.put(call(callRecord('due', { ...OVER, recordingDueAt: NOW_AT })));
    await keeper.settled();
    const elsewhere = await house([]);
    await sweepWith(elsewhere.recordings, 'the seat of another gateway').sweep();
    expect([await stateOf('due'), await recordings.size('due')]).toEqual(['saved', 5]);
    await sweepWith(recordings).sweep();
    expect([await stateOf('due'), await recordings.size('due')]).toEqual(['deleted', null]);
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('leaves recordings as they are where no recorder is loaded', async () => {
    const { keeper, recordings, stateOf, sweepWith } = await house(['due']);
    keeper.put(call(callRecord('due', { ...OVER, recordingDueAt: NOW_AT })));
    await keeper.settled();
    await sweepWith(null).sweep();
    expect([await stateOf('due'), await recordings.size('due')]).toEqual(['saved', 5]);
  });
});
