import { describe, expect, it } from '@jest/globals';
import { handshakeSignature, signedUrl, twilioSignature } from './twilio-signature.js';

const TOKEN = '0123456789abcdef0123456789abcdef';

describe("Twilio's signature", () => {
  it('covers the URL and the sorted parameters of a form', () => {
    const form = {
      To: '+15550100002',
      From: '+15550100001',
      AccountSid: 'AC11111111111111111111111111111111',
      ApiVersion: '2010-04-01',
      CallSid: 'CA22222222222222222222222222222222',
      CallStatus: 'ringing',
      Called: '+15550100002',
      Caller: '+15550100001',
      Direction: 'inbound',
    };
    const url = 'https://voice.example.com/twilio/voice/incoming?tenant=acme%20co';
    expect(twilioSignature(TOKEN, signedUrl(url), form)).toBe('Vmgg8jYRpnVH0OU8DnHPHadwsQs=');
  });

  it('drops the port and the credentials of an HTTPS webhook, and the fragment', () => {
    expect(signedUrl('https://me:secret@voice.example.com:8443/twilio/voice?a=1#rc=2')).toBe(
      'https://voice.example.com/twilio/voice?a=1',
    );
  });

  it('keeps the port of an HTTP webhook', () => {
    expect(signedUrl('http://me:secret@voice.example.com:8080/twilio/voice')).toBe(
      'http://voice.example.com:8080/twilio/voice',
    );
  });

  it('sorts names by their bytes', () => {
    expect(twilioSignature(TOKEN, 'https://voice.example.com/cb', { A: '1', b: '2', B: '3' })).toBe(
      'A4vKR+zga5Ch0RlfxgejJ9YshBg=',
    );
  });

  it('covers the wss URL of a handshake as it stands in the TwiML, and can be wrong in the ways that must be refused', () => {
    const url = 'wss://voice.example.com/twilio/media/a1b2c3';
    expect(handshakeSignature('good', TOKEN, url)).toBe('5KbGETS5P/6zAdB9fo+bPqA6tks=');
    expect(handshakeSignature('trailing-slash', TOKEN, url)).toBe('FRiVqzo8jXOAr248YG8JHnugSTk=');
    expect(handshakeSignature('https-form', TOKEN, url)).toBe('XIm0Km+3VaDAz9KMeluetgynGWk=');
    expect(handshakeSignature('none', TOKEN, url)).toBeNull();
    expect(handshakeSignature('wrong-token', TOKEN, url)).not.toBe('5KbGETS5P/6zAdB9fo+bPqA6tks=');
  });

  it('covers the wss form even where the simulator connects without TLS', () => {
    expect(handshakeSignature('good', TOKEN, 'ws://voice.example.com/twilio/media/a1b2c3')).toBe(
      '5KbGETS5P/6zAdB9fo+bPqA6tks=',
    );
  });
});
