import { mkdtempSync, readdirSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { placeTwilioCall, type TwilioCall } from '#apps/simulator';
import { until } from '#libs/testing';
import { type TestPlace, testDatabases } from '../../libs/store/src/testing/test-databases.js';
import { type ApiAnswer, ApiClient } from './api-client.js';
import { boot, closeAll } from './boot.js';

const ADMIN_TOKEN = 'an-admin-token-of-good-length-0123456789';
const PARTY = '+15550177777';
const AGENT = {
  instructions: 'Be brief.',
  greeting: null,
  recording: { announcement: null, fromAnswer: true, keepForMs: null },
};

const shared = (await testDatabases()).filter(({ name }) => name === 'postgres');
const places: TestPlace[] = [];

afterEach(async () => {
  await closeAll();
  for (const place of places.splice(0)) await place.close();
});

/** One machine's folder of data, and gateways that work in it one after the other. */
function machine(databaseUrl: string) {
  const dataDir = mkdtempSync(join(tmpdir(), 'patchbay-'));
  return {
    async start() {
      const booted = await boot({ ADMIN_TOKEN, DATABASE_URL: databaseUrl, DATA_DIR: dataDir });
      return { ...booted, api: new ApiClient(booted.origin, ADMIN_TOKEN) };
    },
    sounds: () => readdirSync(join(dataDir, 'recordings'), { recursive: true }).map(String),
  };
}

type Started = Awaited<ReturnType<ReturnType<typeof machine>['start']>>;

/** A call that is being recorded there. */
async function recordedCall({ api, origin, tape }: Started): Promise<TwilioCall> {
  await api.put('/api/agents/default', AGENT);
  const call = placeTwilioCall({
    webhookUrl: `${origin}/twilio/voice`,
    from: PARTY,
    script: (caller) => caller.pause(60_000),
  });
  await until(() => tape.types.includes('recording.started'), 'the recording');
  return call;
}

/** Ends the call at that path of the interface. Resolves when its recording is saved. */
async function savedCall({ api }: Started, call: TwilioCall, at: string): Promise<void> {
  await api.post(`${at}/hang-up`);
  await call.ended;
  await when(
    () => api.get(at),
    ({ body }) => body.recording?.state === 'saved',
    'the recording',
  );
}

/** Looks again until it fits. */
async function when(
  look: () => Promise<ApiAnswer>,
  fits: (found: ApiAnswer) => boolean,
  what: string,
): Promise<ApiAnswer> {
  const deadline = performance.now() + 20_000;
  let latest = await look();
  while (!fits(latest)) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}.`);
    await setTimeout(20);
    latest = await look();
  }
  return latest;
}

// Without a database that several gateways can share there is nothing to show, which `testDatabases` has said.
(shared.length > 0 ? describe : describe.skip)(
  'gateways of one database, each with a disk of its own',
  () => {
    it('leave recordings to the one that has them, and say so', async () => {
      const place = await shared[0]!.place();
      places.push(place);
      const [first, second] = [machine(place.databaseUrl!), machine(place.databaseUrl!)];
      const [owner, other] = [await first.start(), await second.start()];
      const call = await recordedCall(owner);
      const listed = await when(
        () => other.api.get('/api/calls'),
        ({ body }) => body.items[0]?.recording?.state === 'running',
        'the call with its recording',
      );
      const at = `/api/calls/${listed.body.items[0].callId}`;
      await savedCall(owner, call, at);

      for (const answer of [
        await other.api.get(`${at}/recording`),
        await other.api.delete(`${at}/recording`),
      ]) {
        expect([answer.status, answer.type]).toEqual([421, expect.stringContaining('problem+json')]);
        expect(answer.body).toMatchObject({
          code: 'RECORDING_ELSEWHERE',
          advice: `Ask the gateway on the machine "${hostname()}".`,
        });
      }
      expect((await other.api.get('/api/calls/nobody/recording')).body.code).toBe('API_UNKNOWN');
      expect((await owner.api.get(`${at}/recording`)).status).toBe(200);
      expect((await other.api.get(at)).body.recording.state).toBe('saved');
    }, 60_000);

    it('erase a call that runs at another one: its recording goes when it is over', async () => {
      const place = await shared[0]!.place();
      places.push(place);
      const [first, second] = [machine(place.databaseUrl!), machine(place.databaseUrl!)];
      const [owner, other] = [await first.start(), await second.start()];
      const call = await recordedCall(owner);
      const callId = owner.gateway.switchboard.desk.calls.at(-1)!.view.id;
      const at = `/api/calls/${callId}`;
      await when(
        () => other.api.get(at),
        ({ body }) => body.recording?.state === 'running',
        'the record',
      );
      const erased = await other.api.post('/api/erasure', { party: PARTY });
      expect(erased.body).toMatchObject({ calls: 1, recordings: 0, stillRecording: [callId] });
      await owner.api.post(`${at}/hang-up`);
      await call.ended;
      const over = await when(
        () => other.api.get(at),
        ({ body }) => body.recording?.state === 'deleted',
        'the end of the recording',
      );
      expect(over.body).toMatchObject({ from: null, to: null });
      expect(over.body.endedAt).not.toBeNull();
      expect(first.sounds()).toEqual([]);
    }, 60_000);

    it('erase what is on the disk of another one as soon as that one looks', async () => {
      const place = await shared[0]!.place();
      places.push(place);
      const [first, second] = [machine(place.databaseUrl!), machine(place.databaseUrl!)];
      const owner = await first.start();
      const call = await recordedCall(owner);
      const callId = owner.gateway.switchboard.desk.calls.at(-1)!.view.id;
      const at = `/api/calls/${callId}`;
      await savedCall(owner, call, at);
      await owner.gateway.close();
      expect(first.sounds().filter((name) => name.endsWith('.wav'))).toHaveLength(1);

      const other = await second.start();
      const stopped = await other.api.get(`${at}/recording`);
      expect([stopped.status, stopped.body.advice]).toEqual([
        421,
        expect.stringContaining('does not run now'),
      ]);
      const erased = await other.api.post('/api/erasure', { party: PARTY });
      expect(erased.body).toMatchObject({ calls: 1, recordings: 0, recordingsElsewhere: [callId] });
      expect((await other.api.get(at)).body.recording.state).toBe('saved');

      await first.start();
      await when(
        () => other.api.get(at),
        ({ body }) => body.recording.state === 'deleted',
        'the owner to look',
      );
      expect(first.sounds().filter((name) => name.endsWith('.wav'))).toEqual([]);
    }, 60_000);
  },
);
