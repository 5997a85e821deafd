import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import twilio from 'twilio';
import { readWav } from '#libs/audio';
import { until } from '#libs/testing';
import { ScriptedBot } from '../testing/scripted-bot.js';
import { startTwilioApi, type TwilioApi } from './twilio-api.js';
import type { CalleeScript } from './twilio-options.js';

const ACCOUNT = `AC${'1'.repeat(32)}`;
const TOKEN = '0123456789abcdef0123456789abcdef';
const PUBLIC = 'https://voice.example.com';
const BOB = '+15550100077';
const OURS = '+15550100002';

/** Ten seconds without a silent moment. */
const LOUD = { name: 'loud', samples: new Int16Array(80_000).fill(8000), sampleRate: 8000 };

let bot: ScriptedBot;
let api: TwilioApi;
let callee: CalleeScript;
/** What the gateway answers, by path; anything else is taken note of. */
let documents: Record<string, string>;

beforeEach(async () => {
  bot = await ScriptedBot.listen();
  callee = {};
  documents = { '/voice': '<Response><Say>Hello.</Say></Response>' };
  bot.onRequest = (request, response) => {
    const document = documents[request.url!.split('?')[0]!];
    if (document === undefined) response.writeHead(204).end();
    else response.writeHead(200, { 'content-type': 'text/xml' }).end(document);
  };
  api = await startTwilioApi({
    accountSid: ACCOUNT,
    authToken: TOKEN,
    dialling: { gatewayOrigin: bot.url('', 'http'), publicUrl: PUBLIC, callee: () => callee },
  });
});

afterEach(async () => {
  for (const call of api.dialled) call.hangUp();
  await Promise.all(api.dialled.map((call) => call.ended));
  await api.close();
  await bot.close();
});

