import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { readWav, type WavSound } from '#libs/audio';
import type { OpenRecording } from '#libs/contracts';
import { until } from '#libs/testing';
import { freshFolder, NOON, PCM24, POLICY, Rig, type RigCall, removeFolders } from '../test/rig.js';

afterAll(removeFolders);

async function bytesOf(open: OpenRecording | null): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of open!.body) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  expect(bytes.length).toBe(open!.bytes);
  return bytes;
}

/** Stretches of sound of a channel in milliseconds, each with its level. */
function stretches({ sampleRate, channels }: WavSound, channel: number): [number, number, number][] {
  const found: [number, number, number][] = [];
  const samples = channels[channel]!;
  let from = 0;
  for (let i = 1; i <= samples.length; i++) {
    if (i < samples.length && samples[i] === samples[from]) continue;
    if (samples[from] !== 0)
      found.push([(from * 1000) / sampleRate, (i * 1000) / sampleRate, samples[from]!]);
    from = i;
  }
  return found;
}

const PCM8 = { encoding: 'pcm16', sampleRate: 8000 } as const;

/** A call of which both tracks have 8 kHz, so that each sample is in the file as it was. */
function plainCall(rig: Rig, id: string, policy = POLICY): RigCall {
  const call = rig.call(id, policy);
  call.connect(PCM8);
  return call;
}

