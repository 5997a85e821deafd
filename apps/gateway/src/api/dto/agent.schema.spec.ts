import { describe, expect, it } from '@jest/globals';
import { AgentDocument, RouteDocument } from '#libs/agents';
import { AGENT_SCHEMA, ROUTES_SCHEMA } from './agent.schema.js';

/** Also of fields without a default. */
const keysOf = (document: object, required: readonly string[]) =>
  [...new Set([...Object.keys(document), ...required])].sort();

describe('what the OpenAPI page says of agents and routes', () => {
  it('names exactly the keys that their documents have', () => {
    const agent = AGENT_SCHEMA as { properties: Record<string, { properties?: object }> };
    expect(Object.keys(agent.properties).sort()).toEqual(
      keysOf(new AgentDocument(), ['name', 'instructions']),
    );
    for (const part of ['limits', 'idle', 'privacy'] as const)
      expect([part, Object.keys(agent.properties[part]!.properties!).sort()]).toEqual([
        part,
        keysOf(new AgentDocument()[part], []),
      ]);
    const { items } = ROUTES_SCHEMA as unknown as { items: { properties: object } };
    expect(Object.keys(items.properties).sort()).toEqual(keysOf(new RouteDocument(), ['agent']));
  });
});
