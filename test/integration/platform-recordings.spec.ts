import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { placeTwilioCall, startTwilioApi, type TwilioApi } from '#apps/simulator';
import { until } from '#libs/testing';
import { ApiClient } from './api-client.js';
import { boot, closeAll } from './boot.js';
import { ACCOUNT, accountSettings, callTo } from './twilio-account.js';

const ADMIN_TOKEN = 'an-admin-token-of-good-length-0123456789';
const CALLER = '+15550177777';
const YAML = `
platforms:
  twilio: { recordCalls: true }
backends:
  echo: {}
observers:
  records: {}
  recorder: {}
`;
const apis: TwilioApi[] = [];

afterEach(async () => {
  await closeAll();
  await Promise.all(apis.splice(0).map((api) => api.close()));
});

/** A caller of a gateway that lets Twilio record every call whose agent is recorded. */
async function calling(recording: object | null, yaml = YAML) {
  const twilio = await startTwilioApi(ACCOUNT);
  apis.push(twilio);
  const dataDir = join(await mkdtemp(join(tmpdir(), 'patchbay-')), 'data');
  const env = {
    ADMIN_TOKEN,
    ...accountSettings(twilio),
    DATA_DIR: dataDir,
  };
  const lines: string[] = [];
  const logTo = { write: (line: string) => void lines.push(line) };
  const booted = await boot({ ...env, LOG_LEVEL: 'debug' }, { yaml, logTo });
  const api = new ApiClient(booted.origin, ADMIN_TOKEN);
  await api.put('/api/agents/default', { instructions: 'Be brief.', greeting: null, recording });
  const call = placeTwilioCall({
    ...callTo(booted.origin),
    from: CALLER,
  });
  twilio.add(call);
  await until(() => booted.tape.types.includes('call.connected'), 'the call');
  const callId = booted.gateway.switchboard.desk.calls[0]!.view.id;
  /** Twilio has told the gateway, so often. */
  const toldThat = (it: string, times = 1) =>
    until(() => lines.filter((line) => line.includes(`recording ${it}.`)).length === times, `that it ${it}`);
  const folder = join(dataDir, 'recordings', 'twilio');
  const sounds = () =>
    existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.wav')) : [];
  return { ...booted, dataDir, env, api, call, callId, twilio, sounds, toldThat };
}

describe("A recording of the platform's own", () => {
  it("pauses with the gateway's, and is erased with it by the number of the caller, there too", async () => {
    const { api, call, callId, sounds, tape, toldThat, twilio } = await calling({});
    await until(() => tape.types.includes('recording.started'), 'its own');
    await toldThat('is in-progress');
    const [recording] = call.recordings;
    const at = `/api/calls/${callId}`;
    expect((await api.post(`${at}/recording/pause`)).status).toBe(204);
    await toldThat('is paused');
    expect([recording!.status, tape.types.includes('recording.paused')]).toEqual(['paused', true]);
    expect((await api.post(`${at}/recording/resume`)).status).toBe(204);
    await toldThat('is in-progress', 2);
    expect(recording!.status).toBe('in-progress');
    expect((await api.delete(`${at}/recording`)).body.code).toBe('RECORDING_RUNNING');
    call.hangUp();
    await call.ended;
    await until(() => sounds().length === 1 && tape.types.includes('recording.saved'), 'both files');

    const erased = await api.post('/api/erasure', { party: CALLER });
    expect(erased.body).toMatchObject({ calls: 1, recordings: 1, stillRecording: [] });
    await until(() => recording!.deleted, 'the deletion at the platform');
    expect(sounds()).toEqual([]);
    expect(twilio.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
    expect((await api.get(`${at}/recording`)).status).toBe(404);
  }, 30_000);

  it("goes with the gateway's when a call is over that was erased while it ran", async () => {
    const { api, call, callId, dataDir, sounds, tape } = await calling({});
    await until(() => call.recordings.length === 1 && tape.types.includes('recording.started'), 'both');
    const erased = await api.post('/api/erasure', { party: CALLER });
    expect(erased.body).toMatchObject({ calls: 1, recordings: 0, stillRecording: [callId] });
    expect(call.recordings[0]!.status).toBe('in-progress');
    call.hangUp();
    await call.ended;
    await until(() => call.recordings[0]!.deleted, 'the deletion at the platform');
    const own = () => readdirSync(join(dataDir, 'recordings')).filter((name) => name !== 'twilio');
    await until(() => own().length === 0, "the deletion of the gateway's");
    expect(sounds()).toEqual([]);
  }, 30_000);

  it('goes also where no recorder is loaded', async () => {
    const yaml = YAML.replace('  recorder: {}\n', '');
    const { api, call, callId, sounds } = await calling({}, yaml);
    await until(() => call.recordings.length === 1, 'the recording');
    const erased = await api.post('/api/erasure', { party: CALLER });
    expect(erased.body).toMatchObject({ calls: 1, recordings: 0, stillRecording: [callId] });
    call.hangUp();
    await call.ended;
    await until(() => call.recordings[0]!.deleted, 'the deletion at the platform');
    expect(sounds()).toEqual([]);
  }, 30_000);

  it("is deleted without the gateway's, where no recorder is loaded that could delete that", async () => {
    const { call, callId, env, gateway, sounds, tape } = await calling({});
    await until(() => call.recordings.length === 1 && tape.types.includes('recording.started'), 'both');
    call.hangUp();
    await call.ended;
    await until(() => sounds().length === 1 && tape.types.includes('recording.saved'), 'both files');
    await gateway.close();

    const later = await boot(env, { yaml: YAML.replace('  recorder: {}\n', '') });
    const api = new ApiClient(later.origin, ADMIN_TOKEN);
    const at = `/api/calls/${callId}`;
    expect((await api.delete(`${at}/recording`)).status).toBe(204);
    expect(sounds()).toEqual([]);
    expect((await api.get(at)).body.recording.state).toBe('saved');
  }, 30_000);

  it('is not made of calls of an agent who does not record', async () => {
    const { api, call, callId, sounds, tape, twilio } = await calling(null);
    expect((await api.post(`/api/calls/${callId}/recording/pause`)).body.code).toBe('CALL_NOT_RECORDED');
    call.hangUp();
    await call.ended;
    await until(() => tape.types.includes('call.ended'), 'the end');
    expect(twilio.requests.filter(({ path }) => path.includes('Recordings'))).toEqual([]);
    expect([sounds(), call.recordings]).toEqual([[], []]);
  }, 30_000);
});
