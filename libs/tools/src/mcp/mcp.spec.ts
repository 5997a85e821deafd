import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ToolBox } from '#libs/contracts';
import { until } from '#libs/testing';
import { failureOf } from '../../test/http-rig.js';
import { McpRig } from '../../test/mcp-rig.js';
import { ShelfRig, use } from '../../test/shelf-rig.js';
import type { ToolShelf } from '../tool-shelf.js';

let rig: ShelfRig;
let server: McpRig;
let shelf: ToolShelf;

const text = (words: string) => ({ content: [{ type: 'text' as const, text: words }] });

beforeEach(async () => {
  rig = new ShelfRig();
  shelf = rig.shelf();
  server = new McpRig();
  server.add('find_customer', ({ id }) => text(`Customer ${id} is Ada.`));
  server.add('find_order', () => text('Order'));
  server.add('delete_all', () => text('gone'));
});

afterEach(async () => {
  await rig.close();
  await server.close();
});

function reference(more: object = {}) {
  return { mcp: { name: 'crm', url: server.url, tools: ['find_*'], timeoutMs: 2000, ...more } };
}

function boxOf(references: readonly unknown[]): ToolBox {
  return shelf.boxFor(references, { agent: 'desk', origin: 'file' });
}

function namesOf(references: readonly unknown[]): string[] {
  return boxOf(references).definitions.map(({ name }) => name);
}

/** The box of a call that comes when the server's tools are there. */
async function boxWithTools(references: readonly unknown[], tool = 'crm_find_order'): Promise<ToolBox> {
  shelf.prepare(references, 'file');
  await until(() => namesOf(references).includes(tool), 'the tools of the server');
  return boxOf(references);
}

