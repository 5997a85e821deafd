import { afterEach, describe, expect, it } from '@jest/globals';
import { ApiClient } from './api-client.js';
import { boot, closeAll } from './boot.js';

const ADMIN_TOKEN = 'an-admin-token-of-good-length-0123456789';

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

afterEach(closeAll);

describe('the OpenAPI page', () => {
  it('works under the content security policy, and its document names every path, role and error', async () => {
    const { origin } = await boot({ ADMIN_TOKEN });
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const page = await fetch(`${origin}/api/docs`, { headers });
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self';/);
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>\s*\S/);
    const scripts = [...html.matchAll(/<script[^>]*src="([^"]+)"/g)].map(([, src]) => src!);
    expect(scripts.length).toBeGreaterThan(1);
    for (const src of scripts) {
      const script = await fetch(new URL(src, `${origin}/api/docs`), { headers });
      expect([script.status, script.headers.get('content-type')]).toEqual([
        200,
        expect.stringContaining('javascript'),
      ]);
    }
    const document = (await new ApiClient(origin, ADMIN_TOKEN).get('/api/docs-json')).body;
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/api/calls',
        '/api/calls/{callId}',
        '/api/agents/{name}',
        '/api/orders/{orderId}',
      ]),
    );
    const isOpen = (path: string) => path === '/api/session';
    for (const [path, methods] of Object.entries<Record<string, Operation>>(document.paths)) {
      for (const [method, { summary, description, responses }] of Object.entries(methods)) {
        const where = `${method} ${path}`;
        expect([where, summary]).toEqual([where, expect.stringMatching(/\S/)]);
        if (isOpen(path)) continue;
        expect([where, description]).toEqual([
          where,
          expect.stringMatching(/Role: (viewer|operator|admin)\./),
        ]);
        expect([where, responses['401']?.content]).toEqual([
          where,
          { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDto' } } },
        ]);
      }
    }
  });
});

describe('the OpenAPI page, for strangers', () => {
  it.each([
    '/api/docs',
    '/api/docs/',
    '/API/Docs',
    '/api/docs-json',
    '/api/docs/swagger-ui.css',
    '/api/docs/swagger-ui-init.js',
  ])('%s is shut as the rest of the interface', async (path) => {
    const { origin, tape } = await boot({ ADMIN_TOKEN });
    const { status, body } = await new ApiClient(origin).get(path);
    expect([status, body.code]).toEqual([401, 'API_UNAUTHORIZED']);
    expect((await new ApiClient(origin, 'wrong').get(path)).status).toBe(401);
    expect((await new ApiClient(origin, ADMIN_TOKEN).get(path)).status).toBe(200);
    expect(tape.all('upgrade.rejected')).toHaveLength(2);
  });

  it('is open to this machine alone where no ADMIN_TOKEN is set', async () => {
    const { origin } = await boot();
    const api = new ApiClient(origin);
    expect((await api.get('/api/docs-json')).status).toBe(200);
    const passedOn = await api.get('/api/docs-json', { 'x-forwarded-for': '192.0.2.1' });
    expect([passedOn.status, passedOn.body.code]).toEqual([403, 'API_DOOR_CLOSED']);
  });
});

describe('errors', () => {
  it('are problem details, whoever finds the fault, and tell no stack', async () => {
    const { origin } = await boot({ ADMIN_TOKEN });
    const api = new ApiClient(origin, ADMIN_TOKEN);
    const found = [
      await api.get('/api/nothing-here'),
      await api.get('/api/calls/no-such-call'),
      await api.get('/api/calls?limit=0&colour=red'),
      await api.get('/api/calls?cursor=AAAA'),
      await api.get('/api/calls/%ff'),
      await api.post('/api/calls/none/say', { text: 'Hello' }),
      await api.post('/api/keys', { name: 'crm', role: 'king' }),
      await api.send('POST', '/api/keys', '{"name"'),
      await new ApiClient(origin).get('/api/calls'),
      await new ApiClient(origin).get('/api/setup'),
    ];
    expect(found.map(({ status, body }) => [status, body.code])).toEqual([
      [404, 'API_NOT_FOUND'],
      [404, 'API_UNKNOWN'],
      [400, 'API_INVALID'],
      [400, 'STORE_BAD_CURSOR'],
      [400, 'API_UNREADABLE'],
      [404, 'CALL_NOT_RUNNING'],
      [400, 'API_INVALID'],
      [400, 'API_UNREADABLE'],
      [401, 'API_UNAUTHORIZED'],
      [401, 'API_UNAUTHORIZED'],
    ]);
    for (const { status, body, type } of found) {
      expect(type).toBe('application/problem+json; charset=utf-8');
      expect(body).toMatchObject({ type: `urn:patchbay:error:${body.code}`, status });
      expect(body.title).toMatch(/\w/);
      expect(body.detail).toMatch(/\w/);
      expect(JSON.stringify(body)).not.toMatch(/node_modules|\.js:|\.ts:/);
    }
    expect(found[2]!.body.problems).toEqual([
      'colour: is not a field.',
      'limit: limit must not be less than 1.',
    ]);
  });
});

describe('agents', () => {
  it('are stored in versions, shown without their secrets, and refused with every mistake', async () => {
    const { origin, gateway } = await boot({ ADMIN_TOKEN });
    const api = new ApiClient(origin, ADMIN_TOKEN);
    const document = { instructions: 'Be brief.', greeting: 'Good day.' };
    const stored = await api.put('/api/agents/sales', document);
    expect([stored.status, stored.body.version, stored.body.by]).toEqual([200, 1, 'ADMIN_TOKEN']);
    expect((await api.put('/api/agents/sales', { ...document, greeting: 'Hello.' })).body.version).toBe(2);
    expect((await api.get('/api/agents/sales?version=1')).body.document.greeting).toBe('Good day.');
    expect(
      (await api.get('/api/agents/sales/versions')).body.items.map(
        (one: { name: string; version: number }) => one.version,
      ),
    ).toEqual([2, 1]);
    expect(
      (await api.get('/api/agents')).body.items.map((one: { name: string; version: number }) => one.name),
    ).toEqual(['default', 'sales']);

    const wrong = await api.put('/api/agents/sales', { instructions: 7, colour: 'red' });
    expect([wrong.status, wrong.body.code]).toEqual([422, 'AGENT_INVALID']);
    expect(wrong.body.problems.length).toBeGreaterThan(1);
    expect((await api.put('/api/agents/sales', { ...document, name: 'other' })).status).toBe(400);

    expect((await api.put('/api/routes', [{ to: '+49*', agent: 'sales' }])).status).toBe(200);
    expect((await api.get('/api/routes')).body.document).toEqual([{ to: '+49*', agent: 'sales' }]);
    const lost = await api.put('/api/routes', [{ agent: 'nobody' }]);
    expect([lost.status, lost.body.code]).toEqual([422, 'AGENT_ROUTES_INVALID']);
    expect((await api.delete('/api/routes')).status).toBe(204);
    expect((await api.delete('/api/agents/sales')).status).toBe(204);
    expect((await api.delete('/api/agents/sales')).status).toBe(404);
    await gateway.close();
  });
});
