// Loaded into the process under test by --import, so that the product needs no hook for being measured.
import { EventEmitter } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as later } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { WebSocket } from 'ws';
import { answer, nowMs } from './answer.mjs';

const idleTimer = setTimeout(() => undefined, 0);
const Timeout = idleTimer.constructor;
clearTimeout(idleTimer);

/** Several times and with pauses, since finalizers and weak references take a turn of the event loop each. */
async function collectGarbage() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await later(50);
  }
}

let profiler = null;
let delay = null;
const DELAY_RESOLUTION_MS = 5;

answer({
  /** Of all threads of the process, in microseconds, with the moment of reading. */
  cpu() {
    const { user, system } = process.cpuUsage();
    return { cpuUs: user + system, atMs: nowMs() };
  },

  /** How much later than due timers were run since this was asked for last, in milliseconds. The first time it begins to look. */
  lag() {
    const late = (share) => Math.max(0, delay.percentile(share) / 1e6 - DELAY_RESOLUTION_MS);
    const result = delay === null ? null : { p50Ms: late(50), p99Ms: late(99), mostMs: late(100) };
    delay ??= monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
    delay.enable();
    delay.reset();
    return result;
  },

  async profile() {
    profiler = new Session();
    profiler.connect();
    await profiler.post('Profiler.enable');
    await profiler.post('Profiler.start');
  },

  async writeProfile({ file }) {
    const { profile } = await profiler.post('Profiler.stop');
    profiler.disconnect();
    writeFileSync(file, JSON.stringify(profile));
  },

  /** Bytes, after garbage collection. `heap` includes buffers outside of V8's own heap. */
  async memory() {
    await collectGarbage();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, heap: heapUsed + external };
  },

  /** What is alive, after garbage collection. Listeners are functions, so that one forgotten for each call shows up there. */
  async alive() {
    await collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    const count = (type) => queryObjects(type, { format: 'count' });
    return {
      heapKiB: (heapUsed + external) / 1024,
      descriptors: readdirSync('/proc/self/fd').length,
      sockets: count(Socket),
      webSockets: count(WebSocket),
      timers: count(Timeout),
      emitters: count(EventEmitter),
      functions: count(Function),
    };
  },
});
process.channel.unref();
