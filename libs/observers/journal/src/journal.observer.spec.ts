import { describe, expect, it } from '@jest/globals';
import { REDACTIONS, type Redaction } from '#libs/contracts';
import { GatewayEventRouter } from '#libs/core';
import { redact } from '#libs/privacy';
import { CapturedLog, ManualClock, ObservedCall } from '#libs/testing';
import { JournalConfig } from './journal.config.js';
import { JournalObserver } from './journal.observer.js';

function journalled(rules: readonly Redaction[]) {
  const log = new CapturedLog();
  const clock = new ManualClock();
  const config = Object.assign(new JournalConfig(), { transcripts: true });
  const observer = new JournalObserver(config, { log, redact });
  const gateway = new GatewayEventRouter(clock, log);
  const call = new ObservedCall('one', { clock, gateway, log, observer, startedAt: 0, redact: rules });
  const fieldsOf = (type: string) => log.lines.find(({ message }) => message === type)?.fields;
  return { call, fieldsOf };
}

const SAID = 'My card is 4111 1111 1111 1111';

describe('the journal in the log', () => {
  it('has of what was said and of who calls what the agent lets be kept', async () => {
    const { call, fieldsOf } = journalled(REDACTIONS);
    call.router.publish('transcript.final', { speaker: 'caller', itemId: 'a', text: SAID });
    await call.end();
    expect(fieldsOf('call.offered')?.pii).toEqual({ from: '[number]', to: '[number]' });
    expect(fieldsOf('transcript.final')?.pii).toMatchObject({ itemId: 'a', text: 'My card is [number]' });
    expect(fieldsOf('call.ended')).toMatchObject({ reason: 'caller-hung-up' });
  });

  it('has all of it, under the key that the log itself hides, where the agent asks for nothing', () => {
    const { call, fieldsOf } = journalled([]);
    call.router.publish('transcript.final', { speaker: 'caller', itemId: 'a', text: SAID });
    expect(fieldsOf('call.offered')?.pii).toEqual({ from: '+15550100001', to: '+15550100002' });
    expect(fieldsOf('transcript.final')?.pii).toMatchObject({ text: SAID });
  });
});
