import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '#libs/testing';
import { closeOffices, DialOffice, DialTape } from '../../../../test/twilio/dial-office.js';
import { closeSites, INCOMING } from '../../../../test/twilio/site.js';

afterEach(async () => {
  await closeOffices();
  await closeSites();
});

const BOB = '+15550100077';
const MULAW = { encoding: 'mulaw', sampleRate: 8000 } as const;
const CALLS = /\/Calls\.json/;

describe('a call that is dialled', () => {
  it('comes as the order’s own call, and Twilio is told the order’s id alone', async () => {
    const office = await DialOffice.open();
    const tape = new DialTape();
    const receipt = await office.dialler.dial(office.order(), tape);
    await until(() => office.site.intake.calls.length > 0, 'the stream of the dialled call');
    const [call] = office.site.intake.calls;
    expect(call!.leg.info).toMatchObject({
      platformCallId: receipt.platformCallId,
      direction: 'outbound',
      from: '+15550100002',
      to: BOB,
      orderId: 'order-1',
      agent: 'sales',
      parameters: { customer: 'Ada', balance: '12' },
      capabilities: { dial: true, transfer: true },
    });
    expect(call!.leg.info.parameters).not.toHaveProperty('order');
    const { form } = office.asked('POST', CALLS)[0]!;
    expect(form).toMatchObject({ To: BOB, From: '+15550100002', Timeout: '5' });
    expect(form.Url).toBe('https://voice.example.com/twilio/voice?order=order-1');
    expect(JSON.stringify([form, office.api.dialled[0]!.streamUrl])).not.toMatch(/Ada|sales/);
    office.api.dialled[0]!.hangUp();
    await until(() => tape.story.some((line) => line.startsWith('over')), 'the end');
    expect(tape.story.filter((line) => line !== 'ringing')).toEqual(['answered', 'over answered']);
    expect((await office.api.dialled[0]!.ended).breaches).toEqual([]);
    expect(office.site.rejected).toEqual([]);
  });

  it('is ended by Twilio when it lasts longer than it may and nobody here has ended it', async () => {
    const office = await DialOffice.open();
    await office.dialler.dial(office.order({ orderId: 'short', maxCallMs: 60_000 }), new DialTape());
    await office.dialler.dial(office.order({ orderId: 'long', maxCallMs: 6 * 3_600_000 }), new DialTape());
    expect(office.asked('POST', CALLS).map(({ form }) => form.TimeLimit)).toEqual(['90', undefined]);
  });

  it('is ended when it is asked to, also where nobody here talks to the callee, and not twice', async () => {
    const office = await DialOffice.open();
    office.callees[BOB] = { call: { onDial: () => ({ status: 'completed', talksForMs: 600_000 }) } };
    const tape = new DialTape();
    const receipt = await office.dialler.dial(office.order({ maxCallMs: 600_000 }), tape);
    await until(() => office.site.intake.calls.length > 0, 'the stream of the dialled call');
    const { leg } = office.site.intake.calls[0]!;
    leg.answer({ caller: MULAW, agent: MULAW });
    office.site.clock.advance(5000);
    await leg.transfer!('+15550100088');
    const [change] = office.asked('POST', /\/Calls\/CA/);
    expect(change!.form.Twiml).toContain(' timeLimit="625" ');
    expect(tape.story).toContain('answered');
    await office.dialler.hangUp(receipt);
    await until(() => tape.story.some((line) => line.startsWith('over')), 'the end');
    expect(tape.story.at(-1)).toBe('over answered');
    expect((await office.api.dialled[0]!.ended).breaches).toEqual([]);
    await office.dialler.hangUp(receipt);
  });

  it.each([
    ['busy', 'busy'],
    ['failed', 'failed'],
    ['no-answer', 'no-answer'],
  ] as const)('is told to be over when the callee is: %s', async (does, outcome) => {
    const office = await DialOffice.open();
    office.callees[BOB] = { does };
    const tape = new DialTape();
    await office.dialler.dial(office.order({ ringForMs: 1000 }), tape);
    await until(() => tape.story.some((line) => line.startsWith('over')), 'the end');
    expect(tape.story.at(-1)).toBe(`over ${outcome}`);
    expect(tape.story).not.toContain('answered');
    expect(office.site.intake.calls).toEqual([]);
  });

  it('is told once and in order though its callbacks come twice and backwards', async () => {
    const office = await DialOffice.open();
    office.callees[BOB] = { does: 'busy', call: { statusCallbackDisorder: true } };
    const tape = new DialTape();
    await office.dialler.dial(office.order(), tape);
    await (await office.api.dialled[0]!).ended;
    expect(tape.story).toEqual(['over busy']);
  });

  it('reaches its final state though no callback ever comes', async () => {
    const office = await DialOffice.open();
    office.callees[BOB] = { does: 'busy', call: { statusCallbacksLost: true } };
    const tape = new DialTape();
    await office.dialler.dial(office.order({ ringForMs: 5000 }), tape);
    await office.api.dialled[0]!.ended;
    office.site.clock.advance(19_000);
    expect(office.asked('GET', /\/Calls\/CA/)).toHaveLength(0);
    office.site.clock.advance(1000);
    await until(() => tape.story.length > 0, 'the end');
    expect(tape.story).toEqual(['over busy']);
    expect(office.timers).toBe(0);
  });

  it('is asked for slowly while nothing is known, also when asking fails', async () => {
    const office = await DialOffice.open();
    office.callees[BOB] = { ringsForMs: 600_000, call: { statusCallbacksLost: true } };
    const tape = new DialTape();
    await office.dialler.dial(office.order({ ringForMs: 600_000 }), tape);
    const asked = () => office.asked('GET', /\/Calls\/CA/).length;
    office.api.faults.push('broken');
    office.site.clock.advance(615_000);
    await until(
      () => office.site.log.lines.some((line) => line.fields.code === 'TWILIO_REST_UNKNOWN'),
      'a failure',
    );
    for (let expected = 2; expected <= 3; expected++) {
      // The answer to the last question must be there before the next one is due.
      await until(() => office.timers > 0, 'the next question');
      office.site.clock.advance(60_000);
      await until(() => asked() === expected, 'the next question');
    }
    await until(() => tape.story.length > 0, 'ringing');
    expect(tape.story).toEqual(['ringing']);
  });

  it.each([
    ['machine', 'machine'],
    ['human', 'human'],
    ['fax', 'fax'],
    ['unknown', 'unknown'],
  ] as const)('tells beside the call that it was answered by: %s', async (is, callee) => {
    const office = await DialOffice.open();
    office.callees[BOB] = { is, knownAfterMs: 40 };
    const tape = new DialTape();
    await office.dialler.dial(office.order({ detectMachine: true }), tape);
    await until(() => tape.story.some((line) => line.startsWith('callee')), 'the detection');
    expect(tape.story).toContain(`callee ${callee} 40`);
    const { form } = office.asked('POST', CALLS)[0]!;
    expect(form).toMatchObject({ MachineDetection: 'Enable', AsyncAmd: 'true' });
  });

  it('does not keep the agent waiting for the detection of machines', async () => {
    const office = await DialOffice.open();
    office.callees[BOB] = { is: 'machine', knownAfterMs: 60_000 };
    await office.dialler.dial(office.order({ detectMachine: true }), new DialTape());
    await until(() => office.site.intake.calls.length > 0, 'the stream');
    office.site.intake.calls[0]!.leg.answer({ caller: MULAW, agent: MULAW });
    expect(office.site.intake.calls[0]!.story).toEqual(['ready']);
  });

  it('takes the detection also before Twilio has answered the order and before the stream is there', async () => {
    const office = await DialOffice.open();
    office.callees[BOB] = { ringsForMs: 60_000 };
    const tape = new DialTape();
    const receipt = office.dialler.dial(office.order({ detectMachine: true }), tape);
    await until(() => office.api.dialled.length > 0, 'the order');
    const { callSid } = office.api.dialled[0]!;
    const form = {
      ...INCOMING,
      CallSid: callSid,
      AnsweredBy: 'machine_start',
      MachineDetectionDuration: '2300',
    };
    expect((await office.site.post('/twilio/amd?order=order-1', form)).status).toBe(204);
    expect((await office.site.post('/twilio/amd?order=order-1', form)).status).toBe(204);
    await receipt;
    expect(tape.story.filter((line) => line !== 'ringing')).toEqual(['callee machine 2300']);
  });

  it('is given up before it is answered', async () => {
    const office = await DialOffice.open();
    office.callees[BOB] = { ringsForMs: 60_000, call: { statusCallbacksLost: true } };
    const tape = new DialTape();
    const receipt = await office.dialler.dial(office.order(), tape);
    await office.dialler.cancel(receipt);
    await office.api.dialled[0]!.ended;
    office.site.clock.advance(3000);
    await until(() => tape.story.length > 0, 'the end');
    expect(tape.story).toEqual(['over cancelled']);
    await office.dialler.cancel(receipt);
  });

  it('is hung up when it is given up in the moment of its answer, before anybody talks', async () => {
    const office = await DialOffice.open();
    office.callees[BOB] = { call: { startDelayMs: 60_000 } };
    const tape = new DialTape();
    const receipt = await office.dialler.dial(office.order(), tape);
    await until(() => tape.story.includes('answered'), 'the answer');
    await office.dialler.cancel(receipt);
    expect((await office.api.dialled[0]!.ended).detail).toBe('ended by REST');
    expect(office.asked('POST', /\/Calls\/CA/).map(({ form }) => form.Status)).toEqual([
      'canceled',
      'completed',
    ]);
  });

  it('is left alone when it is given up while the agent talks', async () => {
    const office = await DialOffice.open();
    const receipt = await office.dialler.dial(office.order(), new DialTape());
    await until(() => office.site.intake.calls.length > 0, 'the stream');
    await office.dialler.cancel(receipt);
    expect(office.asked('POST', /\/Calls\/CA/).map(({ form }) => form.Status)).toEqual(['canceled']);
    expect(office.api.dialled[0]!.status).toBe('in-progress');
  });
});