async function ask(method: string, path: string, form: Record<string, string | string[]> = {}) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) for (const one of [value].flat()) body.append(name, one);
  const response = await fetch(`${api.url}/2010-04-01/Accounts/${ACCOUNT}/${path}`, {
    method,
    headers: { authorization: `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString('base64')}` },
    ...(method === 'POST' && { body }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get('content-type') === 'application/json';
  return { status: response.status, bytes, body: isJson ? JSON.parse(bytes.toString()) : null };
}

const order = (form: Record<string, string | string[]> = {}) =>
  ask('POST', 'Calls.json', { To: BOB, From: OURS, Url: `${PUBLIC}/voice?order=1`, ...form });

/** The requests that came to a path, their forms with the signature checked by the official library. */
function told(path: string): Record<string, string>[] {
  const requests = bot.requests.filter(({ url }) => url.split('?')[0] === path);
  return requests.map(({ url, body, headers }) => {
    const form = Object.fromEntries(new URLSearchParams(body));
    const signature = headers['x-twilio-signature'] as string;
    expect(twilio.validateRequest(TOKEN, signature, PUBLIC + url, form)).toBe(true);
    return form;
  });
}

const ALL_EVENTS = {
  StatusCallback: `${PUBLIC}/status?order=1`,
  StatusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
};

describe('a call that is ordered by REST', () => {
  it('is queued, rings, is answered, asks for its document and ends; each is told, signed and numbered', async () => {
    const created = await order(ALL_EVENTS);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ status: 'queued', direction: 'outbound-api', to: BOB, from: OURS });
    const report = await api.dialled[0]!.ended;
    expect(report.platformSaid).toEqual(['Hello.']);
    expect(told('/voice')).toMatchObject([{ CallStatus: 'in-progress', Direction: 'outbound-api', To: BOB }]);
    const callbacks = told('/status').sort((a, b) => +a.SequenceNumber! - +b.SequenceNumber!);
    expect(callbacks.map((form) => [form.SequenceNumber, form.CallStatus])).toEqual([
      ['0', 'initiated'],
      ['1', 'ringing'],
      ['2', 'in-progress'],
      ['3', 'completed'],
    ]);
    expect(callbacks[3]).toMatchObject({ CallbackSource: 'call-progress-events', CallDuration: '0' });
    expect((await ask('GET', `Calls/${created.body.sid}.json`)).body).toMatchObject({ status: 'completed' });
  });

  it.each([
    [{ does: 'busy' }, 'busy'],
    [{ does: 'failed' }, 'failed'],
    [{ does: 'no-answer' }, 'no-answer'],
    [{ ringsForMs: 1100 }, 'no-answer'],
  ] as [CalleeScript, string][])('ends without a document: %j', async (script, status) => {
    callee = script;
    const { body } = await order({ ...ALL_EVENTS, Timeout: '1' });
    expect(await api.dialled[0]!.ended).toMatchObject({ outcome: 'refused', detail: status });
    expect(told('/voice')).toEqual([]);
    expect(told('/status').map((form) => form.CallStatus)).toContain(status);
    expect((await ask('GET', `Calls/${body.sid}.json`)).body.status).toBe(status);
  });

  it('is ended by its TimeLimit, counted from the answer', async () => {
    documents['/voice'] = '<Response><Pause length="60"/></Response>';
    const { body } = await order({ ...ALL_EVENTS, TimeLimit: '1' });
    expect(await api.dialled[0]!.ended).toMatchObject({ outcome: 'agent-hung-up', detail: 'TimeLimit' });
    expect((await ask('GET', `Calls/${body.sid}.json`)).body.status).toBe('completed');
  });

  it('tells its callbacks twice and backwards, or never, on demand', async () => {
    callee = { call: { statusCallbackDisorder: true } };
    await order(ALL_EVENTS);
    await api.dialled[0]!.ended;
    expect(told('/status')).toHaveLength(8);
    expect(told('/status')[0]!.CallStatus).toBe('completed');
    bot.requests.length = 0;
    callee = { call: { statusCallbacksLost: true } };
    await order(ALL_EVENTS);
    await api.dialled[1]!.ended;
    expect(told('/status')).toEqual([]);
  });

  it('is cancelled while it rings, and not any more when it has been answered', async () => {
    callee = { ringsForMs: 60_000 };
    const first = (await order()).body.sid;
    expect((await ask('POST', `Calls/${first}.json`, { Twiml: '<Response/>' })).body.code).toBe(21220);
    expect((await ask('POST', `Calls/${first}.json`, { Status: 'canceled' })).status).toBe(200);
    await api.dialled[0]!.ended;
    expect((await ask('GET', `Calls/${first}.json`)).body.status).toBe('canceled');
    callee = {};
    documents['/voice'] = '<Response><Pause length="60"/></Response>';
    const second = (await order()).body.sid;
    await until(() => api.dialled[1]!.status === 'in-progress', 'the answer');
    expect((await ask('POST', `Calls/${second}.json`, { Status: 'canceled' })).status).toBe(400);
    expect((await ask('POST', `Calls/${second}.json`, { Status: 'completed' })).status).toBe(200);
  });

  it('runs a document that was sent with the order', async () => {
    const { status } = await ask('POST', 'Calls.json', {
      To: BOB,
      From: OURS,
      Twiml: '<Response><Say>Without a webhook.</Say></Response>',
    });
    expect(status).toBe(201);
    expect((await api.dialled[0]!.ended).platformSaid).toEqual(['Without a webhook.']);
    expect(bot.requests).toEqual([]);
  });

  it('finds out about machines beside the call', async () => {
    callee = { is: 'machine', knownAfterMs: 50 };
    documents['/voice'] = '<Response><Pause length="60"/></Response>';
    const amd = { AsyncAmd: 'true', AsyncAmdStatusCallback: `${PUBLIC}/amd` };
    await order({ MachineDetection: 'Enable', ...amd });
    await until(() => told('/amd').length > 0, 'the detection');
    expect(told('/amd')).toMatchObject([{ AnsweredBy: 'machine_start', MachineDetectionDuration: '50' }]);
    expect(told('/voice')[0]).not.toHaveProperty('AnsweredBy');
  });

  it('makes the callee wait for the detection that is not beside the call', async () => {
    callee = { is: 'machine', knownAfterMs: 50 };
    await order({ MachineDetection: 'DetectMessageEnd' });
    await api.dialled[0]!.ended;
    expect(told('/voice')).toMatchObject([{ AnsweredBy: 'machine_end_beep' }]);
  });

  it('is listed by number, time and status, newest first', async () => {
    await order();
    await order();
    await order({ To: '+15550100078' });
    await Promise.all(api.dialled.map((call) => call.ended));
    const sids = async (query: string) =>
      (await ask('GET', `Calls.json?${query}`)).body.calls.map((call: { sid: string }) => call.sid);
    const [first, second] = api.dialled.map((call) => call.callSid);
    const ago = encodeURIComponent(new Date(Date.now() - 60_000).toISOString());
    const ahead = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
    expect(await sids(`To=${encodeURIComponent(BOB)}&StartTime%3E=${ago}`)).toEqual([second, first]);
    expect(await sids(`To=${encodeURIComponent(BOB)}&StartTime%3E=${ahead}`)).toEqual([]);
    expect(await sids('Status=queued')).toEqual([]);
    expect((await ask('GET', 'Calls.json?Colour=red')).status).toBe(400);
  });

  it('exists although the answer to its order was lost', async () => {
    api.faults.push('answer-lost');
    await expect(order()).rejects.toThrow('fetch failed');
    expect(api.dialled).toHaveLength(1);
  });

  it.each<[string, Record<string, string>, number]>([
    ['no number', { To: '' }, 21201],
    ['a bad number', { To: '0555' }, 21211],
    ['no number of ours', { From: '' }, 21213],
    ['a bad number of ours', { From: 'us' }, 21212],
    ['a bad URL', { Url: '/voice' }, 21205],
    ['a host with an underscore', { StatusCallback: 'https://my_host/x' }, 21609],
    ['an event that does not exist', { StatusCallbackEvent: 'anything' }, 21626],
    ['a mode of detection that does not exist', { MachineDetection: 'true' }, 21234],
    ['detection beside the call that tells nobody', { MachineDetection: 'Enable', AsyncAmd: 'true' }, 21262],
    ['a parameter that does not exist', { Colour: 'red' }, 20001],
    ['a TimeLimit that is no number of seconds', { TimeLimit: '1.5' }, 20001],
  ])('is refused with %s', async (_what, form, code) => {
    expect(await order(form)).toMatchObject({ status: 400, body: { code, status: 400 } });
    expect(api.dialled).toEqual([]);
  });
});

