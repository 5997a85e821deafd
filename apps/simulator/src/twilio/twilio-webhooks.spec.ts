import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import twilio from 'twilio';
import { ScriptedBot } from '../testing/scripted-bot.js';
import { placeTwilioCall } from './twilio-call.js';
import type { TwilioCallOptions } from './twilio-options.js';

const TOKEN = '0123456789abcdef0123456789abcdef';
const PUBLIC = 'https://voice.example.com';

function formOf(body: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body));
}

describe('a Twilio call through the voice webhook', () => {
  let bot: ScriptedBot;
  /** What the webhook answers, by path. */
  let documents: Record<string, string>;

  beforeEach(async () => {
    bot = await ScriptedBot.listen();
    documents = {};
    bot.onRequest = (request, response) => {
      const document = documents[request.url!.split('?')[0]!];
      if (document === undefined) response.writeHead(204).end();
      else
        response
          .writeHead(200, { 'content-type': 'text/xml' })
          .end(`<?xml version="1.0" encoding="UTF-8"?>\n${document}`);
    };
    bot.onMessage = (message, _reply, socket) => {
      if (message.event === 'start') socket.close(1000);
    };
  });

  afterEach(() => bot.close());

  function place(options: Partial<TwilioCallOptions> = {}) {
    return placeTwilioCall({ webhookUrl: bot.url('/twilio/voice', 'http'), ...options }).ended;
  }

  const streamTo = (attributes: string, children = '', after = '') =>
    `<Response><Connect><Stream ${attributes}>${children}</Stream></Connect>${after}</Response>`;

  it('posts a form that the official validator accepts under the public URL', async () => {
    documents['/twilio/voice'] = streamTo(`url="wss://voice.example.com/twilio/stream/t1"`);
    const report = await place({ publicUrl: PUBLIC, authToken: TOKEN, from: '+15550100007' });
    expect(report).toMatchObject({ ok: true, outcome: 'agent-hung-up' });
    const [webhook] = bot.requests;
    const form = formOf(webhook!.body);
    expect(form).toMatchObject({
      CallSid: report.callId,
      CallStatus: 'ringing',
      From: '+15550100007',
      Direction: 'inbound',
    });
    const signature = webhook!.headers['x-twilio-signature'] as string;
    expect(twilio.validateRequest(TOKEN, signature, `${PUBLIC}/twilio/voice`, form)).toBe(true);
    expect(twilio.validateRequest(TOKEN, signature, bot.url('/twilio/voice', 'http'), form)).toBe(false);
  });

  it('connects the stream to where the gateway is, and signs what the TwiML says', async () => {
    documents['/twilio/voice'] = streamTo('url="wss://voice.example.com/twilio/media/a1b2c3"');
    await place({ publicUrl: PUBLIC, authToken: TOKEN });
    expect(bot.upgrades[0]!.url).toBe('/twilio/media/a1b2c3');
    expect(bot.upgrades[0]!.headers['x-twilio-signature']).toBe('5KbGETS5P/6zAdB9fo+bPqA6tks=');
  });

  it('signs nothing without a token, and badly when it is told to', async () => {
    documents['/twilio/voice'] = '<Response><Hangup/></Response>';
    await place();
    await place({ authToken: TOKEN, webhookSignature: 'none' });
    await place({ authToken: TOKEN, webhookSignature: 'wrong-token' });
    const [unsigned, none, wrong] = bot.requests;
    expect(unsigned!.headers['x-twilio-signature']).toBeUndefined();
    expect(none!.headers['x-twilio-signature']).toBeUndefined();
    const url = bot.url('/twilio/voice', 'http');
    expect(
      twilio.validateRequest(TOKEN, String(wrong!.headers['x-twilio-signature']), url, formOf(wrong!.body)),
    ).toBe(false);
  });

  it('brings the custom parameters of the document to the stream', async () => {
    documents['/twilio/voice'] = streamTo(
      `url="${bot.url('/s')}"`,
      '<Parameter name="tenant" value="acme &amp; co"/>',
    );
    await place();
    expect(bot.messages.find((message) => message.event === 'start').start.customParameters).toEqual({
      tenant: 'acme & co',
    });
  });

  it('runs the verbs after the stream when the far side closes it', async () => {
    documents['/twilio/voice'] = streamTo(
      `url="${bot.url('/s')}"`,
      '',
      '<Say>Sorry, please call again.</Say><Hangup/>',
    );
    const report = await place();
    expect(report).toMatchObject({
      outcome: 'agent-hung-up',
      platformSaid: ['Sorry, please call again.'],
      detail: '<Hangup>',
    });
  });

  it('speaks the fall-back when the stream is refused', async () => {
    bot.refuseWith = 503;
    documents['/twilio/voice'] = streamTo(`url="${bot.url('/s')}"`, '', '<Say>All lines are busy.</Say>');
    const report = await place({ expect: 'refused' });
    expect(report).toMatchObject({ ok: true, outcome: 'refused', platformSaid: ['All lines are busy.'] });
  });

  it('follows redirects and connects a second stream with a new streamSid', async () => {
    documents['/twilio/voice'] = streamTo(
      `url="${bot.url('/s')}"`,
      '',
      `<Redirect>/twilio/again?n=2&amp;x=1</Redirect>`,
    );
    documents['/twilio/again'] = streamTo(`url="${bot.url('/s')}"`);
    const report = await place();
    expect(report.breaches).toEqual([]);
    expect(bot.requests[1]).toMatchObject({ method: 'POST', url: '/twilio/again?n=2&x=1' });
    const starts = bot.messages.filter((message) => message.event === 'start');
    expect(new Set(starts.map((message) => message.streamSid)).size).toBe(2);
    expect(new Set(starts.map((message) => message.start.callSid)).size).toBe(1);
    expect(starts.map((message) => message.sequenceNumber)).toEqual(['1', '1']);
  });

  it('asks the action of Connect for more when the stream is over', async () => {
    documents['/twilio/voice'] =
      `<Response><Connect action="/twilio/after"><Stream url="${bot.url('/s')}"/></Connect></Response>`;
    documents['/twilio/after'] = '<Response><Dial><Number>+15550100077</Number></Dial></Response>';
    expect(await place()).toMatchObject({ outcome: 'transferred', detail: '<Dial> +15550100077' });
  });

  it('ends a call that is rejected', async () => {
    documents['/twilio/voice'] = '<Response><Reject reason="busy"/></Response>';
    expect(await place({ expect: 'refused' })).toMatchObject({ ok: true, detail: '<Reject reason="busy">' });
  });

  it('takes a document from REST instead of the running one', async () => {
    bot.onMessage = () => undefined;
    documents['/twilio/voice'] = streamTo(`url="${bot.url('/s')}"`, '', '<Say>never</Say>');
    const call = placeTwilioCall({ webhookUrl: bot.url('/twilio/voice', 'http') });
    await call.connected;
    call.takeTwiml('<Response><Dial>+15550100077</Dial></Response>');
    expect(await call.ended).toMatchObject({ outcome: 'transferred', platformSaid: [] });
    expect(bot.messages.at(-1).event).toBe('stop');
  });

  it('tells the status callbacks of the number and of the stream, signed', async () => {
    documents['/twilio/voice'] = streamTo(
      `url="${bot.url('/s')}" name="ai" statusCallback="${PUBLIC}/twilio/stream-status"`,
    );
    const report = await place({
      publicUrl: PUBLIC,
      authToken: TOKEN,
      statusCallbackUrl: bot.url('/twilio/status', 'http'),
      statusCallbackEvents: ['initiated', 'ringing', 'in-progress', 'completed'],
    });
    expect(report.notes).toEqual([]);
    const forms = (path: string) =>
      bot.requests.filter((request) => request.url === path).map(({ body }) => formOf(body));
    const statuses = forms('/twilio/status').sort(
      (a, b) => Number(a.SequenceNumber) - Number(b.SequenceNumber),
    );
    expect(statuses.map((form) => form.CallStatus)).toEqual([
      'initiated',
      'ringing',
      'in-progress',
      'completed',
    ]);
    expect(statuses.map((form) => form.SequenceNumber)).toEqual(['0', '1', '2', '3']);
    expect(statuses[3]).toHaveProperty('CallDuration');
    const streams = forms('/twilio/stream-status');
    expect(streams.map((form) => form.StreamEvent).sort()).toEqual(['stream-started', 'stream-stopped']);
    expect(streams[0]).toMatchObject({ StreamName: 'ai', CallSid: report.callId });
    for (const { url, body, headers } of bot.requests) {
      expect(
        twilio.validateRequest(TOKEN, String(headers['x-twilio-signature']), PUBLIC + url, formOf(body)),
      ).toBe(true);
    }
  });

  it('tells an error of the stream to its callback', async () => {
    bot.refuseWith = 401;
    documents['/twilio/voice'] = streamTo(
      `url="${bot.url('/s')}" statusCallback="${bot.url('/st', 'http')}" statusCallbackMethod="GET"`,
    );
    await place({ expect: 'refused' });
    const told = bot.requests.find((request) => request.url.startsWith('/st?'))!;
    expect(told.method).toBe('GET');
    expect(new URLSearchParams(told.url.slice(4)).get('StreamError')).toContain('HTTP 401');
  });

  it('can send status callbacks twice and backwards', async () => {
    documents['/twilio/voice'] = '<Response><Hangup/></Response>';
    await place({
      statusCallbackUrl: bot.url('/twilio/status', 'http'),
      statusCallbackEvents: ['initiated', 'ringing', 'completed'],
      statusCallbackDisorder: true,
    });
    const numbers = bot.requests
      .filter(({ url }) => url === '/twilio/status')
      .map(({ body }) => formOf(body).SequenceNumber);
    expect([...numbers].sort()).toEqual(['0', '0', '1', '1', '2', '2']);
  });

  it('notes a callback that is not taken', async () => {
    bot.onRequest = (request, response) => {
      const voice = request.url === '/twilio/voice';
      response.writeHead(voice ? 200 : 403, { 'content-type': 'text/xml' }).end(voice ? '<Response/>' : '');
    };
    const report = await place({ statusCallbackUrl: bot.url('/twilio/status', 'http') });
    expect(report.notes).toEqual(['The callback to /twilio/status was not taken: HTTP 403.']);
  });

  it.each([
    ['11200', 'an answer other than 200', 500, 'text/xml', '<Response/>'],
    ['12300', 'another content type', 200, 'application/json', '<Response/>'],
    ['11750', 'over 64 kB', 200, 'text/xml', `<Response>${' '.repeat(65 * 1024)}</Response>`],
    ['12100', 'malformed XML', 200, 'application/xml', '<Response><Say>you & me</Say></Response>'],
    [
      '31922',
      'a stream that is not secure',
      200,
      'text/xml',
      '<Response><Connect><Stream url="ws://voice.example.com/s"/></Connect></Response>',
    ],
  ])('complains with %s of %s', async (code, _what, status, type, body) => {
    bot.onRequest = (_request, response) => response.writeHead(status, { 'content-type': type }).end(body);
    const report = await place({ allowInsecure: false });
    expect(report).toMatchObject({ ok: false, outcome: 'refused', breaches: [{ code }] });
  });
});