describe('an order that is dialled again', () => {
  it('is not ended by a late callback of its first call', async () => {
    const office = await DialOffice.open();
    office.callees[BOB] = { does: 'busy' };
    const first = new DialTape();
    const { platformCallId: old } = await office.dialler.dial(office.order(), first);
    await until(() => first.story.includes('over busy'), 'the end of the first call');
    office.callees[BOB] = { ringsForMs: 60_000, call: { statusCallbacksLost: true } };
    const second = new DialTape();
    const receipt = office.dialler.dial(office.order(), second);
    const late = { ...INCOMING, CallSid: old, CallStatus: 'busy' };
    await office.site.post('/twilio/status?order=order-1', late);
    const { platformCallId } = await receipt;
    await office.site.post('/twilio/status?order=order-1', late);
    expect(platformCallId).not.toBe(old);
    expect(second.story).toEqual([]);
    const busy = { ...late, CallSid: platformCallId };
    await office.site.post('/twilio/status?order=order-1', busy);
    expect(second.story).toEqual(['over busy']);
    expect(first.story.filter((line) => line.startsWith('over'))).toEqual(['over busy']);
  });
});

describe('an order that Twilio does not take', () => {
  it.each([
    [
      'a bad number',
      { status: 400, code: 21211, message: `${BOB} is not valid` },
      'TWILIO_REST_REFUSED',
      false,
    ],
    [
      'a number that is not verified',
      { status: 400, code: 21219, message: 'No' },
      'TWILIO_REST_REFUSED',
      false,
    ],
    ['too many at once', 'busy', 'TWILIO_REST_BUSY', true],
    ['credentials', { status: 401, code: 20003, message: 'Authenticate' }, 'TWILIO_REST_UNAUTHORISED', false],
  ] as const)(
    'is rejected with a reason and without the number: %s',
    async (_what, fault, code, retryable) => {
      const office = await DialOffice.open();
      office.api.faults.push(fault);
      const tape = new DialTape();
      const error = await office.dialler.dial(office.order(), tape).catch((thrown) => thrown);
      expect(error).toMatchObject({ code, retryable });
      expect(`${error.message} ${error.advice}`).not.toContain(BOB);
      expect(tape.story).toEqual([]);
      expect(office.timers).toBe(0);
    },
  );

  it('may be tried again when the API could not even be reached', async () => {
    const office = await DialOffice.open({ apiUrl: 'http://127.0.0.1:9' });
    await expect(office.dialler.dial(office.order(), new DialTape())).rejects.toMatchObject({
      code: 'TWILIO_REST_UNREACHABLE',
      retryable: true,
    });
  });

  it('needs a number to call from', async () => {
    const office = await DialOffice.open({ fromNumber: '' });
    await expect(office.dialler.dial(office.order(), new DialTape())).rejects.toMatchObject({
      code: 'TWILIO_NO_FROM_NUMBER',
    });
  });

  /** Lets the pauses between questions pass. */
  async function passWhile<T>(office: DialOffice, doing: Promise<T>): Promise<T> {
    let over = false;
    const done = doing.finally(() => {
      over = true;
    });
    done.catch(() => undefined);
    await until(() => {
      office.site.clock.advance(100);
      return over;
    }, 'the order to be settled');
    return done;
  }

  it('is found again when the answer was lost after the call was made, and is not dialled twice', async () => {
    const office = await DialOffice.open();
    office.callees[BOB] = { ringsForMs: 60_000, call: { statusCallbacksLost: true } };
    office.api.faults.push('answer-lost');
    const receipt = await passWhile(office, office.dialler.dial(office.order(), new DialTape()));
    expect(receipt.platformCallId).toBe(office.api.dialled[0]!.callSid);
    expect(office.asked('POST', CALLS)).toHaveLength(1);
  });

  it('is found by the webhook of its call before Twilio is asked', async () => {
    const office = await DialOffice.open();
    office.api.faults.push('answer-lost');
    const receipt = await passWhile(office, office.dialler.dial(office.order(), new DialTape()));
    expect(receipt.platformCallId).toBe(office.api.dialled[0]!.callSid);
  });

  it('is told to be unknown, and never to be tried again, when Twilio broke down and knows no call', async () => {
    const office = await DialOffice.open();
    office.api.faults.push('broken');
    const tape = new DialTape();
    const error = await passWhile(office, office.dialler.dial(office.order(), tape)).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'TWILIO_DIAL_UNKNOWN', retryable: false });
    expect(office.asked('POST', CALLS)).toHaveLength(1);
    expect(office.asked('GET', CALLS)).toHaveLength(8);
    expect(tape.story).toEqual([]);
  });

  it('does not take the call of an earlier order for its own', async () => {
    const office = await DialOffice.open();
    office.callees[BOB] = { does: 'busy' };
    const first = new DialTape();
    await office.dialler.dial(office.order(), first);
    await until(() => first.story.includes('over busy'), 'the end of the first');
    office.api.faults.push('broken');
    const second = office.dialler.dial(office.order({ orderId: 'order-2' }), new DialTape());
    await expect(passWhile(office, second)).rejects.toMatchObject({ code: 'TWILIO_DIAL_UNKNOWN' });
  });
});

