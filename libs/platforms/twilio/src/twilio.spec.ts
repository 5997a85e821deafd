import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import twilio from 'twilio';
import { WebSocket } from 'ws';
import { placeTwilioCall, shippedSpeech } from '#apps/simulator';
import { frameFromBytes } from '#libs/audio';
import { GatewayError } from '#libs/contracts';
import { closeSites, INCOMING, type PostOptions, PUBLIC, Site, TOKEN } from '../../../../test/twilio/site.js';
import { ACCOUNT, CALL, connected, start } from '../test/wire.js';
import { TwilioConfig } from './twilio.config.js';

afterEach(closeSites);

const MULAW = { encoding: 'mulaw', sampleRate: 8000 } as const;

/** Comes back when the condition holds; a test that waits in vain runs into its own time limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const attribute = (xml: string, name: string) => new RegExp(`${name}="([^"]*)"`).exec(xml)?.[1];
const streamPath = (xml: string) => new URL(attribute(xml, 'url')!).pathname;
const verbs = (xml: string) => [...xml.matchAll(/<(\w+)/g)].map((match) => match[1]);

describe('POST /twilio/voice', () => {
  it('announces the call and connects it with a stream of its own', async () => {
    const site = await Site.open({ authToken: TOKEN });
    const answer = await site.post('/twilio/voice');
    expect(answer.status).toBe(200);
    expect(answer.type).toMatch(/^text\/xml/);
    expect(verbs(answer.text)).toEqual([
      'Response',
      'Connect',
      'Stream',
      'Parameter',
      'Parameter',
      'Redirect',
    ]);
    expect(attribute(answer.text, 'url')).toMatch(/^wss:\/\/voice\.example\.com\/twilio\/stream\/[\w-]{32}$/);
    expect(attribute(answer.text, 'statusCallback')).toBe('https://voice.example.com/twilio/status');
    expect(answer.text).toContain(
      '<Parameter name="from" value="+15550100001"/><Parameter name="to" value="+15550100002"/>',
    );
    expect(answer.text).toContain(
      '<Redirect method="POST">https://voice.example.com/twilio/voice/after-stream</Redirect>',
    );
    const { info, expiresInMs } = site.intake.announced.get(CALL)!;
    expect(info).toMatchObject({
      platform: 'twilio',
      direction: 'inbound',
      from: '+15550100001',
      to: '+15550100002',
    });
    expect(expiresInMs).toBe(60_000);
  });

  it('hands on what the operator wrote behind the URL, and escapes it', async () => {
    const site = await Site.open({ authToken: TOKEN });
    const { text } = await site.post('/twilio/voice?tenant=acme%20%26%20%22sons%22');
    expect(text).toContain('<Parameter name="tenant" value="acme &amp; &quot;sons&quot;"/>');
    expect(site.intake.announced.get(CALL)!.info.parameters).toEqual({ tenant: 'acme & "sons"' });
  });

  it('is just as well asked by GET', async () => {
    const site = await Site.open({ authToken: TOKEN });
    const answer = await site.signedGet(
      `/twilio/voice?${new URLSearchParams({ ...INCOMING, Direction: 'outbound-api' })}`,
    );
    expect(verbs(answer.text)).toContain('Stream');
    expect(site.intake.announced.get(CALL)!.info).toMatchObject({ direction: 'outbound', parameters: {} });
  });

  it('answers a repeated webhook with another token for the same call', async () => {
    const site = await Site.open({ authToken: TOKEN });
    const [first, second] = [await site.post('/twilio/voice'), await site.post('/twilio/voice')];
    expect(streamPath(first.text)).not.toBe(streamPath(second.text));
    expect(site.intake.placesTaken).toBe(1);
  });

  it.each(['full', 'draining'])('tells the caller so when the gateway is %s', async (state) => {
    const site = await Site.open({ authToken: TOKEN }, PUBLIC, state === 'full' ? 0 : 1);
    site.intake.draining = state === 'draining';
    const answer = await site.post('/twilio/voice');
    expect(answer.status).toBe(200);
    expect(verbs(answer.text)).toEqual(['Response', 'Say', 'Hangup']);
    expect(answer.text).toContain('all our lines are busy');
  });

  it('apologises where the agent is not there, and the log says why and what to do', async () => {
    const site = await Site.open({ authToken: TOKEN, fallbackMessage: 'Sorry & bye.' });
    site.intake.refusal = new GatewayError('AGENT_UNKNOWN', 'There is no agent "nobody".', {
      advice: 'GET /api/agents lists them.',
    });
    const answer = await site.post('/twilio/voice?agent=nobody');
    expect(answer.status).toBe(200);
    expect(verbs(answer.text)).toEqual(['Response', 'Say', 'Hangup']);
    expect(answer.text).toContain('Sorry &amp; bye.');
    const [line] = site.log.lines.filter(({ level }) => level === 'warn' || level === 'error');
    expect(line).toMatchObject({
      level: 'error',
      fields: {
        callSid: CALL,
        code: 'AGENT_UNKNOWN',
        reason: 'There is no agent "nobody".',
        advice: 'GET /api/agents lists them.',
      },
    });
    expect(site.failed).toEqual(['AGENT_UNKNOWN']);
    expect(site.intake.placesTaken).toBe(0);
  });

  it.each(['CallSid', 'AccountSid'])('answers 400 when %s is missing', async (name) => {
    const site = await Site.open({ authToken: TOKEN });
    const { [name]: _, ...form } = INCOMING as Record<string, string>;
    expect((await site.post('/twilio/voice', form)).status).toBe(400);
    expect(site.intake.announced.size).toBe(0);
  });

  it('uses the mount path of PUBLIC_URL in the TwiML and in the signature', async () => {
    const site = await Site.open({ authToken: TOKEN }, 'wss://example.com/patchbay');
    const answer = await site.post('/twilio/voice', INCOMING, {
      signedUrl: 'https://example.com/patchbay/twilio/voice',
    });
    expect(attribute(answer.text, 'url')).toMatch(/^wss:\/\/example\.com\/patchbay\/twilio\/stream\//);
    const path = streamPath(answer.text);
    expect(await site.signedStream(path.replace('/patchbay', ''), `wss://example.com${path}`)).toBeInstanceOf(
      WebSocket,
    );
  });
});

describe('the webhooks’ door', () => {
  it('leaves values as they came: spaces, signs, repetitions and empty ones are signed too', async () => {
    const site = await Site.open({ authToken: TOKEN });
    const form = { ...INCOMING, From: ' +1 555 ', CallerName: 'Ann & Bö=b%20', Empty: '', A: '' };
    expect((await site.post('/twilio/voice', form)).status).toBe(200);
    expect(site.intake.announced.get(CALL)!.info.from).toBe(' +1 555 ');
    const signature = twilio.getExpectedTwilioSignature(TOKEN, `${PUBLIC}/twilio/status`, {
      CallSid: CALL,
      X: ['b', 'a', 'b'],
    });
    const repeated = await site.raw('/twilio/status', {
      method: 'POST',
      headers: { 'X-Twilio-Signature': signature, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `X=b&CallSid=${CALL}&X=a&X=b`,
    });
    expect(repeated.status).toBe(204);
  });

  it.each<[string, PostOptions, string]>([
    ['no signature', { signed: false }, 'no-credentials'],
    ['the signature of another token', { token: 'f'.repeat(32) }, 'bad-credentials'],
    [
      'the signature of another URL',
      { signedUrl: 'https://evil.example.com/twilio/voice' },
      'bad-credentials',
    ],
    [
      'a forwarded host',
      {
        signedUrl: 'https://evil.example.com/twilio/voice',
        headers: { 'X-Forwarded-Host': 'evil.example.com' },
      },
      'bad-credentials',
    ],
  ])('is closed to %s', async (_, options, reason) => {
    const site = await Site.open({ authToken: TOKEN });
    for (const path of ['/twilio/voice', '/twilio/voice/after-stream', '/twilio/status']) {
      const signedUrl = options.signedUrl?.replace('/twilio/voice', path);
      const given = signedUrl === undefined ? options : { ...options, signedUrl };
      expect((await site.post(path, INCOMING, given)).status).toBe(403);
    }
    expect(site.rejected).toEqual([reason, reason, reason]);
    expect(site.intake.announced.size).toBe(0);
  });

  it('is closed to a form that was changed on the way', async () => {
    const site = await Site.open({ authToken: TOKEN });
    const signature = twilio.getExpectedTwilioSignature(TOKEN, `${PUBLIC}/twilio/voice`, INCOMING);
    const headers = { 'X-Twilio-Signature': signature };
    const body = new URLSearchParams({ ...INCOMING, From: '+15550100009' });
    expect((await site.raw('/twilio/voice', { method: 'POST', headers, body })).status).toBe(403);
  });

  it('is closed to bodies that are no plain form', async () => {
    const site = await Site.open({ authToken: TOKEN });
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Twilio-Signature': 'x' };
    expect((await site.raw('/twilio/voice', { method: 'POST', headers, body: 'CallSid[a]=1' })).status).toBe(
      403,
    );
    expect(site.rejected).toEqual(['malformed']);
  });

  it('opens to either token while they are rotated', async () => {
    const site = await Site.open({ authToken: TOKEN, secondaryAuthToken: 'e'.repeat(32) });
    expect((await site.post('/twilio/voice')).status).toBe(200);
    expect((await site.post('/twilio/voice', INCOMING, { token: 'e'.repeat(32) })).status).toBe(200);
  });

  it('is closed, and says why, while PUBLIC_URL is not set', async () => {
    const site = await Site.open({ authToken: TOKEN }, null);
    expect((await site.post('/twilio/voice')).status).toBe(403);
    expect(site.log.lines.map((line) => line.message).join()).toContain('set PUBLIC_URL');
  });

  it('opens without a token to this machine alone', async () => {
    const site = await Site.open({}, null);
    const answer = await site.post('/twilio/voice', INCOMING, { signed: false });
    expect(answer.status).toBe(200);
    expect(attribute(answer.text, 'url')).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/twilio\/stream\//);
    const forwarded = await site.post('/twilio/voice', INCOMING, {
      signed: false,
      headers: { 'X-Forwarded-For': '1.2.3.4' },
    });
    expect(forwarded.status).toBe(403);
    expect(site.rejected).toEqual(['loopback-only']);
  });

  it('writes neither numbers nor tokens into the log', async () => {
    const site = await Site.open({ authToken: TOKEN }, PUBLIC, 1);
    const { text } = await site.post('/twilio/voice');
    await site.post('/twilio/voice', { ...INCOMING, CallSid: `CA${'7'.repeat(32)}` });
    await site.post('/twilio/voice', INCOMING, { signed: false });
    await site.stream(streamPath(text));
    await site.signedStream('/twilio/stream/unknown');
    await site.post('/twilio/voice/after-stream');
    const written = JSON.stringify(site.log.lines);
    expect(site.log.lines.length).toBeGreaterThanOrEqual(4);
    for (const secret of [TOKEN, streamPath(text).split('/').at(-1)!, INCOMING.From, INCOMING.To]) {
      expect(written).not.toContain(secret);
    }
  });
});

describe('WS /twilio/stream/<token>', () => {
  it('opens once, with signature and token, and carries the announced call', async () => {
    const site = await Site.open({ authToken: TOKEN });
    const path = streamPath((await site.post('/twilio/voice')).text);
    const socket = (await site.signedStream(path)) as WebSocket;
    socket.send(JSON.stringify(connected));
    socket.send(JSON.stringify(start({ customParameters: { tenant: 'acme' } })));
    socket.ping();
    await once(socket, 'pong');
    expect(site.intake.calls.map((call) => call.leg.info)).toMatchObject([
      { platformCallId: CALL, from: '+15550100001', parameters: { tenant: 'acme' } },
    ]);
    expect(await site.signedStream(path)).toBe(404);
    expect(site.rejected).toEqual(['unknown-token']);
    expect(site.intake.calls).toHaveLength(1);
  });

  it('wants the signature as well as the token, and does not use the token up without', async () => {
    const site = await Site.open({ authToken: TOKEN });
    const path = streamPath((await site.post('/twilio/voice')).text);
    expect(await site.stream(path)).toBe(403);
    expect(await site.signedStream(path, `https://voice.example.com${path}`)).toBe(403);
    expect(await site.signedStream(path, `wss://voice.example.com${path}/`)).toBeInstanceOf(WebSocket);
    expect(site.rejected).toEqual(['no-credentials', 'bad-credentials']);
  });

  it('is closed to tokens that were never issued or are too old', async () => {
    const site = await Site.open({ authToken: TOKEN });
    expect(await site.signedStream('/twilio/stream/made-up')).toBe(404);
    const old = streamPath((await site.post('/twilio/voice')).text);
    site.clock.advance(60_000);
    expect(await site.signedStream(old)).toBe(404);
    expect(site.rejected).toEqual(['unknown-token', 'unknown-token']);
  });

  it('closes in good order the stream of a call that ended meanwhile, so that the fall-back is heard', async () => {
    const site = await Site.open({ authToken: TOKEN });
    const path = streamPath((await site.post('/twilio/voice')).text);
    await site.post('/twilio/status', { ...INCOMING, CallStatus: 'completed' });
    const socket = (await site.signedStream(path)) as WebSocket;
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.send(JSON.stringify(start()));
    expect(await closed).toBe(1000);
  });

  it('lets an announced call in while the gateway drains', async () => {
    const site = await Site.open({ authToken: TOKEN });
    const path = streamPath((await site.post('/twilio/voice')).text);
    site.intake.draining = true;
    expect(await site.signedStream(path)).toBeInstanceOf(WebSocket);
    expect(await site.signedStream('/twilio/stream')).toBe(503);
  });
});

describe('WS /twilio/stream', () => {
  it('opens to any signed stream as long as there are places, and gives the place back', async () => {
    const site = await Site.open({ authToken: TOKEN }, PUBLIC, 1);
    expect(await site.stream('/twilio/stream')).toBe(403);
    const socket = (await site.signedStream('/twilio/stream')) as WebSocket;
    expect(await site.signedStream('/twilio/stream')).toBe(503);
    expect(site.rejected).toEqual(['no-credentials', 'full']);
    socket.send('{"event":"start"}');
    site.clock.advance(5000);
    await once(socket, 'close');
    expect(site.failed).toEqual(['TWILIO_START_MISSING']);
    expect(site.intake.placesTaken).toBe(0);
    expect(await site.signedStream('/twilio/stream')).toBeInstanceOf(WebSocket);
  });

  it('opens without a token to this machine alone', async () => {
    const site = await Site.open({}, null);
    expect(await site.stream('/twilio/stream')).toBeInstanceOf(WebSocket);
    expect(await site.stream('/twilio/stream', { 'X-Forwarded-For': '1.2.3.4' })).toBe(403);
    expect(site.rejected).toEqual(['loopback-only']);
  });
});

describe('a handshake that is let in and never completed', () => {
  /** Everything that is asked before the upgrade is right, but the key of the WebSocket handshake is not. */
  async function brokenHandshake(site: Site, path: string): Promise<void> {
    const signature = twilio.getExpectedTwilioSignature(TOKEN, `wss://voice.example.com${path}`, {});
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': 'bad',
      'X-Twilio-Signature': signature,
    };
    const asked = request(site.origin + path, { headers }).end();
    const [response] = await once(asked, 'response');
    expect(response.statusCode).toBe(400);
    response.resume();
    await once(response, 'close');
  }

  it('gives its place back', async () => {
    const site = await Site.open({ authToken: TOKEN });
    await brokenHandshake(site, '/twilio/stream');
    await until(() => site.intake.placesTaken === 0);
  });

  it('gives its announced call up', async () => {
    const site = await Site.open({ authToken: TOKEN });
    await brokenHandshake(site, streamPath((await site.post('/twilio/voice')).text));
    await until(() => site.intake.withdrawn.length === 1);
    expect(site.intake.placesTaken).toBe(0);
  });
});

