import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { failureOf } from '../test/http-rig.js';
import { ShelfRig, use } from '../test/shelf-rig.js';

let rig: ShelfRig;

beforeEach(() => {
  rig = new ShelfRig([]);
});

afterEach(() => rig.close());

const webhook = { name: 'find', description: 'Finds.', url: 'https://tools.example.com/find' };

describe('ToolShelf', () => {
  it('gives an agent its own tools, those of the configuration by name, and those of Patchbay', async () => {
    const shelf = rig.shelf({ look_up: { webhook: { ...webhook, name: undefined, bridge: 'One moment.' } } });
    const references = ['look_up', 'hang_up', { webhook }];
    const box = shelf.boxFor(references, { agent: 'desk', origin: 'api' });
    expect(box.definitions.map(({ name }) => name)).toEqual(['look_up', 'hang_up', 'find']);
    expect(box.bridgeOf?.('look_up')).toBe('One moment.');
    expect(box.bridgeOf?.('find')).toBeNull();
    expect(box.timeoutMsOf?.('hang_up')).toBeNull();
    expect(await failureOf(() => use(box, 'transfer'))).toMatchObject({ code: 'TOOL_UNKNOWN' });
  });

  it('compiles what an agent version refers to once', () => {
    const shelf = rig.shelf();
    const references = [{ webhook }];
    const context = { agent: 'desk', origin: 'api' } as const;
    const parameters = () => shelf.boxFor(references, context).definitions[0]!;
    expect(parameters()).toBe(parameters());
  });

  it.each([
    [
      'look_up',
      /tools\[0\] names "look_up", which is not there; there are hang_up, send_dtmf, collect_digits/,
    ],
    [7, /tools\[0\] must be a name or one of/],
    [{ webhook, mcp: {} }, /tools\[0\] must be a name or one of/],
    [{ webhok: webhook }, /tools\[0\]\.webhok is no kind of tool/],
    [{ webhook: 'find' }, /tools\[0\]\.webhook must be a list/],
    [{ webhook: { ...webhook, name: 'two words' } }, /webhook\.name must be a letter/],
    [{ webhook: { ...webhook, timeout: 3 } }, /webhook\.timeout is not a setting/],
    [{ webhook: { ...webhook, constructor: null } }, /webhook\.constructor is not a setting/],
    [{ webhook: JSON.parse('{"__proto__":null,"name":"a"}') }, /webhook\.__proto__ is not a setting/],
    [{ webhook: { ...webhook, timeoutMs: 'long' } }, /webhook\.timeoutMs must/],
    [{ webhook: { ...webhook, method: 'GET' } }, /webhook\.method must be one of/],
    [{ webhook: { ...webhook, url: 'http://tools.example.com' } }, /webhook cannot be used: .*encryption/],
    [{ webhook: { ...webhook, url: 'ftp://x' } }, /ftp: is not https/],
    [{ webhook: { ...webhook, secret: 'not base64!' } }, /secret must be "whsec_"/],
    [{ webhook: { ...webhook, headers: { Host: 'x' } } }, /headers\.Host is set by Patchbay itself/],
    [{ webhook: { ...webhook, headers: { 'Webhook-Id': 'x' } } }, /headers\.Webhook-Id is set by Patchbay/],
    [{ webhook: { ...webhook, headers: { 'x-a': 'a\r\nb: c' } } }, /headers\.x-a must be one line/],
    [{ webhook: { ...webhook, headers: { 'x a': 'a' } } }, /headers\.x a is no name/],
    [{ webhook: { ...webhook, parameters: { type: 'array' } } }, /parameters .* type must be "object"/],
    [
      { webhook: { ...webhook, parameters: { type: 'object', properties: { a: { typ: 'string' } } } } },
      /unknown keyword: "typ"/,
    ],
    [
      { webhook: { ...webhook, parameters: { type: 'object', properties: { a: { type: 'text' } } } } },
      /parameters are no schema/,
    ],
    [
      { webhook: { ...webhook, parameters: { type: 'object', $ref: 'https://example.com/schema' } } },
      /parameters are no schema/,
    ],
    [
      {
        webhook: {
          ...webhook,
          parameters: { type: 'object', properties: { a: { $id: 'a', type: 'string' } } },
        },
      },
      /parts of it have an \$id/,
    ],
    [{ transfer: {} }, /transfer needs destinations/],
    [{ transfer: { destinations: { sales: '030 12345' } } }, /destinations\.sales\.to must be a number/],
    [{ transfer: { destinations: { 'a"b': '+493012345' } } }, /must be named with letters/],
    [{ transfer: { anyNumber: ['+'] } }, /anyNumber must be beginnings/],
    [{ hang_up: { now: true } }, /hang_up has no settings/],
    [{ collect_digits: { maxDigits: 99 } }, /maxDigits must not be greater than 32/],
    [{ collect_digits: { deliverTo: { url: 'nowhere' } } }, /deliverTo cannot be used/],
    [{ mcp: { name: 'crm', tools: ['*'] } }, /mcp needs either url or command/],
    [{ mcp: { name: 'crm', url: 'https://mcp.example.com' } }, /mcp\.tools must/],
    [{ mcp: { name: 'crm', url: 'file:///x', tools: ['*'] } }, /mcp\.url cannot be used/],
    [
      { mcp: { name: 'crm', command: 'node', tools: ['*'] } },
      /starts a program; that is for configuration files/,
    ],
  ])('names what is wrong with %j', async (reference, words) => {
    const failure = await failureOf(() => rig.shelf().check([reference], 'api'));
    expect(failure.code).toBe('TOOL_REFERENCE_INVALID');
    expect(failure.message).toMatch(words);
  });

  it('names all that is wrong at once, and what has the same name', async () => {
    const shelf = rig.shelf();
    const references = [{ webhook }, 'hang_up', { webhook }, { hang_up: null }, 'nothing'];
    const { message } = await failureOf(() => shelf.check(references, 'api'));
    expect(message).toMatch(
      /tools\[2\] gives "find" again\. tools\[3\] gives "hang_up" again\. tools\[4\] names "nothing"/,
    );
  });

  it.each([
    ['hang_up', 'hang', ['*']],
    ['send_dtmf', 'send', ['dtmf']],
    ['collect_digits', 'collect', ['find', 'dig*']],
    ['find_order', 'find', ['*']],
  ])('refuses a server whose tools could be taken for %s, wherever it stands', async (taken, name, tools) => {
    const mcp = { mcp: { name, url: 'https://mcp.example.com/', tools } };
    const order = { webhook: { ...webhook, name: 'find_order' } };
    for (const references of [
      [mcp, order],
      ['hang_up', order, mcp],
    ]) {
      const { code, message } = await failureOf(() => rig.shelf().check(references, 'api'));
      expect(code).toBe('TOOL_REFERENCE_INVALID');
      expect(message).toContain(
        `The tools of the MCP server "${name}_*" could take the name of "${taken}": name it otherwise.`,
      );
    }
  });

  it('takes a server whose tools cannot be called as others are', () => {
    const url = 'https://mcp.example.com/';
    const order = { webhook: { ...webhook, name: 'find_order' } };
    const servers = [
      { mcp: { name: 'send', url, tools: ['mail'] } },
      { mcp: { name: 'hangup', url, tools: ['*'] } },
      { mcp: { name: 'find', url, tools: ['customer_*'] } },
    ];
    rig.shelf().check([order, 'hang_up', 'send_dtmf', ...servers], 'api');
  });

  it('refuses a configuration that is wrong', async () => {
    const { code, message } = await failureOf(() => rig.shelf({ find: { webhook: { url: 1 } } }));
    expect(code).toBe('TOOL_REFERENCE_INVALID');
    expect(message).toMatch(/^tools\.find\.webhook\.description must/);
  });

  it('takes schemas as people and libraries write them', () => {
    const parameters = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: {
        day: { type: 'string', format: 'date', description: 'When', examples: ['2026-01-31'] },
        note: { type: ['string', 'null'], default: null, title: 'Note' },
        kind: { $ref: '#/$defs/kind' },
      },
      $defs: { kind: { enum: ['a', 'b'] } },
      required: ['day'],
    };
    const named = { ...parameters, $id: 'https://example.com/day' };
    const other = { ...named, properties: { day: { type: 'integer' } } };
    rig.shelf().check([{ webhook: { ...webhook, parameters } }], 'api');
    rig.shelf().check([{ webhook: { ...webhook, parameters: named } }], 'api');
    rig.shelf().check([{ webhook: { ...webhook, parameters: other } }], 'api');
  });
});
