import { describe, expect, it } from '@jest/globals';
import { decodeAlaw, decodeMulaw } from '../../../../libs/audio/src/g711.js';
import { FrameCutter } from './frame-cutter.js';
import { LevelMeter, SILENCE_DBOV } from './level.js';
import { parseMonitorFrame } from './monitor-frame.js';
import { decode, toInt16 } from './sound.js';

const CODES = Uint8Array.from({ length: 256 }, (_, code) => code);

describe('sound in the browser', () => {
  it('decodes G.711 as the gateway does', () => {
    expect([...decode('mulaw', CODES)].map(toInt16)).toEqual([...decodeMulaw(CODES)]);
    expect([...decode('alaw', CODES)].map(toInt16)).toEqual([...decodeAlaw(CODES)]);
  });

  it('brings every 16-bit value there and back, from any address', () => {
    const all = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    const bytes = new Uint8Array(all.length * 2 + 1);
    bytes.set(new Uint8Array(all.buffer), 1);
    expect(Int16Array.from(decode('pcm16', bytes.subarray(1)), toInt16)).toEqual(all);
    expect(decode('pcm16', bytes.subarray(1, 4))).toHaveLength(1);
  });

  it('clips what is beyond full scale', () => {
    expect([1, 1.5, -1, -1.5].map(toInt16)).toEqual([32_767, 32_767, -32_768, -32_768]);
  });

  it('cuts frames of equal length out of blocks of any', () => {
    const frames: Int16Array[] = [];
    const cutter = new FrameCutter(480, (frame) => frames.push(frame));
    const sound = Float32Array.from({ length: 1500 }, (_, i) => i / 32_768);
    for (let at = 0; at < 1500; at += 128) cutter.push(sound.subarray(at, at + 128));
    expect(frames.map(({ length }) => length)).toEqual([480, 480, 480]);
    expect(frames.flatMap((frame) => [...frame])).toEqual(Array.from({ length: 1440 }, (_, i) => i));
  });

  it('measures in dBov', () => {
    const meter = new LevelMeter();
    expect(meter.takeDbov()).toBe(SILENCE_DBOV);
    meter.add(new Float32Array(100).fill(0.1));
    expect(meter.takeDbov()).toBeCloseTo(-20, 3);
    meter.add(new Float32Array(100));
    expect(meter.takeDbov()).toBe(SILENCE_DBOV);
  });
});

describe('a frame of the live monitor', () => {
  function frame(
    fields: { version?: number; speaker?: number; format?: number; rate?: number; atMs?: number } = {},
  ) {
    const bytes = new ArrayBuffer(24 + 4);
    const view = new DataView(bytes);
    view.setUint8(0, fields.version ?? 1);
    view.setUint8(1, fields.speaker ?? 1);
    view.setUint8(2, fields.format ?? 0);
    view.setUint32(4, 70_000, true);
    view.setUint32(8, fields.rate ?? 24_000, true);
    view.setFloat64(16, fields.atMs ?? 1234.5, true);
    new Uint8Array(bytes, 24).set([1, 2, 3, 4]);
    return bytes;
  }

  it('is read with all it says', () => {
    expect(parseMonitorFrame(frame())).toEqual({
      speaker: 'agent',
      encoding: 'pcm16',
      stream: 70_000,
      sampleRate: 24_000,
      atMs: 1234.5,
      sound: Uint8Array.of(1, 2, 3, 4),
    });
    expect(parseMonitorFrame(frame({ speaker: 0, format: 1, rate: 8000 }))).toMatchObject({
      speaker: 'caller',
      encoding: 'mulaw',
    });
  });

  it.each([
    ['another version', frame({ version: 2 })],
    ['an unknown speaker', frame({ speaker: 2 })],
    ['an unknown format', frame({ format: 3 })],
    ['no rate', frame({ rate: 0 })],
    ['an absurd rate', frame({ rate: 4e9 })],
    ['no time', frame({ atMs: Number.NaN })],
    ['half a header', frame().slice(0, 23)],
    ['nothing', new ArrayBuffer(0)],
  ])('is refused with %s', (_name, bytes) => {
    expect(parseMonitorFrame(bytes)).toBeNull();
  });
});
