import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type DialScript,
  placeTwilioCall,
  shippedSpeech,
  startTwilioApi,
  type TwilioApi,
} from '#apps/simulator';
import type { CallControl } from '#libs/contracts';
import { until } from '#libs/testing';
import { type Booted, boot, closeAll } from './boot.js';
import { ACCOUNT, accountSettings, callTo } from './twilio-account.js';

const apis: TwilioApi[] = [];

afterEach(async () => {
  await closeAll();
  await Promise.all(apis.splice(0).map((api) => api.close()));
});

/** A caller at a gateway with an account at the simulated Twilio, who hears himself from the echo agent. */
async function talking(dial: DialScript) {
  const api = await startTwilioApi(ACCOUNT);
  apis.push(api);
  const booted: Booted = await boot(accountSettings(api));
  const call = placeTwilioCall({
    ...callTo(booted.origin),
    onDial: () => dial,
  });
  api.add(call);
  await until(() => booted.tape.types.includes('call.connected'), 'the call');
  const control = booted.gateway.switchboard.desk.calls[0] as CallControl;
  return { booted, call, control };
}

describe('a caller on Twilio who is handed on', () => {
  it('has left the gateway when the other party answers', async () => {
    const { booted, call, control } = await talking({ status: 'completed', ringsForMs: 50, talksForMs: 50 });
    await control.transfer({ to: '+15550100099', say: null }, 'ann');
    await until(() => booted.tape.types.includes('call.ended'), 'the end');
    expect(booted.tape.last('call.ended')).toMatchObject({ reason: 'transferred', code: null });
    expect(await call.ended).toMatchObject({ breaches: [], platformSaid: [] });
  }, 30_000);

  it('is back with the same agent when nobody answers, and can talk to it', async () => {
    const { booted, call, control } = await talking({ status: 'no-answer', ringsForMs: 50 });
    await expect(control.transfer({ to: '+15550100099', say: null }, 'ann')).rejects.toMatchObject({
      code: 'TWILIO_TRANSFER_FAILED',
    });
    expect(booted.tape.last('call.transfer.failed')).toEqual({ code: 'TWILIO_TRANSFER_FAILED' });
    await call.say(shippedSpeech('caller-bye'));
    await call.hearAgent();
    call.hangUp();
    const report = await call.ended;
    expect(report).toMatchObject({ breaches: [], platformSaid: [], outcome: 'caller-hung-up' });
    await until(() => booted.tape.types.includes('call.ended'), 'the end');
    expect(booted.tape.last('call.ended')).toMatchObject({ reason: 'caller-hung-up' });
    expect(booted.tape.types).not.toContain('call.suspended');
  }, 30_000);

  it('has hung up when he does not wait', async () => {
    const { booted, call, control } = await talking({ status: 'completed', ringsForMs: 20_000 });
    const transfer = control.transfer({ to: '+15550100099', say: null }, 'ann');
    transfer.catch(() => undefined);
    await until(() => call.line.record.events.some(({ what }) => what.startsWith('<Dial>')), 'the ringing');
    call.hangUp();
    await expect(transfer).rejects.toMatchObject({ code: 'TRANSFER_CALL_OVER' });
    expect(booted.tape.last('call.ended')).toMatchObject({ reason: 'caller-hung-up' });
  }, 30_000);
});
