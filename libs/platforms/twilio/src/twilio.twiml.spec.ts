import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import twilio from 'twilio';
import { TwilioConfig } from './twilio.config.js';
import { apologyTwiml, connectTwiml, escapeXml, hangUpTwiml } from './twilio.twiml.js';

const STREAM = {
  streamUrl: 'wss://voice.example.com/twilio/stream/t0k3n',
  statusUrl: 'https://voice.example.com/twilio/status',
  afterStreamUrl: 'https://voice.example.com/twilio/voice/after-stream',
};

describe('connectTwiml', () => {
  it("is what Twilio's own library writes for the same verbs", () => {
    const parameters = { tenant: 'acme & sons', from: '+15550100001', quote: '<"it\'s">' };
    const official = new twilio.twiml.VoiceResponse();
    const stream = official.connect().stream({
      url: STREAM.streamUrl,
      statusCallback: STREAM.statusUrl,
      statusCallbackMethod: 'POST',
    });
    for (const [name, value] of Object.entries(parameters)) stream.parameter({ name, value });
    official.redirect({ method: 'POST' }, STREAM.afterStreamUrl);
    expect(unescaped(connectTwiml({ ...STREAM, parameters }))).toBe(unescaped(official.toString()));
  });

  it('leaves out a parameter that is longer than Twilio takes', () => {
    const xml = connectTwiml({ ...STREAM, parameters: { long: 'x'.repeat(496), fits: 'x'.repeat(495) } });
    expect(xml).not.toContain('name="long"');
    expect(xml).toContain('name="fits"');
  });
});

describe('apologyTwiml', () => {
  it('says the text and hangs up', () => {
    expect(apologyTwiml('Sorry & goodbye.', new TwilioConfig())).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Say>Sorry &amp; goodbye.</Say><Hangup/></Response>',
    );
  });

  it('speaks with the voice and language that are set, and goes on where the operator wants', () => {
    const config = Object.assign(new TwilioConfig(), {
      sayVoice: 'Polly.Vicki',
      sayLanguage: 'de-DE',
      fallbackRedirectUrl: 'https://people.example.com/queue?a=1&b=2',
    });
    expect(apologyTwiml('Moment.', config)).toContain(
      '<Say voice="Polly.Vicki" language="de-DE">Moment.</Say>' +
        '<Redirect method="POST">https://people.example.com/queue?a=1&amp;b=2</Redirect>',
    );
  });
});

describe('hangUpTwiml', () => {
  it('says nothing', () => {
    expect(hangUpTwiml()).toContain('<Response><Hangup/></Response>');
  });
});

describe('escapeXml', () => {
  it('leaves nothing that could end an attribute or a text, and loses nothing that XML can write', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = escapeXml(text);
        expect(escaped).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|apos);)/);
        expect(unescaped(escaped)).toBe(
          [...text].map((character) => (isWritable(character) ? character : ' ')).join(''),
        );
      }),
    );
  });
});

function unescaped(xml: string): string {
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return xml.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => characters[name]!);
}

/** The characters of XML 1.0, less line ends and tabs, which do not survive in an attribute. */
function isWritable(character: string): boolean {
  const point = character.codePointAt(0)!;
  return (
    point >= 0x20 &&
    point !== 0x7f &&
    !(point >= 0xd800 && point <= 0xdfff) &&
    point < 0x110000 &&
    (point < 0xfffe || point > 0xffff)
  );
}
