import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readWav } from '#libs/audio';
import { until } from '#libs/testing';
import { freshFolder, NOON, POLICY, Rig, removeFolders } from '../test/rig.js';
import { S3Server } from '../test/s3-server.js';
import { Bucket } from './bucket.js';
import { RecorderConfig } from './recorder.config.js';

const HOUR_MS = 3_600_000;
const KEYS = { accessKeyId: 'recorder', secretAccessKey: 'not/so+secret' };

describe('a bucket for recordings', () => {
  let store: S3Server;
  let config: Partial<RecorderConfig>;

  beforeEach(async () => {
    store = new S3Server({ bucket: 'calls', region: 'eu-test-1', ...KEYS });
    config = {
      s3Bucket: 'calls',
      s3Region: 'eu-test-1',
      s3Endpoint: await store.listen(),
      s3Prefix: 'kept here/',
      s3AccessKeyId: KEYS.accessKeyId,
      s3SecretAccessKey: KEYS.secretAccessKey,
    };
  });

  afterEach(() => store.close());
  afterAll(removeFolders);

  async function record(rig: Rig, id: string, keepForMs: number | null = null): Promise<void> {
    const call = rig.call(id, { ...POLICY, keepForMs });
    call.connect();
    await call.pass(2000, () => call.callerSays(3000));
    await call.end();
  }

  const delivered = (rig: Rig) => until(() => rig.recorder.undelivered === 0, 'the delivery');
  const warnings = (rig: Rig) =>
    rig.log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.code);

  async function read(rig: Rig, id: string, range?: { start: number; end: number }): Promise<Buffer | null> {
    const open = await rig.archive.open(id, range);
    if (open === null) return null;
    const pieces: Uint8Array[] = [];
    for await (const piece of open.body) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    expect(bytes.length).toBe(open.bytes);
    return bytes;
  }

  it('gets each recording when its call is over, and gives it back in whole and in part', async () => {
    const rig = new Rig(freshFolder(), config);
    await record(rig, 'kept');
    await delivered(rig);
    expect([...store.objects.keys()]).toEqual(['kept here/kept.wav']);
    const { bytes, type } = store.objects.get('kept here/kept.wav')!;
    expect(type).toBe('audio/wav');
    expect(readWav(bytes).channels[0]!.length).toBe(48_000);
    expect(existsSync(rig.fileOf('kept'))).toBe(false);
    expect(await rig.archive.size('kept')).toBe(bytes.length);
    expect(await read(rig, 'kept')).toEqual(bytes);
    expect(await read(rig, 'kept', { start: 100, end: 199 })).toEqual(bytes.subarray(100, 200));
    expect(await read(rig, 'kept', { start: 1e9, end: 2e9 })).toBeNull();
    expect(await rig.archive.remove('kept')).toBe(true);
    expect(store.objects.size).toBe(0);
    expect(await read(rig, 'kept')).toBeNull();
    expect(store.breaches).toEqual([]);
  });

  it('is tried again when it is busy, and the recording can be heard from disk meanwhile', async () => {
    const rig = new Rig(freshFolder(), config);
    store.busy = 1;
    await record(rig, 'later');
    await until(() => warnings(rig).length === 1, 'the refusal');
    expect(warnings(rig)).toEqual(['RECORDINGS_S3_AWAY']);
    expect(await read(rig, 'later')).toEqual(readFileSync(rig.fileOf('later')));
    expect(store.objects.size).toBe(0);
    rig.clock.advance(1000);
    await delivered(rig);
    expect(store.objects.size).toBe(1);
  });

  it('gets all others while one cannot be read from disk', async () => {
    const rig = new Rig(freshFolder(), config);
    store.busy = 1;
    await record(rig, 'unreadable');
    await until(() => warnings(rig).length === 1, 'the refusal');
    rmSync(rig.fileOf('unreadable'));
    mkdirSync(rig.fileOf('unreadable'));
    await record(rig, 'first');
    await record(rig, 'second');
    await until(() => {
      rig.clock.advance(300_000);
      return rig.recorder.undelivered === 1;
    }, 'the others');
    expect([...store.objects.keys()]).toEqual(['kept here/first.wav', 'kept here/second.wav']);
  });

  it('keeps nothing that was deleted while it was on its way', async () => {
    const rig = new Rig(freshFolder(), config);
    for (let i = 0; i < 24; i++) {
      const id = `deleted-${i}`;
      const before = store.requests.length;
      await record(rig, id);
      const isPut = (request: string) => request.startsWith('PUT');
      await until(() => store.requests.slice(before).some(isPut), 'the delivery');
      // At each of the steps that follow.
      for (let turn = 0; turn < i; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(await rig.archive.remove(id)).toBe(true);
      await delivered(rig);
    }
    await until(() => store.objects.size === 0, 'the deletions');
    expect(await rig.archive.size('deleted-5')).toBeNull();
    expect(readdirSync(join(rig.dataDir, 'recordings'))).toEqual([]);
  });

  it('is away when it is silent', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const s3Endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const bucket = new Bucket('calls', Object.assign(new RecorderConfig(), config, { s3Endpoint }), 100);
    const file = join(freshFolder(), 'a.wav');
    writeFileSync(file, Buffer.alloc(1000));
    await expect(bucket.put('a', file)).rejects.toThrow();
    await expect(bucket.get('a')).rejects.toMatchObject({ code: 'RECORDINGS_S3_AWAY', retryable: true });
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });

  it('that refuses the keys leaves all on disk, to be delivered after a restart with the right ones', async () => {
    const rig = new Rig(freshFolder(), { ...config, s3SecretAccessKey: 'wrong' });
    await record(rig, 'first');
    await record(rig, 'second');
    await until(() => warnings(rig).length > 0, 'the refusal');
    expect(warnings(rig)[0]).toBe('RECORDINGS_S3_DENIED');
    expect(JSON.stringify(rig.log.lines)).not.toContain('wrong');
    expect(rig.recorder.undelivered).toBe(2);
    expect([store.objects.size, existsSync(rig.fileOf('first')), existsSync(rig.fileOf('second'))]).toEqual([
      0,
      true,
      true,
    ]);
    const restarted = new Rig(rig.dataDir, config);
    await restarted.recorder.keeper.sweep();
    await delivered(restarted);
    expect(store.objects.size).toBe(2);
    expect(existsSync(rig.fileOf('first'))).toBe(false);
  });

  it('says why what was delivered cannot be read or deleted, and keeps it until it can be', async () => {
    const rig = new Rig(freshFolder(), config);
    await record(rig, 'kept');
    await delivered(rig);
    const away = { code: 'RECORDINGS_S3_AWAY', retryable: true };
    const denied = { code: 'RECORDINGS_S3_DENIED', retryable: false };
    for (const [state, error] of [
      ['busy', away],
      ['refuses', denied],
    ] as const) {
      store.state = state;
      await expect(rig.archive.open('kept')).rejects.toMatchObject(error);
      await expect(rig.archive.remove('kept')).rejects.toMatchObject(error);
    }
    await store.close();
    await expect(rig.archive.open('kept')).rejects.toMatchObject(away);
    await expect(rig.archive.remove('kept')).rejects.toMatchObject(away);
    expect(await rig.archive.size('kept')).toBe(store.objects.get('kept here/kept.wav')!.bytes.length);
  });

  it('loses what was kept long enough', async () => {
    const rig = new Rig(freshFolder(), config);
    await record(rig, 'short', HOUR_MS);
    await delivered(rig);
    const later = new Rig(rig.dataDir, config, NOON + 2 * HOUR_MS);
    await later.recorder.keeper.sweep();
    expect(store.objects.size).toBe(0);
    expect(await later.archive.size('short')).toBeNull();
  });
});
