import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { decodeMulaw, encodeMulaw, monoOf, Resampler, readWav } from '#libs/audio';
import type { AudioFormat } from '#libs/contracts';
import { TrackAnalyser } from './track-analyser.js';

const WIDE: AudioFormat = { encoding: 'pcm16', sampleRate: 16000 };
const PHONE: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
const ROOT = new URL('../../../../../', import.meta.url);

function analysed(format: AudioFormat, samples: Int16Array, piece = samples.length): TrackAnalyser {
  const analyser = new TrackAnalyser(format);
  for (let at = 0; at < samples.length; at += piece) analyser.push(samples.subarray(at, at + piece));
  return analyser;
}

function sampled(format: AudioFormat, seconds: number, wave: (t: number, i: number) => number): Int16Array {
  const samples = Int16Array.from({ length: seconds * format.sampleRate }, (_, i) =>
    Math.max(-32768, Math.min(32767, Math.round(wave(i / format.sampleRate, i)))),
  );
  return format.encoding === 'mulaw' ? decodeMulaw(encodeMulaw(samples)) : samples;
}

/** Gaussian enough, of the root mean square that is asked for; the same every time. */
function noise(length: number, rms: number): Float64Array {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
  return Float64Array.from({ length }, () => rms * (uniform() + uniform() + uniform()));
}

/** Recorded sentences at 16 kHz or half of it, with 0.8 s of silence after each, twice over. */
function speech(format: AudioFormat): Int16Array {
  const parts: number[] = [];
  for (const name of ['caller-hello', 'caller-order', 'caller-hours', 'caller-hello', 'caller-stop']) {
    const sound = readWav(readFileSync(new URL(`apps/simulator/speech/${name}.wav`, ROOT)));
    const mono = monoOf(sound);
    const length = Math.floor((mono.length * format.sampleRate) / sound.sampleRate);
    for (let i = 0; i < length; i++) {
      const at = (i * sound.sampleRate) / format.sampleRate;
      const low = Math.floor(at);
      const next = mono[low + 1] ?? 0;
      parts.push(mono[low]! + (at - low) * (next - mono[low]!));
    }
    for (let i = 0; i < 0.8 * format.sampleRate; i++) parts.push(0);
  }
  return sampled(format, parts.length / format.sampleRate, (_, i) => parts[i]!);
}

function withNoise(samples: Int16Array, rms: number): Int16Array {
  const around = noise(samples.length, rms);
  return samples.map((sample, i) => Math.max(-32768, Math.min(32767, Math.round(sample + around[i]!))));
}

const rmsOf = (dbov: number) => 32768 * 10 ** (dbov / 20);

