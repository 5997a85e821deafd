import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '#libs/testing';
import { closeOffices, DialOffice } from '../../../../test/twilio/dial-office.js';
import { POLICY, RecordedCallView } from '../../../../test/twilio/recorded-call-view.js';
import { closeSites, INCOMING } from '../../../../test/twilio/site.js';

let dataDir: string;
let office: DialOffice;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'patchbay-twilio-'));
  office = await DialOffice.open({ recordCalls: true }, dataDir);
});

afterEach(async () => {
  await closeOffices();
  await closeSites();
  await rm(dataDir, { recursive: true });
});

const recordings = () => office.site.adapter.recordings!;
/** Orders to change a recording, by the status they ask for. */
const orders = () => office.asked('POST', /\/Recordings\/[^/]+\.json$/).map(({ form }) => form.Status);
const sounds = () => {
  const folder = join(dataDir, 'recordings', 'twilio');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.wav')) : [];
};
const untilFetched = () => until(() => sounds().length === 1, 'the recording');
/** The gateway knows it, so often. */
const untilIt = (is: string, times = 1) => {
  const text = `recording ${is}.`;
  return until(
    () => office.site.log.lines.filter(({ message }) => message.includes(text)).length === times,
    `what ${is}`,
  );
};
const untilDeleted = (view: RecordedCallView) =>
  until(() => view.recording.deleted, 'the deletion at Twilio');

describe("Twilio's recording follows the agent", () => {
  it('whose calls are not recorded: there is none, and an order that asks for one is told so', async () => {
    const view = await RecordedCallView.dialled(office, null);
    view.answered();
    view.connected();
    await view.hangUp();
    expect(office.asked('POST', /Recordings/)).toEqual([]);
    expect(office.asked('POST', /Calls\.json/)[0]!.form).not.toHaveProperty('Record');
    expect(office.site.log.lines.map(({ message }) => message).join('\n')).toContain(
      'calls of its agent are not recorded',
    );
  });

  it('whose calls are recorded: once they are connected, in both channels', async () => {
    const view = await RecordedCallView.incoming(office);
    view.answered();
    await view.begun();
    const [asked, ...more] = office.asked('POST', /Recordings\.json/);
    expect([asked?.form.RecordingChannels, asked?.form.Trim, more]).toEqual(['dual', 'do-not-trim', []]);
    expect(view.call.recordings).toHaveLength(1);
  });

  it('whose calls are recorded from the answer on', async () => {
    const view = await RecordedCallView.incoming(office, { ...POLICY, fromAnswer: true });
    view.answered();
    await until(() => view.call.recordings.length === 1, 'the beginning');
    await view.begun();
    await view.hangUp();
    await untilFetched();
    expect(office.asked('POST', /Recordings\.json/)).toHaveLength(1);
  });

  it('no further than the call here: whoever the caller is handed to is not recorded', async () => {
    const view = await (await RecordedCallView.incoming(office)).begun();
    view.ended('transferred');
    await until(() => view.recording.wav !== null, 'the end of the recording');
    expect([orders(), view.call.status]).toEqual([['stopped'], 'in-progress']);
    await untilFetched();
  });
});

