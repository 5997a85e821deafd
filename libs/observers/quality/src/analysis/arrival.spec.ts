import { describe, expect, it } from '@jest/globals';
import { fillerFrame, frameFromBase64, frameFromBytes } from '#libs/audio';
import type { AudioFormat } from '#libs/contracts';
import { ManualClock } from '#libs/testing';
import { ArrivalMeter } from './arrival.js';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
const SILENCE = Buffer.alloc(160, 0xff).toString('base64');
/** Full-scale steps: as loud as it gets. */
const SPEECH = Buffer.alloc(160, 0x80).toString('base64');
const LATE_MS = 60;

/** Frames of 20 ms from a sender whose clock is 155 ms ahead of the first sound, on a clock of our own. */
function line(platform: 'timed' | 'untimed' = 'timed') {
  const clock = new ManualClock(5000);
  const meter = new ArrivalMeter({ lateMs: LATE_MS });
  const arrive = (sentMs: number | null, sound = SILENCE) =>
    meter.push(frameFromBase64('caller', MULAW, clock.nowMs(), sound, sentMs));
  return {
    clock,
    meter,
    arrive,
    fill: (durationMs: number) =>
      meter.push(fillerFrame(MULAW, clock.nowMs(), new Uint8Array(durationMs * 8).fill(0xff))),
    /** Frames `from` up to but without `to` of the sender, each when it was spoken. */
    flow: (from: number, to: number, sound = SILENCE) => {
      for (let index = from; index < to; index++) {
        clock.advance(20);
        arrive(platform === 'timed' ? 155 + index * 20 : null, sound);
      }
    },
  };
}

const NOTHING = { jitterMs: 0, gaps: 0, gapMs: 0, late: 0, outOfOrder: 0 };

/** RFC 3550 section 6.4.1 over arrival and sending times, as its appendix A.8 computes it. */
function rfcJitter(arrivals: readonly number[], sent: readonly number[]): number[] {
  const estimates = [0];
  for (let i = 1; i < arrivals.length; i++) {
    const d = Math.abs(arrivals[i]! - arrivals[i - 1]! - (sent[i]! - sent[i - 1]!));
    estimates.push(estimates[i - 1]! + (d - estimates[i - 1]!) / 16);
  }
  return estimates;
}

describe.each(['timed', 'untimed'] as const)('frames that come on a line that is %s', (platform) => {
  it('show nothing when each comes in its time', () => {
    const { meter, flow } = line(platform);
    flow(0, 500);
    expect(meter.total).toEqual({ ...NOTHING, frames: 500 });
  });

  it('have the jitter that RFC 3550 computes', () => {
    const { meter, clock, arrive } = line(platform);
    const arrivals: number[] = [];
    const sent: number[] = [];
    for (let index = 0; index < 400; index++) {
      const delayMs = (index * 37) % 50;
      clock.advance(1000 + index * 20 + delayMs - (clock.nowMs() - 5000));
      arrivals.push(clock.nowMs());
      sent.push(index * 20);
      arrive(platform === 'timed' ? 155 + index * 20 : null);
    }
    const expected = rfcJitter(arrivals, sent);
    expect(meter.take().jitterMs).toBeCloseTo(expected.at(-1)!, 9);
    expect(meter.total.jitterMs).toBeCloseTo(expected.reduce((sum, one) => sum + one, 0) / 400, 9);
    expect(meter.total).toMatchObject({ gaps: 0, late: 0, outOfOrder: 0 });
  });

  it('are late when they come later than a jitter buffer waits, and no gap', () => {
    const { meter, clock, flow, arrive } = line(platform);
    flow(0, 100);
    // A network that stands still for 200 ms and then gives everything at once.
    clock.advance(200);
    for (let index = 100; index < 110; index++) arrive(platform === 'timed' ? 155 + index * 20 : null);
    flow(110, 200);
    // Delays of 180, 160 … 0 ms; six of them are over 60.
    expect(meter.total).toMatchObject({ frames: 200, gaps: 0, gapMs: 0, late: 6, outOfOrder: 0 });
  });

  it('are not late because two clocks drift apart', () => {
    const { meter, clock, arrive } = line(platform);
    for (let index = 0; index < 10_000; index++) {
      // Ours is 0.15 % faster: 300 ms in the end.
      clock.advance(20.03);
      arrive(platform === 'timed' ? 155 + index * 20 : null);
    }
    expect(meter.total).toMatchObject({ gaps: 0, late: 0, outOfOrder: 0 });
    expect(meter.total.jitterMs).toBeCloseTo(0.03, 2);
  });

  it('are told of since the last take, and in total', () => {
    const { meter, clock, flow, arrive } = line(platform);
    flow(0, 60);
    expect(meter.take()).toEqual({ ...NOTHING, frames: 60 });
    clock.advance(100);
    for (let index = 60; index < 65; index++) arrive(platform === 'timed' ? 155 + index * 20 : null);
    flow(65, 70);
    expect(meter.take()).toMatchObject({ frames: 10, late: 1 });
    flow(70, 75);
    expect(meter.take()).toMatchObject({ frames: 5, late: 0 });
    expect(meter.total).toMatchObject({ frames: 75, late: 1 });
  });
});