describe('tools of an MCP server', () => {
  it('are offered under its name as far as they are allowed, and carried out there', async () => {
    await server.start();
    const box = await boxWithTools([reference({ headers: { authorization: 'Bearer k' }, bridge: 'Wait.' })]);
    expect(box.definitions.map(({ name }) => name)).toEqual(['crm_find_customer', 'crm_find_order']);
    expect(box.definitions[0]).toMatchObject({
      description: 'Does find_customer.',
      parameters: { type: 'object' },
    });
    expect(box.bridgeOf?.('crm_find_order')).toBe('Wait.');
    expect(await use(box, 'crm_find_customer', { id: '7' })).toBe('Customer 7 is Ada.');
    expect(await failureOf(() => use(box, 'crm_delete_all'))).toMatchObject({ code: 'TOOL_UNKNOWN' });
    expect([...server.tokens]).toEqual(['Bearer k']);
  });

  it('are not there while the server hangs, and no call waits for it', async () => {
    server.hangs = true;
    await server.start();
    const references = [reference(), 'hang_up'];
    shelf.prepare(references, 'file');
    expect(namesOf(references)).toEqual(['hang_up']);
    expect(await use(boxOf(references), 'hang_up')).toMatch(/Say nothing more/);
  });

  it('come when a server that was away is there, and a running call keeps what it had', async () => {
    await server.start();
    await server.close();
    const references = [reference()];
    const early = boxOf(references);
    await until(() => rig.log.lines.some(({ message }) => message.includes('away')), 'the failure');
    await server.start();
    const box = await boxWithTools(references);
    expect(early.definitions).toEqual([]);
    expect(await use(box, 'crm_find_order')).toBe('Order');
  });

  it('follow the changes that the server tells', async () => {
    await server.start();
    const references = [reference()];
    await boxWithTools(references);
    await until(() => server.asked.includes('GET'), 'the stream of news');
    server.add('find_invoice', () => text('Invoice'));
    server.tools.delete('find_customer');
    await server.tellChange();
    await until(() => namesOf(references).includes('crm_find_invoice'), 'the new tool');
    expect(namesOf(references)).toEqual(['crm_find_order', 'crm_find_invoice']);
  });

  it('survive a restart of the server that forgets all sessions', async () => {
    await server.start();
    const box = await boxWithTools([reference()]);
    server.forgetSessions();
    expect(await use(box, 'crm_find_order')).toBe('Order');
    expect(server.asked.filter((method) => method === 'initialize')).toHaveLength(2);
  });

  it('are away when the server is, told in words', async () => {
    await server.start();
    const references = [reference()];
    const box = await boxWithTools(references);
    await server.close();
    expect(await failureOf(() => use(box, 'crm_find_order'))).toMatchObject({ code: 'TOOL_UNREACHABLE' });
    expect(namesOf(references)).toEqual([]);
  });

  it('are given up when they hang, even when connecting hangs anew', async () => {
    await server.start();
    server.add('find_nothing', () => new Promise(() => undefined));
    const box = await boxWithTools([reference({ timeoutMs: 200 })]);
    expect(await failureOf(() => use(box, 'crm_find_nothing'))).toMatchObject({ code: 'TOOL_TIMEOUT' });
    server.forgetSessions();
    const again = use(box, 'crm_find_order');
    await again.catch(() => undefined);
    server.hangs = true;
    server.forgetSessions();
    expect(await failureOf(() => use(box, 'crm_find_order'))).toMatchObject({ code: 'TOOL_TIMEOUT' });
  });

  it('answer with text alone, bounded', async () => {
    server.add('find_long', () => text('x'.repeat(30_000)));
    server.add('find_picture', () => ({
      content: [
        { type: 'image', data: 'AAAA', mimeType: 'image/png' },
        { type: 'text', text: 'A chart.' },
        { type: 'resource', resource: { uri: 'file:///a', text: 'Lines.' } },
      ],
    }));
    server.add('find_data', () => ({ content: [], structuredContent: { a: 1 } }));
    server.add('find_wrong', () => ({ ...text('no such id'), isError: true }));
    await server.start();
    const box = await boxWithTools([reference()]);
    const long = await use(box, 'crm_find_long');
    expect(long.length).toBeLessThan(8100);
    expect(long).toContain('Cut here');
    expect(await use(box, 'crm_find_picture')).toBe(
      '[An image, which cannot be shown here.]\nA chart.\nLines.',
    );
    expect(await use(box, 'crm_find_data')).toBe('{"a":1}');
    expect(await use(box, 'crm_find_wrong')).toBe('The service did not do it. It says: no such id');
    expect(await failureOf(() => use(box, 'crm_find_data', 'id=7'))).toMatchObject({
      code: 'TOOL_ARGUMENTS_WRONG',
    });
  });

  it('with names that vendors do not take get others, and tools that are far too large stay away', async () => {
    server.add('find.a/b', () => text('ab'));
    server.add(`find_${'x'.repeat(80)}`, () => text('x'));
    const properties = { a: { type: 'string', description: 'y'.repeat(20_000) } };
    server.add('find_huge', () => text('huge'), { inputSchema: { type: 'object', properties } });
    await server.start();
    const references = [reference({ tools: ['*'] })];
    const box = await boxWithTools(references);
    const names = box.definitions.map(({ name }) => name);
    expect(names).toHaveLength(5);
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(await use(box, names.find((name) => name.startsWith('crm_find_a_b'))!)).toBe('ab');
    expect(names).not.toContain('crm_find_huge');
  });

  it('are not looked for at addresses that are closed', async () => {
    await server.start();
    const closed = new ShelfRig(['10.0.0.0/8']);
    expect(() => closed.shelf().check([reference()], 'api')).toThrow('is not allowed');
    // A name is looked at when it has become an address.
    const references = [reference({ url: server.url.replace('127.0.0.1', 'localhost') })];
    closed.shelf().prepare(references, 'api');
    await until(() => closed.log.lines.some(({ message }) => message.includes('away')), 'the refusal');
    expect(JSON.stringify(closed.log.lines)).toContain('is not allowed');
    expect(server.asked).toEqual([]);
    await closed.close();
  });

  it('may come from a program that a file names, which sees nothing of the environment', async () => {
    process.env.PATCHBAY_SECRET = 'k';
    const program = new URL('../../test/mcp-program.mjs', import.meta.url).pathname;
    const mcp = { name: 'own', command: process.execPath, args: [program], env: { A: 'b' }, tools: ['*'] };
    try {
      const box = await boxWithTools([{ mcp }], 'own_environment');
      const seen = JSON.parse(await use(box, 'own_environment'));
      expect(seen.A).toBe('b');
      expect(seen.PATCHBAY_SECRET).toBeUndefined();
      expect(await failureOf(() => use(box, 'own_environment', { exit: true }))).toMatchObject({
        code: 'TOOL_MCP_AWAY',
      });
      expect(JSON.parse(await use(box, 'own_environment')).A).toBe('b');
    } finally {
      delete process.env.PATCHBAY_SECRET;
    }
  });
});