describe("A pause of Twilio's recording", () => {
  it('is made by an operator, silent, and ends by his order', async () => {
    const view = await (await RecordedCallView.incoming(office)).begun();
    expect(recordings().pause(view.callSid)).toBe(true);
    await untilIt('is paused');
    const [pause] = office.asked('POST', /\/Recordings\/RE[^/]+\.json$/);
    expect(pause?.form).toEqual({ Status: 'paused', PauseBehavior: 'silence' });
    expect([view.recording.status, recordings().resume(view.callSid)]).toEqual(['paused', true]);
    await untilIt('is in-progress', 2);
    await view.hangUp();
    await untilFetched();
    expect(orders().slice(0, 2)).toEqual(['paused', 'in-progress']);
    expect([recordings().pause(view.callSid), recordings().resume(view.callSid)]).toEqual([false, false]);
  });

  it('is made by keys that nobody shall keep, until two seconds after them, whatever an operator does', async () => {
    const view = await (await RecordedCallView.incoming(office)).begun();
    view.collecting(false);
    view.collected(false);
    view.collecting();
    await untilIt('is paused');
    recordings().pause(view.callSid);
    recordings().resume(view.callSid);
    view.collected();
    office.site.clock.advance(1999);
    view.router.publish('caller.dtmf', { digit: '' });
    office.site.clock.advance(1999);
    expect(orders()).toEqual(['paused']);
    office.site.clock.advance(1);
    await untilIt('is in-progress', 2);
    expect(orders()).toEqual(['paused', 'in-progress']);
  });

  it('that comes too late for sensitive keys that were pressed before costs the recording', async () => {
    const view = await (await RecordedCallView.incoming(office)).begun();
    view.router.publish('caller.dtmf', { digit: '' });
    office.site.clock.advance(1000);
    view.collecting();
    expect(office.site.failed).toEqual(['TWILIO_RECORDING_NOT_PAUSED']);
    await until(() => {
      office.site.clock.advance(1000);
      return view.recording.deleted;
    }, 'the deletion');
    expect(office.asked('GET', /\.wav/)).toEqual([]);
  });

  it('that was there before the recording holds it back', async () => {
    const view = await RecordedCallView.incoming(office);
    view.collecting();
    view.connected();
    view.collected();
    expect(office.asked('POST', /Recordings/)).toEqual([]);
    office.site.clock.advance(2000);
    await until(() => view.call.recordings.length === 1, 'the beginning');
    expect(orders()).toEqual([]);
  });

  it('is asked for again where Twilio was busy', async () => {
    const view = await (await RecordedCallView.incoming(office)).begun();
    office.api.faults.push('busy');
    view.collecting();
    // The time for a pause goes on while Twilio thinks about it, so it stands still then.
    await until(() => {
      if (orders().length < 2) office.site.clock.advance(20);
      return view.recording.status === 'paused';
    }, 'the pause');
    expect(office.site.failed).toEqual([]);
  });

  it('that Twilio does not make in time costs the recording: it is stopped, deleted there and never fetched', async () => {
    const view = await (await RecordedCallView.incoming(office)).begun();
    office.api.faults.push('busy', 'busy', 'busy');
    recordings().pause(view.callSid);
    await until(() => {
      office.site.clock.advance(100);
      return office.site.failed.includes('TWILIO_RECORDING_NOT_PAUSED');
    }, 'the failure');
    await until(() => {
      office.site.clock.advance(1000);
      return view.recording.wav !== null;
    }, 'its end');
    await untilDeleted(view);
    await view.hangUp();
    expect(orders().at(-1)).toBe('stopped');
    expect(office.asked('GET', /\.wav/)).toEqual([]);
    expect(recordings().resume(view.callSid)).toBe(false);
  });

  it('that was over before Twilio made it was none', async () => {
    const view = await (await RecordedCallView.incoming(office)).begun();
    office.api.faults.push('broken');
    recordings().pause(view.callSid);
    recordings().resume(view.callSid);
    expect(office.site.failed).toEqual(['TWILIO_RECORDING_NOT_PAUSED']);
    await until(() => {
      office.site.clock.advance(1000);
      return view.recording.deleted;
    }, 'the deletion');
    expect(office.asked('GET', /\.wav/)).toEqual([]);
  });
});

const GONE = { status: 404, code: 20404, message: 'Not found' };
const NOT_IN_PROGRESS = { status: 400, code: 21220, message: 'Not in progress' };

describe("A pause of Twilio's recording that Twilio refuses, since there is nothing to pause", () => {
  it.each([
    ['at first', [GONE]],
    ['by the state of the call', [NOT_IN_PROGRESS]],
    ['as the end that is ordered then', [GONE, GONE]],
  ])('costs the recording: %s', async (_what, faults) => {
    const view = await (await RecordedCallView.incoming(office)).begun();
    office.api.faults.push(...faults);
    view.collecting();
    await until(() => orders().length >= 2, 'the order to stop');
    view.collected();
    view.ended('transferred');
    await view.hangUp();
    await untilDeleted(view);
    expect([orders(), office.site.failed]).toEqual([['paused', 'stopped'], ['TWILIO_RECORDING_NOT_PAUSED']]);
    expect([office.asked('GET', /\.wav/), sounds()]).toEqual([[], []]);
  });
});

