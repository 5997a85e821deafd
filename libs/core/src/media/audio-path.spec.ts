import { describe, expect, it } from '@jest/globals';
import { frameFromBytes, frameFromSamples } from '#libs/audio';
import type { AudioFormat, AudioFrame } from '#libs/contracts';
import { AudioPath } from './audio-path.js';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
const PCM24: AudioFormat = { encoding: 'pcm16', sampleRate: 24_000 };

function frame(fill = 0xff): AudioFrame {
  return frameFromBytes('caller', MULAW, 0, new Uint8Array(160).fill(fill));
}

function path(holdMs = 0, failures: unknown[] = []): AudioPath {
  return new AudioPath({ holdMs, onTapFailure: (thrown) => failures.push(thrown) });
}

class Collector {
  readonly frames: AudioFrame[] = [];
  takes = true;

  push(got: AudioFrame): boolean {
    if (this.takes) this.frames.push(got);
    return this.takes;
  }
}

describe('AudioPath', () => {
  it('hands on the very same frame when both sides share a format', () => {
    const sink = new Collector();
    const audioPath = path();
    audioPath.connect(sink, MULAW, MULAW);
    const sent = frame();
    expect(audioPath.push(sent)).toBe(true);
    expect(sink.frames[0]).toBe(sent);
  });

  it('converts once when the formats differ, and shows taps the sound as it came', () => {
    const sink = new Collector();
    const tapped: AudioFrame[] = [];
    const audioPath = path();
    audioPath.tap({ push: (got) => tapped.push(got) });
    audioPath.connect(sink, MULAW, PCM24);
    audioPath.push(frame());
    expect(tapped[0]?.format).toEqual(MULAW);
    expect(sink.frames[0]?.format).toEqual(PCM24);
  });

  it('keeps the newest early sound and delivers it in order when the sink comes', () => {
    const sink = new Collector();
    const audioPath = path(60);
    for (let i = 1; i <= 5; i++) audioPath.push(frame(i));
    audioPath.connect(sink, MULAW, MULAW);
    expect(sink.frames.map((got) => got.bytes[0])).toEqual([3, 4, 5]);
    expect(audioPath.stats.dropped['early-overflow']).toBe(2);
  });

  it('says no and counts when the far side is full, or nobody is there', () => {
    const sink = new Collector();
    const audioPath = path();
    expect(audioPath.push(frame())).toBe(false);
    audioPath.connect(sink, MULAW, MULAW);
    sink.takes = false;
    expect(audioPath.push(frame())).toBe(false);
    expect(audioPath.stats).toMatchObject({
      frames: 2,
      delivered: 0,
      dropped: { 'not-connected': 1, 'far-side-full': 1 },
    });
  });

  it('takes out a tap that throws and lets the sound go on', () => {
    const failures: unknown[] = [];
    const sink = new Collector();
    const audioPath = path(0, failures);
    const heard: number[] = [];
    audioPath.tap({
      push: () => {
        throw new Error('broken tap');
      },
    });
    audioPath.tap({ push: () => heard.push(1) });
    audioPath.connect(sink, MULAW, MULAW);
    audioPath.push(frame());
    audioPath.push(frame());
    expect(failures).toHaveLength(1);
    expect(heard).toHaveLength(2);
    expect(sink.frames).toHaveLength(2);
  });

  it('tells taps what was never heard', () => {
    const cuts: number[] = [];
    const audioPath = path();
    audioPath.tap({ push: () => undefined, cut: (atMs) => cuts.push(atMs) });
    audioPath.cut(1234);
    expect(cuts).toEqual([1234]);
  });

  it('survives a sink that disconnects the path while early sound is being delivered', () => {
    const audioPath = path(100);
    for (let i = 0; i < 3; i++) audioPath.push(frame());
    let got = 0;
    audioPath.connect(
      {
        push: () => {
          got++;
          audioPath.disconnect();
          return true;
        },
      },
      MULAW,
      MULAW,
    );
    expect(got).toBe(3);
    expect(audioPath.push(frameFromSamples('caller', MULAW, 0, new Int16Array(160)))).toBe(true);
  });
});