describe('POST /twilio/voice/after-stream', () => {
  async function running(settings: Partial<TwilioConfig> = {}) {
    const site = await Site.open({ authToken: TOKEN, ...settings });
    const path = streamPath((await site.post('/twilio/voice')).text);
    const socket = (await site.signedStream(path)) as WebSocket;
    socket.send(JSON.stringify(start()));
    socket.ping();
    await once(socket, 'pong');
    return { site, socket, call: site.intake.calls[0]! };
  }

  it('says nothing more to a caller who was said goodbye, also when it is asked twice', async () => {
    const { site, socket, call } = await running();
    call.leg.hangUp('agent-hung-up');
    await once(socket, 'close');
    for (let i = 0; i < 2; i++) {
      expect(verbs((await site.post('/twilio/voice/after-stream')).text)).toEqual(['Response', 'Hangup']);
    }
  });

  it.each([
    ['operator-hung-up', ['Response', 'Hangup']],
    ['machine-answered', ['Response', 'Hangup']],
    ['ai-unavailable', ['Response', 'Say', 'Hangup']],
    ['never-connected', ['Response', 'Say', 'Hangup']],
  ] as const)('knows how a call ended that had no stream yet: %s', async (reason, said) => {
    const site = await Site.open({ authToken: TOKEN });
    await site.post('/twilio/voice');
    site.intake.announced.get(CALL)!.onOver?.(reason);
    expect(verbs((await site.post('/twilio/voice/after-stream')).text)).toEqual(said);
  });

  it('apologises to a caller whose agent failed', async () => {
    const { site, socket, call } = await running();
    call.leg.hangUp('ai-unavailable');
    await once(socket, 'close');
    const { text } = await site.post('/twilio/voice/after-stream');
    expect(verbs(text)).toEqual(['Response', 'Say', 'Hangup']);
    expect(text).toContain('I am sorry');
  });

  it('apologises, and goes on where the operator wants, also for calls it has never heard of', async () => {
    const { site } = await running({
      fallbackMessage: 'One moment.',
      fallbackRedirectUrl: 'https://people.example.com/queue',
    });
    const { text } = await site.post('/twilio/voice/after-stream', {
      ...INCOMING,
      CallSid: `CA${'8'.repeat(32)}`,
    });
    expect(text).toContain(
      '<Say>One moment.</Say><Redirect method="POST">https://people.example.com/queue</Redirect>',
    );
  });
});

