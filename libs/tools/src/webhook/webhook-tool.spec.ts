import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { type Answer, failureOf, type HttpRig } from '../../test/http-rig.js';
import { ShelfRig, use } from '../../test/shelf-rig.js';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes ...').toString('base64')}`;

let rig: ShelfRig;
let server: HttpRig;

beforeEach(() => {
  rig = new ShelfRig();
});

afterEach(() => rig.close());

async function tool(answer: Answer, settings: object = {}) {
  server = await rig.serve(answer);
  const parameters = {
    type: 'object',
    properties: {
      number: { type: 'string', pattern: '^[0-9]{4}$' },
      size: { enum: ['s', 'm'] },
      lines: { type: 'array', items: { type: 'object', properties: { id: { type: 'integer' } } } },
    },
    required: ['number'],
    additionalProperties: false,
  };
  const webhook = {
    name: 'find_order',
    description: 'Finds an order.',
    parameters,
    url: server.url('/orders'),
    secret: SECRET,
    ...settings,
  };
  return rig.box({ webhook });
}

const json = (value: unknown, status = 200): Answer => {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(value, null, 2));
  };
};

describe('a webhook tool', () => {
  it('asks with a signature that the official library takes, and answers with what came', async () => {
    const box = await tool(json({ state: 'sent' }), { headers: { Authorization: 'Bearer k' } });
    expect(await use(box, 'find_order', { number: '4711' })).toBe('{"state":"sent"}');
    const [seen] = server.seen;
    const payload = new Webhook(SECRET).verify(seen!.body, seen!.headers as Record<string, string>);
    expect(payload).toMatchObject({
      type: 'tool.called',
      data: { tool: 'find_order', arguments: { number: '4711' }, call: { id: 'call-1', agent: 'desk' } },
    });
    expect(seen).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer k' } });
    expect(seen!.body).not.toContain('+4930111');
  });

  it('names the parties only where it is asked to', async () => {
    const box = await tool(json({}), { sendParties: true });
    await use(box, 'find_order', { number: '4711' });
    expect(JSON.parse(server.seen[0]!.body).data.call).toMatchObject({ from: '+4930111', to: '+4930222' });
  });

  it('asks again after a failure of the server, with the same key and body and a new signature', async () => {
    const box = await tool((seen, response, count) => {
      if (count < 3) response.writeHead(500).end('broken');
      else json({ ok: true })(seen, response, count);
    });
    expect(await use(box, 'find_order', { number: '4711' })).toBe('{"ok":true}');
    const keys = server.seen.map(({ headers }) => [headers['idempotency-key'], headers['webhook-id']]);
    expect(keys).toHaveLength(3);
    expect(new Set(keys.flat()).size).toBe(1);
    expect(new Set(server.seen.map(({ body }) => body)).size).toBe(1);
    for (const { body, headers } of server.seen) {
      new Webhook(SECRET).verify(body, headers as Record<string, string>);
    }
  });

  it('asks again when the connection breaks, and gives another call of it another key', async () => {
    const box = await tool((seen, response, count) => {
      if (count === 1) response.destroy();
      else json('x')(seen, response, count);
    });
    await use(box, 'find_order', { number: '4711' });
    await use(box, 'find_order', { number: '4711' });
    const keys = server.seen.map(({ headers }) => headers['webhook-id']);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[1]);
  });

  it('keeps the key of a call of it, whoever brings that call again', async () => {
    const box = await tool(json('x'));
    const call = { toolCallId: 't1', name: 'find_order', arguments: '{"number":"4711"}' };
    for (const callId of ['call-1', 'call-1', 'call-2']) {
      await box.call(call, callId, new AbortController().signal);
    }
    const keys = server.seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[1]);
  });

  it('gives up after its retries, and does not come back later than it may', async () => {
    const box = await tool((_, response) => response.writeHead(503).end(), { retries: 1 });
    const failure = await failureOf(() => use(box, 'find_order', { number: '4711' }));
    expect(failure).toMatchObject({ code: 'TOOL_HTTP_STATUS' });
    expect(failure.message).toContain('503');
    expect(server.seen).toHaveLength(2);
    const slow = await tool((_, response) => response.writeHead(429, { 'retry-after': '60' }).end());
    await failureOf(() => use(slow, 'find_order', { number: '4711' }));
    expect(server.seen).toHaveLength(1);
  });

  it('does not ask again what was refused, and tells the model why where the server says so', async () => {
    const box = await tool(json({ error: 'no such order' }, 404));
    expect(await use(box, 'find_order', { number: '4711' })).toBe(
      'The service did not do it (status 404). It says: {"error":"no such order"}',
    );
    expect(server.seen).toHaveLength(1);
    const locked = await tool(json({ error: 'key k is wrong' }, 401));
    const failure = await failureOf(() => use(locked, 'find_order', { number: '4711' }));
    expect(failure.message).toBe('The service refused or failed (status 401).');
  });

  it.each([
    ['{"number": 4711}', /"number" must be string/],
    ['{}', /"number" is missing/],
    ['', /"number" is missing/],
    ['{"number":"47"}', /"number" must match pattern/],
    ['{"number":"4711","size":"xl"}', /"size" must be one of "s", "m"/],
    ['{"number":"4711","sise":"s"}', /"sise" is not an argument/],
    ['{"number":"4711","lines":[{"id":1},{"id":"two"}]}', /"lines\.1\.id" must be integer/],
    ['{"number":', /not valid JSON/],
    ['[1]', /must be one JSON object/],
    ['null', /must be one JSON object/],
    [`{"number":"${'1'.repeat(40_000)}"}`, /too long/],
  ])('tells the model what is wrong with %s and asks nobody', async (args, words) => {
    const box = await tool(json({}));
    const failure = await failureOf(() => use(box, 'find_order', args));
    expect(failure.code).toBe('TOOL_ARGUMENTS_WRONG');
    expect(failure.message).toMatch(words);
    expect(server.seen).toEqual([]);
  });

  it.each([
    ['application/json', '<html>Sign in</html>', /says it is JSON and is not/],
    ['application/json', Buffer.from([0xff, 0xfe, 0, 1]), /binary data that says it is JSON/],
    ['text/plain', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0]), /binary data that says it is text/],
    ['text/html', '<p>hello</p>', /a web page/],
    [undefined, '<!DOCTYPE html><p>hello</p>', /a web page/],
    ['image/png', 'x', /data of the type image\/png/],
    ['application/octet-stream', 'x', /data of the type application\/octet-stream/],
  ])(
    'tells the model in words when an answer of type %s is not what it can read',
    async (type, body, words) => {
      const box = await tool((_, response) => {
        if (type !== undefined) response.setHeader('content-type', type);
        response.end(body);
      });
      const failure = await failureOf(() => use(box, 'find_order', { number: '4711' }));
      expect(failure.code).toBe('TOOL_ANSWER_WRONG');
      expect(failure.message).toMatch(words);
      expect(failure.message).not.toMatch(/hello|Sign in/);
    },
  );

  it('reads text, nothing at all, and cuts what is too long', async () => {
    const answers = ['It is sent.', '', 'x'.repeat(20_000)];
    const box = await tool((_, response, count) => response.end(answers[count - 1]));
    expect(await use(box, 'find_order', { number: '4711' })).toBe('It is sent.');
    expect(await use(box, 'find_order', { number: '4711' })).toMatch(/^Done\./);
    const long = await use(box, 'find_order', { number: '4711' });
    expect(long.length).toBeLessThan(8100);
    expect(long).toMatch(/\[Cut here: the answer has 20000 characters\.\]$/);
  });

  it('gives an endless answer up', async () => {
    const box = await tool((_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', pour);
      pour();
    });
    const failure = await failureOf(() => use(box, 'find_order', { number: '4711' }));
    expect(failure.code).toBe('TOOL_TOO_LARGE');
  });

  it('gives a server up that hangs, with the words for the caller', async () => {
    const box = await tool(() => undefined, {
      timeoutMs: 150,
      sayOnFailure: 'I cannot look that up just now.',
    });
    const failure = await failureOf(() => use(box, 'find_order', { number: '4711' }));
    expect(failure.code).toBe('TOOL_TIMEOUT');
    expect(failure.message).toMatch(
      /did not answer in time.*Say to the caller: "I cannot look that up just now\."/,
    );
    expect(box.timeoutMsOf?.('find_order')).toBeGreaterThan(150);
  });

  it('does not follow a redirect to a private address', async () => {
    const inside = await rig.serve((_, response) => response.end('secret'));
    const box = await tool((_, response) => response.writeHead(307, { location: inside.url() }).end());
    const failure = await failureOf(() => use(box, 'find_order', { number: '4711' }));
    expect(failure.code).toBe('TOOL_ADDRESS_REFUSED');
    expect(inside.seen).toEqual([]);
    const metadata = await tool((_, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
    );
    expect(await failureOf(() => use(metadata, 'find_order', { number: '4711' }))).toMatchObject({
      code: 'TOOL_ADDRESS_REFUSED',
    });
  });

  it('writes neither the arguments nor the secret to the log', async () => {
    const box = await tool((_, response) => response.writeHead(500).end('for 4711'), { retries: 1 });
    await failureOf(() => use(box, 'find_order', { number: '4711' }));
    expect(rig.log.lines.length).toBeGreaterThan(0);
    expect(JSON.stringify(rig.log.lines)).not.toMatch(/4711|whsec/);
  });
});
