// A process that keeps calls and is killed while it does: see instance.spec.ts. Says on its output how far it is.
import type { Clock, Log } from '#libs/contracts';
import { Instance, openDatabase, RecordKeeper } from '../index.js';
import { call, callRecord, event, journalEntry } from './records.js';

const { databaseUrl, dataDir } = JSON.parse(process.argv[2]!) as {
  databaseUrl: string | null;
  dataDir: string;
};
const nothing = () => undefined;
const log: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => log };
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

const database = openDatabase({ databaseUrl, dataDir, log });
const instance = new Instance({ database, dataDir, clock, log });
await instance.start();
const keeper = await RecordKeeper.open({
  database,
  dataDir,
  instanceId: instance.id,
  seat: instance.seat,
  clock,
  log,
  spoolMaxBytes: 10_000_000,
  onAway: () => say('away'),
  onBack: () => say('back'),
});

keeper.put(call(callRecord('running', { forgetAt: 1_763_700_000_500 })));
for (let seq = 1; seq <= 5; seq++) keeper.put(event(journalEntry('running', seq, { atMs: seq * 100 })));
keeper.put(call(callRecord('done', { endedAt: 1_763_700_000_100, endReason: 'agent-hung-up' })));
await keeper.settled();
say('ready');

process.stdin.on('data', async () => {
  for (let i = 0; i < 50; i++) {
    keeper.put(call(callRecord(`late-${i}`)));
    keeper.put(event(journalEntry(`late-${i}`, 1)));
    keeper.put(call(callRecord(`late-${i}`, { endedAt: 1_763_700_009_000, endReason: 'caller-hung-up' })));
  }
  while (keeper.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  say('spooled');
});
