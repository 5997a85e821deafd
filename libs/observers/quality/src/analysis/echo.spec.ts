import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readWav } from '#libs/audio';
import { EchoMeter } from './echo.js';

const RATE = 16000;
const SECONDS = 24;
const FRAME = RATE / 50;
const START_MS = 500_000;
const wav = (name: string) => readWav(readFileSync(name)).channels[0]!;
const agentVoice = wav('libs/backends/echo/assets/greeting.wav');
const callerVoice = wav('apps/simulator/speech/caller-order.wav');

interface Line {
  readonly delayMs: number;
  readonly levelDb: number | null;
  readonly noise: number;
  readonly isDoubleTalk: boolean;
}

/** The agent speaks half of every eight seconds and its sound comes 2 s before it is heard. */
function meterOf(line: Line, piece = FRAME): EchoMeter {
  const agent = new Int16Array(SECONDS * RATE);
  const caller = new Float64Array(SECONDS * RATE);
  let seed = 1;
  for (let i = 0; i < agent.length; i++) {
    const second = (i / RATE) % 8;
    if (second < 4) agent[i] = agentVoice[i % agentVoice.length]!;
    if (second >= 4 || (line.isDoubleTalk && second > 3)) caller[i] = callerVoice[i % callerVoice.length]!;
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    caller[i]! += line.noise * (seed / 2 ** 31 - 1);
  }
  const delay = Math.round((line.delayMs * RATE) / 1000);
  const gain = line.levelDb === null ? 0 : 10 ** (line.levelDb / 20);
  const heard = Int16Array.from(caller, (sample, i) => sample + (i < delay ? 0 : gain * agent[i - delay]!));
  const meter = new EchoMeter(RATE, RATE);
  let sent = 0;
  for (let at = 0; at < heard.length; at += piece) {
    for (; sent < agent.length && sent < at + 2 * RATE; sent += RATE / 5) {
      if ((sent / RATE) % 8 < 4)
        meter.agent(agent.subarray(sent, sent + RATE / 5), START_MS + (sent * 1000) / RATE);
    }
    meter.caller(heard.subarray(at, at + piece), START_MS + (at * 1000) / RATE);
  }
  return meter;
}

describe('EchoMeter', () => {
  for (const levelDb of [-6, -18, -30]) {
    for (const delayMs of [12, 180.3, 600]) {
      it(`finds an echo of ${levelDb} dB after ${delayMs} ms, with noise and double talk`, () => {
        for (const line of [
          { delayMs, levelDb, noise: 0, isDoubleTalk: false },
          { delayMs, levelDb, noise: 60, isDoubleTalk: true },
        ]) {
          const echo = meterOf(line).echo!;
          expect(Math.abs(echo.delayMs - delayMs)).toBeLessThanOrEqual(10);
          expect(Math.abs(echo.levelDb - levelDb)).toBeLessThanOrEqual(2);
        }
      });
    }
  }

  it('finds none where there is none', () => {
    for (const noise of [0, 100]) {
      for (const isDoubleTalk of [false, true]) {
        expect(meterOf({ delayMs: 0, levelDb: null, noise, isDoubleTalk }).echo).toBeNull();
      }
    }
  });

  it('does not look for sound that was cut and never heard', () => {
    const meter = new EchoMeter(RATE, RATE);
    meter.caller(new Int16Array(FRAME), START_MS);
    for (let at = 0; at < 12 * RATE; at += FRAME) {
      const atMs = START_MS + 20 + (at * 1000) / RATE;
      const piece = agentVoice.subarray(at % (5 * RATE), (at % (5 * RATE)) + FRAME);
      meter.agent(piece, atMs);
      meter.cut(atMs);
      meter.caller(piece, atMs);
    }
    expect(meter.echo).toBeNull();
  });

  it('gives the same however the caller is cut', () => {
    const line = { delayMs: 100, levelDb: -12, noise: 20, isDoubleTalk: false };
    expect(meterOf(line, 2 * FRAME).echo).toEqual(meterOf(line).echo);
    expect(meterOf(line, FRAME / 2).echo).toEqual(meterOf(line).echo);
  });
});
