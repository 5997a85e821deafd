import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sineAmplitude } from './level.js';
import { joined } from './pcm.js';
import { SpeechDetector, type SpeechDetectorOptions, type SpeechEdge } from './speech-detector.js';

const RATES = [8000, 16000, 24000];

/** Gaussian noise of one level, from a fixed seed. */
function noise(sampleRate: number, durationMs: number, dbov: number): Int16Array {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state + 1) / 0x80000001;
  };
  const deviation = 32768 * 10 ** (dbov / 20);
  return Int16Array.from({ length: (sampleRate * durationMs) / 1000 }, () =>
    Math.round(deviation * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())),
  );
}

function hum(sampleRate: number, durationMs: number, mainsHz: number): Int16Array {
  return Int16Array.from({ length: (sampleRate * durationMs) / 1000 }, (_, i) => {
    const angle = (2 * Math.PI * mainsHz * i) / sampleRate;
    return Math.round(
      sineAmplitude(-25) * (Math.sin(angle) + 0.3 * Math.sin(2 * angle) + 0.1 * Math.sin(3 * angle)),
    );
  });
}

/** Vowel-like: a buzz of harmonics, swelling five times a second as syllables do. */
function speech(sampleRate: number, durationMs: number, dbov = -22): Int16Array {
  const pitchHz = 130;
  return Int16Array.from({ length: (sampleRate * durationMs) / 1000 }, (_, i) => {
    const seconds = i / sampleRate;
    let sum = 0;
    for (let k = 1; k <= 20; k++) sum += Math.sin(2 * Math.PI * pitchHz * k * seconds) / Math.sqrt(k);
    const syllable = 0.55 - 0.45 * Math.cos(2 * Math.PI * 5 * seconds);
    return Math.round(sineAmplitude(dbov) * 0.5 * syllable * sum);
  });
}

function silence(sampleRate: number, durationMs: number): Int16Array {
  return new Int16Array((sampleRate * durationMs) / 1000);
}

function mixed(a: Int16Array, b: Int16Array): Int16Array {
  return a.map((sample, i) => sample + b[i]!);
}

function edgesOf(sound: Int16Array, options: SpeechDetectorOptions): readonly SpeechEdge[] {
  return new SpeechDetector(options).push(sound);
}

