import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import twilio from 'twilio';
import { isSignedBy, signedStreamUrls, signedWebhookUrls, twilioSignature } from './twilio.signature.js';

const TOKEN = '0123456789abcdef0123456789abcdef';
const CALL = {
  AccountSid: 'AC11111111111111111111111111111111',
  ApiVersion: '2010-04-01',
  CallSid: 'CA22222222222222222222222222222222',
  CallStatus: 'ringing',
  Called: '+15550100002',
  Caller: '+15550100001',
  Direction: 'inbound',
  From: '+15550100001',
  To: '+15550100002',
};

describe('twilioSignature', () => {
  it.each([
    [
      'https://voice.example.com/twilio/voice/incoming?tenant=acme%20co',
      CALL,
      'Vmgg8jYRpnVH0OU8DnHPHadwsQs=',
    ],
    ['https://voice.example.com/twilio/voice/incoming', CALL, 'B49MARjHqLgYZGglEKZKO17CjS0='],
    ['wss://voice.example.com/twilio/media/a1b2c3', {}, '5KbGETS5P/6zAdB9fo+bPqA6tks='],
    ['wss://voice.example.com/twilio/media/a1b2c3/', {}, 'FRiVqzo8jXOAr248YG8JHnugSTk='],
    [
      'https://voice.example.com/twilio/status?CallSid=CA22222222222222222222222222222222&CallStatus=completed',
      {},
      'IF2vIW3xcU9dPbtmUM1KfwB1aiQ=',
    ],
    ['https://voice.example.com/cb', { A: '1', b: '2', B: '3' }, 'A4vKR+zga5Ch0RlfxgejJ9YshBg='],
    ['https://voice.example.com/cb', { X: ['b', 'a', 'a'] }, '4jjYv81L7suCjGEAV0bxGjy0nrk='],
  ])('signs the worked example %s', (url, form, signature) => {
    expect(twilioSignature(TOKEN, url, form)).toBe(signature);
  });

  it('agrees with the official validator on any form, with values left as they are', () => {
    const values = fc.dictionary(fc.string({ minLength: 1 }), fc.oneof(fc.string(), fc.array(fc.string())));
    fc.assert(
      fc.property(values, (form) => {
        const url = 'https://voice.example.com/twilio/voice';
        expect(twilioSignature(TOKEN, url, form)).toBe(twilio.getExpectedTwilioSignature(TOKEN, url, form));
      }),
    );
  });
});

describe('isSignedBy', () => {
  const given = 'wss://voice.example.com/twilio/media/a1b2c3';

  it('takes a stream URL as written and with a slash at its end, but never the https form', () => {
    const accepts = (url: string) =>
      isSignedBy(twilioSignature(TOKEN, url), [TOKEN], signedStreamUrls(given));
    expect(accepts(given)).toBe(true);
    expect(accepts(`${given}/`)).toBe(true);
    expect(accepts(given.replace('wss', 'https'))).toBe(false);
    expect(accepts(`${given}//`)).toBe(false);
    expect(accepts('wss://voice.example.com/twilio/media/a1b2c4')).toBe(false);
  });

  it('takes each of several tokens while they are rotated, and no other', () => {
    const accepts = (token: string) => isSignedBy(twilioSignature(token, given), ['old', 'new'], [given]);
    expect([accepts('old'), accepts('new'), accepts('other'), accepts('')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it.each(['', 'x', 'A'.repeat(28), 'A'.repeat(10_000)])(
    'refuses a signature that is none (%#)',
    (signature) => {
      expect(isSignedBy(signature, [TOKEN], [given])).toBe(false);
    },
  );

  it('takes what the official validator takes when PUBLIC_URL names a port', () => {
    const withPort = 'https://voice.example.com:8443/twilio/voice/incoming';
    for (const signed of [withPort, 'https://voice.example.com/twilio/voice/incoming']) {
      const signature = twilioSignature(TOKEN, signed, CALL);
      expect(isSignedBy(signature, [TOKEN], signedWebhookUrls(withPort), CALL)).toBe(true);
      expect(twilio.validateRequest(TOKEN, signature, withPort, CALL)).toBe(true);
    }
  });
});

describe('signedWebhookUrls', () => {
  it('drops the port over HTTPS only, and never touches path or query', () => {
    expect(signedWebhookUrls('https://h:8443/p:1?q=:2')).toEqual([
      'https://h/p:1?q=:2',
      'https://h:8443/p:1?q=:2',
    ]);
    expect(signedWebhookUrls('https://h/p:1?q=a:2/')).toEqual(['https://h/p:1?q=a:2/']);
    expect(signedWebhookUrls('http://h:3000/p')).toEqual(['http://h:3000/p']);
    expect(signedWebhookUrls('https://[::1]:8443/p')).toEqual(['https://[::1]/p', 'https://[::1]:8443/p']);
  });
});
