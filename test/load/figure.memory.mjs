// What one more call costs in memory.
import { setTimeout as later } from 'node:timers/promises';
import { slope } from './statistics.mjs';

const SETTLE_MS = 1500;
const LIMIT_KIB = 250;

/** Calls are added step by step and all go on talking; after each step garbage is collected and memory read. */
export async function memory(site, { memorySteps }) {
  const [callers, ai] = [await site.twilio(), await site.ai()];
  const { part, origin } = await site.newGateway('pcm');
  await ai.ask('behave', { behaviour: 'noise', deltaMs: 20 });
  const dial = async (calls) => {
    await callers.ask('dial', { origin, calls, watch: 'nothing' });
    await later(SETTLE_MS);
  };
  // What a process grows by once is no call's.
  await dial(memorySteps[0]);
  await callers.ask('hangUp');
  const readings = [];
  let running = 0;
  for (const calls of memorySteps) {
    await dial(calls - running);
    running = calls;
    readings.push({ calls, ...(await part.ask('memory')) });
  }
  await callers.ask('hangUp');
  const perCall = (key) => slope(readings.map((reading) => [reading.calls, reading[key] / 1024]));
  const [rss, heap] = [perCall('rss'), perCall('heap')];
  // Pages that a process has anyway may take in new calls, so that either figure alone could flatter.
  const larger = Math.max(rss, heap);
  return [
    {
      figure: 'memory of one more Twilio call, converting',
      asked: `≤ ${LIMIT_KIB} KiB`,
      value: { rss, heap, readings },
      measured: `${larger.toFixed(0)} KiB`,
      ok: larger <= LIMIT_KIB,
      detail: `${memorySteps[0]} to ${memorySteps.at(-1)} calls; resident ${rss.toFixed(0)} KiB, heap and buffers ${heap.toFixed(0)} KiB`,
    },
  ];
}
