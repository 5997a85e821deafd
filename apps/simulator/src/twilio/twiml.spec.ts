import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseTwiml, TwimlFault } from './twiml.js';
import { parseXml, XmlError } from './xml.js';

const strict = { allowInsecure: false };

function stream(attributes: string, children = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Connect><Stream ${attributes}>${children}</Stream></Connect></Response>`;
}

function codeOf(document: string): string {
  try {
    parseTwiml(document, strict);
    return 'none';
  } catch (thrown) {
    if (thrown instanceof TwimlFault) return thrown.code;
    throw thrown;
  }
}

describe('TwiML as Twilio reads it', () => {
  it('finds the stream, its parameters and what follows', () => {
    const document = `<?xml version="1.0" encoding="UTF-8"?>
      <Response><!-- an agent -->
        <Connect action="/after">
          <Stream url="wss://voice.example.com/s/1" name="ai" statusCallback="https://voice.example.com/st">
            <Parameter name="a &amp; b" value="&quot;1&quot;"/>
          </Stream>
        </Connect>
        <Say voice="alice">Sorry &#33;</Say><Pause length="2"/><Redirect method="GET">https://v.example.com/x?a=1&amp;b=2</Redirect>
        <Hangup/>
      </Response>`;
    const { verbs, warnings } = parseTwiml(document, strict);
    expect(warnings).toEqual([]);
    expect(verbs).toEqual([
      {
        verb: 'Connect',
        stream: {
          url: 'wss://voice.example.com/s/1',
          name: 'ai',
          statusCallback: 'https://voice.example.com/st',
          statusCallbackMethod: 'POST',
          parameters: { 'a & b': '"1"' },
          action: '/after',
        },
      },
      { verb: 'Say', text: 'Sorry !' },
      { verb: 'Pause', seconds: 2 },
      { verb: 'Redirect', url: 'https://v.example.com/x?a=1&b=2', method: 'GET' },
      { verb: 'Hangup' },
    ]);
  });

  it.each([
    ['a scheme other than wss', 'url="https://voice.example.com/s"', '31922'],
    ['plain ws, unless it is allowed', 'url="ws://voice.example.com/s"', '31922'],
    ['a query string', 'url="wss://voice.example.com/s?token=1"', '31920'],
    ['a URL that is none', 'url="voice"', '31923'],
    ['a track other than the inbound one', 'url="wss://voice.example.com/s" track="both_tracks"', '31941'],
  ])('refuses %s', (_what, attributes, code) => {
    expect(codeOf(stream(attributes))).toBe(code);
  });

  it('accepts plain ws where the switch is set', () => {
    expect(() => parseTwiml(stream('url="ws://127.0.0.1:3000/s"'), { allowInsecure: true })).not.toThrow();
  });

  it.each([
    ['an attribute that does not exist', stream('url="wss://v.example.com/s" audioFormat="x"'), '12200'],
    [
      'a parameter of 500 characters',
      stream('url="wss://v.example.com/s"', `<Parameter name="n" value="${'x'.repeat(499)}"/>`),
      '12200',
    ],
    ['a parameter without a value', stream('url="wss://v.example.com/s"', '<Parameter name="n"/>'), '12200'],
    ['a relative status callback', stream('url="wss://v.example.com/s" statusCallback="/x"'), '21609'],
    ['an unknown verb', '<Response><say>hi</say></Response>', '12200'],
    ['speech that is too long', `<Response><Say>${'x'.repeat(4097)}</Say></Response>`, '13521'],
    ['speech without words', '<Response><Say/></Response>', '13520'],
    ['a late rejection', '<Response><Say>hi</Say><Reject/></Response>', '12200'],
  ])('warns of %s', (_what, document, code) => {
    expect(parseTwiml(document, strict).warnings.map((warning) => warning.code)).toEqual([code]);
  });

  it('takes a parameter of 499 characters', () => {
    const document = stream(
      'url="wss://v.example.com/s"',
      `<Parameter name="n" value="${'x'.repeat(498)}"/>`,
    );
    expect(parseTwiml(document, strict).warnings).toEqual([]);
  });

  it.each([
    ['a bare ampersand', '<Response><Say>you & me</Say></Response>'],
    ['a tag that is not closed', '<Response><Say>hi</Response>'],
    ['white space before the declaration', ' <?xml version="1.0"?><Response/>'],
    ['two roots', '<Response/><Response/>'],
    ['another root', '<Answer/>'],
    ['an attribute without quotes', '<Response><Pause length=2/></Response>'],
    ['an attribute given twice', '<Response><Pause length="1" length="2"/></Response>'],
    ['attributes that touch', '<Response><Redirect method="GET"x="1"/></Response>'],
    ['an unknown entity', '<Response><Say>&nbsp;</Say></Response>'],
    ['nothing', ''],
    ['JSON', '{"verb":"Say"}'],
    ['a document that stops', '<Response><Say>hi'],
    ['a comment with two dashes', '<Response><!-- a -- b --></Response>'],
  ])('fails with 12100 on %s', (_what, document) => {
    expect(codeOf(document)).toBe('12100');
  });

  it('wants exactly one stream inside Connect', () => {
    expect(codeOf('<Response><Connect/></Response>')).toBe('12200');
    expect(
      codeOf('<Response><Connect><ConversationRelay url="wss://v.example.com/s"/></Connect></Response>'),
    ).toBe('12200');
  });
});

describe('parseXml', () => {
  it('reads back whatever text and attributes were escaped', () => {
    const escaped = (text: string) =>
      text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, value) => {
        const element = parseXml(`<a b='${escaped(value)}'>${escaped(text)}</a>`);
        expect(element.text).toBe(text.trim());
        expect(element.attributes.b).toBe(value);
      }),
    );
  });

  it('either reads a document or says what is wrong with it', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      '<a',
      '</a>',
      '<a/>',
      '"',
      "'",
      '=',
      ' b',
      '&',
      '&amp;',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      'x',
      '<?xml version="1.0"?>',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          parseXml(pieces.join(''));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(XmlError);
        }
      }),
    );
  });
});
