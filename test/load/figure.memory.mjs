// What one more call costs in memory.
import { setTimeout as later } from 'node:timers/promises';
import { slope } from './statistics.mjs';

const SETTLE_MS = 1500;
const LIMIT_KIB = 250;

/** Calls are added step by step and all go on talking; after each step garbage is collected and memory read. */
export async function memory(site, { memorySteps }) {
  const [callers, ai] = [await site.twilio(), await site.ai()];
  const { part, origin } = await site.gateway('pcm');
  await ai.ask('behave', { behaviour: 'noise', deltaMs: 20 });
  const dial = async (calls) => {
    await callers.ask('dial', { origin, calls, watch: 'nothing' });
    await later(SETTLE_MS);
  };
  // What a process grows by once is no call's.
  await dial(memorySteps[1]);
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
  return [
    {
      figure: 'memory of one more Twilio call, converting',
      asked: `≤ ${LIMIT_KIB} KiB`,
      value: { rss, heap },
      measured: `${rss.toFixed(0)} KiB`,
      ok: rss <= LIMIT_KIB,
      detail: `resident, ${memorySteps[0]} to ${memorySteps.at(-1)} calls; heap and buffers after collection ${heap.toFixed(0)} KiB`,
    },
  ];
}
