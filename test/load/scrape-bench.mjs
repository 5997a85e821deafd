// How long a scrape of Prometheus blocks the event loop while calls run: node test/load/scrape-bench.mjs (after npm run build).
// The metrics observer is the real one, and so are each call's router and paths; only the sockets are left out.

import { frameFromBytes } from '#libs/audio';
import { AudioPath, CallEventRouter, GatewayEventRouter, systemClock } from '#libs/core';
import { MetricsObserver } from '../../dist/libs/observers/metrics/src/metrics.observer.js';

const CALLS = 500;
const SCRAPES = 200;
const ALLOWED_MS = 10;
const PLATFORMS = ['twilio', 'audiocodes', 'loopback'];
const mulaw = { encoding: 'mulaw', sampleRate: 8000 };

const ignore = () => undefined;
const log = { child: () => log, debug: ignore, info: ignore, warn: ignore, error: ignore };
const events = new GatewayEventRouter(systemClock, log);
const observer = new MetricsObserver({ events, platforms: PLATFORMS, backend: 'echo', maxCalls: CALLS });

const sink = { push: () => true };
const paths = [];
for (let i = 0; i < CALLS; i++) {
  const path = () => {
    const made = new AudioPath({ holdMs: 0, onTapFailure: () => undefined });
    made.connect(sink, mulaw, mulaw);
    paths.push(made);
    return made;
  };
  const router = new CallEventRouter(`call-${i}`, systemClock, events, { caller: path(), agent: path() });
  observer.onCall({ id: `call-${i}`, info: { platform: PLATFORMS[i % 2] }, backend: 'echo', router });
  const second = {
    snrDb: 20 + (i % 20),
    clippingPercent: 0,
    levelDbov: -26,
    score: 90,
    mos: 4.2,
    dropouts: 0,
  };
  const arrival = { frames: 50, jitterMs: i % 30, gaps: 0, gapMs: 0, late: 0, outOfOrder: 0 };
  router.publish('quality.sampled', {
    track: 'caller',
    second: { thdPercent: null, ...second, arrival },
    call: {},
  });
}

const frame = frameFromBytes('caller', mulaw, 0, new Uint8Array(160));
const took = [];
let bytes = 0;
for (let i = 0; i < SCRAPES; i++) {
  for (const path of paths) path.push(frame);
  await new Promise((resolve) => setImmediate(resolve));
  // No timer or socket runs between the awaits inside: this whole time is one block of the loop.
  const startedMs = performance.now();
  bytes = Buffer.byteLength(await observer.registry.metrics());
  took.push(performance.now() - startedMs);
}

const measured = took.slice(SCRAPES / 10).sort((a, b) => a - b);
const at = (share) => measured[Math.min(measured.length - 1, Math.floor(measured.length * share))];
const series = (await observer.registry.metrics())
  .split('\n')
  .filter((line) => line !== '' && line[0] !== '#');
console.log(`${CALLS} calls, ${series.length} series, ${Math.round(bytes / 1024)} KiB a scrape`);
console.log(`blocks the loop for ${at(0.5).toFixed(1)} ms (median), ${at(0.99).toFixed(1)} ms (p99)`);
console.log(`allowed ${ALLOWED_MS} ms: ${at(0.99) <= ALLOWED_MS ? 'met' : 'MISSED'}`);
