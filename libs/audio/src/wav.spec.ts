import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type AudioFormat, GatewayError } from '#libs/contracts';
import { decodeAlaw, decodeMulaw } from './g711.js';
import { bytesFromSamples } from './pcm.js';
import { monoOf, readWav, wavHeader, wavLengths, writeWav } from './wav.js';

const PCM16: AudioFormat = { encoding: 'pcm16', sampleRate: 16000 };
const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
const ALAW: AudioFormat = { encoding: 'alaw', sampleRate: 8000 };

function chunk(tag: string, body: Uint8Array, length = body.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(tag, 'latin1');
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

function fmt(tag: number, bits: number, channels = 1, rate = 8000): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt16LE(tag, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(rate, 4);
  body.writeUInt16LE(bits, 14);
  return chunk('fmt ', body);
}

function riff(...chunks: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from('WAVE'), ...chunks]);
  return chunk('RIFF', body);
}

function samplesOf(file: Uint8Array): number[] {
  return [...readWav(file).channels[0]!];
}

describe('reading WAV', () => {
  it.each([
    ['8-bit PCM', fmt(1, 8), [0, 128, 255], [-32768, 0, 32512]],
    ['16-bit PCM', fmt(1, 16), [0x00, 0x80, 0xff, 0x7f, 0x02, 0x01], [-32768, 32767, 258]],
    [
      '24-bit PCM, rounded',
      fmt(1, 24),
      [0, 0, 0x80, 0xff, 0xff, 0x7f, 0x80, 0x01, 0, 0x7f, 0xff, 0xff],
      [-32768, 32767, 2, -1],
    ],
    [
      '32-bit PCM, rounded',
      fmt(1, 32),
      [0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0x7f, 0, 0x80, 1, 0],
      [-32768, 32767, 2],
    ],
    ['mu-law', fmt(7, 8), [0xff, 0x80, 0x00], [0, 32124, -32124]],
    ['A-law', fmt(6, 8), [0xd5, 0x55], [8, -8]],
  ])('understands %s', (_name, format, data, samples) => {
    expect(samplesOf(riff(format, chunk('data', Uint8Array.from(data))))).toEqual(samples);
  });

  it('understands float, and saturates what is beyond full scale', () => {
    const values = [0, 0.5, -0.5, 1, -1, 7, Number.NaN];
    const expected = [0, 16384, -16384, 32767, -32768, 32767, 0];
    const single = bytesFromSamples(new Int16Array(Float32Array.from(values).buffer));
    const double = bytesFromSamples(new Int16Array(Float64Array.from(values).buffer));
    expect(samplesOf(riff(fmt(3, 32), chunk('data', single)))).toEqual(expected);
    expect(samplesOf(riff(fmt(3, 64), chunk('data', double)))).toEqual(expected);
  });

  it('takes channels apart, and mixes them to one', () => {
    const data = bytesFromSamples(Int16Array.of(1, 100, 2, 200, 3, 300));
    const sound = readWav(riff(fmt(1, 16, 2, 44100), chunk('data', data)));
    expect(sound).toEqual({
      sampleRate: 44100,
      channels: [Int16Array.of(1, 2, 3), Int16Array.of(100, 200, 300)],
    });
    expect(monoOf(sound)).toEqual(Int16Array.of(51, 101, 152));
    expect(monoOf({ sampleRate: 8000, channels: [Int16Array.of(-32768), Int16Array.of(-32768)] })).toEqual(
      Int16Array.of(-32768),
    );
  });

  it('understands the extensible header', () => {
    const body = Buffer.alloc(40);
    fmt(0xfffe, 24).copy(body, 0, 8);
    body.writeUInt16LE(22, 16);
    body.writeUInt16LE(1, 24);
    Buffer.from('000000001000800000aa00389b71', 'hex').copy(body, 26);
    const data = chunk('data', Uint8Array.of(0, 0x34, 0x12));
    expect(samplesOf(riff(chunk('fmt ', body), data))).toEqual([0x1234]);
    body[39] = 0;
    expect(() => readWav(riff(chunk('fmt ', body), data))).toThrow(
      expect.objectContaining({ code: 'WAV_UNSUPPORTED' }),
    );
  });

  it('passes over chunks it does not know, of odd length too', () => {
    const file = riff(
      chunk('LIST', Buffer.from('abc')),
      fmt(1, 16),
      chunk('fact', Buffer.alloc(4)),
      chunk('data', Uint8Array.of(5, 0)),
      chunk('id3 ', Buffer.alloc(9)),
    );
    expect(samplesOf(file)).toEqual([5]);
  });

  it('takes what is there when the data chunk promises more, and only whole samples', () => {
    for (const promised of [1000, 0xffffffff, 0x7fffffff]) {
      expect(samplesOf(riff(fmt(1, 16), chunk('data', Uint8Array.of(5, 0, 6), promised)))).toEqual([5, 6]);
    }
    expect(samplesOf(riff(fmt(1, 16), chunk('data', Uint8Array.of(5, 0, 6), 3)))).toEqual([5]);
  });

  it('reads a recording whose lengths were never filled in', () => {
    const header = wavHeader(PCM16, 1, 0);
    expect(samplesOf(Buffer.concat([header, bytesFromSamples(Int16Array.of(7, 8))]))).toEqual([7, 8]);
    expect(samplesOf(header)).toEqual([]);
    expect(
      samplesOf(riff(fmt(1, 16), chunk('data', Buffer.alloc(0)), chunk('LIST', Buffer.alloc(6)))),
    ).toEqual([]);
  });

  it.each([
    ['WAV_NOT_RIFF', Buffer.from('ID3 this is an MP3 file, really')],
    ['WAV_NOT_RIFF', Buffer.alloc(0)],
    ['WAV_NOT_RIFF', Buffer.from('RIFF....AVI ')],
    ['WAV_NO_FORMAT', riff(chunk('data', Buffer.alloc(4)))],
    ['WAV_NO_FORMAT', riff()],
    ['WAV_NO_FORMAT', riff(chunk('fmt ', Buffer.alloc(12)), chunk('data', Buffer.alloc(4)))],
    ['WAV_NO_SOUND', riff(fmt(1, 16))],
    ['WAV_UNSUPPORTED', riff(fmt(2, 4), chunk('data', Buffer.alloc(4)))],
    ['WAV_UNSUPPORTED', riff(fmt(1, 12), chunk('data', Buffer.alloc(4)))],
    ['WAV_UNSUPPORTED', riff(fmt(1, 16, 0), chunk('data', Buffer.alloc(4)))],
    ['WAV_UNSUPPORTED', riff(fmt(1, 16, 1, 0), chunk('data', Buffer.alloc(4)))],
  ])('says %s about a file that cannot be read', (code, file) => {
    expect(() => readWav(file)).toThrow(expect.objectContaining({ code, name: 'GatewayError' }));
  });

  it('ends with sound or a GatewayError on any bytes', () => {
    const whole = writeWav(
      MULAW,
      2,
      Uint8Array.from({ length: 40 }, (_, i) => i),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }),
        fc.nat(whole.length),
        (edits, length) => {
          const file = whole.slice(0, length);
          for (const [at, value] of edits) if (at < length) file[at] = value;
          try {
            const { channels } = readWav(file);
            expect(channels.length).toBeGreaterThan(0);
            expect(new Set(channels.map((channel) => channel.length)).size).toBe(1);
          } catch (error) {
            expect(error).toBeInstanceOf(GatewayError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('writing WAV', () => {
  it.each([
    [PCM16, 44],
    [MULAW, 58],
    [ALAW, 58],
  ])('reads back what it wrote: %o', (format, headerLength) => {
    const data = Uint8Array.from({ length: 12 }, (_, i) => i * 21);
    const file = writeWav(format, 2, data);
    expect(file).toHaveLength(headerLength + 12);
    const { sampleRate, channels } = readWav(file);
    const linear =
      format.encoding === 'mulaw'
        ? decodeMulaw(data)
        : format.encoding === 'alaw'
          ? decodeAlaw(data)
          : new Int16Array(data.buffer);
    expect(sampleRate).toBe(format.sampleRate);
    expect(channels).toEqual([linear.filter((_, i) => i % 2 === 0), linear.filter((_, i) => i % 2 === 1)]);
  });

  it('writes the canonical header of 44 bytes for PCM', () => {
    const header = Buffer.from(wavHeader({ encoding: 'pcm16', sampleRate: 24000 }, 1, 960));
    expect(header.toString('hex')).toBe(
      '52494646e40300005741564566' +
        '6d7420100000000100010' +
        '0c05d000080bb0000020010' +
        '0064617461c0030000',
    );
  });

  it('pads a data chunk of odd length, and does not count the padding as sound', () => {
    const file = writeWav(MULAW, 1, Uint8Array.of(0xff, 0x80, 0x00));
    expect(file).toHaveLength(62);
    expect(Buffer.from(file).readUInt32LE(4)).toBe(54);
    expect(samplesOf(file)).toEqual([0, 32124, -32124]);
  });

  it('lets the lengths be filled in when the sound is complete', () => {
    for (const format of [PCM16, MULAW, ALAW]) {
      const growing = wavHeader(format, 2, 0);
      for (const { at, bytes } of wavLengths(format, 2, 640)) growing.set(bytes, at);
      expect(growing).toEqual(wavHeader(format, 2, 640));
    }
  });
});
