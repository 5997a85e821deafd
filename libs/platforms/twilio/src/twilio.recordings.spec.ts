import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readWav } from '#libs/audio';
import type { RecordingPolicy } from '#libs/contracts';
import { until } from '#libs/testing';
import { closeOffices, DialOffice } from '../../../../test/twilio/dial-office.js';
import { POLICY, RecordedCallView } from '../../../../test/twilio/recorded-call-view.js';
import { closeSites, INCOMING, PUBLIC, Site, TOKEN } from '../../../../test/twilio/site.js';
import { ACCOUNT } from '../test/wire.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
let dataDir: string;
const folder = () => join(dataDir, 'recordings', 'twilio');
const files = () => (existsSync(folder()) ? readdirSync(folder()).sort() : []);
const sounds = () => files().filter((name) => name.endsWith('.wav'));

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'patchbay-twilio-'));
});

afterEach(async () => {
  await closeOffices();
  await closeSites();
  await rm(dataDir, { recursive: true });
});

/** A call that Twilio has recorded and that is over. */
async function recorded(office: DialOffice, policy: RecordingPolicy = POLICY): Promise<RecordedCallView> {
  const orderId = `order-${office.api.dialled.length}`;
  const order = { recordAtPlatform: true, orderId };
  const view = await (await RecordedCallView.dialled(office, policy, order)).begun();
  const { record } = view.call.line;
  const fromMs = record.lastedMs;
  await until(() => record.lastedMs > fromMs + 200, 'sound in the recording');
  await view.hangUp();
  return view;
}

/** The gateway after a restart, at the same account and with the same folder. */
function startAgain({ api }: DialOffice): Promise<Site> {
  return Site.open({ accountSid: ACCOUNT, authToken: TOKEN, apiUrl: api.url }, PUBLIC, 10, dataDir);
}

const says = (site: Site, text: string) =>
  site.log.lines.filter(({ message }) => message.includes(text)).length;