describe('the recording of a call', () => {
  it('has the caller on the left and the agent, as far as he was heard, on the right', async () => {
    const rig = new Rig();
    const timers = rig.clock.pending;
    const call = plainCall(rig, 'one');
    await call.pass(100);
    call.agentSays(900, 1000, 0, PCM8);
    await call.pass(400, () => call.callerSays(500, PCM8));
    call.paths.agent.cut(rig.clock.nowMs());
    await call.pass(500);
    call.agentSays(700, 5000, 100, PCM8);
    await call.pass(300);
    await call.end();
    const wav = rig.wav('one');
    expect(wav.sampleRate).toBe(8000);
    expect(stretches(wav, 0)).toEqual([[100, 500, 500]]);
    expect(stretches(wav, 1)).toEqual([
      [100, 500, 900],
      [1100, 1300, 700],
    ]);
    expect(rig.tape.all('recording.started')).toEqual([{ sampleRate: 8000 }]);
    expect(rig.tape.all('recording.saved')).toEqual([
      { sampleRate: 8000, durationMs: 1300, bytes: 44 + 1300 * 32 },
    ]);
    expect(rig.clock.pending).toBe(timers);
  });

  it('has the better rate of both tracks, within the limit that is set', async () => {
    for (const [highestSampleRate, expected] of [
      [24_000, 24_000],
      [16_000, 16_000],
    ] as const) {
      const rig = new Rig(undefined, { highestSampleRate });
      const call = rig.call('rate');
      call.connect(PCM24);
      await call.pass(1000, () => call.callerSays(5000));
      await call.end();
      const { sampleRate, channels } = rig.wav('rate');
      expect(sampleRate).toBe(expected);
      expect(channels[0]!.length).toBe(expected);
      expect(Math.abs(channels[0]![expected / 2]! - 5000)).toBeLessThan(300);
    }
  });

  it('is not made where the agent asks for none, nor before the call is connected', async () => {
    const rig = new Rig();
    const none = rig.call('none', null);
    none.connect();
    await none.end();
    const early = rig.call('early');
    early.router.publish('call.answered', { setupMs: 1 });
    await early.pass(1000);
    await early.end();
    expect(rig.tape.types).not.toContain('recording.started');
    expect(readdirSync(rig.dataDir)).toEqual([]);
  });

  it('begins with the answer where the agent asks for that', async () => {
    const rig = new Rig();
    const call = rig.call('early', { ...POLICY, fromAnswer: true });
    call.router.publish('call.answered', { setupMs: 1 });
    await call.pass(1000);
    call.connect();
    await call.pass(1000);
    await call.end();
    expect(rig.tape.all('recording.saved')).toMatchObject([{ sampleRate: 24_000, durationMs: 2000 }]);
  });

  it('is silent on both sides while it is paused, to the sample', async () => {
    const rig = new Rig();
    const call = plainCall(rig, 'paused');
    const { archive } = rig;
    const talk = () => call.callerSays(500, PCM8);
    call.agentSays(900, 3000, 0, PCM8);
    await call.pass(1000, talk);
    rig.clock.advance(7);
    expect(archive.pause('paused', 'Ada')).toBe(true);
    expect(archive.pause('paused', 'Ada')).toBe(true);
    await call.pass(1000, talk);
    rig.clock.advance(6);
    expect(archive.resume('paused', 'Ada')).toBe(true);
    await call.pass(500, talk);
    await call.end();
    const wav = rig.wav('paused');
    expect(stretches(wav, 1)).toEqual([
      [0, 1007, 900],
      [2013, 2513, 900],
    ]);
    const caller = stretches(wav, 0);
    // What the caller said last before the pause had not arrived when it began.
    expect(caller.length).toBe(2);
    expect(caller[0]![1]).toBe(1000);
    expect(Math.abs(caller[1]![0] - 2013)).toBeLessThan(20);
    expect(rig.tape.all('recording.paused')).toEqual([{ by: 'Ada' }]);
    expect(rig.tape.all('recording.resumed')).toEqual([{ by: 'Ada' }]);
    expect(archive.pause('paused', 'Ada')).toBe(false);
    expect(archive.pause('unknown', 'Ada')).toBe(false);
  });

  it('has nothing of keys that nobody shall keep, nor can an operator make it go on meanwhile', async () => {
    const rig = new Rig();
    const call = plainCall(rig, 'card');
    const talk = () => call.callerSays(500, PCM8);
    await call.pass(1000, talk);
    call.router.publish('digits.collecting', { sensitive: true });
    rig.archive.pause('card', 'Ada');
    rig.archive.resume('card', 'Ada');
    await call.pass(2000, talk);
    call.router.publish('digits.collected', { digits: '', complete: true, sensitive: true });
    await call.pass(1500, talk);
    call.router.publish('caller.dtmf', { digit: '' });
    await call.pass(2500, talk);
    call.router.publish('digits.collecting', { sensitive: false });
    await call.pass(200, talk);
    await call.end();
    // Two seconds longer than the last key: who types goes on typing.
    expect(stretches(rig.wav('card'), 0)).toEqual([
      [0, 1000, 500],
      [6500, 7200, 500],
    ]);
    expect(rig.tape.all('recording.paused')).toEqual([{ by: 'digits' }]);
    expect(rig.tape.all('recording.resumed')).toEqual([{ by: 'digits' }]);
  });

  describe('with keys that came before the sensitive collection that took them', () => {
    const talking = (id: string) => {
      const rig = new Rig();
      const call = rig.call(id, POLICY, true);
      call.connect(PCM8);
      const pass = (ms: number) => call.pass(ms, () => call.callerSays(500, PCM8));
      const press = async (times: number, everyMs: number) => {
        for (let n = 0; n < times; n++) {
          call.router.publish('caller.dtmf', { digit: '' });
          await pass(everyMs);
        }
      };
      return { rig, call, pass, press };
    };

    it('has nothing of them, from before the first, whose tone was heard before its news', async () => {
      const { rig, call, pass, press } = talking('early');
      await pass(5000);
      await press(8, 1000);
      call.router.publish('digits.collecting', { sensitive: true });
      await pass(1000);
      call.router.publish('digits.collected', { digits: '', complete: true, sensitive: true });
      await pass(3000);
      await call.end();
      expect(stretches(rig.wav('early'), 0)).toEqual([
        [0, 3000, 500],
        [16_000, 17_000, 500],
      ]);
      expect(rig.tape.all('recording.paused')).toEqual([{ by: 'digits' }]);
    });

    it('also where an operator had let it go on just before, or pauses it meanwhile', async () => {
      const { rig, call, pass, press } = talking('operator');
      await pass(2000);
      rig.archive.pause('operator', 'Ada');
      await pass(2000);
      rig.archive.resume('operator', 'Ada');
      await pass(3000);
      await press(1, 500);
      rig.archive.pause('operator', 'Ada');
      await pass(200);
      call.router.publish('digits.collecting', { sensitive: true });
      await pass(1000);
      await call.end();
      expect(stretches(rig.wav('operator'), 0)).toEqual([
        [0, 2000, 500],
        [4000, 5000, 500],
      ]);
    });

    it('keeps those that nobody took so, and writes what was held back', async () => {
      const { rig, call, pass, press } = talking('menu');
      await pass(3000);
      await press(2, 1000);
      await pass(1000);
      call.router.publish('digits.collecting', { sensitive: true });
      await pass(1000);
      await call.end();
      expect(stretches(rig.wav('menu'), 0)).toEqual([[0, 6000, 500]]);
    });

    it('holds back no more than it can: who types for longer is not recorded', async () => {
      const { rig, call, pass, press } = talking('player');
      await pass(3000);
      await press(60, 1000);
      await pass(4000);
      await call.end();
      expect(stretches(rig.wav('player'), 0)).toEqual([
        [0, 1000, 500],
        [64_000, 67_000, 500],
      ]);
      expect(rig.tape.types).not.toContain('recording.failed');
    });
  });

  it('ends with the sound of a call that goes on in turns of text', async () => {
    const rig = new Rig();
    const call = plainCall(rig, 'turns');
    await call.pass(200, () => call.callerSays(500, PCM8));
    call.router.publish('call.fell.back', { to: 'message', code: 'X' });
    await call.pass(100, () => call.callerSays(500, PCM8));
    call.router.publish('call.fell.back', { to: 'turns', code: 'X' });
    await call.pass(5000);
    await call.end();
    expect(stretches(rig.wav('turns'), 0)).toEqual([[0, 300, 500]]);
    expect(rig.tape.last('recording.saved')).toMatchObject({ durationMs: 300 });
  });

  it('goes on through an absence of the caller’s leg, each sound at its time', async () => {
    const rig = new Rig();
    const call = plainCall(rig, 'away');
    await call.pass(200, () => call.callerSays(500, PCM8));
    call.paths.agent.cut(rig.clock.nowMs());
    call.router.publish('call.suspended', { code: 'X' });
    call.agentSays(900, 100, 0, PCM8);
    await call.pass(5000);
    call.router.publish('call.resumed', { afterMs: 5000 });
    await call.pass(200, () => call.callerSays(600, PCM8));
    call.agentSays(900, 100, 0, PCM8);
    await call.pass(200);
    await call.end();
    const wav = rig.wav('away');
    expect(stretches(wav, 0)).toEqual([
      [0, 200, 500],
      [5200, 5400, 600],
    ]);
    expect(stretches(wav, 1)).toEqual([[5400, 5500, 900]]);
  });

  it('keeps no more of an hour than of a minute in memory', async () => {
    const rig = new Rig();
    const call = plainCall(rig, 'hour');
    const recorder = rig.archive.running.get('hour')!;
    const loud = new Int16Array(160).fill(300);
    let most = 0;
    const minute = async () => {
      for (let n = 0; n < 60; n++) {
        call.agentSays(200, 1000, 500, PCM8);
        await call.pass(1000, () => call.callerSays(loud[0]!, PCM8));
        most = Math.max(most, recorder.waitingFrames);
      }
    };
    await minute();
    const afterMinute = most;
    for (let n = 1; n < 60; n++) await minute();
    expect(most).toBeLessThanOrEqual(afterMinute);
    expect(most).toBeLessThan(100);
    await call.end();
    expect(rig.tape.all('recording.saved')).toMatchObject([{ durationMs: 3_600_000 }]);
    expect(statSync(rig.fileOf('hour')).size).toBe(44 + 3_600_000 * 32);
  }, 180_000);

  it('is for nobody else on this machine', async () => {
    const rig = new Rig();
    const call = plainCall(rig, 'mine');
    await call.pass(1000);
    await call.end();
    const folder = join(rig.dataDir, 'recordings');
    const modes = [
      folder,
      join(folder, '2026-03-01'),
      rig.fileOf('mine'),
      rig.fileOf('mine').replace('wav', 'json'),
    ];
    expect(modes.map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700, 0o600, 0o600]);
  });

  it('fails without the call where the folder is none, and says so once', async () => {
    const dataDir = freshFolder();
    writeFileSync(join(dataDir, 'recordings'), 'a file');
    const rig = new Rig(dataDir);
    const call = plainCall(rig, 'nowhere');
    await call.pass(2000, () => call.callerSays(500));
    expect(rig.archive.pause('nowhere', 'Ada')).toBe(false);
    await call.end();
    expect(rig.tape.all('recording.failed')).toEqual([{ code: 'RECORDING_FOLDER_UNUSABLE' }]);
    expect(rig.tape.types).not.toContain('recording.saved');
    expect(
      rig.log.lines.filter(({ fields }) => fields.code === 'RECORDING_FOLDER_UNUSABLE' && fields.callId),
    ).toHaveLength(1);
    expect(call.paths.caller.stats.frames).toBe(100);
  });
});