describe('frames with the times of their sender', () => {
  it('leave a gap for each stretch that never came, however short, also in silence', () => {
    const { meter, clock, flow } = line();
    flow(0, 60);
    clock.advance(20);
    flow(61, 80);
    clock.advance(60);
    flow(83, 90);
    clock.advance(500);
    flow(115, 120);
    expect(meter.total).toEqual({ ...NOTHING, frames: 91, gaps: 3, gapMs: 580 });
  });

  it('leave no gap for timestamps that are uneven', () => {
    const { meter, clock, arrive } = line();
    for (let index = 0; index < 1000; index++) {
      clock.advance(20);
      arrive(155 + Math.floor(index * 19.97) - (index % 7 === 1 ? 4 : 0));
    }
    expect(meter.total).toMatchObject({ gaps: 0, late: 0, outOfOrder: 0 });
    expect(meter.total.jitterMs).toBeLessThan(2);
  });

  it('leave no gap for the silence that a line does not send', () => {
    const { meter, clock, flow } = line();
    // Words of 400 ms with 200 ms of hang-over, pauses of a second, for two minutes.
    for (let at = 0; at < 6000; at += 80) {
      flow(at, at + 20, SPEECH);
      flow(at + 20, at + 30);
      clock.advance(1000);
    }
    expect(meter.total).toEqual({ ...NOTHING, frames: 2250 });
  });

  it('leave a gap on such a line when a word breaks off', () => {
    const { meter, clock, flow } = line();
    flow(0, 20, SPEECH);
    clock.advance(300);
    flow(35, 40, SPEECH);
    expect(meter.total).toMatchObject({ gaps: 1, gapMs: 300 });
  });

  it('are out of order when a newer one was here before, and then no gap', () => {
    const { meter, clock, arrive } = line();
    for (const index of [0, 1, 3, 2, 4, 5, 8, 6, 7, 9]) {
      clock.advance(20);
      arrive(155 + index * 20);
    }
    expect(meter.total).toMatchObject({ frames: 10, gaps: 0, gapMs: 0, outOfOrder: 3 });
  });

  it('make up for a gap that was told before its frame came after all', () => {
    const { meter, clock, flow, arrive } = line();
    flow(0, 60);
    clock.advance(20);
    flow(61, 62);
    expect(meter.take()).toMatchObject({ gaps: 1, gapMs: 20 });
    arrive(155 + 60 * 20);
    expect(meter.total).toMatchObject({ gaps: 0, gapMs: 0, outOfOrder: 1 });
    clock.advance(20);
    flow(63, 64);
    expect(meter.take()).toMatchObject({ gaps: 0, gapMs: 0 });
    clock.advance(20);
    flow(65, 66);
    expect(meter.take()).toMatchObject({ gaps: 1, gapMs: 20 });
  });

  it('are not counted when they are fillers, which hide no gap either', () => {
    const { meter, clock, flow, fill } = line();
    flow(0, 60);
    clock.advance(400);
    fill(400);
    flow(80, 100);
    expect(meter.total).toEqual({ ...NOTHING, frames: 80, gaps: 1, gapMs: 400 });
  });

  it('are measured anew when the sender counts anew', () => {
    const { meter, clock, flow, arrive } = line();
    flow(0, 1000);
    flow(0, 100);
    clock.advance(20);
    arrive(1e9);
    expect(meter.total).toEqual({ ...NOTHING, frames: 1101 });
  });

  it('need not all last as long', () => {
    const { meter, clock } = line();
    let sentMs = 0;
    for (let index = 0; index < 300; index++) {
      const durationMs = [20, 40, 10][index % 3]!;
      clock.advance(durationMs);
      const bytes = new Uint8Array(durationMs * 8);
      const base64 = Buffer.from(bytes).toString('base64');
      meter.push(frameFromBase64('caller', MULAW, clock.nowMs(), base64, sentMs));
      sentMs += durationMs;
    }
    expect(meter.total).toEqual({ ...NOTHING, frames: 300 });
  });
});

