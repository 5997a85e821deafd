import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { placeTwilioCall, type TwilioCall, type TwilioCallOptions } from '#apps/simulator';
import { frameFromBytes } from '#libs/audio';
import type { PlatformLeg } from '#libs/contracts';
import { until } from '#libs/testing';
import { closeOffices, DialOffice, DialTape } from '../../../../test/twilio/dial-office.js';
import { closeSites, INCOMING, PUBLIC, TOKEN } from '../../../../test/twilio/site.js';
import type { RecordedCall } from '../test/recording-intake.js';
import { ACCOUNT } from '../test/wire.js';
import type { TwilioConfig } from './twilio.config.js';

const MULAW = { encoding: 'mulaw', sampleRate: 8000 } as const;
const HUMAN = '+15550100099';
const calls: TwilioCall[] = [];

afterEach(async () => {
  for (const call of calls) call.hangUp();
  await Promise.all(calls.splice(0).map((call) => call.ended));
  await closeOffices();
  await closeSites();
});

/** A caller who is talking to the agent. */
async function talking(
  options: Partial<TwilioCallOptions> = {},
  settings: Partial<TwilioConfig> = {},
): Promise<{ office: DialOffice; call: TwilioCall; heard: RecordedCall }> {
  const office = await DialOffice.open(settings);
  const call = placeTwilioCall({
    webhookUrl: `${office.site.origin}/twilio/voice`,
    publicUrl: PUBLIC,
    authToken: TOKEN,
    accountSid: ACCOUNT,
    ...options,
  });
  calls.push(call);
  office.api.add(call);
  await call.connected;
  await until(() => office.site.intake.calls.length > 0, 'the call');
  const heard = office.site.intake.calls[0]!;
  heard.leg.answer({ caller: MULAW, agent: MULAW });
  return { office, call, heard };
}

const failureOf = (promise: Promise<void>) =>
  promise.then(
    () => null,
    (thrown) => thrown.code as string,
  );

