import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  type CallScript,
  type LineFaults,
  placeAudioCodesCall,
  placeTwilioCall,
  shippedSpeech,
} from '#apps/simulator';
import type { Arrival } from '#libs/contracts';
import { until } from '#libs/testing';
import { boot, closeAll } from './boot.js';

/** Half-way between the delays of 40 and 60 ms that frames of 20 ms can have. */
const LATE_MS = 50;
const YAML = `
platforms: { twilio: {}, audiocodes: {} }
backends: { echo: {} }
observers: { quality: { lateMs: ${LATE_MS} } }
`;
/** With this one no frame is lost or overtaken before the call is connected, from when on it is measured. */
const SEED = 20;

/** A machine that is later than this is too busy to show what is measured by time alone. */
const MACHINE_MS = 40;
const SETTING_UP_FRAMES = 20;

interface Measured {
  readonly arrival: Arrival;
  /** Numbers of the 20 ms that left, in the order in which they did, and when. */
  readonly left: readonly number[];
  readonly leftMs: readonly number[];
}

const silent: CallScript = (caller) => caller.pause(4000);

/** A call over a faulty line, and what the gateway measured of how the caller's sound arrived. */
async function measured(
  platform: 'twilio' | 'audiocodes',
  faults: LineFaults,
  script: CallScript = silent,
): Promise<Measured> {
  const { origin, wsOrigin, tape } = await boot({}, { yaml: YAML });
  const leftMs: number[] = [];
  const line = {
    script,
    // With noise on it, each frame has sound, and the simulator keeps all that left.
    faults: { noiseSnrDb: 40, seed: SEED, ...faults },
    onCallerSound: (_frame: unknown, atMs: number) => leftMs.push(atMs),
  };
  const call =
    platform === 'twilio'
      ? placeTwilioCall({ webhookUrl: `${origin}/twilio/voice`, ...line })
      : placeAudioCodesCall({ url: `${wsOrigin}/audiocodes`, ...line });
  expect(await call.ended).toMatchObject({ failures: [], breaches: [] });
  const told = () =>
    tape.all('quality.measured').find(({ track }) => track === 'caller')?.call.arrival ?? null;
  await until(() => told() !== null, 'the record of how the caller arrived');
  return { arrival: told()!, left: call.line.record.slots.map(({ index }) => index), leftMs };
}

/** Lengths, in frames, of what is missing between those that left. */
function missing(left: readonly number[]): number[] {
  const sorted = [...left].sort((a, b) => a - b);
  return sorted.slice(1).flatMap((index, i) => (index - sorted[i]! > 1 ? [index - sorted[i]! - 1] : []));
}

const sum = (list: readonly number[]) => list.reduce((total, one) => total + one, 0);

/** How much later than the fastest the latest frame left, of those that are measured: the first see a call being set up. */
function latestMs({ left, leftMs }: Measured): number {
  const transits = left.map((index, i) => leftMs[i]! - index * 20);
  return Math.max(...transits.slice(SETTING_UP_FRAMES)) - Math.min(...transits);
}

/** RFC 3550 section 6.4.1 over when the frames really left: the mean of its estimate. */
function meanJitter({ left, leftMs }: Measured): number {
  let jitterMs = 0;
  const estimates = left.slice(1).map((index, i) => {
    const step = leftMs[i + 1]! - leftMs[i]! - (index - left[i]!) * 20;
    jitterMs += (Math.abs(step) - jitterMs) / 16;
    return jitterMs;
  });
  return sum(estimates) / estimates.length;
}

const talkative: CallScript = async (caller) => {
  for (let i = 0; i < 2; i++) {
    await caller.say(shippedSpeech('caller-bye'));
    await caller.pause(700);
  }
};

/** A call during which this machine was in time itself, as the simulator's own frames show; busy machines take several. */
async function measuredInTime(platform: 'twilio' | 'audiocodes', faults: LineFaults): Promise<Measured> {
  for (let attempt = 0; attempt < 6; attempt++) {
    const call = await measured(platform, faults);
    if (latestMs(call) < MACHINE_MS) return call;
  }
  throw new Error('This machine was never in time.');
}