describe("An order about Twilio's recording that does not succeed", () => {
  const goOnUntil = (condition: () => boolean, what: string) =>
    until(() => {
      office.site.clock.advance(500);
      return condition();
    }, what);

  it('to stop, when the caller is handed on: it is not kept, and stopped as soon as Twilio does it', async () => {
    const view = await (await RecordedCallView.incoming(office)).begun();
    for (let i = 0; i < 5; i++) office.api.faults.push(i % 2 === 0 ? 'broken' : 'busy');
    view.ended('transferred');
    await goOnUntil(() => office.site.failed.length > 0, 'the failure');
    expect([office.site.failed, orders().length]).toEqual([['TWILIO_RECORDING_NOT_STOPPED'], 5]);
    const fromMs = office.site.clock.nowMs();
    await goOnUntil(() => orders().length === 6, 'the next order');
    expect(office.site.clock.nowMs() - fromMs).toBeGreaterThan(55_000);
    await until(() => view.recording.wav !== null, 'its end');
    await untilDeleted(view);
    expect([office.asked('GET', /\.wav/), sounds()]).toEqual([[], []]);
  });

  it('to stop, when the talk with another is over sooner: it is not kept', async () => {
    const view = await (await RecordedCallView.incoming(office)).begun();
    office.api.faults.push('broken');
    view.ended('transferred');
    await until(() => orders().length === 1, 'the order');
    view.call.hangUp();
    await untilDeleted(view);
    expect(office.site.failed).toEqual(['TWILIO_RECORDING_NOT_STOPPED']);
    expect([office.asked('GET', /\.wav/), sounds()]).toEqual([[], []]);
  });

  it('to stop, of which Twilio answers only after it has told that the recording is complete: it is not kept', async () => {
    const view = await (await RecordedCallView.incoming(office)).begun();
    let answer: () => void = () => undefined;
    office.api.answersWaitFor = new Promise<void>((resolve) => (answer = resolve));
    office.api.faults.push('broken');
    view.ended('transferred');
    await until(() => orders().length === 1, 'the order');
    view.call.hangUp();
    await until(() => office.site.asked.includes('/twilio/recording'), 'the callback');
    // A round trip through the same process: the callback has been read.
    await office.site.post('/twilio/status', { ...INCOMING, CallSid: 'CA0' });
    office.api.answersWaitFor = null;
    answer();
    await untilDeleted(view);
    expect(office.site.failed).toEqual(['TWILIO_RECORDING_NOT_STOPPED']);
    expect([office.asked('GET', /\.wav/), sounds()]).toEqual([[], []]);
  });

  it('to stop, since the talk with another was over before it was given again: it is not kept', async () => {
    const view = await (await RecordedCallView.incoming(office)).begun();
    office.api.faults.push('busy', GONE);
    view.ended('transferred');
    await goOnUntil(() => orders().length === 2, 'both orders');
    await until(() => office.site.failed.length > 0, 'the failure');
    view.call.hangUp();
    await untilDeleted(view);
    expect(office.site.failed).toEqual(['TWILIO_RECORDING_NOT_STOPPED']);
    expect([office.asked('GET', /\.wav/), sounds()]).toEqual([[], []]);
  });

  it('to stop costs nothing where the caller has hung up, or where Twilio has told that it is complete', async () => {
    const view = await (await RecordedCallView.incoming(office)).begun();
    for (let i = 0; i < 5; i++) office.api.faults.push('broken');
    view.ended('caller-hung-up');
    await goOnUntil(() => orders().length === 5, 'the orders');
    view.call.hangUp();
    await untilFetched();
    office.site.clock.advance(60_000);
    expect([office.site.failed, orders().length]).toEqual([[], 5]);
  });

  it('to go on leaves a later pause what it is', async () => {
    const view = await (await RecordedCallView.incoming(office)).begun();
    view.collecting();
    await untilIt('is paused');
    for (let i = 0; i < 5; i++) office.api.faults.push('broken');
    view.collected();
    const complaints = () =>
      office.site.log.lines.filter(({ message }) => message.includes('does not make a recording')).length;
    await goOnUntil(() => complaints() === 1, 'the failure');
    view.collecting();
    await untilIt('is paused', 2);
    await view.hangUp();
    expect([orders().at(-1) === 'in-progress', office.site.failed]).toEqual([false, []]);
  });

  it('to begin is given again where Twilio was busy', async () => {
    const view = await RecordedCallView.incoming(office);
    office.api.faults.push('busy', 'busy');
    view.connected();
    await goOnUntil(() => view.call.recordings.length === 1, 'the beginning');
    await untilIt('is in-progress');
    expect(office.site.failed).toEqual([]);
  });

  it('to begin is told when Twilio never takes it', async () => {
    const view = await RecordedCallView.incoming(office);
    for (let i = 0; i < 5; i++) office.api.faults.push('busy');
    view.connected();
    await goOnUntil(() => office.site.failed.length > 0, 'the failure');
    expect([office.site.failed, view.call.recordings]).toEqual([['TWILIO_REST_BUSY'], []]);
    expect(recordings().pause(view.callSid)).toBe(false);
  });
});

describe('A recording of which nobody knows whether Twilio has begun it', () => {
  it('could not be paused: it is stopped, deleted there and never fetched', async () => {
    const view = await RecordedCallView.incoming(office);
    office.api.faults.push('answer-lost');
    view.connected();
    await until(() => view.recording?.wav != null, 'its end');
    await untilDeleted(view);
    expect(office.site.failed).toEqual(['TWILIO_RECORDING_UNKNOWN']);
    expect(office.asked('POST', /\/Recordings\/Twilio\.CURRENT\.json$/)).toHaveLength(1);
    expect(office.asked('GET', /\.wav/)).toEqual([]);
  });
});