describe('after a restart', () => {
  it('an order is followed by its receipt', async () => {
    const office = await DialOffice.open();
    office.callees[BOB] = { does: 'busy', call: { statusCallbacksLost: true } };
    const receipt = await office.dialler.dial(office.order(), new DialTape());
    await office.api.dialled[0]!.ended;
    const second = await DialOffice.open({ apiUrl: office.api.url });
    const tape = new DialTape();
    expect(await second.dialler.follow(second.order(), receipt, Date.now(), tape)).toEqual(receipt);
    expect(tape.story).toEqual(['over busy']);
  });

  it('an order without a receipt is found by number and time, and its call comes with its agent', async () => {
    const office = await DialOffice.open();
    office.callees[BOB] = { ringsForMs: 300, call: { statusCallbacksLost: true } };
    const begunAt = Date.now();
    // The gateway that is asked has never heard of the order: as if it had died after Twilio took it.
    const body = new URLSearchParams({
      To: BOB,
      From: '+15550100002',
      Url: 'https://voice.example.com/twilio/voice?order=order-1',
    });
    const authorization = `Basic ${Buffer.from(`${INCOMING.AccountSid}:0123456789abcdef0123456789abcdef`).toString('base64')}`;
    const url = `${office.api.url}/2010-04-01/Accounts/${INCOMING.AccountSid}/Calls.json`;
    expect((await fetch(url, { method: 'POST', headers: { authorization }, body })).status).toBe(201);
    const tape = new DialTape();
    const receipt = await office.dialler.follow(office.order(), null, begunAt, tape);
    expect(receipt?.platformCallId).toBe(office.api.dialled[0]!.callSid);
    await until(() => office.site.intake.calls.length > 0, 'the stream');
    expect(office.site.intake.calls[0]!.leg.info).toMatchObject({ agent: 'sales', orderId: 'order-1' });
    expect(office.api.dialled).toHaveLength(1);
  });

  it('an order that Twilio does not know is told to have called nobody', async () => {
    const office = await DialOffice.open();
    expect(await office.dialler.follow(office.order(), null, Date.now(), new DialTape())).toBeNull();
    expect(office.timers).toBe(0);
  });

  it('an order is not given up while Twilio cannot be asked', async () => {
    const office = await DialOffice.open();
    office.api.faults.push('broken', 'broken');
    await expect(
      office.dialler.follow(office.order(), null, Date.now(), new DialTape()),
    ).rejects.toMatchObject({ code: 'TWILIO_REST_UNKNOWN' });
  });

  it('a call whose order nobody knows gets an apology and no agent', async () => {
    const office = await DialOffice.open();
    const { text } = await office.site.post('/twilio/voice?order=gone');
    expect(text).toContain('I am sorry');
    expect(office.site.intake.announced.size).toBe(0);
  });
});

describe('the webhooks of dialled calls', () => {
  it.each(['/twilio/amd?order=order-1', '/twilio/recording', '/twilio/transfer/t', '/twilio/turn/t?n=0'])(
    'are closed to who has no signature: %s',
    async (path) => {
      const office = await DialOffice.open();
      expect((await office.site.post(path, INCOMING, { signed: false })).status).toBe(403);
    },
  );

  it('that are refused tell nobody the token that stands in their path', async () => {
    const office = await DialOffice.open();
    for (const path of [
      '/twilio/turn/a-token?n=0',
      '/twilio/transfer/a-token',
      '/twilio/transfer/a-token/party',
    ])
      await office.site.post(path, INCOMING, { signed: false });
    expect(office.site.rejected).toHaveLength(3);
    expect(JSON.stringify(office.site.log.lines)).not.toContain('a-token');
    expect(JSON.stringify(office.site.log.lines)).toContain('/twilio/transfer/:token/party');
  });
});
