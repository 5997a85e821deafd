import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AudioFrame } from '#libs/contracts';
import { ManualClock } from '#libs/testing';
import { type MediaFormatName, mediaFormat } from './audiocodes.formats.js';
import { CallerSound } from './caller-sound.js';

/** 20 ms of 16 kHz PCM that is not silence. */
const SPEECH = Buffer.alloc(640, 0x11).toString('base64');

describe("the caller's sound", () => {
  let clock: ManualClock;
  let frames: AudioFrame[];
  let faults: string[];

  beforeEach(() => {
    clock = new ManualClock(1000);
    frames = [];
    faults = [];
  });

  const open = (name: MediaFormatName = 'raw/lpcm16', resumed = false) =>
    new CallerSound(
      mediaFormat(name),
      clock,
      { onCallerAudio: (frame) => frames.push(frame), onFault: (error) => faults.push(error.code) },
      resumed,
    );

  const speak = (sound: CallerSound, durationMs: number) => {
    for (let ms = 0; ms < durationMs; ms += 20) {
      clock.advance(20);
      expect(sound.chunk(null, SPEECH)).toBeNull();
    }
  };

  const silentMs = () =>
    frames
      .filter((frame) => frame.isFiller && frame.samples.every((sample) => sample === 0))
      .reduce((sum, frame) => sum + frame.durationMs, 0);

  it('is filled with silence while no stream is open, in real time', () => {
    const sound = open();
    sound.fillWithSilence();
    clock.advance(3000);
    expect(silentMs()).toBe(3000);
    expect(frames.map((frame) => frame.timestampMs)).toEqual(
      Array.from({ length: 30 }, (_, i) => 1000 + i * 100),
    );
    sound.close();
    expect(clock.pending).toBe(0);
  });

  it('is not filled while it flows, nor for the jitter of an open stream', () => {
    const sound = open();
    sound.fillWithSilence();
    sound.start(null);
    speak(sound, 1000);
    clock.advance(360);
    speak(sound, 1000);
    expect(silentMs()).toBe(0);
    expect(frames).toHaveLength(100);
    // The protocol tells no times of its chunks.
    expect(frames.every((frame) => !frame.isFiller && frame.sentMs === null)).toBe(true);
    sound.close();
  });

  it('is filled from its last word on when an open stream falls silent', () => {
    const sound = open();
    sound.fillWithSilence();
    sound.start(null);
    speak(sound, 100);
    clock.advance(1000);
    expect(silentMs()).toBe(1000);
    expect(frames[5]!.timestampMs).toBe(1100);
    sound.close();
  });

  it('is filled without delay when the stream was stopped', () => {
    const sound = open();
    sound.fillWithSilence();
    sound.start(null);
    speak(sound, 100);
    sound.stop(null);
    clock.advance(200);
    expect(silentMs()).toBe(200);
    sound.close();
  });

  it('makes up for no more than a second when the process was held up, and for nothing that had only waited', () => {
    const sound = open();
    sound.fillWithSilence();
    sound.start(null);
    speak(sound, 100);
    clock.stall(1000);
    expect(sound.chunk(null, SPEECH)).toBeNull();
    clock.advance(100);
    expect(silentMs()).toBe(0);
    clock.stall(30_000);
    expect(silentMs()).toBe(0);
    clock.advance(100);
    expect(silentMs()).toBe(1000);
    sound.close();
  });

  it('fills with the silence of its own format', () => {
    const sound = open('raw/mulaw');
    sound.fillWithSilence();
    clock.advance(100);
    expect(new Set(frames[0]!.bytes)).toEqual(new Set([0xff]));
    sound.close();
  });

  it('is refused before its stream was started and after it was stopped', () => {
    const sound = open();
    expect(sound.chunk(null, SPEECH)?.code).toBe('AUDIOCODES_OUT_OF_ORDER');
    sound.start(null);
    expect(sound.chunk(null, SPEECH)).toBeNull();
    sound.stop(null);
    expect(sound.chunk(null, SPEECH)?.code).toBe('AUDIOCODES_OUT_OF_ORDER');
    expect(frames).toHaveLength(1);
  });

  it('goes on without a start after a resume, until the stream is stopped', () => {
    const sound = open('raw/lpcm16', true);
    expect(sound.chunk(null, SPEECH)).toBeNull();
    expect(frames).toHaveLength(1);
    sound.stop(null);
    expect(sound.chunk(null, SPEECH)?.code).toBe('AUDIOCODES_OUT_OF_ORDER');
  });

  it('is the first party that speaks, until the one named caller does', () => {
    const sound = open();
    sound.start('agent');
    sound.chunk('agent', SPEECH);
    expect(frames).toHaveLength(1);
    expect(sound.participant).toBe('agent');
    sound.start('supervisor');
    expect(sound.chunk('supervisor', SPEECH)).toBeNull();
    sound.stop('supervisor');
    expect(frames).toHaveLength(1);
    sound.start('caller');
    sound.chunk('agent', SPEECH);
    sound.chunk('caller', SPEECH);
    expect(frames).toHaveLength(2);
    expect(sound.participant).toBe('caller');
  });

  it('loses half a sample at the end of a stream, not the alignment of the next', () => {
    const sound = open();
    sound.start(null);
    sound.chunk(null, Buffer.from([1, 2, 3]).toString('base64'));
    sound.stop(null);
    sound.start(null);
    sound.chunk(null, Buffer.from([4, 5]).toString('base64'));
    expect(frames.map(({ bytes }) => [...bytes])).toEqual([
      [1, 2],
      [4, 5],
    ]);
    expect(faults).toEqual([]);
  });
});
