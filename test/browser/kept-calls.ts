import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallRecord } from '#libs/contracts';
import { systemClock } from '#libs/core';
import { openDatabase, RecordKeeper } from '#libs/store';
import { CapturedLog } from '#libs/testing';
import type { Site } from './site.js';

const BEGAN_AT = Date.UTC(2030, 0, 1);

/** A gateway that finds so many calls of an earlier one, from +15550200000 on, the newest with the highest number. */
export async function keepCalls(
  count: number,
  start: (env: Readonly<Record<string, string>>) => Promise<Site>,
): Promise<Site> {
  const dataDir = mkdtempSync(join(tmpdir(), 'patchbay-kept-'));
  const log = new CapturedLog();
  const database = openDatabase({ databaseUrl: null, dataDir, log });
  const keeper = await RecordKeeper.open({
    database,
    dataDir,
    instanceId: 'earlier',
    seat: 'earlier',
    clock: systemClock,
    log,
    spoolMaxBytes: 1024 * 1024,
    onAway: (code) => {
      throw new Error(`The database of the test is away: ${code}.`);
    },
    onBack: () => undefined,
  });
  for (let i = 0; i < count; i++) keeper.put({ kind: 'call', call: callOf(i) });
  await keeper.close();
  await database.close();
  return start({ DATA_DIR: dataDir });
}

function callOf(index: number): CallRecord {
  const startedAt = BEGAN_AT + index * 60_000;
  return {
    callId: `kept-${index}`,
    platform: 'twilio',
    platformCallId: `CA${index}`,
    direction: 'inbound',
    from: `+1555020${String(index).padStart(4, '0')}`,
    to: '+15550199999',
    agent: 'default',
    agentVersion: 1,
    backend: 'echo',
    orderId: null,
    startedAt,
    connectedAt: startedAt + 400,
    endedAt: startedAt + 30_000,
    endReason: 'caller-hung-up',
    endOwner: 'caller',
    endCode: null,
    figures: null,
    quality: null,
    tools: [],
    recording: null,
    costUsd: null,
  };
}