describe('recordings that were made', () => {
  it('are read whole or in part, also while the call runs, and removed', async () => {
    const rig = new Rig();
    const { archive } = rig;
    const call = plainCall(rig, 'read');
    await call.pass(2000, () => call.callerSays(500, PCM8));
    expect(readWav(await bytesOf(await archive.open('read'))).channels[0]!.length).toBe(12_800);
    expect(await archive.remove('read')).toBe(false);
    await call.end();
    const whole = readFileSync(rig.fileOf('read'));
    expect(await archive.size('read')).toBe(whole.length);
    expect(await bytesOf(await archive.open('read'))).toEqual(whole);
    expect(await bytesOf(await archive.open('read', { start: 44, end: 143 }))).toEqual(
      whole.subarray(44, 144),
    );
    expect(await bytesOf(await archive.open('read', { start: 60_000, end: 1e9 }))).toEqual(
      whole.subarray(60_000),
    );
    expect(await archive.open('read', { start: 1e9, end: 2e9 })).toBeNull();
    expect(await archive.remove('read')).toBe(true);
    expect(await archive.remove('read')).toBe(false);
    expect([await archive.open('read'), await archive.size('read')]).toEqual([null, null]);
    expect(readdirSync(join(rig.dataDir, 'recordings'))).toEqual([]);
  });

  it('are found by the id of a call only, never by a path', async () => {
    const rig = new Rig();
    const day = join(rig.dataDir, 'recordings', '2026-03-01');
    mkdirSync(day, { recursive: true });
    writeFileSync(join(rig.dataDir, 'secret.json'), '{}');
    writeFileSync(join(rig.dataDir, 'secret.wav'), 'x');
    expect(await rig.archive.open('../../secret')).toBeNull();
    expect(await rig.archive.remove('../../secret')).toBe(false);
  });

  it('are deleted when their time is over, by the hourly look and by one at the start', async () => {
    const HOUR_MS = 3_600_000;
    const rig = new Rig();
    const call = plainCall(rig, 'short', { ...POLICY, keepForMs: 2 * HOUR_MS });
    await call.pass(1000);
    await call.end();
    const other = plainCall(rig, 'long', { ...POLICY, keepForMs: 9 * HOUR_MS });
    await other.pass(1000);
    await other.end();
    rig.clock.advance(HOUR_MS);
    await rig.recorder.keeper.sweep();
    expect(await rig.archive.size('short')).not.toBeNull();
    rig.clock.advance(HOUR_MS);
    await rig.recorder.keeper.sweep();
    expect(await rig.archive.size('short')).toBeNull();
    expect(rig.log.lines.map(({ message }) => message)).toContain(
      'A recording was kept long enough and is deleted.',
    );
    const later = new Rig(rig.dataDir, {}, NOON + 10 * HOUR_MS);
    await later.recorder.keeper.sweep();
    expect(await later.archive.size('long')).toBeNull();
  });
});

