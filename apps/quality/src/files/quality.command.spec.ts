import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bytesFromSamples, encodeAlaw, encodeMulaw, wavHeader, writeWav } from '#libs/audio';
import { noise } from '../corpus/sound/noises.js';
import { amplitude, mixed, type Signal, scaled, toSamples } from '../corpus/sound/signal.js';
import { talk } from '../corpus/sound/voices.js';
import { repositoryFile } from '../repository-file.js';
import type { QualityRecord } from './measure-file.js';
import { runQuality } from './quality.command.js';

const FIELDS = [
  'file',
  'channel',
  'sampleRate',
  'durationMs',
  'speechMs',
  'snrDb',
  'thdPercent',
  'clippingPercent',
  'levelDbov',
  'noiseDbov',
  'dcOffset',
  'humDb',
  'humHz',
  'bandwidthHz',
  'dropouts',
  'formatSuspicion',
  'mos',
  'score',
  'reasons',
];

let folder: string;
const path = (name: string) => join(folder, name);

function run(...argv: readonly string[]) {
  let out = '';
  let err = '';
  const code = runQuality(
    argv,
    (text) => {
      out += text;
    },
    (text) => {
      err += text;
    },
  );
  return { code, out, err, records: () => JSON.parse(out) as QualityRecord[] };
}

const speech = (sampleRate: number, noiseDb: number) => {
  const said = talk({ sampleRate, seconds: 12, seed: 1, pauseMs: [800, 1200] });
  return mixed(said, scaled(noise('white', said.length, sampleRate, 2), amplitude(noiseDb)));
};

function writePcm(name: string, sampleRate: number, ...channels: readonly Signal[]): void {
  const samples = channels.map(toSamples);
  const length = samples[0]!.length;
  const woven = Int16Array.from({ length: length * samples.length }, (_, i) => {
    return samples[i % samples.length]![Math.floor(i / samples.length)]!;
  });
  const format = { encoding: 'pcm16' as const, sampleRate };
  writeFileSync(path(name), writeWav(format, samples.length, bytesFromSamples(woven)));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quality-'));
  writePcm('good.wav', 16000, speech(16000, -70));
  writePcm('noisy.wav', 8000, speech(8000, -35));
  const agent = talk({ sampleRate: 8000, seconds: 20, seed: 5, pauseMs: [800, 2000] });
  const back = agent.map((_, i) => (i < 1200 ? 0 : agent[i - 1200]! * amplitude(-14)));
  writePcm(
    'call.wav',
    8000,
    mixed(back, scaled(noise('white', back.length, 8000, 6), amplitude(-65))),
    agent,
  );
  const narrow = toSamples(speech(8000, -60));
  writeFileSync(path('mulaw.wav'), writeWav({ encoding: 'mulaw', sampleRate: 8000 }, 1, encodeMulaw(narrow)));
  writeFileSync(path('alaw.wav'), writeWav({ encoding: 'alaw', sampleRate: 8000 }, 1, encodeAlaw(narrow)));
  writePcm('silence.wav', 8000, new Float64Array(24_000));
  writeFileSync(path('text.wav'), 'This is a text and no sound at all.');
  writeFileSync(path('empty.wav'), '');
  writeFileSync(path('header.wav'), wavHeader({ encoding: 'pcm16', sampleRate: 8000 }, 1, 0));
  writeFileSync(path('fast.wav'), wavHeader({ encoding: 'pcm16', sampleRate: 192_000 }, 1, 4));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('npm run quality', () => {
  it('prints a line for each file, with plain words', () => {
    const { code, out, err } = run(path('good.wav'), path('noisy.wav'));
    expect(code).toBe(0);
    expect(err).toBe('');
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/good\.wav .*good$/);
    expect(lines[2]).toMatch(/noisy\.wav .*noisy: \d+ dB, a fan or traffic/);
  });

  it('prints records with every field', () => {
    const [record] = run('--json', path('noisy.wav')).records();
    expect(Object.keys(record!)).toEqual(expect.arrayContaining(FIELDS));
    expect(record).toMatchObject({
      file: path('noisy.wav'),
      channel: 0,
      sampleRate: 8000,
      durationMs: 12_000,
    });
    expect(Math.abs(record!.snrDb! - 9)).toBeLessThan(1.5);
    expect(Math.abs(record!.levelDbov! + 26)).toBeLessThan(0.5);
    expect(record!.score).toBeLessThan(60);
  });

  it('measures both sides of a recorded call, and the echo between them', () => {
    const [caller, agent] = run(path('call.wav'), '--json').records();
    expect([caller!.channel, agent!.channel]).toEqual([0, 1]);
    expect(Math.abs(caller!.echo!.delayMs - 150)).toBeLessThanOrEqual(10);
    expect(Math.abs(caller!.echo!.levelDb + 14)).toBeLessThanOrEqual(2);
    expect(caller!.reasons.join()).toContain('echo');
    expect(agent!.echo).toBeNull();
  });

  it.each(['mulaw', 'alaw'])('reads %s', (law) => {
    const [record] = run('--json', path(`${law}.wav`)).records();
    expect(record).toMatchObject({ sampleRate: 8000, formatSuspicion: null });
    expect(Math.abs(record!.levelDbov! + 26)).toBeLessThan(0.5);
  });

  it('has null for what cannot be had', () => {
    const [record] = run('--json', path('silence.wav')).records();
    expect(record).toMatchObject({ snrDb: null, thdPercent: null, humDb: null, mos: null, score: null });
    expect(record!.reasons[0]).toMatch(/^silent/);
  });

  it.each([
    ['text.wav', 'no WAV file'],
    ['empty.wav', 'empty'],
    ['header.wav', 'no sound'],
    ['fast.wav', '192000 Hz'],
    ['absent.wav', 'no such file'],
    ['.', 'folder'],
  ])('names %s and fails with exit code 2, but measures the others', (name, words) => {
    const { code, err, records } = run('--json', path(name), path('good.wav'));
    expect(code).toBe(2);
    expect(err).toContain(`${path(name)}: `);
    expect(err).toContain(words);
    expect(records().map(({ file }) => file)).toEqual([path('good.wav')]);
  });

  it('explains itself, and fails without a file', () => {
    expect(run('--help').code).toBe(0);
    expect(run('--help').out).toContain('--json');
    const { code, err } = run();
    expect(code).toBe(2);
    expect(err).toContain('files');
  });

  const built = repositoryFile('dist/apps/quality/src/main.js');
  (existsSync(built) ? it : it.skip)('hands the exit code to the shell once it is built', () => {
    const child = (file: string) => spawnSync(process.execPath, [built, path(file)], { encoding: 'utf8' });
    expect(child('good.wav')).toMatchObject({ status: 0, stderr: '' });
    expect(child('text.wav')).toMatchObject({ status: 2, stdout: '' });
  });
});