const fetched = (site: Site) => says(site, 'was fetched');
const soundOf = ({ callSid, recording }: RecordedCallView) => `${callSid}.${recording.sid}.wav`;
/** What state stands in the note of a recording. */
const noted = ({ callSid, recording }: RecordedCallView, { sid } = recording): unknown => {
  const path = join(folder(), `${callSid}.${sid}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).state : null;
};
const deletions = (office: DialOffice) => office.asked('DELETE', /\/Recordings\//).length;
const callBack = (site: Site, view: RecordedCallView) =>
  site.post('/twilio/recording?keep=ever', {
    ...INCOMING,
    CallSid: view.callSid,
    RecordingSid: view.recording.sid,
    RecordingStatus: 'completed',
    RecordingChannels: '2',
  });

describe("Twilio's own recording", () => {
  it('of an order that wants one is fetched in two channels, complete and for the owner alone', async () => {
    const office = await DialOffice.open({}, dataDir);
    const view = await recorded(office);
    await until(() => fetched(office.site) > 0, 'the recording');
    expect(sounds()).toEqual([soundOf(view)]);
    const path = join(folder(), soundOf(view));
    const file = await readFile(path);
    expect(readWav(file).channels).toHaveLength(2);
    expect(Buffer.compare(file, view.recording.wav!)).toBe(0);
    for (const kept of [path, path.replace('.wav', '.json'), folder(), join(dataDir, 'recordings')])
      expect((await stat(kept)).mode & 0o077).toBe(0);
    expect(office.asked('GET', /\.wav\?RequestedChannels=2$/)).toHaveLength(1);
    expect(JSON.stringify(office.site.log.lines)).not.toMatch(/Basic|Authorization/i);
    expect(JSON.stringify(office.site.log.lines)).not.toContain(TOKEN);
    expect(JSON.stringify(office.site.log.lines)).not.toContain('+1555');
  });

  it('may lag behind its callback', async () => {
    const office = await DialOffice.open({}, dataDir);
    office.api.recordingLag = 2;
    await recorded(office);
    await until(() => {
      office.site.clock.advance(200);
      return fetched(office.site) > 0;
    }, 'the recording');
    expect(office.asked('GET', /\.wav/).map(({ status }) => status)).toEqual([404, 404, 200]);
  });

  it('that is too large is not kept, and nothing of it stays behind but the knowledge that it is at Twilio', async () => {
    const office = await DialOffice.open({ maxRecordingBytes: 1000 }, dataDir);
    const view = await recorded(office);
    await until(() => office.site.failed.includes('TWILIO_RECORDING_FAILED'), 'the failure');
    await office.site.adapter.recordings!.remove(view.callSid);
    await until(() => view.recording.deleted, 'the deletion at Twilio');
    expect(files().filter((name) => !name.endsWith('.json'))).toEqual([]);
  });

  it('lies beside another one of the same call', async () => {
    const office = await DialOffice.open({}, dataDir);
    const view = await (await RecordedCallView.dialled(office)).begun();
    const second = view.call.startRecording({
      channels: 2,
      source: 'StartCallRecordingAPI',
      callback: `${PUBLIC}/twilio/recording`,
      method: 'POST',
      events: ['completed'],
    });
    await view.hangUp();
    await until(() => fetched(office.site) === 2, 'both recordings');
    expect(sounds()).toEqual([soundOf(view), `${view.callSid}.${second.sid}.wav`].sort());
    // Somebody else began it: it is not the gateway's to delete.
    expect(await office.site.adapter.recordings!.remove(view.callSid)).toBe(true);
    await until(() => view.recording.deleted, 'the deletion at Twilio');
    expect([sounds(), second.deleted]).toEqual([[], false]);
  });

  it('of a call that must not be kept goes; what somebody else began is not fetched and stays at Twilio', async () => {
    const office = await DialOffice.open({ deleteRecordingsAtTwilio: false }, dataDir);
    const view = await (await RecordedCallView.dialled(office)).begun();
    const foreign = view.call.startRecording({
      channels: 2,
      source: 'StartCallRecordingAPI',
      callback: `${PUBLIC}/twilio/recording`,
      method: 'POST',
      events: ['completed'],
    });
    office.api.faults.push('busy');
    view.collecting();
    office.site.clock.advance(3000);
    expect(office.site.failed).toEqual(['TWILIO_RECORDING_NOT_PAUSED']);
    await until(() => {
      office.site.clock.advance(500);
      return view.recording.wav !== null;
    }, 'the end of ours');
    await view.hangUp();
    await until(() => view.recording.deleted, 'the deletion at Twilio');
    await until(() => noted(view, foreign) === 'gone', 'the note of the other');
    expect([foreign.deleted, deletions(office), sounds()]).toEqual([false, 1, []]);
    expect(office.asked('GET', /\.wav/)).toEqual([]);
  });

  it('is asked for at the account’s own API, whatever address a callback names', async () => {
    const office = await DialOffice.open({}, dataDir);
    const form = {
      ...INCOMING,
      RecordingSid: '../../etc/passwd',
      RecordingUrl: 'http://169.254.169.254/latest',
      RecordingStatus: 'completed',
      RecordingChannels: '2',
    };
    expect((await office.site.post('/twilio/recording', form)).status).toBe(204);
    await office.site.post('/twilio/recording', { ...form, RecordingSid: `RE${'4'.repeat(32)}` });
    await until(() => office.api.requests.length > 0, 'the download');
    expect(office.api.requests.map(({ path }) => path)).toEqual([
      `/2010-04-01/Accounts/${ACCOUNT}/Recordings/RE${'4'.repeat(32)}.wav?RequestedChannels=2`,
    ]);
  });
});

describe("Twilio's own recording is taken up by the next start", () => {
  it('where it was being fetched, once', async () => {
    const office = await DialOffice.open({}, dataDir);
    office.api.recordingsStall = true;
    const view = await recorded(office);
    await until(() => files().some((name) => name.endsWith('.part')), 'the download');
    await office.site.close();
    expect([sounds(), office.site.failed]).toEqual([[], []]);
    office.api.recordingsStall = false;
    const next = await startAgain(office);
    await until(() => fetched(next) === 1, 'the recording');
    expect(Buffer.compare(await readFile(join(folder(), soundOf(view))), view.recording.wav!)).toBe(0);
    expect(files().filter((name) => name.endsWith('.part'))).toEqual([]);
    // Callbacks come twice, and there may be more starts.
    await callBack(next, view);
    await next.close();
    const third = await startAgain(office);
    await callBack(third, view);
    await third.close();
    expect(office.asked('GET', /\.wav/)).toHaveLength(2);
  });

  it('where its callback came while the gateway was away', async () => {
    const office = await DialOffice.open({}, dataDir);
    const view = await (await RecordedCallView.dialled(office, { ...POLICY, keepForMs: DAY_MS })).begun();
    await until(() => files().length === 1, 'the note');
    await office.site.close();
    view.call.hangUp();
    await view.call.ended;
    const next = await startAgain(office);
    await until(() => fetched(next) === 1, 'the recording');
    const note = JSON.parse(await readFile(join(folder(), soundOf(view).replace('.wav', '.json')), 'utf8'));
    expect(note).toMatchObject({ state: 'kept', keepForMs: DAY_MS, ours: true });
  });
});

describe("Twilio's own recording that must not be kept is not, after a restart either", () => {
  it('where nobody knew its id', async () => {
    const office = await DialOffice.open({}, dataDir);
    const view = await RecordedCallView.dialled(office);
    office.api.faults.push('answer-lost', 'broken');
    view.connected();
    await until(() => office.site.failed.length > 0, 'the failure');
    await office.site.close();
    expect(office.site.failed).toEqual(['TWILIO_RECORDING_UNKNOWN']);
    view.call.hangUp();
    await view.call.ended;
    const next = await startAgain(office);
    await callBack(next, view);
    await until(() => view.recording.deleted, 'the deletion at Twilio');
    expect([sounds(), office.asked('GET', /\.wav/)]).toEqual([[], []]);
    // It is remembered as long as a callback may come, and no longer.
    const marks = () => files().filter((name) => name.endsWith('.refused'));
    expect(marks()).toHaveLength(1);
    const longAgo = new Date(Date.now() - 3 * DAY_MS);
    await utimes(join(folder(), marks()[0]!), longAgo, longAgo);
    next.clock.advance(HOUR_MS);
    await until(() => marks().length === 0, 'the sweep');
  });

  it.each(['a look', 'its callback'])('where its pause was not confirmed, by %s', async (by) => {
    const office = await DialOffice.open({}, dataDir);
    const view = await (await RecordedCallView.dialled(office)).begun();
    office.api.faults.push('busy');
    view.collecting();
    await until(() => office.asked('POST', /\/Recordings\/[^/]+\.json$/).length === 1, 'the order');
    expect(noted(view)).toBe('holding');
    await office.site.close();
    const hangUp = async () => {
      view.call.hangUp();
      await view.call.ended;
    };
    if (by === 'a look') await hangUp();
    const next = await startAgain(office);
    if (by === 'its callback') {
      await hangUp();
      await callBack(next, view);
    }
    await until(() => view.recording.deleted, 'the deletion at Twilio');
    expect([sounds(), office.asked('GET', /\.wav/)]).toEqual([[], []]);
  });

  it('but one that was paused in time is kept', async () => {
    const office = await DialOffice.open({}, dataDir);
    const view = await (await RecordedCallView.dialled(office)).begun();
    view.collecting();
    await until(() => says(office.site, 'recording is paused') === 1, 'the pause');
    await until(() => noted(view) === 'running', 'the note');
    await office.site.close();
    view.call.hangUp();
    await view.call.ended;
    const next = await startAgain(office);
    await until(() => fetched(next) === 1, 'the recording');
  });
});

describe("Twilio's own recording is kept", () => {
  it('for the time of the agent, here and at Twilio', async () => {
    const office = await DialOffice.open({}, dataDir);
    const view = await recorded(office, { ...POLICY, keepForMs: 1 });
    const longer = await recorded(office, { ...POLICY, keepForMs: DAY_MS });
    await until(() => fetched(office.site) === 2, 'the recordings');
    office.site.clock.advance(HOUR_MS);
    await until(() => view.recording.deleted, 'the deletion at Twilio');
    expect([sounds(), longer.recording.deleted]).toEqual([[soundOf(longer)], false]);
  });

  it('no longer than the settings say, here alone where they say that too', async () => {
    const office = await DialOffice.open(
      { keepRecordingsForDays: 7, deleteRecordingsAtTwilio: false },
      dataDir,
    );
    const view = await recorded(office, { ...POLICY, keepForMs: 30 * DAY_MS });
    await until(() => fetched(office.site) === 1, 'the recording');
    const path = join(folder(), soundOf(view).replace('.wav', '.json'));
    const note = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...note, sinceAt: Date.now() - 8 * DAY_MS }));
    office.site.clock.advance(HOUR_MS);
    await until(() => sounds().length === 0, 'the deletion');
    await until(() => says(office.site, 'are deleted') === 1, 'the end of the look');
    expect([view.recording.deleted, deletions(office)]).toEqual([false, 0]);
  });

  it('by the age of its file where there is no note of it, and what a download left that never ended goes too', async () => {
    await mkdir(folder(), { recursive: true });
    const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);
    const ages = {
      'old.wav': 8,
      'new.wav': 6,
      'left.wav.RE1.part': 1,
      'running.wav.RE2.part': 0,
      'note.txt': 90,
    };
    for (const [name, days] of Object.entries(ages)) {
      await writeFile(join(folder(), name), name);
      await utimes(join(folder(), name), daysAgo(days), daysAgo(days));
    }
    const office = await DialOffice.open({ keepRecordingsForDays: 7 }, dataDir);
    await until(() => says(office.site, 'are deleted') === 1, 'the sweep');
    expect(files()).toEqual(['new.wav', 'note.txt', 'running.wav.RE2.part']);
    await utimes(join(folder(), 'new.wav'), daysAgo(8), daysAgo(8));
    office.site.clock.advance(HOUR_MS);
    await until(() => says(office.site, 'are deleted') === 2, 'the next');
    expect(files()).toEqual(['note.txt', 'running.wav.RE2.part']);
  });

  it('for ever where nothing says for how long', async () => {
    await mkdir(folder(), { recursive: true });
    for (const name of ['old.wav', 'left.wav.RE1.part']) {
      await writeFile(join(folder(), name), '');
      await utimes(join(folder(), name), new Date(0), new Date(0));
    }
    await DialOffice.open({}, dataDir);
    await until(() => !files().includes('left.wav.RE1.part'), 'the sweep');
    expect(files()).toEqual(['old.wav']);
  });
});

describe("Twilio's own recording is forgotten", () => {
  it('here and at Twilio, as soon as Twilio can be reached, and does not come back', async () => {
    const office = await DialOffice.open({}, dataDir);
    const view = await recorded(office);
    await until(() => fetched(office.site) === 1, 'the recording');
    const { recordings } = office.site.adapter;
    office.api.faults.push('broken');
    expect(await recordings!.remove(view.callSid)).toBe(true);
    expect(sounds()).toEqual([]);
    await until(() => says(office.site, 'could not be looked after') === 1, 'the failure at Twilio');
    office.site.clock.advance(HOUR_MS);
    await until(() => says(office.site, 'is deleted at Twilio') === 1, 'the deletion at Twilio');
    await callBack(office.site, view);
    expect(await recordings!.remove(view.callSid)).toBe(false);
    expect([sounds(), office.asked('GET', /\.wav/).length, deletions(office)]).toEqual([[], 1, 2]);
  });

  it('while it is being fetched', async () => {
    const office = await DialOffice.open({}, dataDir);
    office.api.recordingLag = 1;
    const view = await recorded(office);
    await until(() => office.asked('GET', /\.wav/).length === 1, 'the first try');
    expect(await office.site.adapter.recordings!.remove(view.callSid)).toBe(true);
    await until(() => view.recording.deleted, 'the deletion at Twilio');
    await until(() => {
      office.site.clock.advance(60_000);
      return office.site.failed.length === 1;
    }, 'the end of the tries');
    expect(sounds()).toEqual([]);
  });

  it('before it is complete, but not while its call runs', async () => {
    const office = await DialOffice.open({}, dataDir);
    const view = await (await RecordedCallView.dialled(office)).begun();
    await until(() => files().length === 1, 'the note');
    const { recordings } = office.site.adapter;
    expect(await recordings!.remove(view.callSid)).toBe(false);
    // Twilio does not hear that it is to stop, and goes on with the call.
    office.api.faults.push('broken');
    view.ended('transferred');
    expect(await recordings!.remove(view.callSid)).toBe(true);
    view.call.hangUp();
    await until(() => view.recording.deleted, 'the deletion at Twilio');
    expect([sounds(), office.asked('GET', /\.wav/)]).toEqual([[], []]);
  });

  it('where an earlier version fetched it', async () => {
    const office = await DialOffice.open({}, dataDir);
    const callSid = `CA${'7'.repeat(32)}`;
    await mkdir(folder(), { recursive: true });
    for (const name of [callSid, `CA${'8'.repeat(32)}`]) await writeFile(join(folder(), `${name}.wav`), '');
    expect(await office.site.adapter.recordings!.remove(callSid)).toBe(true);
    expect(sounds()).toEqual([`CA${'8'.repeat(32)}.wav`]);
  });
});
