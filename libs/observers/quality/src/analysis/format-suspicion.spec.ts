import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { decodeMulaw, encodeMulaw, readWav } from '#libs/audio';
import type { AudioFormat, FormatSuspicion } from '#libs/contracts';
import { FormatMeter } from './format-suspicion.js';

const wav = readWav(readFileSync('libs/backends/echo/assets/greeting.wav'));
const RATE = wav.sampleRate;
const PCM: AudioFormat = { encoding: 'pcm16', sampleRate: RATE };
const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
const speech = wav.channels[0]!.slice(0, wav.channels[0]!.length & ~1);

function suspicionAfter(samples: Int16Array, format: AudioFormat, ms: number): FormatSuspicion | null {
  const meter = new FormatMeter(format);
  meter.push(samples.subarray(0, (format.sampleRate * ms) / 1000));
  return meter.suspicion;
}

function bytesOf(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.slice().buffer);
}

describe('FormatMeter', () => {
  it('suspects nothing of good speech, loud, quiet or clipped', () => {
    for (const gain of [1, 0.03, 8]) {
      const sound = speech.map((sample) => Math.max(-32768, Math.min(32767, gain * sample)));
      expect(suspicionAfter(sound, PCM, 5000)).toBeNull();
      expect(suspicionAfter(decodeMulaw(encodeMulaw(sound)), MULAW, 5000)).toBeNull();
    }
  });

  it('suspects nothing of silence, noise and tones', () => {
    let seed = 1;
    const noise = new Int16Array(80_000).map(() => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return (seed / 2 ** 32 - 0.5) * 20_000;
    });
    const dtmf = new Int16Array(80_000).map((_, i) => 8000 * Math.sin(0.55 * i) + 8000 * Math.sin(1.05 * i));
    for (const sound of [new Int16Array(80_000), noise, dtmf]) {
      expect(suspicionAfter(sound, PCM, 5000)).toBeNull();
      expect(suspicionAfter(decodeMulaw(encodeMulaw(sound)), MULAW, 5000)).toBeNull();
    }
  });

  it('tells mu-law taken for PCM within two seconds', () => {
    expect(suspicionAfter(new Int16Array(encodeMulaw(speech).buffer), PCM, 2000)).toBe('mulaw-as-pcm');
  });

  it('tells it from a sixth of a second too, which is all that wideband PCM makes of half a second', () => {
    const wideband: AudioFormat = { encoding: 'pcm16', sampleRate: 24_000 };
    const misread = new Int16Array(encodeMulaw(speech.subarray(0, RATE / 2)).buffer);
    expect(suspicionAfter(misread, wideband, 2000)).toBe('mulaw-as-pcm');
  });

  it('tells PCM taken for mu-law within two seconds', () => {
    expect(suspicionAfter(decodeMulaw(bytesOf(speech)), MULAW, 2000)).toBe('pcm-as-mulaw');
  });

  it('tells PCM with its bytes swapped within two seconds', () => {
    const swapped = speech.map((sample) => ((sample & 0xff) << 8) | ((sample >> 8) & 0xff));
    expect(suspicionAfter(swapped, PCM, 2000)).toBe('byte-swapped');
  });

  for (const ratio of [1 / 3, 1 / 2, 2 / 3, 3 / 2, 2, 3]) {
    it(`tells by the clock, within two seconds, sound delivered at ${ratio.toFixed(2)} times its rate`, () => {
      const meter = new FormatMeter(PCM);
      let atMs = 0;
      for (; atMs < 2000; atMs += 20 / ratio) meter.arrived(20, atMs + 10 * Math.sin(atMs));
      expect(meter.suspicion).toBe('wrong-rate');
    });
  }

  it('blames no rate for jitter, gaps, bursts and silence that is not sent', () => {
    const meter = new FormatMeter(PCM);
    let atMs = 0;
    for (let i = 0; i < 3000; i++) {
      atMs += 20;
      if (i % 97 === 0) atMs += 150;
      if (i % 31 === 0) atMs += 40;
      if (i % 400 < 20) meter.arrived(20, atMs - (i % 400));
      else if (i % 7 !== 3) meter.arrived(20, atMs + 15 * Math.sin(i));
      expect(meter.suspicion).toBeNull();
    }
  });
});
