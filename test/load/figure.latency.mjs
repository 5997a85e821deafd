// How much later sound leaves than it came in, each way, found by pulses in the sound itself.
import { setTimeout as later } from 'node:timers/promises';
import { percentile } from './statistics.mjs';

const SETTLE_MS = 1500;
/** Pulses of one call are a second apart. */
const LATEST_MS = 900;

async function pulses(site, subject, { calls, seconds }) {
  const [callers, ai] = [await site.twilio(), await site.ai()];
  await ai.ask('behave', { behaviour: 'pulses' });
  await callers.ask('dial', { origin: subject.origin, calls, watch: 'pulses' });
  await later(SETTLE_MS);
  await Promise.all([callers.ask('journal'), ai.ask('journal')]);
  await later(seconds * 1000);
  const [near, far] = await Promise.all([callers.ask('journal'), ai.ask('journal')]);
  await callers.ask('hangUp');
  return { toAi: delays(near.sent, far.heard), toCaller: delays(far.sent, near.heard) };
}

/** From the moment the frame that begins with the onset was handed to the socket, to the onset's place in what came out. */
function delays(sent, heard) {
  const arrivals = new Map();
  for (const arrival of heard) arrivals.set(arrival[0], [...(arrivals.get(arrival[0]) ?? []), arrival]);
  return sent.flatMap(([number, sentMs]) => {
    const arrival = arrivals
      .get(number)
      ?.find(([, heardMs]) => heardMs >= sentMs && heardMs < sentMs + LATEST_MS);
    return arrival === undefined ? [] : [arrival[1] - sentMs];
  });
}

const LIMIT_P50_MS = 3;
const LIMIT_P99_MS = 20;

export async function latency(site, { calls, seconds }) {
  const relay = await pulses(site, await site.relay(), { calls, seconds });
  const gateway = await pulses(site, await site.gateway('pcm'), { calls, seconds });
  return [
    ['caller → AI', gateway.toAi, relay.toAi],
    ['AI → caller', gateway.toCaller, relay.toCaller],
  ].map(([way, delays, yardstick]) => {
    const [p50, p99] = [percentile(delays, 0.5), percentile(delays, 0.99)];
    return {
      figure: `added latency ${way}, ${calls} calls`,
      asked: `p50 ≤ ${LIMIT_P50_MS}, p99 ≤ ${LIMIT_P99_MS} ms`,
      value: { p50, p99 },
      measured: `${p50.toFixed(2)} / ${p99.toFixed(2)} ms`,
      ok: p50 <= LIMIT_P50_MS && p99 <= LIMIT_P99_MS,
      detail: `${delays.length} pulses; relay ${percentile(yardstick, 0.5).toFixed(2)} / ${percentile(yardstick, 0.99).toFixed(2)} ms`,
    };
  });
}
