import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ScriptedBot } from '../testing/scripted-bot.js';
import { startTwilioApi, type TwilioApi } from './twilio-api.js';
import { placeTwilioCall, type TwilioCall } from './twilio-call.js';

const ACCOUNT = `AC${'1'.repeat(32)}`;

describe("Twilio's REST API for running calls", () => {
  let bot: ScriptedBot;
  let api: TwilioApi;
  let call: TwilioCall;

  beforeEach(async () => {
    bot = await ScriptedBot.listen();
    api = await startTwilioApi({ accountSid: ACCOUNT, authToken: 'secret' });
    call = placeTwilioCall({ streamUrl: bot.url('/s'), accountSid: ACCOUNT });
    api.add(call);
    await call.connected;
  });

  afterEach(async () => {
    call.hangUp();
    await call.ended;
    await api.close();
    await bot.close();
  });

  async function post(form: Record<string, string>, callSid = call.callSid, password = 'secret') {
    const response = await fetch(`${api.url}/2010-04-01/Accounts/${ACCOUNT}/Calls/${callSid}.json`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${ACCOUNT}:${password}`).toString('base64')}` },
      body: new URLSearchParams(form),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
  }

  it('hangs up', async () => {
    expect(await post({ Status: 'completed' })).toMatchObject({
      status: 200,
      body: { sid: call.callSid, status: 'completed' },
    });
    expect(await call.ended).toMatchObject({ outcome: 'agent-hung-up', detail: 'ended by REST' });
    expect(bot.messages.at(-1).event).toBe('stop');
  });

  it('replaces the running document', async () => {
    await post({ Twiml: '<Response><Dial>+15550100077</Dial></Response>' });
    expect(await call.ended).toMatchObject({ outcome: 'transferred', detail: '<Dial> +15550100077' });
  });

  it('fetches another document', async () => {
    bot.onRequest = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/xml' }).end('<Response><Say>Goodbye.</Say></Response>');
    };
    await post({ Url: bot.url('/other', 'http') });
    expect(await call.ended).toMatchObject({ platformSaid: ['Goodbye.'] });
  });

  it('refuses as the real one does', async () => {
    expect(await post({ Status: 'completed' }, call.callSid, 'wrong')).toMatchObject({
      status: 401,
      body: { code: 20003 },
    });
    expect(await post({ Status: 'completed' }, `CA${'9'.repeat(32)}`)).toMatchObject({
      status: 404,
      body: { code: 20404 },
    });
    expect(await post({ Twiml: `<Response>${' '.repeat(4000)}</Response>` })).toMatchObject({
      status: 400,
      body: { code: 32018 },
    });
    expect(await post({ Twiml: '<Response><Say>&</Say></Response>' })).toMatchObject({
      status: 400,
      body: { code: 12100 },
    });
    expect(await post({})).toMatchObject({ status: 400 });
    call.hangUp();
    await call.ended;
    expect(await post({ Status: 'completed' })).toMatchObject({ status: 404, body: { code: 20404 } });
    expect(await post({ Twiml: '<Response/>' })).toMatchObject({ status: 400, body: { code: 21220 } });
  });

  it('breaks down on demand', async () => {
    api.faults.push('busy', 'broken');
    expect(await post({ Status: 'completed' })).toMatchObject({ status: 429, body: { code: 20429 } });
    expect(await post({ Status: 'completed' })).toMatchObject({
      status: 500,
      body: expect.stringContaining('<html>'),
    });
    expect(api.requests.map((request) => request.status)).toEqual([429, 500]);
  });
});
