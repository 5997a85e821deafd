import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AudioFormat } from '#libs/contracts';
import { type MarkEnd, newStretch, Playback } from './playback.js';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
const PCM24: AudioFormat = { encoding: 'pcm16', sampleRate: 24000 };

function heardBy() {
  const played: { bytes: number; atMs: number }[] = [];
  const gaps: { dryAtMs: number; gapMs: number }[] = [];
  const playback = new Playback({
    onPlayed: (bytes, _format, atMs) => played.push({ bytes: bytes.length, atMs }),
    onGap: (dryAtMs, gapMs) => gaps.push({ dryAtMs, gapMs }),
  });
  return { playback, played, gaps };
}

describe('Playback', () => {
  it('drains μ-law at exactly eight bytes a millisecond', () => {
    const { playback, played } = heardBy();
    const stretch = newStretch(null, 0);
    playback.enqueue(new Uint8Array(1600), MULAW, stretch, 1000);
    playback.advance(1012.3);
    expect(played.reduce((sum, piece) => sum + piece.bytes, 0)).toBe(98);
    playback.advance(1100);
    expect(stretch).toMatchObject({ startedMs: 1000, playedMs: 100, endedMs: 1100, receivedMs: 200 });
    playback.advance(5000);
    expect(stretch).toMatchObject({ playedMs: 200, endedMs: 1200 });
    expect(playback.empty).toBe(true);
  });

  it('plays what was sent ahead without a seam, and each format at its own rate', () => {
    const { playback, played } = heardBy();
    playback.enqueue(new Uint8Array(160), MULAW, newStretch('a', 0), 0);
    playback.enqueue(new Uint8Array(960), PCM24, newStretch('b', 0), 5);
    playback.advance(100);
    expect(played.reduce((sum, piece) => sum + piece.bytes, 0)).toBe(1120);
    expect(played.at(-1)!.atMs).toBeCloseTo(20, 6);
    expect(playback.playedMs).toBeCloseTo(40, 6);
  });

  it('reaches a mark when the sound before it has been heard, not when it is looked at', () => {
    const { playback } = heardBy();
    const reached: [MarkEnd, number][] = [];
    playback.enqueue(new Uint8Array(800), MULAW, newStretch(null, 0), 0);
    playback.mark((end, atMs) => reached.push([end, atMs]), 10);
    playback.enqueue(new Uint8Array(800), MULAW, newStretch(null, 0), 20);
    expect(playback.nextMarkDueMs()).toBeCloseTo(100, 6);
    playback.advance(99.9);
    expect(reached).toEqual([]);
    playback.advance(150);
    expect(reached).toEqual([['played', 100]]);
    expect(playback.nextMarkDueMs()).toBeNull();
  });

  it('reaches a mark at once when nothing is queued', () => {
    const { playback } = heardBy();
    const reached: MarkEnd[] = [];
    playback.mark((end) => reached.push(end), 10);
    expect(reached).toEqual(['empty']);
  });

  it('drops everything on clear and reaches every mark in order', () => {
    const { playback } = heardBy();
    const reached: string[] = [];
    const stretch = newStretch(null, 0);
    playback.enqueue(new Uint8Array(800), MULAW, stretch, 0);
    playback.mark((end) => reached.push(`a ${end}`), 0);
    playback.enqueue(new Uint8Array(800), MULAW, stretch, 0);
    playback.mark((end) => reached.push(`b ${end}`), 0);
    expect(playback.clear(150)).toBeCloseTo(50, 6);
    expect(reached).toEqual(['a played', 'b cleared']);
    expect(stretch).toMatchObject({ playedMs: 150, droppedMs: 50 });
    expect(playback.empty).toBe(true);
  });

  it('starts anew after a clear, and counts the silence as no gap', () => {
    const { playback, played, gaps } = heardBy();
    playback.enqueue(new Uint8Array(800), MULAW, newStretch(null, 0), 0);
    playback.clear(10);
    playback.enqueue(new Uint8Array(80), MULAW, newStretch(null, 0), 60);
    playback.advance(100);
    expect(played.at(-1)!.atMs).toBe(60);
    expect(gaps).toEqual([]);
  });

  it('tells of the gap when the queue ran dry before more came', () => {
    const { playback, gaps } = heardBy();
    playback.enqueue(new Uint8Array(160), MULAW, newStretch(null, 0), 0);
    playback.enqueue(new Uint8Array(160), MULAW, newStretch(null, 0), 33);
    expect(gaps).toEqual([{ dryAtMs: 20, gapMs: 13 }]);
  });

  it('loses and invents nothing, whatever comes when', () => {
    const step = fc.record({
      kind: fc.constantFrom('sound', 'mark', 'look', 'clear'),
      size: fc.integer({ min: 0, max: 2000 }),
      waitMs: fc.double({ min: 0, max: 80, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { playback, played } = heardBy();
        const stretch = newStretch(null, 0);
        let nowMs = 0;
        let sent = 0;
        let marks = 0;
        let reached = 0;
        for (const { kind, size, waitMs } of steps) {
          nowMs += waitMs;
          if (kind === 'sound') {
            playback.enqueue(new Uint8Array(size), MULAW, stretch, nowMs);
            sent += size;
          } else if (kind === 'mark') {
            marks++;
            playback.mark(() => reached++, nowMs);
          } else if (kind === 'clear') playback.clear(nowMs);
          else playback.advance(nowMs);
          expect(stretch.playedMs + stretch.droppedMs + playback.queuedMs).toBeCloseTo(sent / 8, 6);
        }
        playback.advance(nowMs + 1e6);
        const heard = played.reduce((sum, piece) => sum + piece.bytes, 0);
        expect(heard / 8 + stretch.droppedMs).toBeCloseTo(sent / 8, 6);
        expect(reached).toBe(marks);
        for (let i = 1; i < played.length; i++) {
          expect(played[i]!.atMs).toBeGreaterThanOrEqual(
            played[i - 1]!.atMs + played[i - 1]!.bytes / 8 - 1e-6,
          );
        }
      }),
    );
  });
});