describe('POST /twilio/status', () => {
  it.each(['completed', 'busy', 'failed', 'no-answer', 'canceled'])(
    'gives up an announced call that is over before it streamed: %s, told twice',
    async (CallStatus) => {
      const site = await Site.open({ authToken: TOKEN });
      await site.post('/twilio/voice');
      for (let i = 0; i < 2; i++) {
        expect((await site.post('/twilio/status', { ...INCOMING, CallStatus })).status).toBe(204);
      }
      expect(site.intake.withdrawn).toEqual([CALL]);
    },
  );

  it.each(['initiated', 'ringing', 'in-progress', 'brand-new'])(
    'lets a call go on that is %s',
    async (CallStatus) => {
      const site = await Site.open({ authToken: TOKEN });
      await site.post('/twilio/voice');
      expect((await site.post('/twilio/status', { ...INCOMING, CallStatus })).status).toBe(204);
      expect(site.intake.withdrawn).toEqual([]);
    },
  );

  it('logs why a stream failed and gives its call up', async () => {
    const site = await Site.open({ authToken: TOKEN });
    await site.post('/twilio/voice');
    const form = { AccountSid: ACCOUNT, CallSid: CALL, StreamSid: 'MZ3', StreamEvent: 'stream-error' };
    await site.post('/twilio/status', { ...form, StreamError: 'Stream - WebSocket - Handshake Error 31920' });
    expect(site.intake.withdrawn).toEqual([CALL]);
    expect(site.failed).toEqual(['TWILIO_STREAM_ERROR']);
    const line = site.log.lines.find((one) => one.level === 'error')!;
    expect(line.fields.code).toBe('TWILIO_STREAM_ERROR');
    expect(line.message).toContain('Handshake Error 31920');
  });

  it.each(['stream-started', 'stream-stopped'])(
    'takes note of %s, in whatever order, also by GET',
    async (StreamEvent) => {
      const site = await Site.open({ authToken: TOKEN });
      await site.post('/twilio/voice');
      const query = new URLSearchParams({ AccountSid: ACCOUNT, CallSid: CALL, StreamEvent });
      expect((await site.signedGet(`/twilio/status?${query}`)).status).toBe(204);
      expect(site.intake.withdrawn).toEqual([]);
    },
  );
});

