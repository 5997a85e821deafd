import { setImmediate as otherTurns } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type Caller,
  type CallScript,
  type LineFaults,
  placeAudioCodesCall,
  placeTwilioCall,
  shippedSpeech,
} from '#apps/simulator';
import type { Arrival } from '#libs/contracts';
import { ScriptedBackend, until } from '#libs/testing';
import { StoppedTime } from '../../apps/simulator/src/testing/stopped-time.js';
import { boot, closeAll } from './boot.js';

/** Half-way between the delays of 40 and 60 ms that frames of 20 ms can have. */
const LATE_MS = 50;
const YAML = `
platforms: { twilio: {}, audiocodes: {} }
backends: { echo: {} }
observers: { quality: { lateMs: ${LATE_MS} } }
`;
const FRAME_MS = 20;
const MULAW = { encoding: 'mulaw', sampleRate: 8000 } as const;
/** Twilio's timestamps are uneven by so much. */
const UNEVEN_MS = 4;

interface Measured {
  readonly arrival: Arrival;
  /** Numbers of the 20 ms that left, in the order in which they did, and when. */
  readonly left: readonly number[];
  readonly leftMs: readonly number[];
}

type Platform = 'twilio' | 'audiocodes';

const silent: CallScript = (caller) => caller.pause(4000);

/**
 * A call over a faulty line, and what the gateway measured of how the caller's sound arrived. Caller and gateway share a clock that
 * goes on by a frame whenever all that left has arrived over the socket, so that what is measured is the line and nothing else.
 */
async function measured(
  platform: Platform,
  faults: LineFaults,
  script: CallScript = silent,
): Promise<Measured> {
  const time = new StoppedTime();
  const backend = new ScriptedBackend([MULAW]);
  const { origin, wsOrigin, tape } = await boot({}, { yaml: YAML, backend, clock: time.clock });
  const allMs: number[] = [];
  let isDone = false;
  const line = {
    ...time,
    script: async (caller: Caller) => {
      await script(caller);
      isDone = true;
    },
    // With noise on it, each frame has sound, and the simulator keeps all that left.
    faults: { noiseSnrDb: 40, ...faults },
    onCallerSound: (_frame: unknown, atMs: number) => allMs.push(atMs),
  };
  const call =
    platform === 'twilio'
      ? placeTwilioCall({ webhookUrl: `${origin}/twilio/voice`, ...line })
      : placeAudioCodesCall({ url: `${wsOrigin}/audiocodes`, offer: ['raw/mulaw'], ...line });
  // On AudioCodes sound flows once the stream for it is open, which is asked for with the first frame.
  const isOpen = () => call.line.record.events.some(({ what }) => what === 'user stream open');
  await call.connected;
  await until(() => tape.types.includes('call.connected'), 'the call');
  if (platform === 'audiocodes') await time.passUntil(isOpen, 'the stream for the sound');
  const lost = allMs.length;
  const arrived = () => backend.session.frames.filter(({ isFiller }) => !isFiller).length;
  while (!isDone) {
    time.advance(FRAME_MS);
    await until(() => arrived() === allMs.length - lost, 'all that left');
    await otherTurns();
  }
  expect(await call.ended).toMatchObject({ failures: [], breaches: [] });
  const told = () =>
    tape.all('quality.measured').find(({ track }) => track === 'caller')?.call.arrival ?? null;
  await until(() => told() !== null, 'the record of how the caller arrived');
  const left = call.line.record.slots.map(({ index }) => index);
  return { arrival: told()!, left: left.slice(lost), leftMs: allMs.slice(lost) };
}

/** Lengths, in frames, of what is missing between those that left. */
function missing(left: readonly number[]): number[] {
  const sorted = [...left].sort((a, b) => a - b);
  return sorted.slice(1).flatMap((index, i) => (index - sorted[i]! > 1 ? [index - sorted[i]! - 1] : []));
}

const sum = (list: readonly number[]) => list.reduce((total, one) => total + one, 0);

/** How many left later than the fastest by more than a jitter buffer waits. */
function late({ left, leftMs }: Measured): number {
  const transits = left.map((index, i) => leftMs[i]! - index * FRAME_MS);
  const fastestMs = Math.min(...transits);
  return transits.filter((transitMs) => transitMs - fastestMs > LATE_MS).length;
}

