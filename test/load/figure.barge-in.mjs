// The caller interrupts: how fast silence is ordered, and how well the AI is told what was heard.
import { setTimeout as later } from 'node:timers/promises';
import { percentile } from './statistics.mjs';

/** From an interruption to the AI's next answer; what is to be ordered after that comes too late to count. */
const PAUSE_MS = 300;
/** That all calls begin at once belongs to the benchmark, not to the telephone. */
const SETTLE_MS = 2000;
const LIMIT_STOP_MS = 20;
const LIMIT_ERROR_MS = 40;

export async function bargeIn(site, { calls, bargeInSeconds }) {
  const [callers, ai] = [await site.twilio(), await site.ai()];
  const { origin } = await site.gateway('pcm');
  await ai.ask('behave', { behaviour: 'turns', pauseMs: PAUSE_MS });
  await callers.ask('dial', { origin, calls, watch: 'clears' });
  await later(SETTLE_MS);
  await Promise.all([callers.ask('journal'), ai.ask('journal')]);
  await later(bargeInSeconds * 1000);
  const { clears } = await callers.ask('journal');
  const { interruptions } = await ai.ask('journal');
  await callers.ask('hangUp');

  const pairs = interruptions.flatMap((interruption) => {
    const { ai: number, atMs } = interruption;
    const clear = clears.find((one) => one.ai === number && one.atMs >= atMs && one.atMs < atMs + PAUSE_MS);
    return clear === undefined ? [] : [{ interruption, clear }];
  });
  const stops = pairs.map(
    ({ interruption, clear }) => Math.max(clear.atMs, clear.lastMediaMs) - interruption.atMs,
  );
  const errors = pairs.map(({ interruption, clear }) => Math.abs(interruption.audioEndMs - clear.playedMs));
  return [
    figure('barge-in: last sound and "clear" after speech start', stops, LIMIT_STOP_MS, pairs, interruptions),
    figure('barge-in: error of the truncation point', errors, LIMIT_ERROR_MS, pairs, interruptions),
  ];
}

function figure(name, values, limitMs, pairs, interruptions) {
  const p99 = percentile(values, 0.99);
  return {
    figure: name,
    asked: `p99 ≤ ${limitMs} ms`,
    value: { p50: percentile(values, 0.5), p99 },
    measured: `${p99.toFixed(2)} ms`,
    ok: p99 <= limitMs && pairs.length === interruptions.length,
    detail: `p50 ${percentile(values, 0.5).toFixed(2)} ms; ${pairs.length} of ${interruptions.length} interruptions answered by a clear`,
  };
}
