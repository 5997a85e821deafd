import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import { type CalleeScript, placeTwilioCall, startTwilioApi } from '#apps/simulator';
import { ScriptedBackend, until } from '#libs/testing';
import { HttpRig } from '../../libs/tools/test/http-rig.js';
import { type ApiAnswer, ApiClient } from './api-client.js';
import { type Booted, boot, closeAll } from './boot.js';
import { ringFromBrowser } from './callers.js';
import { ACCOUNT, accountSettings, PUBLIC_URL } from './twilio-account.js';

const ADMIN_TOKEN = 'an-admin-token-of-good-length-0123456789';
const AUTHORIZED = { authorization: `Bearer ${ADMIN_TOKEN}` };
const AGENT = {
  instructions: 'Be brief.',
  greeting: null,
  recording: { announcement: null, fromAnswer: true },
};

interface Listed {
  readonly callId: string;
  readonly type: string;
  readonly data: object;
}

const rigs: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await closeAll();
  for (const rig of rigs.splice(0)) await rig.close();
});

interface Site extends Booted {
  readonly dataDir: string;
  readonly api: ApiClient;
  readonly backend: ScriptedBackend;
  readonly lines: string[];
}

async function site(env: Record<string, string> = {}): Promise<Site> {
  const lines: string[] = [];
  const backend = new ScriptedBackend([{ encoding: 'pcm16', sampleRate: 24_000 }]);
  const dataDir = join(mkdtempSync(join(tmpdir(), 'patchbay-')), 'data');
  const booted = await boot(
    { ADMIN_TOKEN, LOG_LEVEL: 'info', DATA_DIR: dataDir, ...env },
    { backend, logTo: { write: (line) => void lines.push(line) } },
  );
  return { ...booted, dataDir, backend, lines, api: new ApiClient(booted.origin, ADMIN_TOKEN) };
}

/** A call that runs, and its caller's end. */
async function running({ tape, backend, ...booted }: Site): Promise<{ callId: string; phone: WebSocket }> {
  const before = backend.sessions.length;
  const phone = await ringFromBrowser({ tape, ...booted }, AUTHORIZED);
  await until(() => backend.sessions.length > before, 'the AI');
  await until(() => tape.types.includes('call.connected'), 'the connection');
  return { callId: booted.gateway.switchboard.desk.calls.at(-1)!.view.id, phone };
}