describe('TrackAnalyser', () => {
  it('gives the same figures however the sound is cut', () => {
    const samples = withNoise(speech(WIDE), 30);
    const whole = analysed(WIDE, samples);
    for (const piece of [1, 7, 320, 1601]) {
      const cut = analysed(WIDE, samples, piece);
      expect(cut.call()).toEqual(whole.call());
      expect(cut.second()).toEqual(whole.second());
      expect(cut.seconds).toBe(whole.seconds);
    }
  });

  it('has no second before the first is over', () => {
    const analyser = new TrackAnalyser(PHONE);
    analyser.push(new Int16Array(7999));
    expect(analyser.second()).toBeNull();
    analyser.push(new Int16Array(1));
    expect(analyser.seconds).toBe(1);
    expect(analyser.second()?.durationMs).toBe(1000);
  });

  it('says nothing of digital silence but its level', () => {
    const call = analysed(PHONE, new Int16Array(40000)).call();
    expect(call).toMatchObject({
      speechMs: 0,
      snrDb: null,
      thdPercent: null,
      clippingPercent: 0,
      levelDbov: -127,
      noiseDbov: null,
      dcOffset: 0,
      humDb: null,
      bandwidthHz: null,
    });
  });

  it.each([WIDE, PHONE])('measures SNR within 1.5 dB in steady noise ($encoding $sampleRate)', (format) => {
    const clean = speech(format);
    const level = analysed(format, clean).call().levelDbov!;
    let before = 0;
    for (const ratioDb of [8, 12, 20, 30]) {
      const { snrDb, noiseDbov } = analysed(format, withNoise(clean, rmsOf(level - ratioDb))).call();
      expect(Math.abs(snrDb! - ratioDb)).toBeLessThan(1.5);
      expect(Math.abs(noiseDbov! - (level - ratioDb))).toBeLessThan(1.5);
      expect(snrDb).toBeGreaterThan(before);
      before = snrDb!;
    }
  });

  it('follows noise that slowly becomes louder', () => {
    const once = speech(PHONE);
    const clean = new Int16Array(2 * once.length);
    clean.set(once);
    clean.set(once, once.length);
    const around = noise(clean.length, 1);
    const rising = clean.map((sample, i) => sample + 10 ** (1 + (1.2 * i) / clean.length) * around[i]!);
    const analyser = new TrackAnalyser(PHONE);
    analyser.push(rising.subarray(0, once.length));
    const early = analyser.call().noiseDbov!;
    analyser.push(rising.subarray(once.length));
    expect(analyser.second()!.noiseDbov ?? analyser.call().noiseDbov!).toBeGreaterThan(early + 4);
  });

  it('does not call the silence of a clean μ-law line noise', () => {
    expect(analysed(PHONE, speech(PHONE)).call().snrDb).toBeGreaterThan(40);
  });

  it('finds no speech in noise and in tones', () => {
    const hiss = sampled(WIDE, 6, (_, i) => NOISE[i]!);
    const tone = sampled(WIDE, 6, (t) => 8000 * Math.sin(2 * Math.PI * 441 * t));
    for (const samples of [hiss, tone]) {
      const call = analysed(WIDE, samples).call();
      expect(call.snrDb).toBeNull();
      expect(call.speechMs).toBe(0);
    }
    expect(analysed(WIDE, tone).call().levelDbov).toBeCloseTo(20 * Math.log10(8000 / Math.SQRT2 / 32768), 1);
  });

  it.each([50, 60])('sees hum of %d Hz 10 dB under speech, and none without it', (mainsHz) => {
    const clean = withNoise(speech(PHONE), 20);
    const { levelDbov, humHz } = analysed(PHONE, clean).call();
    expect(humHz).toBeNull();
    const peak = Math.SQRT2 * rmsOf(levelDbov! - 10);
    const humming = clean.map((sample, i) => sample + peak * Math.sin((2 * Math.PI * mainsHz * i) / 8000));
    const call = analysed(PHONE, humming).call();
    expect(call.humHz).toBe(mainsHz);
    expect(Math.abs(call.humDb! + 10)).toBeLessThan(2);
  });

  it('tells the DC offset and keeps it out of level and SNR', () => {
    const clean = withNoise(speech(WIDE), 20);
    const shifted = clean.map((sample) => sample + 1638);
    const [without, with5] = [analysed(WIDE, clean).call(), analysed(WIDE, shifted).call()];
    expect(with5.dcOffset! - without.dcOffset!).toBeCloseTo(0.05, 3);
    expect(Math.abs(with5.levelDbov! - without.levelDbov!)).toBeLessThan(0.3);
    expect(Math.abs(with5.snrDb! - without.snrDb!)).toBeLessThan(1);
  });

  it('sees telephone sound in a stream of 16 kHz', () => {
    const wide = new Resampler(8000, 16000).resample(speech(PHONE));
    const { bandwidthHz } = analysed(WIDE, withNoise(wide, 1)).call();
    expect(bandwidthHz).toBeGreaterThan(3000);
    expect(bandwidthHz).toBeLessThan(4600);
  });
});

const NOISE = noise(6 * WIDE.sampleRate, 400);
