import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { CapturedLog, ScriptedBackend, systemClock } from '#libs/testing';
import { GuardedHttp, ToolShelf } from '#libs/tools';
import { OpenAiRealtimeConfig } from '../../backends/openai-realtime/src/index.js';
import { AgentsBench, leg } from './testing/agents-bench.js';

const log = new CapturedLog();
const http = new GuardedHttp({ allowedHosts: [] });
const tools = new ToolShelf({ http, findCall: () => null, clock: systemClock, log });

let bench: AgentsBench;
beforeEach(async () => {
  bench = await AgentsBench.open({ log, clock: systemClock, backend: () => new ScriptedBackend() });
  await copyFile('config/agents/example.yaml.txt', join(bench.folder, 'shop.yaml'));
  await copyFile('config/agents/routes.yaml.txt', join(bench.folder, 'routes.yaml'));
});
afterEach(() => bench.close());

it('the example that ships is right, with the real tools and the settings of its backend', async () => {
  const given: Record<string, unknown>[] = [];
  const agents = await bench.started({
    tools,
    http,
    backends: {
      get: (name, settings) => {
        expect(['openai-realtime', 'echo', null]).toContain(name);
        given.push(settings);
        return new ScriptedBackend();
      },
    },
  });
  expect(agents.status().problems).toEqual([]);
  const agent = agents.choose(leg({ to: '+4930999' }));
  expect(agent.name).toBe('shop');
  expect(agent.tools.definitions.map(({ name }) => name)).toEqual(['hang_up', 'transfer', 'order_status']);
  const known = Object.keys(new OpenAiRealtimeConfig());
  for (const key of given.flatMap((settings) => Object.keys(settings))) expect(known).toContain(key);
  expect(given.some(({ model }) => model !== undefined)).toBe(true);
});

it('nothing that ships in the folder of agents is loaded', async () => {
  const config = bench.config();
  config.folder = 'config/agents';
  const agents = await bench.started({ config });
  expect(agents.list().map(({ name }) => name)).toEqual(['default']);
  expect(agents.currentRoutes()).toBeNull();
});
