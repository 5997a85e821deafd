// Measures what viewers cost the gateway: node test/load/listeners-bench.mjs (after npm run build).
// The same hundred calls run all the time; without and with viewers take turns, so that whatever else the machine does falls on
// both alike. A round's ratio is that of its two halves; what is printed is the median of the rounds, and their range.
import { setTimeout as later } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BenchSite } from './bench-site.mjs';
import { Part } from './part.mjs';
import { median } from './statistics.mjs';

const { values: flags } = parseArgs({
  options: {
    calls: { type: 'string', default: '100' },
    viewers: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '4' },
  },
});
const [calls, viewers, seconds, rounds] = [flags.calls, flags.viewers, flags.seconds, flags.rounds].map(
  Number,
);

const SETTLE_MS = 1500;
/** A half in which fewer frames than this share came through says nothing. */
const LEAST_THROUGH = 0.97;

async function half(gateway, callers, listeners) {
  const [{ heard: heardBefore }, { frames: framesBefore }] = [
    await callers.ask('count'),
    await listeners.ask('count'),
  ];
  await gateway.ask('lag');
  const before = await gateway.ask('cpu');
  await later(seconds * 1000);
  const after = await gateway.ask('cpu');
  const lag = await gateway.ask('lag');
  const [{ heard }, { frames, lost }] = [await callers.ask('count'), await listeners.ask('count')];
  const lastedS = (after.atMs - before.atMs) / 1000;
  if (heard - heardBefore < calls * lastedS * 50 * LEAST_THROUGH)
    throw new Error(
      `Only ${heard - heardBefore} of ${(calls * lastedS * 50).toFixed(0)} frames: the machine is overloaded.`,
    );
  return {
    cpuMs: (after.cpuUs - before.cpuUs) / 1000 / lastedS,
    lag,
    framesPerS: (frames - framesBefore) / lastedS,
    lost,
  };
}

const site = new BenchSite();
const listeners = new Part('viewers', 'test/load/listeners.mjs');
try {
  const ai = await site.ai();
  await ai.ask('behave', { behaviour: 'noise', deltaMs: 20 });
  const { part: gateway, origin } = await site.gateway('pcm');
  const callers = await site.twilio();
  await callers.ask('dial', { origin, calls, watch: 'nothing' });
  const pairs = [];
  for (let round = 0; round <= rounds; round++) {
    await later(SETTLE_MS);
    const without = await half(gateway, callers, listeners);
    await listeners.ask('listen', { origin, viewers });
    await later(SETTLE_MS);
    const seen = await half(gateway, callers, listeners);
    await listeners.ask('leave');
    // The first is for warming up.
    if (round > 0) pairs.push({ without, seen });
  }
  await callers.ask('hangUp');
  const range = (values, digits) =>
    `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`;
  const of = (side, read) => pairs.map((pair) => read(pair[side]));
  const cpu = (side) => of(side, ({ cpuMs }) => cpuMs / 10);
  const ratios = pairs.map(({ without, seen }) => seen.cpuMs / without.cpuMs);
  console.log(
    `${calls} Twilio calls with a 24 kHz AI, ${viewers} viewers, each with the list and both voices of a call of his own`,
  );
  console.log(
    `CPU with viewers against without: ${median(ratios).toFixed(2)} × (${range(ratios, 2)} in ${rounds} rounds)`,
  );
  for (const [side, name] of [
    ['without', 'without viewers'],
    ['seen', 'with viewers'],
  ]) {
    const p50 = of(side, ({ lag }) => lag.p50Ms);
    const p99 = of(side, ({ lag }) => lag.p99Ms);
    console.log(
      `${name}: ${median(cpu(side)).toFixed(0)} % of a core; loop lag p50 ${median(p50).toFixed(2)} ms, p99 ${median(p99).toFixed(2)} ms (${range(p99, 2)})`,
    );
  }
  const frames = of('seen', ({ framesPerS }) => framesPerS);
  const lost = of('seen', ({ lost: count }) => count);
  console.log(`viewers get ${median(frames).toFixed(0)} frames a second in all; lost: ${Math.max(...lost)}`);
} finally {
  await Promise.all([site.close(), listeners.end()]);
}
