import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AudioFormat, AudioFrame } from '#libs/contracts';
import { ManualClock } from '#libs/testing';
import { CallerTimeline } from './twilio.timeline.js';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
const LIMITS = { gapFillAfterMs: 300, maxGapMs: 10_000 };

function timeline(format = MULAW, limits = LIMITS) {
  const clock = new ManualClock();
  const silence: AudioFrame[] = [];
  const line = new CallerTimeline(format, clock, limits, (frame) => silence.push(frame));
  const silenceMs = () => silence.reduce((sum, frame) => sum + frame.durationMs, 0);
  /** Time passes until the end of a frame, and the frame arrives. */
  const arrive = (timestampMs: number | null, afterMs = 20) => {
    clock.advance(afterMs);
    line.arrived(timestampMs, 20);
  };
  return { clock, line, silence, silenceMs, arrive };
}

describe('CallerTimeline', () => {
  it('adds nothing to sound that comes as it should, whatever the first timestamp and the jitter', () => {
    const { arrive, silenceMs } = timeline();
    for (const timestampMs of [155, 171, 195, 214, 233, 255]) arrive(timestampMs);
    expect(silenceMs()).toBe(0);
  });

  it('fills a jump of the timestamp before the frame that shows it', () => {
    const { arrive, silence, silenceMs } = timeline();
    arrive(100);
    arrive(620, 520);
    expect(silenceMs()).toBe(500);
    expect(silence.every((frame) => frame.bytes.every((byte) => byte === 0xff))).toBe(true);
    expect(silence.every((frame) => frame.track === 'caller' && frame.isFiller)).toBe(true);
  });

  it.each([
    ['alaw', 8000, 0xd5],
    ['pcm16', 16_000, 0],
  ] as const)('fills with the silence of %s', (encoding, sampleRate, byte) => {
    const { arrive, silence, silenceMs } = timeline({ encoding, sampleRate });
    arrive(0);
    arrive(155, 155);
    expect(silenceMs()).toBe(135);
    expect(silence.every((frame) => frame.bytes.every((one) => one === byte))).toBe(true);
  });

  it('never fills more than the limit at once', () => {
    const { arrive, silenceMs } = timeline();
    arrive(0);
    arrive(3_600_000, 3_600_000);
    expect(silenceMs()).toBe(10_000);
  });

  it('lets silence flow in real time, one frame behind, while nothing arrives, and not before it is run', () => {
    const { clock, line, arrive, silenceMs } = timeline();
    arrive(0);
    clock.advance(1000);
    expect(silenceMs()).toBe(0);
    line.run();
    clock.advance(100);
    expect(silenceMs()).toBe(1080);
    clock.advance(5000);
    expect(silenceMs()).toBe(6080);
    line.stop();
    clock.advance(5000);
    expect(silenceMs()).toBe(6080);
    expect(clock.pending).toBe(0);
  });

  it('fills nothing twice when sound comes back', () => {
    const { clock, line, arrive, silenceMs } = timeline();
    line.run();
    arrive(1000);
    clock.advance(730);
    const flowed = silenceMs();
    expect(flowed).toBeGreaterThan(600);
    arrive(1020 + 750);
    expect(silenceMs()).toBe(750);
  });

  it('does not add silence when a stalled network delivers late what was never missing', () => {
    const { clock, line, arrive, silenceMs } = timeline();
    line.run();
    arrive(0);
    clock.advance(2000);
    const flowed = silenceMs();
    for (let timestampMs = 20; timestampMs < 2000; timestampMs += 20) arrive(timestampMs, 0);
    expect(silenceMs()).toBe(flowed);
  });

  it('takes no process that was held up for a silent line: what came meanwhile is read first', () => {
    const { clock, line, arrive, silenceMs } = timeline();
    line.run();
    arrive(0);
    clock.stall(2000);
    for (let timestampMs = 20; timestampMs < 2000; timestampMs += 20) arrive(timestampMs, 0);
    clock.advance(200);
    expect(silenceMs()).toBe(0);
  });

  it('goes on from frames without a timestamp', () => {
    const { arrive, silenceMs } = timeline();
    arrive(0);
    arrive(null);
    arrive(40);
    expect(silenceMs()).toBe(0);
  });

  it('fills the place of a frame that was overtaken once, not again when it comes after all', () => {
    const { arrive, silenceMs } = timeline();
    for (const timestampMs of [0, 40, 20, 60, 80]) arrive(timestampMs);
    expect(silenceMs()).toBe(20);
  });

  it('remembers the silence that flowed when an overtaken frame comes into it', () => {
    const { clock, line, arrive, silenceMs } = timeline();
    line.run();
    arrive(0);
    arrive(40);
    clock.advance(400);
    expect(silenceMs()).toBe(20 + 340);
    arrive(20, 0);
    clock.advance(300);
    expect(silenceMs()).toBe(20 + 340);
    // The next frame but 34 of the sender, on time.
    arrive(740, 0);
    expect(silenceMs()).toBe(20 + 680);
  });

  it('follows a sender that counts anew', () => {
    const { arrive, silenceMs } = timeline();
    arrive(60_000);
    for (const timestampMs of [0, 20, 120, 140]) arrive(timestampMs);
    expect(silenceMs()).toBe(80);
  });

  it('does not fill once per jump when timestamps leap back and forth', () => {
    const { arrive, silenceMs } = timeline();
    for (let i = 0; i < 1000; i++) arrive(i % 2 === 0 ? 0 : 1e9);
    expect(silenceMs()).toBeLessThanOrEqual(20_000 + LIMITS.maxGapMs);
  });

  it('keeps sound and silence together as long as the call, whatever is lost and however it pauses', () => {
    const pauses = fc.array(fc.record({ speechFrames: fc.nat(20), pauseMs: fc.nat(4000) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(pauses, (parts) => {
        const { clock, line, silenceMs } = timeline();
        line.run();
        let nowMs = 0;
        let soundMs = 0;
        const frame = () => {
          clock.advance(20);
          line.arrived(nowMs, 20);
          nowMs += 20;
          soundMs += 20;
        };
        frame();
        for (const { speechFrames, pauseMs } of parts) {
          for (let i = 0; i < speechFrames; i++) frame();
          clock.advance(pauseMs);
          nowMs += pauseMs;
        }
        frame();
        // A pause shorter than the jitter is not filled; the ends of longer ones may differ by less than a sample's ms.
        const unfilledMs = nowMs - soundMs - silenceMs();
        expect(unfilledMs).toBeGreaterThanOrEqual(-1);
        expect(unfilledMs).toBeLessThanOrEqual(10 * parts.length);
      }),
    );
  });
});