/** Asks until the answer fits. */
async function eventually(api: ApiClient, path: string, fits: (body: ApiAnswer['body']) => boolean) {
  const deadline = performance.now() + 10_000;
  let latest = await api.get(path);
  while (latest.status !== 200 || !fits(latest.body)) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for an answer of ${path}.`);
    await setTimeout(20);
    latest = await api.get(path);
  }
  return latest.body;
}

/** Recordings and what is known of them, with the folders they lie in. */
const soundsIn = (dataDir: string) => readdirSync(join(dataDir, 'recordings'), { recursive: true });

const auditOf = (lines: readonly string[]) =>
  lines
    .map((line) => JSON.parse(line))
    .filter(({ audit, action }) => audit === true && / \/api\//.test(action ?? ''))
    .map(({ by, role, action, callId, code }) => ({ by, role, action, callId, code }));

describe('a running call', () => {
  it('is shown, spoken into, muted, sent keys and ended, and each step is written down with who made it', async () => {
    const here = await site({ OUTBOUND_PREFIXES: '+49' });
    const { api, backend } = here;
    const { callId, phone } = await running(here);
    const at = `/api/calls/${callId}`;
    const shown = await eventually(api, at, (body) => body.connectedAt !== null);
    expect(shown).toMatchObject({ callId, platform: 'browser', live: { muted: false, takenOver: false } });
    expect((await api.get('/api/calls?running=true')).body.items.map((one: Listed) => one.callId)).toEqual([
      callId,
    ]);

    expect((await api.post(`${at}/whisper`, { text: 'He is a regular.' })).status).toBe(204);
    expect((await api.post(`${at}/say`, { text: 'One moment.' })).status).toBe(204);
    expect(backend.session.instructions).toEqual(['He is a regular.']);
    expect(backend.session.spoken).toEqual(['One moment.']);
    expect((await api.post(`${at}/mute`, { muted: true })).status).toBe(204);
    expect((await api.get(at)).body.live.muted).toBe(true);
    const deaf = await api.post(`${at}/say`, { text: 'Hello?' });
    expect([deaf.status, deaf.body.code]).toEqual([409, 'CALL_CANNOT_SAY']);
    expect((await api.post(`${at}/mute`, { muted: false })).status).toBe(204);
    const handed = await api.post(`${at}/transfer`, { to: '+4930111222' });
    expect([handed.status, handed.body.code]).toEqual([409, 'TRANSFER_UNSUPPORTED']);
    const closed = once(phone, 'close');
    expect((await api.post(`${at}/hang-up`)).status).toBe(204);
    await closed;
    const over = await eventually(api, at, (body) => body.endedAt !== null && body.live === null);
    expect(over).toMatchObject({ endReason: 'operator-hung-up', endOwner: 'operator' });
    expect((await api.post(`${at}/hang-up`)).body.code).toBe('CALL_NOT_RUNNING');

    const by = { by: 'ADMIN_TOKEN', role: 'admin', callId };
    const action = (name: string) => `POST /api/calls/:callId/${name}`;
    expect(auditOf(here.lines)).toEqual([
      { ...by, action: action('whisper') },
      { ...by, action: action('say') },
      { ...by, action: action('mute') },
      { ...by, action: action('say'), code: 'CALL_CANNOT_SAY' },
      { ...by, action: action('mute') },
      { ...by, action: action('transfer'), code: 'TRANSFER_UNSUPPORTED' },
      { ...by, action: action('hang-up') },
      { ...by, action: action('hang-up'), code: 'CALL_NOT_RUNNING' },
    ]);
    expect(here.lines.join('')).not.toMatch(/regular|4930111222/);
  });
});

describe('a caller', () => {
  it.each([
    ['nobody while nobody may be called', '', '+4930111222', 403, 'DIAL_PREFIX_REFUSED'],
    ['no number that may not be called', '+49,+1', '+882161234567', 403, 'DIAL_PREFIX_REFUSED'],
    [
      'no such number in a SIP address',
      '+49,+1',
      'sip:+882161234567@sbc.example.com',
      403,
      'DIAL_PREFIX_REFUSED',
    ],
    ['no number that does not exist', '+49', '+49123', 422, 'DIAL_BAD_NUMBER'],
  ])('is handed by an operator to %s', async (_, prefixes, to, status, code) => {
    const here = await site({ OUTBOUND_PREFIXES: prefixes });
    const { callId } = await running(here);
    const handed = await here.api.post(`/api/calls/${callId}/transfer`, { to });
    expect([handed.status, handed.body.code]).toEqual([status, code]);
    expect(here.tape.types).not.toContain('call.transferring');
    await here.api.post(`/api/calls/${callId}/hang-up`);
  });
});

describe('what is kept of a call', () => {
  it('is exported as JSON, text and subtitles, played by ranges and told to a webhook', async () => {
    const told: string[] = [];
    const rig = await HttpRig.start((seen, response) => {
      told.push(JSON.parse(seen.body).type);
      response.end();
    });
    rigs.push(rig);
    const here = await site({ OUTGOING_ALLOWED_HOSTS: '127.0.0.1' });
    const { api, backend, tape } = here;
    expect((await api.put('/api/agents/default', AGENT)).status).toBe(200);
    const made = await api.post('/api/webhooks', { url: rig.url('/calls') });
    expect([made.status, made.body.secret]).toEqual([201, expect.stringMatching(/^whsec_/)]);
    expect(JSON.stringify((await api.get('/api/webhooks')).body)).not.toContain(made.body.secret);

    const { callId } = await running(here);
    const at = `/api/calls/${callId}`;
    expect((await api.post(`${at}/recording/pause`)).status).toBe(204);
    expect((await api.post(`${at}/recording/resume`)).status).toBe(204);
    backend.session.say('a1', 1000);
    backend.session.finish('a1');
    backend.session.listener.onTranscript({
      speaker: 'caller',
      itemId: 'c1',
      text: 'Do you open at nine?',
      final: true,
    });
    await until(() => tape.types.includes('transcript.final'), 'the words');
    const running409 = await api.delete(`${at}/recording`);
    expect([running409.status, running409.body.code]).toEqual([409, 'RECORDING_RUNNING']);
    await api.post(`${at}/hang-up`);
    await eventually(api, at, (body) => body.recording?.state === 'saved');

    const kept = await eventually(api, `${at}?transcript=true`, (body) => body.transcript.length === 1);
    expect(kept.transcript[0]).toMatchObject({ speaker: 'caller', said: 'Do you open at nine?' });
    expect((await api.get(`${at}/transcript`)).body.items).toHaveLength(1);
    const text = await api.get(`${at}/transcript?format=text`);
    expect([text.type, text.body]).toEqual([
      'text/plain; charset=utf-8',
      expect.stringContaining('Caller: Do you open'),
    ]);
    expect((await api.get(`${at}/transcript?format=vtt`)).body).toMatch(/^WEBVTT\n\n00:00:/);
    expect((await api.get('/api/calls?text=NINE%20open')).body.items).toHaveLength(1);
    const events = (await api.get(`${at}/events?limit=3`)).body;
    expect(events.items.map((one: Listed) => one.type)[0]).toBe('call.offered');
    const all = (await api.get(`${at}/events?limit=200`)).body.items as Listed[];
    expect(all.filter(({ type }) => type === 'operator.acted').map(({ data }) => data)).toEqual([
      { action: 'pause-recording', by: 'ADMIN_TOKEN' },
      { action: 'resume-recording', by: 'ADMIN_TOKEN' },
      { action: 'hang-up', by: 'ADMIN_TOKEN' },
    ]);
    const next = (await api.get(`${at}/events?afterSeq=${events.nextAfterSeq}`)).body;
    expect(next.items[0].seq).toBeGreaterThan(events.nextAfterSeq);
    expect((await api.get(`/api/numbers?from=0&before=${Date.now() + 1000}`)).body).toMatchObject({
      calls: 1,
    });

    const sound = (headers: Record<string, string> = {}, method = 'GET') =>
      fetch(`${here.origin}${at}/recording`, { method, headers: { ...AUTHORIZED, ...headers } });
    const whole = await sound();
    const wav = Buffer.from(await whole.arrayBuffer());
    const size = wav.length;
    expect([whole.status, wav.subarray(0, 4).toString(), wav.readUInt16LE(22)]).toEqual([200, 'RIFF', 2]);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'audio/wav',
      'accept-ranges': 'bytes',
      'content-length': String(size),
      'content-disposition': `attachment; filename="${callId}.wav"`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    for (const [range, status, from, to] of [
      ['bytes=0-43', 206, 0, 43],
      ['bytes=44-', 206, 44, size - 1],
      ['bytes=-10', 206, size - 10, size - 1],
      ['bytes=-999999999999', 206, 0, size - 1],
      [`bytes=10-${size * 2}`, 206, 10, size - 1],
      ['bytes=5-3', 200, 0, size - 1],
      ['bytes=0-1,5-6', 200, 0, size - 1],
      ['bytes=-', 200, 0, size - 1],
      ['items=0-1', 200, 0, size - 1],
      [`bytes=0-1${'9'.repeat(400)}`, 200, 0, size - 1],
    ] as const) {
      const part = await sound({ range });
      expect([range, part.status, part.headers.get('content-range')]).toEqual([
        range,
        status,
        status === 206 ? `bytes ${from}-${to}/${size}` : null,
      ]);
      expect(Buffer.from(await part.arrayBuffer()).equals(wav.subarray(from, to + 1))).toBe(true);
    }
    for (const range of [`bytes=${size}-`, 'bytes=-0']) {
      const outside = await sound({ range });
      expect([outside.status, outside.headers.get('content-range')]).toEqual([416, `bytes */${size}`]);
      expect((await outside.json()) as object).toMatchObject({ code: 'API_BAD_RANGE' });
    }
    const head = await sound({}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      String(size),
      '',
    ]);
    expect((await sound({ range: 'bytes=0-1', 'if-range': '"x"' })).status).toBe(200);

    await until(() => told.includes('recording.saved') && told.includes('call.ended'), 'the webhook');
    expect(told[0]).toBe('call.offered');
    expect(told).toContain('transcript.final');
  });

  it('is erased by the number of its caller, sound and all', async () => {
    const here = await site();
    const { api, tape, lines } = here;
    const party = '+15550177777';
    await api.put('/api/agents/default', AGENT);
    const call = placeTwilioCall({
      webhookUrl: `${here.origin}/twilio/voice`,
      from: party,
      script: (caller) => caller.pause(60_000),
    });
    await until(() => tape.types.includes('recording.started'), 'the recording');
    const { callId } = (await eventually(api, '/api/calls', ({ items }) => items.length === 1)).items[0];
    const at = `/api/calls/${callId}`;
    expect((await api.get(at)).body.from).toBe(party);
    await api.post(`${at}/hang-up`);
    await call.ended;
    await eventually(api, at, (body) => body.recording?.state === 'saved' && body.endedAt !== null);
    const found = `/api/calls?party=${encodeURIComponent(party)}`;
    expect((await api.get(found)).body.items).toHaveLength(1);

    const erased = {
      calls: 1,
      orders: 0,
      ordersCancelled: 0,
      ordersUnderWay: [],
      recordings: 1,
      webhookEvents: 0,
      stillRecording: [],
      recordingsElsewhere: [],
      recordingsDue: [],
    };
    expect((await api.post('/api/erasure', { party })).body).toEqual(erased);
    const after = (await api.get(`${at}?transcript=true`)).body;
    expect(after).toMatchObject({ from: null, to: null, transcript: [], recording: { state: 'deleted' } });
    expect((await api.get(`${at}/recording`)).status).toBe(404);
    expect((await api.get(`${at}/events`)).body.items).toEqual([]);
    expect((await api.get(found)).body.items).toEqual([]);
    expect((await api.post('/api/erasure', { party })).body.calls).toBe(0);
    expect(lines.join('')).not.toContain(party);
  });

  it('is erased while it runs: its recording goes when it is over, and no later state brings it back', async () => {
    const here = await site();
    const { api, tape } = here;
    const party = '+15550166666';
    await api.put('/api/agents/default', AGENT);
    const call = placeTwilioCall({
      webhookUrl: `${here.origin}/twilio/voice`,
      from: party,
      script: (caller) => caller.pause(60_000),
    });
    await until(() => tape.types.includes('recording.started'), 'the recording');
    const callId = here.gateway.switchboard.desk.calls[0]!.view.id;
    const at = `/api/calls/${callId}`;
    for (const calls of [1, 0]) {
      const { body } = await api.post('/api/erasure', { party });
      expect(body).toMatchObject({ calls, recordings: 0, stillRecording: calls === 1 ? [callId] : [] });
    }
    expect((await api.get(`${at}/recording`)).status).toBe(200);
    await api.post(`${at}/hang-up`);
    await call.ended;
    const over = await eventually(api, at, (body) => body.recording?.state === 'deleted');
    expect(over).toMatchObject({ from: null, to: null, recordingDueAt: null });
    expect(over.endedAt).not.toBeNull();
    expect((await api.get(`${at}/recording`)).status).toBe(404);
    expect(soundsIn(here.dataDir)).toEqual([]);
  });

  it('is erased also when it began a moment ago', async () => {
    const here = await site();
    const party = '+15550188888';
    const call = placeTwilioCall({ webhookUrl: `${here.origin}/twilio/voice`, from: party });
    await until(() => here.tape.types.includes('call.connected'), 'the call');
    const callId = here.gateway.switchboard.desk.calls[0]!.view.id;
    expect((await here.api.post('/api/erasure', { party })).body.calls).toBe(1);
    call.hangUp();
    await call.ended;
    const over = await eventually(here.api, `/api/calls/${callId}`, (body) => body.endedAt !== null);
    expect(over).toMatchObject({ from: null, to: null });
  });
});

describe('an order to dial', () => {
  it('becomes a call once, however often it is given, and is refused where nobody may be called', async () => {
    const dialling = {
      gatewayOrigin: '',
      publicUrl: PUBLIC_URL,
      callee: (): CalleeScript => ({ call: { script: (caller) => caller.pause(60_000) } }),
    };
    const office = await startTwilioApi({ ...ACCOUNT, dialling });
    rigs.push(office);
    const here = await site({
      ...accountSettings(office),
      TWILIO_FROM_NUMBER: '+15550100002',
      OUTBOUND_PREFIXES: '+49',
    });
    dialling.gatewayOrigin = here.origin;
    const { api } = here;
    const order = { to: '+4930901820', agent: 'default', timeZone: 'Europe/Berlin' };
    const key = { 'idempotency-key': 'order-7' };
    const given = await api.post('/api/calls', order, key);
    expect([given.status, given.body.state]).toEqual([202, 'queued']);
    expect((await api.post('/api/calls', order, key)).body.orderId).toBe(given.body.orderId);
    const at = `/api/orders/${given.body.orderId}`;
    const { callId } = await eventually(api, at, (body) => body.state === 'answered' && body.callId !== null);
    expect((await api.delete(at)).body.code).toBe('DIAL_TOO_LATE');
    expect((await api.post(`/api/calls/${callId}/hang-up`)).status).toBe(204);
    await eventually(api, at, (body) => body.state === 'over');
    const ended = (body: ApiAnswer['body']) => body.items.length > 0 && body.items[0].endedAt !== null;
    const { items } = await eventually(api, '/api/calls?direction=outbound', ended);
    expect(items.map((one: Listed) => one.callId)).toEqual([callId]);
    const refused = await api.post('/api/calls', { ...order, to: '+33142685300' });
    expect([refused.status, refused.body.code]).toEqual([403, 'DIAL_PREFIX_REFUSED']);
    expect((await api.post('/api/calls', { ...order, to: '+49' })).body.code).toBe('DIAL_BAD_NUMBER');
    expect((await api.get('/api/orders/none')).status).toBe(404);
    const person = { ...order, notBeforeAt: Date.now() + 2 * 86_400_000 };
    const waiting = await api.post('/api/calls', person);
    expect([waiting.status, waiting.body.state]).toEqual([202, 'queued']);
    expect((await api.post('/api/erasure', { party: order.to })).body).toMatchObject({
      calls: 1,
      orders: 2,
      ordersCancelled: 1,
      ordersUnderWay: [],
    });
    expect((await api.get(`/api/orders/${waiting.body.orderId}`)).body).toMatchObject({
      state: 'over',
      outcome: 'cancelled',
    });
    expect(here.lines.join('')).not.toContain(order.to);
  });
});

describe('an order', () => {
  const order = { to: '+4930901820', agent: 'default', timeZone: 'Europe/Berlin' };

  /** A gateway whose orders wait. */
  async function waiting() {
    const here = await site({
      PUBLIC_URL: 'https://voice.example.com',
      TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
      TWILIO_AUTH_TOKEN: '0123456789abcdef0123456789abcdef',
      TWILIO_API_URL: 'http://127.0.0.1:1',
      TWILIO_FROM_NUMBER: '+15550100002',
      OUTBOUND_PREFIXES: '+49',
    });
    return { here, later: { ...order, notBeforeAt: Date.now() + 86_400_000 } };
  }

  it('is the same one for a key of every length that the API takes', async () => {
    const { here, later } = await waiting();
    const key = { 'idempotency-key': 'x'.repeat(255) };
    const given = await here.api.post('/api/calls', later, key);
    expect([given.status, given.body.state]).toEqual([202, 'queued']);
    expect((await here.api.post('/api/calls', later, key)).body.orderId).toBe(given.body.orderId);
    const other = { 'idempotency-key': `${'x'.repeat(254)}y` };
    expect((await here.api.post('/api/calls', later, other)).body.orderId).not.toBe(given.body.orderId);
    expect((await here.api.post('/api/calls', later, { 'idempotency-key': 'x'.repeat(256) })).status).toBe(
      400,
    );
  });

  it('belongs to the API key that ordered it, and not to another one of the same name', async () => {
    const { here, later } = await waiting();
    const ordered: string[] = [];
    for (let i = 0; i < 2; i++) {
      const { secret } = (await here.api.post('/api/keys', { name: 'crm', role: 'operator' })).body;
      const crm = new ApiClient(here.origin, secret);
      for (let again = 0; again < 2; again++)
        ordered.push((await crm.post('/api/calls', later, { 'idempotency-key': 'same' })).body.orderId);
    }
    expect(ordered[0]).toBe(ordered[1]);
    expect(ordered[2]).toBe(ordered[3]);
    expect(ordered[0]).not.toBe(ordered[2]);
  });

  it('may say null for what it leaves out', async () => {
    const { here, later } = await waiting();
    const nothing = {
      from: null,
      platform: null,
      parameters: null,
      detectMachine: null,
      onMachine: null,
      recordAtPlatform: null,
      ringForMs: null,
      timeZone: null,
    };
    const key = { 'idempotency-key': 'null' };
    const { timeZone: _, ...least } = later;
    const given = await here.api.post('/api/calls', { ...least, ...nothing }, key);
    expect([given.status, given.body.code, given.body.detail]).toMatchObject([202, null, undefined]);
    expect((await here.api.post('/api/calls', least, key)).body.orderId).toBe(given.body.orderId);
    const soon = await here.api.post('/api/calls', { ...later, notBeforeAt: null });
    expect(soon.status).toBe(202);
  });
});

describe('without a database', () => {
  it('calls run on and can be steered, and the archive answers 503', async () => {
    const here = await site({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' });
    const { callId } = await running(here);
    const list = await here.api.get('/api/calls');
    expect([list.status, list.body.code, list.headers.get('retry-after')]).toEqual([503, 'STORE_AWAY', '5']);
    expect((await here.api.post('/api/keys', { name: 'crm', role: 'viewer' })).body.code).toBe('STORE_AWAY');
    expect((await here.api.post(`/api/calls/${callId}/say`, { text: 'Hello.' })).status).toBe(204);
    expect((await here.api.post(`/api/calls/${callId}/hang-up`)).status).toBe(204);
    await until(() => here.tape.types.includes('call.ended'), 'the end');
  });
});
