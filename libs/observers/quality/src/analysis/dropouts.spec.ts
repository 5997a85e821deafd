import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { decodeMulaw, encodeMulaw, readWav } from '#libs/audio';
import { DropoutMeter } from './dropouts.js';

const wav = readWav(readFileSync('libs/backends/echo/assets/greeting.wav'));
const RATE = wav.sampleRate;
const speech = wav.channels[0]!;

function noisy(): Int16Array {
  let seed = 1;
  return speech.map((sample) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.max(-32768, Math.min(32767, sample + (seed / 2 ** 32 - 0.5) * 900));
  });
}

function meterOf(samples: Int16Array, piece = RATE / 50): DropoutMeter {
  const meter = new DropoutMeter(RATE);
  for (let at = 0; at < samples.length; at += piece) meter.push(samples.subarray(at, at + piece));
  return meter;
}

/** Loud places, on the grid of frames and off it, at least 300 ms apart. */
function places(length: number): number[] {
  const found: number[] = [];
  const mean = (from: number, end: number) =>
    speech.subarray(from, end).reduce((sum, sample) => sum + Math.abs(sample), 0) / (end - from);
  const loud = 0.6 * mean(0, speech.length);
  for (let at = Math.round(0.4 * RATE); at < speech.length - RATE / 2; at += 37) {
    const isFar = at - (found.at(-1) ?? 0) > 0.3 * RATE;
    if (
      isFar &&
      mean(at - 480, at) > loud &&
      mean(at, at + length) > loud &&
      mean(at + length, at + length + 480) > loud
    )
      found.push(at);
  }
  return found;
}

function expectEach(meter: DropoutMeter, planted: number[], durationMs: number): void {
  const missed = planted.filter(
    (at) =>
      !meter.found.some(
        (one) => Math.abs(one.atMs - (at * 1000) / RATE) <= 20 && Math.abs(one.durationMs - durationMs) <= 20,
      ),
  );
  expect(planted.length).toBeGreaterThan(5);
  expect(missed).toEqual([]);
}

describe('DropoutMeter', () => {
  it('finds nothing in good speech, clean, noisy or through mu-law', () => {
    for (const sound of [
      speech,
      noisy(),
      decodeMulaw(encodeMulaw(speech)),
      decodeMulaw(encodeMulaw(noisy())),
    ]) {
      expect(meterOf(sound).count).toBe(0);
    }
  });

  for (const durationMs of [20, 40, 60]) {
    it(`finds muted stretches of ${durationMs} ms`, () => {
      const length = (RATE * durationMs) / 1000;
      const planted = places(length);
      const sound = noisy();
      for (const at of planted) sound.fill(0, at, at + length);
      expectEach(meterOf(sound), planted, durationMs);
      expectEach(meterOf(decodeMulaw(encodeMulaw(sound))), planted, durationMs);
    });
  }

  for (const frameMs of [10, 20, 30]) {
    it(`finds the last ${frameMs} ms repeated`, () => {
      const length = (RATE * Math.max(20, frameMs)) / 1000;
      const lag = (RATE * frameMs) / 1000;
      const planted = places(length);
      const sound = noisy();
      for (const at of planted) for (let i = at; i < at + length; i++) sound[i] = sound[i - lag]!;
      expectEach(meterOf(sound), planted, Math.max(20, frameMs));
    });
  }

  it('finds a tear at the border of a frame, and none where the sound is smooth', () => {
    const tone = Int16Array.from({ length: RATE }, (_, i) => 8000 * Math.sin(0.05 * i));
    expect(meterOf(tone).count).toBe(0);
    const border = RATE / 2;
    // A part of the period is missing from here on.
    for (let i = border; i < tone.length; i++) tone[i] = 8000 * Math.sin(0.05 * i + 2.5);
    const meter = meterOf(tone);
    expect(meter.found).toEqual([{ atMs: 500, durationMs: 0 }]);
  });

  it('finds a stray sample at the border of a frame', () => {
    const sound = noisy();
    const planted = places(1).map((at) => RATE / 50 + at - (at % (RATE / 50)));
    for (const at of planted) sound[at] = sound[at - 1]! > 0 ? -25_000 : 25_000;
    expectEach(meterOf(sound), planted, 0);
  });

  it('is not misled by a DC offset', () => {
    const offset = 1600;
    const shifted = (sound: Int16Array) => sound.map((sample) => Math.min(32767, sample + offset));
    const pause = new Int16Array(RATE / 2);
    const talk = Int16Array.from([...speech, ...pause, ...speech]);
    expect(meterOf(shifted(talk)).count).toBe(0);
    const length = RATE / 50;
    const planted = places(length);
    for (const value of [0, offset]) {
      const sound = shifted(noisy());
      for (const at of planted) sound.fill(value, at, at + length);
      expectEach(meterOf(sound), planted, 20);
    }
  });

  it('takes a tone whose period divides a frame for no repetition', () => {
    const tone = Int16Array.from({ length: RATE }, (_, i) => 8000 * Math.sin((2 * Math.PI * 400 * i) / RATE));
    expect(meterOf(tone).count).toBe(0);
  });

  it('gives the same however the sound is cut', () => {
    const sound = noisy();
    for (const at of places(320)) sound.fill(0, at, at + 320);
    const whole = meterOf(sound, sound.length).found;
    expect(whole.length).toBeGreaterThan(5);
    for (const piece of [1, 77, 320, 5000]) expect(meterOf(sound, piece).found).toEqual(whole);
  });
});
