// CPU time of a call-second, against the bare relay.
import { resolve } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { median } from './statistics.mjs';

const SETTLE_MS = 1000;
const PROFILE_MS = 5000;
/** A slice in which fewer frames than this share came through says nothing. */
const LEAST_THROUGH = 0.97;

/**
 * Loads one process after the other with the same calls, again and again (A B C, A B C, ...), so that whatever else the machine does
 * falls on all of them alike. The first time is for warming up. Returns, for each subject, the microseconds of CPU time that one call
 * took for one second, slice by slice.
 */
async function interleaved(site, callers, subjects, options) {
  const { calls, deltaMs, rounds, profileDir } = options;
  const ai = await site.ai();
  await ai.ask('behave', { behaviour: 'noise', deltaMs });
  const underLoad = async ({ origin }, measure) => {
    await callers.ask('dial', { origin, calls, watch: 'nothing' });
    await later(SETTLE_MS);
    const result = await measure();
    await callers.ask('hangUp');
    return result;
  };
  const slices = subjects.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, subject] of subjects.entries()) {
      const slice = await underLoad(subject, () => cpuOf(subject, callers, ai, options));
      if (round > 0) slices[index].push(slice);
    }
  }
  if (profileDir !== null) {
    for (const subject of subjects) await underLoad(subject, () => profile(subject, profileDir));
  }
  return slices;
}

/** Apart from the measurement, which it would disturb. */
async function profile({ name, part }, dir) {
  await part.ask('profile');
  await later(PROFILE_MS);
  await part.ask('writeProfile', { file: resolve(dir, `${name.replace(' ', '-')}.cpuprofile`) });
}

/** With metrics on goes that somebody reads them. */
async function cpuOf({ part, metrics }, callers, ai, { calls, seconds, deltaMs }) {
  const framesBefore = await frames(callers, ai);
  const before = await part.ask('cpu');
  await later(seconds * 500);
  if (metrics !== undefined) await (await fetch(metrics)).text();
  await later(seconds * 500);
  const after = await part.ask('cpu');
  const framesAfter = await frames(callers, ai);
  const callSeconds = (calls * (after.atMs - before.atMs)) / 1000;
  const expected = {
    sent: callSeconds * 50,
    appends: callSeconds * 50,
    heard: (callSeconds * 1000) / deltaMs,
  };
  for (const [end, due] of Object.entries(expected)) {
    const count = framesAfter[end] - framesBefore[end];
    if (count < due * LEAST_THROUGH)
      throw new Error(`Only ${count} of ${due.toFixed(0)} frames (${end}): the machine is overloaded.`);
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

export async function twilioCpu(site, options) {
  const subjects = [await site.relay(), await gateway(site, 'pcm'), await gateway(site, 'pcmu')];
  const [relay, converted, passed] = await interleaved(site, await site.twilio(), subjects, options);
  return [
    against(relay, converted, `CPU, ${options.calls} Twilio calls, 8 ↔ 24 kHz`, 1.5, options.calls),
    against(relay, passed, `CPU, ${options.calls} Twilio calls, μ-law passed through`, 1.1, options.calls),
  ];
}

export async function audioCodesCpu(site, options) {
  const subjects = [await site.relay(), await gateway(site, 'pcm')];
  const [relay, passed] = await interleaved(site, await site.audioCodes(), subjects, options);
  return [against(relay, passed, `CPU, ${options.calls} AudioCodes calls, 24 kHz`, 1.2, options.calls)];
}

async function gateway(site, audioFormat) {
  const subject = await site.gateway(audioFormat);
  return { ...subject, metrics: `${subject.origin}/metrics` };
}