describe('the longer verbs of a document', () => {
  it('Dial calls the party as scripted, tells its callbacks, and goes on with the action', async () => {
    callee = { call: { onDial: () => ({ status: 'completed', ringsForMs: 20, talksForMs: 20 }) } };
    documents['/voice'] =
      `<Response><Dial action="${PUBLIC}/done" timeout="5"><Number statusCallback="${PUBLIC}/party"` +
      ' statusCallbackEvent="ringing answered">+15550100099</Number></Dial><Say>never</Say></Response>';
    documents['/done'] = '<Response><Say>And back.</Say></Response>';
    await order();
    expect(await api.dialled[0]!.ended).toMatchObject({ platformSaid: ['And back.'], breaches: [] });
    // Nobody waits for the answer to a callback, so the next one may be quicker.
    const party = told('/party').sort((a, b) => +a.SequenceNumber! - +b.SequenceNumber!);
    expect(party.map(({ SequenceNumber, CallStatus }) => [SequenceNumber, CallStatus])).toEqual([
      ['0', 'ringing'],
      ['1', 'in-progress'],
    ]);
    expect(told('/done')).toMatchObject([{ DialCallStatus: 'completed', CallStatus: 'in-progress' }]);
  });

  it('Dial ends the conversation at its timeLimit', async () => {
    callee = { call: { onDial: () => ({ status: 'completed', talksForMs: 60_000 }) } };
    documents['/voice'] =
      `<Response><Dial action="${PUBLIC}/done" timeLimit="1"><Number>+15550100099</Number></Dial></Response>`;
    documents['/done'] = '<Response><Say>And back.</Say></Response>';
    await order();
    expect(await api.dialled[0]!.ended).toMatchObject({ platformSaid: ['And back.'], breaches: [] });
  });

  it('Dial without an action goes on behind the verb, whoever was there', async () => {
    callee = { call: { onDial: () => ({ status: 'busy' }) } };
    documents['/voice'] = '<Response><Dial>+15550100099</Dial><Say>Nobody there.</Say></Response>';
    await order();
    expect((await api.dialled[0]!.ended).platformSaid).toEqual(['Nobody there.']);
  });

  it('Gather says its words and posts the answers of the script', async () => {
    callee = { call: { gatherAnswers: [{ speech: 'Two' }, { digits: '5' }, null] } };
    const gather = `<Gather input="speech dtmf" timeout="1" action="${PUBLIC}/turn"><Say>Yes?</Say></Gather>`;
    documents['/voice'] = `<Response>${gather}</Response>`;
    documents['/turn'] = `<Response>${gather}<Say>Nothing was said.</Say></Response>`;
    await order();
    const report = await api.dialled[0]!.ended;
    expect(report.platformSaid).toEqual(['Yes?', 'Yes?', 'Yes?', 'Nothing was said.']);
    expect(told('/turn')).toMatchObject([{ SpeechResult: 'Two', Confidence: '0.93' }, { Digits: '5' }]);
  });

  it('complains about what the verbs do not know', async () => {
    callee = { call: { onDial: () => ({ status: 'busy' }) } };
    documents['/voice'] = '<Response><Gather input="telepathy" timeout="1"/><Dial colour="red"/></Response>';
    await order();
    const { breaches } = await api.dialled[0]!.ended;
    expect(breaches.map(({ code }) => code).sort()).toEqual(['12200', '13223', '13335']);
  });
});

