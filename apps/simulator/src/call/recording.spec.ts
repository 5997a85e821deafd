import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { encodeMulaw, readWav } from '#libs/audio';
import { ManualClock } from '#libs/testing';
import { shortSpeech } from '../testing/short-speech.js';
import { LineRecord } from './line-record.js';
import { recordingOf, writeCallRecording } from './recording.js';
import { spokenFrames } from './speech.js';
import { Voice } from './voice.js';

const MULAW = { encoding: 'mulaw', sampleRate: 8000 } as const;

/** 400 ms of a line on which the caller spoke from 40 ms on, and the agent was heard from 200 ms on. */
function record(): LineRecord {
  const clock = new ManualClock(5000);
  const line = new LineRecord(clock, new Voice(), true);
  line.lineUp(clock.nowMs());
  const { frames } = spokenFrames(shortSpeech(100), MULAW);
  for (const [index, frame] of frames.entries()) line.spoken({ index: index + 2, frame });
  const heard = encodeMulaw(shortSpeech(100).samples);
  line.onPlayed(heard.subarray(0, 300), MULAW, 5200, 5190);
  line.onPlayed(heard.subarray(300), MULAW, 5237.5, 5190);
  clock.advance(400);
  line.lineDown(clock.nowMs(), 0);
  return line;
}

const audibleFrom = (samples: Int16Array) => samples.findIndex((sample) => Math.abs(sample) > 1000);
const audibleTo = (samples: Int16Array) => samples.findLastIndex((sample) => Math.abs(sample) > 1000);

describe('a recording', () => {
  it('has both sides where they belong in time', () => {
    const { sampleRate, spoken, heard } = recordingOf(record());
    expect(sampleRate).toBe(8000);
    expect([spoken.length, heard.length]).toEqual([3200, 3200]);
    expect(audibleFrom(spoken)).toBe(320);
    expect(audibleTo(spoken)).toBeCloseTo(1119, -1);
    expect(audibleFrom(heard)).toBe(1600);
    expect(audibleTo(heard)).toBeCloseTo(2399, -1);
  });

  it('brings everything to the highest rate that was used', () => {
    const line = record();
    const wide = { encoding: 'pcm16', sampleRate: 24000 } as const;
    line.onPlayed(new Uint8Array(shortSpeech(20, 24000).samples.buffer), wide, 5350, 5350);
    const { sampleRate, heard } = recordingOf(line);
    expect(sampleRate).toBe(24000);
    expect(heard).toHaveLength(9600);
    expect(audibleFrom(heard)).toBeCloseTo(4800, -2);
  });

  it('becomes a WAV file with the caller on the left', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recording-'));
    const path = await writeCallRecording(join(folder, 'deeper'), 'call', record());
    const { channels, sampleRate } = readWav(await readFile(path));
    expect(sampleRate).toBe(8000);
    expect(channels.map(audibleFrom)).toEqual([320, 1600]);
    await rm(folder, { recursive: true });
  });
});