/** RFC 3550 section 6.4.1 over when the frames left: the mean of its estimate. */
function meanJitter({ left, leftMs }: Measured): number {
  let jitterMs = 0;
  const estimates = left.slice(1).map((index, i) => {
    const step = leftMs[i + 1]! - leftMs[i]! - (index - left[i]!) * FRAME_MS;
    jitterMs += (Math.abs(step) - jitterMs) / 16;
    return jitterMs;
  });
  return sum(estimates) / left.length;
}

const talkative: CallScript = async (caller) => {
  for (let i = 0; i < 2; i++) {
    await caller.say(shippedSpeech('caller-bye'));
    await caller.pause(700);
  }
};

const PLATFORMS = ['twilio', 'audiocodes'] as const;

describe('how the frames of a call arrive', () => {
  afterEach(closeAll);

  it('is told exactly where frames are lost on Twilio', async () => {
    const { arrival, left } = await measured('twilio', { lossPercent: 8 });
    const lost = missing(left);
    expect(lost.length).toBeGreaterThan(5);
    expect(arrival).toMatchObject({ gaps: lost.length, gapMs: 20 * sum(lost), late: 0, outOfOrder: 0 });
  });

  it('is told exactly where nothing comes for a while on Twilio, though silence is filled in', async () => {
    const { arrival } = await measured('twilio', { gaps: [{ atMs: 2500, durationMs: 800 }] });
    expect(arrival).toMatchObject({ gaps: 1, gapMs: 800, late: 0, outOfOrder: 0 });
  });

  it('is told exactly where frames are overtaken on Twilio, and none of them is missing', async () => {
    const { arrival, left } = await measured('twilio', { reorderPercent: 10 });
    const overtaken = left.filter((index, i) => i > 0 && index < left[i - 1]!);
    expect(overtaken.length).toBeGreaterThan(5);
    expect(arrival).toMatchObject({ gaps: 0, gapMs: 0, late: 0, outOfOrder: overtaken.length });
  });

  it.each(PLATFORMS)('is told exactly where frames are late on %s', async (platform) => {
    const call = await measured(platform, { late: { everyFrames: 50, byMs: 100 } });
    // Delays of 100, 80 and 60 ms are late, those of 40 and 20 are not.
    const planted = late(call);
    expect(planted).toBeGreaterThanOrEqual(9);
    expect(call.arrival).toMatchObject({ gaps: 0, gapMs: 0, late: planted, outOfOrder: 0 });
  });

  it.each(PLATFORMS)('is told by the jitter on %s', async (platform) => {
    const call = await measured(platform, { jitterMs: 100 });
    const expectedMs = meanJitter(call);
    expect(expectedMs).toBeGreaterThan(10);
    expect(Math.abs(call.arrival.jitterMs - expectedMs)).toBeLessThan(
      platform === 'twilio' ? UNEVEN_MS : 0.5,
    );
    expect(call.arrival.outOfOrder).toBe(0);
  });

  it.each(PLATFORMS)('shows nothing where nothing is wrong on %s', async (platform) => {
    const { arrival, left } = await measured(platform, {});
    expect(arrival).toMatchObject({ gaps: 0, gapMs: 0, late: 0, outOfOrder: 0, frames: left.length });
    if (platform === 'twilio') expect(arrival.jitterMs).toBeLessThan(UNEVEN_MS);
    else expect(arrival.jitterMs).toBe(0);
  });

  it('is told exactly on AudioCodes where sound stays away from an open stream', async () => {
    const { arrival } = await measured('audiocodes', { gaps: [{ atMs: 2000, durationMs: 200 }] });
    expect(arrival).toMatchObject({ gaps: 1, gapMs: 200, late: 0, outOfOrder: 0 });
  });

  it('is no gap where a line sends no silence', async () => {
    const { arrival } = await measured('twilio', { dtx: true, noiseSnrDb: undefined }, talkative);
    expect(arrival).toMatchObject({ gaps: 0, gapMs: 0, outOfOrder: 0 });
    expect(arrival.frames).toBeLessThan(250);
  });
});