describe('a gateway that dies in a call', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  function record(folder: string, ...limits: string[]): { child: ChildProcess; lines: string[] } {
    const loader = new URL('../../../../scripts/run-typescript.mjs', import.meta.url).pathname;
    const script = new URL('../test/recording-child.ts', import.meta.url).pathname;
    const node = `exec "${process.execPath}" --conditions=source --import "${loader}" "${script}" "${folder}"`;
    const child = spawn('bash', ['-c', [...limits, node].join('; ')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const lines: string[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
    return { child, lines };
  }

  /** Of the one day on which there are recordings: it may have been yesterday. */
  const dayIn = (folder: string) => readdirSync(join(folder, 'recordings'))[0]!;

  it('leaves a recording that plays up to the last second, and the next start makes it whole', async () => {
    const folder = freshFolder();
    const { child, lines } = record(folder);
    await until(() => lines.length > 0, 'sound on disk', 30_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lateAt = Date.now();
    const day = dayIn(folder);
    const part = join(folder, 'recordings', day, 'killed-call.wav.part');
    const { startedAt } = JSON.parse(readFileSync(part.replace('wav.part', 'json'), 'utf8'));
    const left = readWav(readFileSync(part));
    const leftMs = (left.channels[0]!.length * 1000) / left.sampleRate;
    expect(leftMs).toBeGreaterThan(2000);
    expect(leftMs).toBeLessThanOrEqual(lateAt - startedAt);

    // As if the last write had been caught in the middle.
    writeFileSync(part, Buffer.concat([readFileSync(part), Buffer.alloc(8003)]));
    const rig = new Rig(folder, {}, Date.now() + 60_000);
    const found: unknown[] = [];
    await rig.recorder.keeper.sweep();
    rig.archive.onRecovered((recording) => found.push(recording));
    const whole = readWav(readFileSync(join(folder, 'recordings', day, 'killed-call.wav')));
    expect(whole.channels[0]!.length).toBe(left.channels[0]!.length + 2000);
    expect(found).toEqual([
      {
        callId: 'killed-call',
        state: 'saved',
        sampleRate: 24_000,
        durationMs: (whole.channels[0]!.length * 1000) / 24_000,
        bytes: await rig.archive.size('killed-call'),
      },
    ]);
  }, 90_000);

  it('does not touch what another process is still writing', async () => {
    const folder = freshFolder();
    const { lines } = record(folder);
    await until(() => lines.length > 0, 'sound on disk', 30_000);
    const rig = new Rig(folder, {}, Date.now());
    await rig.recorder.keeper.sweep();
    expect(readdirSync(join(folder, 'recordings', dayIn(folder)))).toContain('killed-call.wav.part');
  }, 90_000);

  it('tells of a disk that is full, and the call goes on', async () => {
    // The system lets no file grow beyond this (in KiB), which is what a full disk is to who writes.
    const { child, lines } = record(freshFolder(), 'ulimit -f 100');
    await until(() => lines.length > 1, 'the end of the room and of three seconds', 30_000);
    expect(lines).toEqual(['failed RECORDING_DISK_FULL', 'begun']);
    expect(child.exitCode).toBeNull();
  }, 90_000);
});
