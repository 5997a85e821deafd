// A process that places calls and is killed while it does: see restart.spec.ts. Says on its output what becomes of its orders.
import type { Clock, EventSink, EventSource, GatewayEvents, Log } from '#libs/contracts';
import { openDatabase } from '#libs/store';
import { OutboundConfig, OutboundDesk } from '../src/index.js';
import { NetworkDialler } from './network-dialler.js';

export interface DyingDeskOptions {
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly redisUrl: string | null;
  readonly redisPrefix: string;
  readonly networkUrl: string;
  /** So much later than now this process lives. */
  readonly laterMs: number;
  /** Numbers to call. */
  readonly numbers: readonly string[];
}

const options = JSON.parse(process.argv[2]!) as DyingDeskOptions;
const { databaseUrl, dataDir, redisUrl, redisPrefix, networkUrl, laterMs, numbers } = options;
const nothing = () => undefined;
const said = (fields: object, message: string) =>
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
const log: Log = { debug: nothing, info: nothing, warn: said, error: said, child: () => log };
const clock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
  every(intervalMs, action) {
    const timer = setInterval(action, intervalMs);
    return () => clearInterval(timer);
  },
};
const say = (word: string) => process.stdout.write(`${word}\n`);
// There are no calls in this process, so nobody but the desk publishes anything.
const events: EventSource & EventSink = {
  on: () => nothing,
  onAny: () => nothing,
  publish(_type, data) {
    const { orderId, state, outcome } = data as GatewayEvents['dial.changed'];
    say(`${orderId} ${state} ${outcome ?? ''}`);
  },
};

const config = Object.assign(new OutboundConfig(), {
  allowedPrefixes: ['+49'],
  callsPerSecond: 50,
  maxConcurrent: 1000,
  maxPerNumberPerDay: 1000,
  spendPerDayUsd: 1e6,
});
const desk = new OutboundDesk({
  config,
  database: openDatabase({ databaseUrl, dataDir, log }),
  diallers: () => new Map([['network', new NetworkDialler(networkUrl)]]),
  calls: { calls: [], find: () => null },
  events,
  clock,
  now: () => Date.now() + laterMs,
  log,
  redisUrl,
  redisPrefix,
});
await desk.start();
for (const to of numbers) await desk.order({ to, agent: 'a' }, 'tester');
say('ready');
