import { beforeEach, describe, expect, it } from '@jest/globals';
import { Listener } from './listener.js';
import type { Loudspeaker } from './loudspeaker.js';

class Recorder implements Loudspeaker {
  nowMs = 1000;
  isRunning = true;
  readonly log: unknown[][] = [];

  push(...[speaker, encoding, rate, bytes, when]: Parameters<Loudspeaker['push']>): void {
    this.log.push(['push', speaker, encoding, rate, [...bytes], when]);
  }

  mark(): void {
    throw new Error('A listener sets no marks.');
  }

  clear(speaker: string): void {
    this.log.push(['clear', speaker]);
  }

  cut(speaker: string, atMs: number): void {
    this.log.push(['cut', speaker, atMs]);
  }

  listen(): void {
    throw new Error('A listener sets no marks.');
  }
}

function frame(stream: number, speaker: number, format: number, rate: number, atMs: number): ArrayBuffer {
  const bytes = new ArrayBuffer(26);
  const view = new DataView(bytes);
  view.setUint8(0, 1);
  view.setUint8(1, speaker);
  view.setUint8(2, format);
  view.setUint32(4, stream, true);
  view.setUint32(8, rate, true);
  view.setFloat64(16, atMs, true);
  view.setUint16(24, 0x0201, true);
  return bytes;
}

describe('the listener', () => {
  let loudspeaker: Recorder;
  let listener: Listener;

  beforeEach(() => {
    loudspeaker = new Recorder();
    listener = new Listener(loudspeaker);
    listener.started({ stream: 7 });
    loudspeaker.log.length = 0;
  });

  it('plays each speaker’s sound as it is, at its time', () => {
    expect(listener.frame(frame(7, 0, 1, 8000, 500))).toBe(true);
    expect(listener.frame(frame(7, 1, 0, 24_000, 620))).toBe(true);
    expect(loudspeaker.log).toEqual([
      ['push', 'caller', 'mulaw', 8000, [1, 2], { dueMs: 1120, atMs: 500 }],
      ['push', 'agent', 'pcm16', 24_000, [1, 2], { dueMs: 1240, atMs: 620 }],
    ]);
  });

  it('plays nothing of another stream, and no rubbish', () => {
    expect(listener.frame(frame(8, 0, 1, 8000, 500))).toBe(false);
    expect(listener.frame(new ArrayBuffer(5))).toBe(false);
    listener.ended({ stream: 7 });
    expect(listener.frame(frame(7, 0, 1, 8000, 500))).toBe(false);
    expect(loudspeaker.log).toEqual([]);
  });

  it('cuts what the caller never heard', () => {
    listener.cut({ stream: 8, speaker: 'AI', atMs: 1 });
    listener.cut({ stream: 7, speaker: 'AI', atMs: 640 });
    listener.cut({ stream: 7, speaker: 'Caller', atMs: 650 });
    expect(loudspeaker.log).toEqual([
      ['cut', 'agent', 640],
      ['cut', 'caller', 650],
    ]);
  });

  it('keeps nothing for later while the browser waits for a click', () => {
    loudspeaker.isRunning = false;
    expect(listener.frame(frame(7, 0, 1, 8000, 500))).toBe(true);
    expect(loudspeaker.log).toEqual([]);
    loudspeaker.isRunning = true;
    listener.frame(frame(7, 0, 1, 8000, 9000));
    expect(loudspeaker.log).toEqual([['push', 'caller', 'mulaw', 8000, [1, 2], { dueMs: 1120, atMs: 9000 }]]);
  });

  it('is silent when it stops, and when another call is listened to', () => {
    listener.started({ stream: 9 });
    expect(listener.streamNumber).toBe(9);
    listener.stop();
    expect(listener.streamNumber).toBeNull();
    expect(loudspeaker.log).toEqual([
      ['clear', 'caller'],
      ['clear', 'agent'],
      ['clear', 'caller'],
      ['clear', 'agent'],
    ]);
  });
});