describe('a call, as a strict Twilio sees it', () => {
  /** The caller says something, the agent answers and its last words were heard. */
  async function conversation() {
    const site = await Site.open({ authToken: TOKEN, accountSid: ACCOUNT });
    const call = placeTwilioCall({
      webhookUrl: `${site.origin}/twilio/voice`,
      publicUrl: PUBLIC,
      authToken: TOKEN,
      accountSid: ACCOUNT,
      statusCallbackUrl: `${site.origin}/twilio/status`,
      statusCallbackDisorder: true,
      script: async (caller) => {
        await caller.say(shippedSpeech('caller-bye'));
        await caller.listen();
      },
    });
    await call.connected;
    await until(() => site.intake.calls.length > 0);
    const heard = site.intake.calls[0]!;
    heard.leg.answer({ caller: MULAW, agent: MULAW });
    for (let i = 0; i < 5; i++)
      heard.leg.push(frameFromBytes('agent', MULAW, 0, new Uint8Array(850).fill(0x20 + i)));
    heard.leg.flush();
    heard.leg.mark('goodbye');
    await until(() => heard.marks.length > 0 && heard.heardMs > 1000);
    return { site, call, heard };
  }

  it('has no breach, and ends without another word when the agent says goodbye', async () => {
    const { site, call, heard } = await conversation();
    heard.leg.hangUp('agent-hung-up');
    const report = await call.ended;
    expect(report.breaches).toEqual([]);
    expect(report.outcome).toBe('agent-hung-up');
    expect(report.platformSaid).toEqual([]);
    expect(heard.faults).toEqual([]);
    expect(site.rejected).toEqual([]);
  });

  it('has no breach, and ends with an apology when the agent fails', async () => {
    const { site, call, heard } = await conversation();
    heard.leg.hangUp('ai-closed');
    const report = await call.ended;
    expect(report.breaches).toEqual([]);
    expect(report.platformSaid).toEqual([new TwilioConfig().fallbackMessage]);
    expect(site.rejected).toEqual([]);
  });
});
