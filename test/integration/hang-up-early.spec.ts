import { afterEach, describe, expect, it } from '@jest/globals';
import { placeTwilioCall, startTwilioApi, type TwilioApi } from '#apps/simulator';
import type { EndReason } from '#libs/contracts';
import { until } from '#libs/testing';
import { boot, closeAll } from './boot.js';
import { TestCall } from './callers.js';

const ACCOUNT = `AC${'1'.repeat(32)}`;
const TOKEN = '0123456789abcdef0123456789abcdef';
const PUBLIC = 'https://voice.example.com';
const apis: TwilioApi[] = [];

afterEach(async () => {
  await closeAll();
  await Promise.all(apis.splice(0).map((api) => api.close()));
});

describe('a call on Twilio that is hung up between its webhook and its stream', () => {
  it.each(['operator-hung-up', 'machine-answered'] as const satisfies readonly EndReason[])(
    'is told nothing more, not even an apology: %s',
    async (reason) => {
      const booted = await boot();
      const call = new TestCall('twilio', booted, {
        startDelayMs: 1000,
        script: (caller) => caller.pause(30_000),
      });
      await until(() => booted.tape.types.includes('call.offered'), 'the call');
      booted.gateway.switchboard.desk.calls[0]!.hangUp('ann', reason);
      expect(booted.tape.last('call.ended')).toMatchObject({ reason });
      expect(await call.report).toMatchObject({
        outcome: 'agent-hung-up',
        breaches: [],
        platformSaid: [],
      });
    },
    20_000,
  );

  it('does not wait for the stream where the account’s API can be used', async () => {
    const api = await startTwilioApi({ accountSid: ACCOUNT, authToken: TOKEN });
    apis.push(api);
    const booted = await boot({
      PUBLIC_URL: PUBLIC,
      TWILIO_ACCOUNT_SID: ACCOUNT,
      TWILIO_AUTH_TOKEN: TOKEN,
      TWILIO_API_URL: api.url,
    });
    const call = placeTwilioCall({
      webhookUrl: `${booted.origin}/twilio/voice`,
      publicUrl: PUBLIC,
      accountSid: ACCOUNT,
      authToken: TOKEN,
      startDelayMs: 600_000,
    });
    api.add(call);
    await until(() => booted.tape.types.includes('call.offered'), 'the call');
    booted.gateway.switchboard.desk.calls[0]!.hangUp('ann');
    expect(await call.ended).toMatchObject({
      outcome: 'agent-hung-up',
      detail: 'ended by REST',
      breaches: [],
      platformSaid: [],
    });
  }, 20_000);
});