describe('a transfer', () => {
  it('is done when the other party answers, and its stop is no hang-up', async () => {
    const { call, heard, office } = await talking({
      onDial: () => ({ status: 'completed', ringsForMs: 50, talksForMs: 100 }),
    });
    await heard.leg.transfer!(HUMAN);
    heard.leg.hangUp('transferred');
    const report = await call.ended;
    expect(heard.story).toEqual(['ready']);
    expect(report.breaches).toEqual([]);
    expect(report.platformSaid).toEqual([]);
    expect(report.events.map(({ what }) => what)).toContain('<Dial> answered');
    expect(office.asked('POST', /\/Calls\/CA/)).toHaveLength(1);
    expect(office.timers).toBe(0);
  });

  it.each(['tel:+15550100099', '+1 (555) 010-0099', ' +1.555.010.0099 '])(
    'reaches a number however people write it: "%s"',
    async (written) => {
      const { call, heard } = await talking({ onDial: () => ({ status: 'completed' }) });
      await heard.leg.transfer!(written);
      expect((await call.ended).events.map(({ what }) => what)).toContain(`<Dial> ${HUMAN}`);
    },
  );

  it('reaches a SIP address too, and nothing that is neither', async () => {
    const { call, heard } = await talking({ onDial: () => ({ status: 'completed' }) });
    for (const bad of ['', 'Bob', '+1 555', '<Hangup/>', 'sip:a b@c']) {
      expect(await failureOf(heard.leg.transfer!(bad))).toBe('TWILIO_TRANSFER_TARGET');
    }
    expect(heard.story).toEqual(['ready']);
    await heard.leg.transfer!('sip:desk@people.example.com?x=1');
    expect((await call.ended).events.map(({ what }) => what)).toContain(
      '<Dial> sip:desk@people.example.com?x=1',
    );
  });

  it.each(['busy', 'no-answer', 'failed'] as const)(
    'that ends %s brings the caller back to the same agent on a new stream',
    async (status) => {
      const { office, call, heard } = await talking({ onDial: () => ({ status, ringsForMs: 60 }) });
      const first = call.streamSid;
      const before = heard.frames.length;
      expect(await failureOf(heard.leg.transfer!(HUMAN))).toBe('TWILIO_TRANSFER_FAILED');
      expect(call.streamSid).not.toBe(first);
      expect(heard.story).toEqual(['ready']);
      expect(office.site.intake.calls).toHaveLength(1);
      await until(() => heard.frames.length > before + 10, 'sound of the caller');
      expect(heard.leg.push(frameFromBytes('agent', MULAW, 0, new Uint8Array(1600).fill(0x20)))).toBe(true);
      heard.leg.mark('back');
      await until(() => heard.marks.includes('back'), 'the mark on the new stream');
      heard.leg.hangUp('agent-hung-up');
      const report = await call.ended;
      expect(report.breaches).toEqual([]);
      expect(report.platformSaid).toEqual([]);
      expect(report.outcome).toBe('agent-hung-up');
      expect(heard.faults).toEqual([]);
      expect(office.site.rejected).toEqual([]);
    },
  );

  it('may be tried again, to somebody else, after nobody came', async () => {
    const { call, heard } = await talking({
      onDial: (target) => ({ status: target === HUMAN ? 'busy' : 'completed' }),
    });
    expect(await failureOf(heard.leg.transfer!(HUMAN))).toBe('TWILIO_TRANSFER_FAILED');
    await heard.leg.transfer!('+15550100088');
    await call.ended;
    expect(heard.story).toEqual(['ready']);
  });

  it('ends with the caller’s hang-up when he does not wait', async () => {
    const { call, heard } = await talking({ onDial: () => ({ status: 'completed', ringsForMs: 10_000 }) });
    const failure = failureOf(heard.leg.transfer!(HUMAN));
    await until(() => call.line.record.events.some(({ what }) => what.startsWith('<Dial>')), 'the ringing');
    call.hangUp();
    expect(await failure).toBe('TWILIO_TRANSFER_CALLER_GONE');
    expect(heard.story).toEqual(['ready', 'hung up caller-hung-up']);
  });

  it('ends with the caller’s hang-up that a status callback alone has told', async () => {
    const { office, call, heard } = await talking({
      onDial: () => ({ status: 'completed', ringsForMs: 10_000 }),
    });
    const failure = failureOf(heard.leg.transfer!(HUMAN));
    await until(() => call.streamSid === null, 'the end of the stream');
    const form = { ...INCOMING, CallSid: call.callSid, CallStatus: 'completed' };
    for (let i = 0; i < 2; i++) expect((await office.site.post('/twilio/status', form)).status).toBe(204);
    expect(await failure).toBe('TWILIO_TRANSFER_CALLER_GONE');
    expect(heard.story).toEqual(['ready', 'hung up caller-hung-up']);
    expect(office.timers).toBe(0);
  });

  it('leaves the call as it was when Twilio refuses it', async () => {
    const { office, call, heard } = await talking();
    office.api.faults.push('busy');
    expect(await failureOf(heard.leg.transfer!(HUMAN))).toBe('TWILIO_REST_BUSY');
    heard.leg.mark('still here');
    await until(() => heard.marks.length > 0, 'the mark');
    call.hangUp();
    await call.ended;
    await until(() => heard.story.length > 1, 'the end');
    expect(heard.story).toEqual(['ready', 'hung up caller-hung-up']);
  });

  it('is done all the same when Twilio took it and the answer was lost', async () => {
    const { office, heard } = await talking({
      onDial: () => ({ status: 'completed', ringsForMs: 50, talksForMs: 50 }),
    });
    office.api.faults.push('answer-lost');
    await heard.leg.transfer!(HUMAN);
    expect(heard.story).toEqual(['ready']);
  });

  it('leaves the call as it was when nobody knows whether Twilio took it and the stream goes on', async () => {
    const { office, heard } = await talking();
    office.api.faults.push('broken');
    const failure = failureOf(heard.leg.transfer!(HUMAN));
    await until(() => office.api.requests.length > 0 && office.timers > 1, 'the answer');
    office.site.clock.advance(3000);
    expect(await failure).toBe('TWILIO_REST_UNKNOWN');
    heard.leg.mark('still here');
    await until(() => heard.marks.length > 0, 'the mark');
  });

  it('is asked for at Twilio when no callback tells how it went', async () => {
    const { office, call, heard } = await talking({
      onDial: () => ({ status: 'completed', ringsForMs: 10_000 }),
    });
    const done = heard.leg.transfer!(HUMAN);
    await until(() => call.streamSid === null, 'the end of the stream');
    await until(() => {
      office.site.clock.advance(1000);
      return office.asked('GET', /\/Calls\/CA/).length > 0;
    }, 'the question');
    await done;
    expect(office.asked('GET', /\/Calls\/CA/)).toHaveLength(1);
  });

  it('ends the call by REST when the agent hangs up meanwhile', async () => {
    const { office, call, heard } = await talking({
      onDial: () => ({ status: 'completed', ringsForMs: 10_000 }),
    });
    const failure = failureOf(heard.leg.transfer!(HUMAN));
    await until(() => call.streamSid === null, 'the end of the stream');
    await until(() => call.line.record.events.some(({ what }) => what.startsWith('<Dial>')), 'the ringing');
    heard.leg.hangUp('operator-hung-up');
    expect((await call.ended).detail).toBe('ended by REST');
    expect(await failure).toBe('TWILIO_TRANSFER_CALLER_GONE');
    expect(office.asked('POST', /\/Calls\/CA/).at(-1)!.form).toEqual({ Status: 'completed' });
  });

  it('is ended also where Twilio does not take the order to hang up at once', async () => {
    const { office, call, heard } = await talking({
      onDial: () => ({ status: 'completed', ringsForMs: 10_000 }),
    });
    void failureOf(heard.leg.transfer!(HUMAN));
    await until(() => call.line.record.events.some(({ what }) => what.startsWith('<Dial>')), 'the ringing');
    office.api.faults.push('busy', 'broken');
    heard.leg.hangUp('operator-hung-up');
    const failures = () =>
      office.site.log.lines.filter(({ message }) => message.includes('could not be ended')).length;
    await until(() => failures() === 1, 'the first refusal');
    office.site.clock.advance(1000);
    await until(() => failures() === 2, 'the second');
    office.site.clock.advance(5000);
    expect((await call.ended).detail).toBe('ended by REST');
  });

  it('does not go on behind the back of who hung up while Twilio was about to dial', async () => {
    const { office, call, heard } = await talking({
      onDial: () => ({ status: 'completed', ringsForMs: 10_000, talksForMs: 5000 }),
    });
    void failureOf(heard.leg.transfer!(HUMAN));
    await until(() => office.asked('POST', /\/Calls\/CA/).length > 0, 'the request');
    heard.leg.hangUp('operator-hung-up');
    const report = await call.ended;
    expect(report.detail).toBe('ended by REST');
    expect(report.events.map(({ what }) => what)).not.toContain('<Dial> answered');
  });

  it('that failed is not taken for done because Twilio was asked a moment before', async () => {
    let answer: ServerResponse | null = null;
    let dialled = '';
    // Takes every change of a call, and thinks for a while when it is asked how a call fares.
    const api = createServer((request, response) => {
      if (request.method === 'GET') answer = response;
      else {
        request.on('data', (data) => {
          dialled += data;
        });
        request.on('end', () => response.end('{}'));
      }
    });
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    const apiUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    const { office, call, heard } = await talking({}, { apiUrl });
    const outcome = failureOf(heard.leg.transfer!(HUMAN));
    await until(() => dialled !== '' && office.timers > 1, 'the answer to the order');
    office.site.clock.advance(50_000);
    await until(() => answer !== null, 'the question');
    const action = /action="https:\/\/[^/]+(\/[^"]+)"/.exec(new URLSearchParams(dialled).get('Twiml')!)![1]!;
    const over = {
      ...INCOMING,
      CallSid: call.callSid,
      CallStatus: 'in-progress',
      DialCallStatus: 'no-answer',
    };
    expect((await office.site.post(action, over)).text).toContain('<Stream');
    answer!.setHeader('content-type', 'application/json');
    answer!.end(JSON.stringify({ sid: call.callSid, status: 'in-progress' }));
    // Two more round trips through the same process: the answer has been read.
    for (let i = 0; i < 2; i++) await office.site.post('/twilio/status', { ...INCOMING, CallSid: 'CA0' });
    office.site.clock.advance(60_000);
    expect(await outcome).toBe('TWILIO_TRANSFER_FAILED');
    api.closeAllConnections();
    await new Promise((resolve) => api.close(resolve));
  });

  it('cannot be had without the REST API', async () => {
    const office = await DialOffice.open({ accountSid: '' });
    expect(office.site.adapter.capabilities).toMatchObject({ transfer: false, dial: false });
    expect(office.site.adapter.dialler).toBeNull();
  });
});

