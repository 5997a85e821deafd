import { beforeEach, describe, expect, it } from '@jest/globals';
import { fillerFrame, frameFromBytes } from '#libs/audio';
import type { AudioFormat, EventSink } from '#libs/contracts';
import { StallWatch } from './stall-watch.js';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };

describe('the watch for calls without sound', () => {
  let told: [string, object][];
  let watch: StallWatch;
  const events: EventSink = { publish: (what, data) => told.push([what, data]) };

  beforeEach(() => {
    told = [];
    watch = new StallWatch(10_000, events);
  });

  const caller = (atMs: number) =>
    watch.caller.push(frameFromBytes('caller', MULAW, atMs, new Uint8Array(160)));
  const filler = (atMs: number) => watch.caller.push(fillerFrame(MULAW, atMs, new Uint8Array(800)));
  const agent = (heardAtMs: number, durationMs: number) =>
    watch.agent.push(frameFromBytes('agent', MULAW, heardAtMs, new Uint8Array(durationMs * 8)));

  it('tells once that a connected call brings no sound, and when it comes back', () => {
    watch.begin(1000);
    for (let atMs = 2000; atMs <= 20_000; atMs += 1000) watch.tick(atMs);
    caller(21_500);
    watch.tick(22_000);
    expect(told).toEqual([
      ['audio.stalled', { track: 'caller', forMs: 10_000 }],
      ['audio.recovered', { track: 'caller', afterMs: 20_500 }],
    ]);
  });

  it('does not take filler for sound', () => {
    watch.begin(0);
    for (let atMs = 100; atMs <= 10_000; atMs += 100) filler(atMs);
    watch.tick(10_000);
    expect(told.map(([what]) => what)).toEqual(['audio.stalled']);
  });

  it('waits while the agent is heard', () => {
    watch.begin(0);
    agent(0, 30_000);
    watch.tick(39_000);
    expect(told).toEqual([]);
    watch.tick(40_000);
    expect(told).toHaveLength(1);
  });

  it('counts from where the agent was cut off', () => {
    watch.begin(0);
    agent(0, 30_000);
    watch.agent.cut!(5000);
    watch.tick(15_000);
    expect(told).toHaveLength(1);
  });

  it('expects nothing before the call is connected or while its leg is away', () => {
    watch.tick(60_000);
    watch.begin(60_000);
    watch.pause();
    watch.tick(120_000);
    expect(told).toEqual([]);
  });
});