const PLATFORMS = ['twilio', 'audiocodes'] as const;

// Calls take their time, and busy machines more of it.
jest.setTimeout(60_000);

describe('how the frames of a call arrive', () => {
  afterEach(closeAll);

  it('is told exactly where frames are lost on Twilio', async () => {
    const { arrival, left } = await measured('twilio', { lossPercent: 8 });
    const lost = missing(left);
    expect(lost.length).toBeGreaterThan(5);
    expect(arrival).toMatchObject({ gaps: lost.length, gapMs: 20 * sum(lost), outOfOrder: 0 });
  });

  it('is told exactly where nothing comes for a while on Twilio, though silence is filled in', async () => {
    const { arrival } = await measured('twilio', { gaps: [{ atMs: 2500, durationMs: 800 }] });
    expect(arrival).toMatchObject({ gaps: 1, gapMs: 800, outOfOrder: 0 });
  });

  it('is told exactly where frames are overtaken on Twilio, and none of them is missing', async () => {
    const { arrival, left } = await measured('twilio', { reorderPercent: 10 });
    const overtaken = left.filter((index, i) => i > 0 && index < left[i - 1]!);
    expect(overtaken.length).toBeGreaterThan(5);
    expect(arrival).toMatchObject({ gaps: 0, gapMs: 0, outOfOrder: overtaken.length });
  });

  it.each(PLATFORMS)('is told where frames are late on %s', async (platform) => {
    const call = await measured(platform, { late: { everyFrames: 50, byMs: 100 } });
    // Delays of 100, 80 and 60 ms are late, those of 40 and 20 are not. The last may have been cut short by the end.
    const planted = 3 * Math.floor(call.left.length / 50);
    expect(call.arrival.outOfOrder).toBe(0);
    expect(call.arrival.late).toBeGreaterThanOrEqual(planted - 3);
    if (latestMs(call) > 100 + MACHINE_MS) return;
    expect(call.arrival.late).toBeLessThanOrEqual(planted);
  });

  it.each(PLATFORMS)('is told by the jitter on %s', async (platform) => {
    const call = await measured(platform, { jitterMs: 100 });
    const expectedMs = meanJitter(call);
    expect(expectedMs).toBeGreaterThan(10);
    // What this machine adds between leaving and arriving, and Twilio's uneven timestamps, blur it.
    expect(Math.abs(call.arrival.jitterMs - expectedMs)).toBeLessThan(expectedMs / 3);
    expect(call.arrival.outOfOrder).toBe(0);
  });

  it.each(PLATFORMS)('shows nothing where nothing is wrong on %s', async (platform) => {
    const { arrival } = await measuredInTime(platform, {});
    expect(arrival).toMatchObject({ gaps: 0, gapMs: 0, late: 0, outOfOrder: 0 });
    expect(arrival.jitterMs).toBeLessThan(5);
  });

  it('is told on AudioCodes where sound stays away from an open stream', async () => {
    const { arrival } = await measuredInTime('audiocodes', { gaps: [{ atMs: 2000, durationMs: 200 }] });
    expect(arrival).toMatchObject({ gaps: 1, late: 0, outOfOrder: 0 });
    // Without times of the platform it is as exact as timers are.
    expect(arrival.gapMs).toBeGreaterThan(200 - MACHINE_MS);
    expect(arrival.gapMs).toBeLessThan(200 + MACHINE_MS);
  });

  it('is no gap where a line sends no silence', async () => {
    const { arrival } = await measured('twilio', { dtx: true, noiseSnrDb: undefined }, talkative);
    expect(arrival).toMatchObject({ gaps: 0, gapMs: 0, outOfOrder: 0 });
    expect(arrival.frames).toBeLessThan(250);
  });
});
