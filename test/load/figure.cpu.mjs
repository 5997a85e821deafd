// CPU time of a call-second, against the bare relay.
import { setTimeout as later } from 'node:timers/promises';
import { median } from './statistics.mjs';

const SETTLE_MS = 1000;
/** A slice in which fewer frames than this share came through says nothing. */
const LEAST_THROUGH = 0.97;

/**
 * Loads one process after the other with the same calls, again and again (A B C, A B C, ...), so that whatever else the machine does
 * falls on all of them alike. The first time is for warming up. Returns, for each subject, the microseconds of CPU time that one call
 * took for one second, slice by slice.
 */
async function interleaved({ callers, ai, subjects, calls, seconds, rounds }) {
  const slices = subjects.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { origin, part, isGateway }] of subjects.entries()) {
      await callers.ask('dial', { origin, calls, watch: 'nothing' });
      await later(SETTLE_MS);
      const slice = await measured({ callers, ai, part, calls, seconds, scrape: isGateway ? origin : null });
      if (round > 0) slices[index].push(slice);
      await callers.ask('hangUp');
    }
  }
  return slices;
}

/** With metrics on goes that somebody reads them. */
async function measured({ callers, ai, part, calls, seconds, scrape }) {
  const framesBefore = await frames(callers, ai);
  const before = await part.ask('cpu');
  await later(seconds * 500);
  if (scrape !== null) await (await fetch(`${scrape}/metrics`)).text();
  await later(seconds * 500);
  const after = await part.ask('cpu');
  const framesAfter = await frames(callers, ai);
  const callSeconds = (calls * (after.atMs - before.atMs)) / 1000;
  const expected = callSeconds * 50 * LEAST_THROUGH;
  for (const end of ['sent', 'heard', 'appends']) {
    const count = framesAfter[end] - framesBefore[end];
    if (count < expected)
      throw new Error(`Only ${count} of ${callSeconds * 50} frames (${end}): the machine is overloaded.`);
  }
  return (after.cpuUs - before.cpuUs) / callSeconds;
}

async function frames(callers, ai) {
  const [{ sent, heard }, { appends }] = await Promise.all([callers.ask('count'), ai.ask('count')]);
  return { sent, heard, appends };
}

function against(yardstick, slices, figure, limit, calls) {
  const ratios = slices.map((slice, i) => slice / yardstick[i]);
  const cpuMs = (all) => median(all) / 1000;
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} in ${ratios.length} rounds`;
  const share = (cpuMs(slices) * calls) / 10;
  return {
    figure,
    asked: `≤ ${limit} ×`,
    value: median(ratios),
    measured: `${median(ratios).toFixed(2)} ×`,
    ok: median(ratios) <= limit,
    detail: `${range}; ${cpuMs(slices).toFixed(2)} ms a call-second, relay ${cpuMs(yardstick).toFixed(2)} ms; ${share.toFixed(0)} % of a core`,
  };
}

export async function twilioCpu(site, { calls, seconds, rounds }) {
  const [callers, ai] = [await site.twilio(), await site.ai()];
  await ai.ask('behave', { behaviour: 'noise', deltaMs: 20 });
  const subjects = [
    await site.relay(),
    { ...(await site.gateway('pcm')), isGateway: true },
    { ...(await site.gateway('pcmu')), isGateway: true },
  ];
  const [relay, converted, passed] = await interleaved({ callers, ai, subjects, calls, seconds, rounds });
  return [
    against(relay, converted, `CPU, ${calls} Twilio calls, 8 ↔ 24 kHz`, 1.5, calls),
    against(relay, passed, `CPU, ${calls} Twilio calls, μ-law passed through`, 1.1, calls),
  ];
}

export async function audioCodesCpu(site, { calls, seconds, rounds }) {
  const [callers, ai] = [await site.audioCodes(), await site.ai()];
  await ai.ask('behave', { behaviour: 'noise', deltaMs: 20 });
  const subjects = [await site.relay(), { ...(await site.gateway('pcm')), isGateway: true }];
  const [relay, gateway] = await interleaved({ callers, ai, subjects, calls, seconds, rounds });
  return [against(relay, gateway, `CPU, ${calls} AudioCodes calls, 24 kHz`, 1.2, calls)];
}
