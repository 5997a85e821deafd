import { describe, expect, it } from '@jest/globals';
import { loadAnswering } from './answering.js';
import { Api } from './api.js';

const SETUP = { backend: 'echo' };
const AGENTS = {
  items: [
    { name: 'support', document: { name: 'support', backend: 'openai-realtime' } },
    { name: 'default', document: { name: 'default' } },
    { name: 'gone', document: null },
  ],
};

function apiThat(answers: Readonly<Record<string, object>>): Api {
  const request = async (path: unknown) => {
    const found = answers[String(path)];
    return Response.json(found ?? { code: 'API_ROLE' }, { status: found === undefined ? 403 : 200 });
  };
  return new Api(request as typeof fetch, () => undefined);
}

describe('who may be talked with', () => {
  it('is known by name, with the backend of each', async () => {
    const { agents, backendOf } = await loadAnswering(apiThat({ 'api/agents': AGENTS, 'api/setup': SETUP }));
    expect(agents).toEqual(['default', 'gone', 'support']);
    expect(['support', 'default', 'gone', null, 'stranger'].map(backendOf)).toEqual([
      'openai-realtime',
      'echo',
      'echo',
      'echo',
      null,
    ]);
  });

  it('is nobody in particular for those who may not read it', async () => {
    const { agents, backendOf } = await loadAnswering(apiThat({ 'api/setup': SETUP }));
    expect([agents, backendOf(null)]).toEqual([[], null]);
  });
});