describe.each(RATES)('the speech detector at %i Hz', (sampleRate) => {
  it('finds one turn, where it begins and where it ends', () => {
    const sound = joined([silence(sampleRate, 1000), speech(sampleRate, 1600), silence(sampleRate, 1000)]);
    const edges = edgesOf(sound, { sampleRate, prefixMs: 0 });
    expect(edges.map((edge) => edge.kind)).toEqual(['started', 'stopped']);
    expect(Math.abs(edges[0]!.atMs - 1000)).toBeLessThanOrEqual(60);
    expect(Math.abs(edges[1]!.atMs - 2600)).toBeLessThanOrEqual(60);
  });

  it('finds the turn above the noise of the line', () => {
    const sound = joined([silence(sampleRate, 3500), speech(sampleRate, 1600), silence(sampleRate, 1500)]);
    const edges = edgesOf(mixed(sound, noise(sampleRate, 6600, -50)), { sampleRate, prefixMs: 0 });
    expect(edges.map((edge) => edge.kind)).toEqual(['started', 'stopped']);
    expect(Math.abs(edges[0]!.atMs - 3500)).toBeLessThanOrEqual(60);
    expect(Math.abs(edges[1]!.atMs - 5100)).toBeLessThanOrEqual(100);
  });

  it('does not take comfort noise for speech, as it sets in and as it stays', () => {
    expect(
      edgesOf(joined([silence(sampleRate, 1000), noise(sampleRate, 6000, -48)]), { sampleRate }),
    ).toEqual([]);
  });

  it.each([50, 60])('does not take mains hum of %i Hz for speech', (mainsHz) => {
    expect(
      edgesOf(joined([silence(sampleRate, 1000), hum(sampleRate, 6000, mainsHz)]), { sampleRate }),
    ).toEqual([]);
  });

  it('does not take clicks for speech', () => {
    const parts = [1, 5, 20, 60].flatMap((ms) => [silence(sampleRate, 400), noise(sampleRate, ms, -12)]);
    expect(edgesOf(joined([...parts, silence(sampleRate, 400)]), { sampleRate })).toEqual([]);
  });

  it('takes a word of 200 ms for speech', () => {
    const word = speech(sampleRate, 600).subarray(sampleRate * 0.05, sampleRate * 0.25);
    const sound = joined([silence(sampleRate, 500), word, silence(sampleRate, 800)]);
    expect(edgesOf(sound, { sampleRate }).map((edge) => edge.kind)).toEqual(['started', 'stopped']);
  });

  it('comes to know loud steady noise as noise, and hears speech above it', () => {
    const loud = noise(sampleRate, 10000, -38);
    const edges = edgesOf(loud, { sampleRate });
    expect(edges.map((edge) => edge.kind)).toEqual(['started', 'stopped']);
    expect(edges[1]!.atMs).toBeLessThan(4000);
    const talk = mixed(
      loud,
      joined([silence(sampleRate, 7000), speech(sampleRate, 1000, -16), silence(sampleRate, 2000)]),
    );
    expect(edgesOf(talk, { sampleRate }).map((edge) => edge.kind)).toEqual([
      'started',
      'stopped',
      'started',
      'stopped',
    ]);
  });

  it('gives the same edges however the sound is cut', () => {
    const sound = joined([
      silence(sampleRate, 300),
      speech(sampleRate, 700),
      silence(sampleRate, 700),
      speech(sampleRate, 400),
    ]);
    const whole = edgesOf(sound, { sampleRate });
    expect(whole).toHaveLength(3);
    fc.assert(
      fc.property(fc.array(fc.nat(sound.length), { maxLength: 20 }), (cuts) => {
        const detector = new SpeechDetector({ sampleRate });
        const places = [0, ...cuts, sound.length].sort((a, b) => a - b);
        const edges = places.slice(1).flatMap((to, i) => [...detector.push(sound.subarray(places[i], to))]);
        expect(edges).toEqual(whole);
        expect(detector.positionMs).toBeCloseTo((sound.length * 1000) / sampleRate, 6);
      }),
      { numRuns: 20 },
    );
  });
});

describe('the speech detector', () => {
  const sampleRate = 8000;

  it('reports the beginning early by the prefix, but never before the stream or the last turn', () => {
    const first = joined([
      silence(sampleRate, 100),
      speech(sampleRate, 700),
      silence(sampleRate, 600),
      speech(sampleRate, 700),
    ]);
    const edges = edgesOf(first, { sampleRate, prefixMs: 3000 });
    expect(edges.map((edge) => edge.kind)).toEqual(['started', 'stopped', 'started']);
    expect(edges[0]!.atMs).toBe(0);
    expect(edges[2]!.atMs).toBe(edges[1]!.atMs);
    const late = edgesOf(joined([silence(sampleRate, 1000), speech(sampleRate, 500)]), {
      sampleRate,
      prefixMs: 300,
    });
    expect(Math.abs(late[0]!.atMs - 700)).toBeLessThanOrEqual(60);
  });

  it('waits for as much silence as it was told to', () => {
    const sound = joined([
      speech(sampleRate, 800),
      silence(sampleRate, 350),
      speech(sampleRate, 800),
      silence(sampleRate, 1000),
    ]);
    expect(edgesOf(sound, { sampleRate, silenceMs: 200 })).toHaveLength(4);
    expect(edgesOf(sound, { sampleRate, silenceMs: 600 })).toHaveLength(2);
  });

  it('says at any time whether somebody speaks', () => {
    const detector = new SpeechDetector({ sampleRate });
    detector.push(silence(sampleRate, 200));
    expect(detector.speaking).toBe(false);
    detector.push(speech(sampleRate, 300));
    expect(detector.speaking).toBe(true);
    detector.push(silence(sampleRate, 490));
    expect(detector.speaking).toBe(true);
    detector.push(silence(sampleRate, 200));
    expect(detector.speaking).toBe(false);
  });

  it('makes nothing new while nothing happens', () => {
    const detector = new SpeechDetector({ sampleRate });
    expect(detector.push(silence(sampleRate, 20))).toBe(detector.push(silence(sampleRate, 20)));
  });
});
