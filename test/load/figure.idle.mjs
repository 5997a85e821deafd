// After many calls everything is as it was before.
import { setTimeout as later } from 'node:timers/promises';

const CALL_MS = 2000;
const TOLERANCE = 0.05;
/** Twilio's sockets may stay open for some seconds after "stop". */
const REST_MS = 8000;
const WARM_UP_CALLS = 200;

export async function idle(site, { idleCalls, calls }) {
  const [callers, ai] = [await site.twilio(), await site.ai()];
  const { part, origin } = await site.newGateway('pcm');
  await ai.ask('behave', { behaviour: 'noise', deltaMs: 20 });
  const place = async (total) => {
    for (let placed = 0; placed < total; placed += calls) {
      await callers.ask('dial', { origin, calls: Math.min(calls, total - placed), watch: 'nothing' });
      await later(CALL_MS);
      await callers.ask('hangUp');
    }
    await later(REST_MS);
  };
  await place(WARM_UP_CALLS);
  const before = await part.ask('alive');
  await place(idleCalls);
  const after = await part.ask('alive');
  const kinds = Object.keys(before);
  const back = (kind) => after[kind] <= before[kind] * (1 + TOLERANCE);
  return [
    {
      figure: `${idleCalls} calls of ${CALL_MS / 1000} s, then idle`,
      asked: 'back to the start, ± 5 %',
      value: { before, after },
      measured: kinds.every(back) ? 'back' : `more ${kinds.filter((kind) => !back(kind)).join(', ')}`,
      ok: kinds.every(back),
      detail: kinds
        .map((kind) => `${kind} ${before[kind].toFixed(0)} → ${after[kind].toFixed(0)}`)
        .join(', '),
    },
  ];
}
