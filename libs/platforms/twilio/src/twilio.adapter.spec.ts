import { describe, expect, it } from '@jest/globals';
import { TwilioAdapter } from './twilio.adapter.js';
import { TwilioConfig } from './twilio.config.js';
import { twilioCapabilities } from './twilio.leg-info.js';

const PUBLIC = 'https://voice.example.com';

function setup(settings: Partial<TwilioConfig>, origin: string, isPublic: boolean) {
  const services = { capabilities: twilioCapabilities(false), dialler: null };
  const adapter = new TwilioAdapter(Object.assign(new TwilioConfig(), settings), services);
  const [entry] = adapter.setup(origin, isPublic);
  return { state: entry!.state, text: entry!.lines.join('\n') };
}

describe('TwilioAdapter.setup', () => {
  it('names the very URLs to paste once everything is set', () => {
    const { state, text } = setup({ authToken: 't' }, PUBLIC, true);
    expect(state).toBe('ready');
    expect(text).toContain('HTTP POST, https://voice.example.com/twilio/voice');
    expect(text).toContain('HTTP POST, https://voice.example.com/twilio/status');
    expect(text).toContain('<Stream url="wss://voice.example.com/twilio/stream"/>');
  });

  it('says that without a token only this machine is let in', () => {
    const { state, text } = setup({}, 'http://localhost:3000', false);
    expect(state).toBe('loopback-only');
    expect(text).toContain('TWILIO_AUTH_TOKEN is not set');
    expect(text).toContain('PUBLIC_URL is not set');
    expect(text).toContain('ws://localhost:3000/twilio/stream');
  });

  it('says that signatures need PUBLIC_URL, and that it must be https', () => {
    expect(setup({ authToken: 't' }, 'http://localhost:3000', false)).toMatchObject({ state: 'incomplete' });
    expect(setup({ authToken: 't' }, 'http://localhost:3000', false).text).toContain(
      'every request is refused',
    );
    expect(setup({ authToken: 't' }, 'http://voice.example.com', true).text).toContain(
      'PUBLIC_URL is not https',
    );
  });

  it('says what is missing for placing calls, and when nothing is', () => {
    expect(setup({ authToken: 't' }, PUBLIC, true).text).toContain('not set up, TWILIO_ACCOUNT_SID missing');
    expect(setup({}, 'http://localhost:3000', false).text).toContain(
      'TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, PUBLIC_URL missing',
    );
    const account = { authToken: 't', accountSid: 'AC1' };
    expect(setup(account, PUBLIC, true).text).toContain('TWILIO_FROM_NUMBER is not set');
    const all = setup({ ...account, fromNumber: '+15550100002' }, PUBLIC, true);
    expect(all.text).toContain('Placing and transferring calls: ready.');
    expect(all.state).toBe('ready');
  });

  it('never shows a secret', () => {
    expect(setup({ authToken: 's3cret', secondaryAuthToken: 's3cret2' }, PUBLIC, true).text).not.toContain(
      's3cret',
    );
  });
});