describe('a call that goes on in turns of text', () => {
  /** The first turn of who never replies. */
  async function unanswered(leg: PlatformLeg): Promise<{ signal: AbortSignal | null; isOver: boolean }> {
    const turn = { signal: null as AbortSignal | null, isOver: false };
    leg.takeTurns!({
      opening: 'Yes?',
      reply: (_said, signal) => {
        turn.signal = signal;
        return new Promise(() => undefined);
      },
      over: () => {
        turn.isOver = true;
      },
    });
    await until(() => turn.signal !== null, 'the turn');
    return turn;
  }

  it('is a conversation by words and keys that the reply ends', async () => {
    const { call, heard } = await talking({
      gatherAnswers: [{ speech: 'A table for two' }, null, { digits: '7' }],
    });
    const asked: string[] = [];
    expect(
      heard.leg.takeTurns!({
        opening: 'What can I do for you?',
        reply: async (said) => {
          asked.push(said);
          return asked.length === 1
            ? { say: 'At what time?', hangUp: false }
            : { say: 'Done & dusted.', hangUp: true };
        },
        over: () => asked.push('over'),
      }),
    ).toBe(true);
    const report = await call.ended;
    expect(asked).toEqual(['A table for two', '7', 'over']);
    // The caller who was silent was asked once more.
    expect(report.platformSaid).toEqual([
      'What can I do for you?',
      'At what time?',
      'At what time?',
      'Done & dusted.',
    ]);
    expect(report.breaches).toEqual([]);
    expect(report.outcome).toBe('agent-hung-up');
    expect(heard.story).toEqual(['ready']);
  }, 15_000);

  it('ends after as many turns as are allowed', async () => {
    const { call, heard } = await talking(
      { gatherAnswers: Array.from({ length: 40 }, () => ({ speech: 'more' })) },
      { maxTurns: 25 },
    );
    let replies = 0;
    heard.leg.takeTurns!({
      opening: 'Yes?',
      reply: async () => ({ say: `Reply ${++replies}.`, hangUp: false }),
      over: () => undefined,
    });
    const report = await call.ended;
    expect(replies).toBe(25);
    expect(report.platformSaid.at(-1)).toBe('Reply 25.');
    expect(report).toMatchObject({ outcome: 'agent-hung-up', breaches: [] });
  });

  it('says the fall-back when no reply comes in time, and tells who was to reply', async () => {
    const { office, call, heard } = await talking({ gatherAnswers: [{ speech: 'Hello' }] });
    const turn = await unanswered(heard.leg);
    office.site.clock.advance(12_000);
    const report = await call.ended;
    expect(report.platformSaid.at(-1)).toContain('I am sorry');
    expect(turn).toMatchObject({ signal: { aborted: true }, isOver: true });
  });

  it('tells who is to reply that the caller has gone', async () => {
    const { office, call, heard } = await talking({ gatherAnswers: [{ speech: 'Hello' }] });
    const turn = await unanswered(heard.leg);
    await office.site.post('/twilio/status', {
      ...INCOMING,
      CallSid: call.callSid,
      CallStatus: 'completed',
    });
    expect(turn).toMatchObject({ signal: { aborted: true }, isOver: true });
  });

  it('goes on by way of what follows the stream when REST fails', async () => {
    const { office, call, heard } = await talking({ gatherAnswers: [{ speech: 'Hello' }] });
    office.api.faults.push('broken');
    heard.leg.takeTurns!({
      opening: 'Yes?',
      reply: async () => ({ say: 'Bye.', hangUp: true }),
      over: () => undefined,
    });
    expect((await call.ended).platformSaid).toEqual(['Yes?', 'Bye.']);
  });

  it('is over when Twilio does not come back', async () => {
    const { office, heard } = await talking({ gatherAnswers: [] });
    let isOver = 0;
    heard.leg.takeTurns!({
      opening: 'Yes?',
      reply: async () => ({ say: 'Yes.', hangUp: false }),
      over: () => isOver++,
    });
    office.site.clock.advance(120_000);
    expect(isOver).toBe(0);
    office.site.clock.advance(1000);
    expect(isOver).toBe(1);
    office.site.clock.advance(600_000);
    expect(isOver).toBe(1);
  });

  it('is ended by REST when the gateway ends the call between two turns', async () => {
    const { call, heard } = await talking({ gatherAnswers: [{ speech: 'Hello' }] });
    let replies = 0;
    heard.leg.takeTurns!({
      opening: 'Yes?',
      reply: async () => ({ say: `Reply ${++replies}.`, hangUp: false }),
      over: () => undefined,
    });
    await until(() => call.line.record.platformSaid.includes('Reply 1.'), 'the answer');
    heard.leg.hangUp('operator-hung-up');
    expect(await call.ended).toMatchObject({ breaches: [] });
    expect(heard.story).toEqual(['ready']);
  });

  it('ends with the answer that is on its way when the gateway ends the call in a turn', async () => {
    const { call, heard } = await talking({ gatherAnswers: [{ speech: 'Hello' }] });
    let isOver = false;
    heard.leg.takeTurns!({
      opening: 'Yes?',
      reply: async () => {
        heard.leg.hangUp('limit-reached');
        return { say: 'That was all.', hangUp: false };
      },
      over: () => {
        isOver = true;
      },
    });
    const report = await call.ended;
    expect(report.platformSaid).toEqual(['Yes?', 'That was all.']);
    expect(report.outcome).toBe('agent-hung-up');
    expect(isOver).toBe(true);
  });

  it('cannot be handed on', async () => {
    const { heard } = await talking({ gatherAnswers: [] });
    heard.leg.takeTurns!({
      opening: 'Yes?',
      reply: async () => ({ say: 'Yes.', hangUp: false }),
      over: () => undefined,
    });
    await expect(heard.leg.transfer!('+15550100077')).rejects.toMatchObject({
      code: 'TWILIO_TRANSFER_FAILED',
    });
  });

  it('answers a webhook that is repeated with the same words, without asking twice', async () => {
    const { office, call, heard } = await talking({ gatherAnswers: [{ speech: 'Hello' }] });
    let replies = 0;
    heard.leg.takeTurns!({
      opening: 'Yes?',
      reply: async () => ({ say: `Reply ${++replies}.`, hangUp: false }),
      over: () => undefined,
    });
    await until(() => replies === 1, 'the first turn');
    const url = office.asked('POST', /\/Calls\/CA/).at(-1)!.form.Url!;
    const path = new URL(url).pathname;
    const form = { ...INCOMING, CallSid: call.callSid, SpeechResult: 'Hello' };
    const again = await office.site.post(`${path}?n=1`, form);
    expect(again.text).toContain('Reply 1.');
    expect(replies).toBe(1);
  });
});

describe('the end of a call that only a status callback tells', () => {
  it('ends the call here, once, also when the stream says nothing', async () => {
    const { office, call, heard } = await talking();
    const form = { ...INCOMING, CallSid: call.callSid, CallStatus: 'completed' };
    await office.site.post('/twilio/status', form);
    await office.site.post('/twilio/status', form);
    expect(heard.story).toEqual(['ready', 'hung up caller-hung-up']);
  });

  it('ends an order whose leg is still there', async () => {
    const office = await DialOffice.open();
    office.callees['+15550100077'] = { call: { statusCallbacksLost: true } };
    const tape = new DialTape();
    const { platformCallId } = await office.dialler.dial(office.order(), tape);
    await until(() => office.site.intake.calls.length > 0, 'the stream');
    await office.site.post('/twilio/status?order=order-1', {
      ...INCOMING,
      CallSid: platformCallId,
      CallStatus: 'completed',
    });
    expect(tape.story).toEqual(['answered', 'over answered']);
    expect(office.site.intake.calls[0]!.story).toEqual(['hung up caller-hung-up']);
  });
});