describe('frames without times', () => {
  it('begin anew after fillers: that the floor was with somebody else is no jitter, no gap, nothing late', () => {
    const { meter, clock, flow, fill } = line('untimed');
    for (let turn = 0; turn < 20; turn++) {
      flow(0, 70, SPEECH);
      for (let step = 0; step < 30; step++) {
        clock.advance(100);
        fill(100);
      }
      clock.advance(turn * 7);
    }
    expect(meter.total).toEqual({ ...NOTHING, frames: 1400 });
  });

  it('leave a gap where a delay stays for a second, and are not late for that', () => {
    const { meter, clock, flow } = line('untimed');
    flow(0, 100);
    clock.advance(20);
    flow(101, 200);
    clock.advance(300);
    flow(215, 300);
    expect(meter.total).toMatchObject({ frames: 284, gaps: 2, gapMs: 320, late: 0 });
  });

  it('leave one gap for what is lost within a second', () => {
    const { meter, clock, flow } = line('untimed');
    flow(0, 100);
    clock.advance(20);
    flow(101, 110);
    clock.advance(20);
    flow(111, 300);
    expect(meter.total.gapMs).toBe(40);
  });

  it.each([30, 60, 100, 200])('leave no gap on a line that holds them up by %i ms at random', (mostMs) => {
    const { meter, clock, arrive } = line('untimed');
    let random = 1;
    let leftMs = 0;
    // Half an hour. No frame overtakes another.
    for (let index = 0; index < 90_000; index++) {
      random = (random * 16807) % 2147483647;
      leftMs = Math.max(leftMs, 1000 + index * 20 + (random / 2147483647) * mostMs);
      clock.advance(leftMs - (clock.nowMs() - 5000));
      arrive(null);
    }
    expect(meter.total).toMatchObject({ gaps: 0, outOfOrder: 0 });
    expect(meter.total.late > 0).toBe(mostMs > LATE_MS);
  });

  it('may be cut anywhere', () => {
    const { meter, clock } = line('untimed');
    for (let index = 0; index < 300; index++) {
      const durationMs = [20, 55, 1, 10][index % 4]!;
      clock.advance(durationMs);
      meter.push(frameFromBytes('caller', MULAW, clock.nowMs(), new Uint8Array(durationMs * 8)));
    }
    expect(meter.total).toEqual({ ...NOTHING, frames: 300 });
  });
});

describe('the meter', () => {
  it('says nothing of a track without frames', () => {
    const { meter, fill } = line();
    fill(100);
    expect(meter.take()).toEqual({ ...NOTHING, frames: 0 });
    expect(meter.total).toEqual({ ...NOTHING, frames: 0 });
  });
});