describe('recordings', () => {
  const media = (sid: string, query = '') => ask('GET', `Recordings/${sid}.wav${query}`);

  it('of an order are told when the call is over, and can be had in two channels or refused in one', async () => {
    documents['/voice'] =
      `<Response><Connect><Stream url="${PUBLIC.replace('https', 'wss')}/s"/></Connect></Response>`;
    const recording = { Record: 'true', RecordingStatusCallback: `${PUBLIC}/recording` };
    await order({ ...recording, RecordingChannels: 'dual' });
    await order(recording);
    await Promise.all(api.dialled.map((call) => call.connected));
    for (const call of api.dialled) call.hangUp();
    await Promise.all(api.dialled.map((call) => call.ended));
    const [dual, mono] = api.dialled.map((call) => call.recordings[0]!.sid);
    const form = told('/recording').find(({ RecordingSid }) => RecordingSid === dual);
    expect(form).toMatchObject({
      RecordingStatus: 'completed',
      RecordingChannels: '2',
      RecordingSource: 'OutboundAPI',
    });
    expect(form!.RecordingUrl).toBe(`${api.url}/2010-04-01/Accounts/${ACCOUNT}/Recordings/${dual}`);
    expect(readWav((await media(dual!, '?RequestedChannels=2')).bytes).channels).toHaveLength(2);
    expect(readWav((await media(mono!)).bytes).channels).toHaveLength(1);
    expect(await media(mono!, '?RequestedChannels=2')).toMatchObject({ status: 400, body: { code: 16113 } });
  });

  it('begin by REST in a running call alone, and are not handed out without credentials or before they are there', async () => {
    documents['/voice'] = '<Response><Pause length="60"/></Response>';
    const { sid } = (await order()).body;
    await until(() => api.dialled[0]!.status === 'in-progress', 'the answer');
    const begun = await ask('POST', `Calls/${sid}/Recordings.json`, { RecordingChannels: 'dual' });
    expect(begun).toMatchObject({ status: 201, body: { status: 'in-progress', channels: 2 } });
    expect((await media(begun.body.sid)).status).toBe(404);
    api.dialled[0]!.hangUp();
    await api.dialled[0]!.ended;
    api.recordingLag = 1;
    expect((await media(begun.body.sid)).status).toBe(404);
    expect((await media(begun.body.sid)).status).toBe(200);
    const path = `${api.url}/2010-04-01/Accounts/${ACCOUNT}/Recordings/${begun.body.sid}.wav`;
    expect((await fetch(path)).status).toBe(401);
    expect((await ask('POST', `Calls/${sid}/Recordings.json`)).body.code).toBe(21220);
  });

  it('are silent while they are paused, end when they are stopped, and are gone when they were deleted', async () => {
    documents['/voice'] =
      `<Response><Connect><Stream url="${PUBLIC.replace('https', 'wss')}/s"/></Connect></Response>`;
    callee = { call: { script: (caller) => caller.say(LOUD) } };
    const { sid } = (await order()).body;
    const [call] = api.dialled;
    await call!.connected;
    const make = () =>
      ask('POST', `Calls/${sid}/Recordings.json`, { RecordingStatusCallback: `${PUBLIC}/recording` });
    const change = (recording: string, form: Record<string, string>) =>
      ask('POST', `Calls/${sid}/Recordings/${recording}.json`, form);
    const begun = (await make()).body.sid;
    const spokenMs = (ms: number) => until(() => call!.line.record.lastedMs > ms, 'time on the line');
    await spokenMs(300);
    expect((await change(begun, { Status: 'paused', PauseBehavior: 'silence' })).body.status).toBe('paused');
    const fromMs = call!.line.record.lastedMs;
    await spokenMs(fromMs + 300);
    const toMs = call!.line.record.lastedMs;
    expect((await change('Twilio.CURRENT', { Status: 'in-progress' })).status).toBe(200);
    await spokenMs(toMs + 300);
    expect((await ask('DELETE', `Recordings/${begun}.json`)).status).toBe(409);
    expect((await change(begun, { Status: 'stopped' })).body.status).toBe('stopped');
    expect((await change(begun, { Status: 'paused' })).status).toBe(404);
    expect((await change(begun, { Status: 'deleted' })).body.code).toBe(20001);
    await until(() => told('/recording').length === 1, 'the callback, though the call goes on');
    expect((await ask('GET', `Recordings/${begun}.json`)).body).toMatchObject({
      status: 'completed',
      channels: 1,
    });
    const { channels, sampleRate } = readWav((await media(begun)).bytes);
    const at = (ms: number) => Math.round((ms * sampleRate) / 1000);
    const loudest = (from: number, to: number) => Math.max(...channels[0]!.subarray(from, to));
    const end = channels[0]!.length;
    expect(loudest(0, at(150))).toBeGreaterThan(1000);
    expect(loudest(end - at(150), end)).toBeGreaterThan(1000);
    let silent = 0;
    for (const sample of channels[0]!) if (sample === 0) silent++;
    expect(silent).toBeGreaterThan(at(toMs - fromMs - 50));
    expect((await ask('DELETE', `Recordings/${begun}.json`)).status).toBe(204);
    expect((await ask('DELETE', `Recordings/${begun}.json`)).status).toBe(404);
    expect((await media(begun)).status).toBe(404);
  }, 20_000);
});
