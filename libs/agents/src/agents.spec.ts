import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GatewayError } from '#libs/contracts';
import { CapturedLog, ScriptedBackend, systemClock, until } from '#libs/testing';
import type { Agents } from './agents.js';
import { MemoryShelf } from './document-shelf.js';
import { AgentsBench, FALLBACK, leg } from './testing/agents-bench.js';

const NEVER = new AbortController().signal;

let bench: AgentsBench;
let log: CapturedLog;
beforeEach(async () => {
  log = new CapturedLog();
  bench = await AgentsBench.open({ log, clock: systemClock, backend: () => new ScriptedBackend() });
});
afterEach(() => bench.close());

const told = async (agents: Agents, name: string) =>
  (await agents.choose(leg({ agent: name })).brief(leg(), 'call-1', NEVER)).instructions;

describe('agents from files', () => {
  it('are there after the start, with what the file leaves out filled in', async () => {
    await bench.file('sales.yaml', 'instructions: Sell.\nbackend: scripted\nsettings: { model: m }\n');
    const agents = await bench.started();
    const agent = agents.choose(leg({ agent: 'sales' }));
    expect(agent).toMatchObject({
      name: 'sales',
      version: 1,
      recording: null,
      privacy: { redact: [], keepForMs: null },
      limits: { maxDurationMs: null, maxCostUsd: null, idleAfterMs: null, idleQuestions: 2 },
      away: { announcement: null, transferTo: null, turns: false },
    });
    expect(agents.status().problems).toEqual([]);
  });

  it('change without a restart, and a running call keeps what it began with', async () => {
    await bench.file('sales.yaml', 'instructions: Sell apples.\n');
    const agents = await bench.started();
    const running = agents.choose(leg({ agent: 'sales' }));
    await bench.file('sales.yaml', 'instructions: Sell pears.\n');
    await until(() => agents.choose(leg({ agent: 'sales' })).version === 2, 'the second version');
    expect(await told(agents, 'sales')).toBe('Sell pears.');
    expect((await running.brief(leg(), 'call-1', NEVER)).instructions).toBe('Sell apples.');
    expect(running.version).toBe(1);
  });

  it('come and go with their files', async () => {
    const agents = await bench.started();
    expect(() => agents.choose(leg({ agent: 'late' }))).toThrow('There is no agent "late".');
    await bench.file('late.yaml.tmp', 'instructions: Here I am.\n');
    await rename(join(bench.folder, 'late.yaml.tmp'), join(bench.folder, 'late.yaml'));
    await until(() => agents.list().some(({ name }) => name === 'late'), 'the new agent');
    await rm(join(bench.folder, 'late.yaml'));
    await until(() => agents.list().every(({ name }) => name !== 'late'), 'its end');
  });

  it('keep their last good version while the file is wrong, and every mistake is named', async () => {
    await bench.file('sales.yaml', 'instructions: Sell.\n');
    const agents = await bench.started();
    await bench.file(
      'sales.yaml',
      'instrutions: Sell.\nlimits: { maxDuration: 10 }\nlanguage: english\ntools: [fly]\n',
    );
    await until(() => agents.status().problems.length > 0, 'the complaint');
    const [{ at, problems }] = agents.status().problems as [{ at: string; problems: string[] }];
    expect(at).toBe(join(bench.folder, 'sales.yaml'));
    expect(problems.join('\n')).toMatch(/instrutions is not known here; known: .*instructions/);
    expect(problems.join('\n')).toContain(
      'limits.maxDuration is not known here; known: maxDurationMs, maxCostUsd.',
    );
    expect(problems.join('\n')).toContain('language must be two small letters');
    expect(problems.join('\n')).toMatch(/instructions must be text/);
    expect(log.lines.filter(({ level }) => level === 'error')).toMatchObject([{ fields: { at, problems } }]);
    expect(await told(agents, 'sales')).toBe('Sell.');
    await bench.file('sales.yaml', 'instructions: Sell better.\n');
    await until(() => agents.status().problems.length === 0, 'the file to be right again');
    expect(await told(agents, 'sales')).toBe('Sell better.');
  });

  it.each([
    ['broken YAML', 'instructions: "Sell\n', /quote/i],
    ['the same key twice', 'instructions: a\ninstructions: b\n', /unique/],
    ['an empty file', '', /key: value/],
    ['another name than the file', 'name: other\ninstructions: a\n', /name must be odd/],
    ['an unknown backend', 'instructions: a\nbackend: none\n', /backend: backend "none" is not a setting/],
    ['a wrong setting', 'instructions: a\nsettings: { modle: b }\n', /settings.modle is not a setting/],
    ['an unknown tool', 'instructions: a\ntools: [fly]\n', /tools: There is no tool "fly"/],
    ['a place that is no variable', 'instructions: "{{first name}}"\n', /all {{names}}/],
    [
      'a target that no platform takes',
      'instructions: a\nwhenAiIsAway: { transferTo: "+1 555" }\n',
      /whenAiIsAway.transferTo must be a number/,
    ],
    [
      'a look-up in a private network',
      'instructions: a\nlookup: { url: "http://169.254.169.254/" }\n',
      /lookup.url: The address belongs to a private network/,
    ],
    [
      'what is kept for longer than there will be time',
      'instructions: a\nprivacy: { keepForMs: 1e300 }\n',
      /keepForMs/,
    ],
    [
      'a backend that is none',
      'instructions: a\nwhenAiIsAway: { otherBackends: [[]] }\n',
      /whenAiIsAway.otherBackends/,
    ],
    [
      'a short secret',
      'instructions: a\nlookup: { url: "https://a.example/", secret: whsec_YWJj }\n',
      /24 bytes/,
    ],
    [
      'a hidden secret',
      'instructions: a\nlookup: { url: "https://a.example/", secret: hidden }\n',
      /same address/,
    ],
    [
      'endless aliases',
      `a: &a [1]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]\n`,
      /alias|not known/i,
    ],
  ])('are refused for %s', async (_, text, complaint) => {
    await bench.file('odd.yaml', text);
    const agents = await bench.started();
    expect(
      agents
        .status()
        .problems.flatMap(({ problems }) => problems)
        .join('\n'),
    ).toMatch(complaint);
    expect(() => agents.choose(leg({ agent: 'odd' }))).toThrow(GatewayError);
  });

  it.each([
    ['tel:+493023125099', '+493023125099'],
    ['+49 (30) 2312-5099', '+493023125099'],
    ['sip:desk-1@example.com', 'sip:desk-1@example.com'],
  ])('hand the callers of an AI that is away to %s', async (written, transferTo) => {
    await bench.file('away.yaml', `instructions: a\nwhenAiIsAway: { transferTo: "${written}" }\n`);
    const agents = await bench.started();
    expect(agents.choose(leg({ agent: 'away' })).away).toMatchObject({ transferTo });
  });

  it('that are wrong from the start answer with what the store remembers of them', async () => {
    await bench.file('sales.yaml', 'instructions: Sell.\n');
    await (await bench.started()).stop();
    await bench.file('sales.yaml', 'nonsense');
    const agents = await bench.started();
    expect(agents.status().problems).toHaveLength(1);
    expect(await told(agents, 'sales')).toBe('Sell.');
  });

  it('appear with a folder that is made later', async () => {
    const config = bench.config();
    config.folder = join(bench.folder, 'later');
    const agents = await bench.started({ config });
    await mkdir(config.folder);
    await bench.file('later/sales.yaml', 'instructions: Sell.\n');
    await agents.refresh();
    expect(await told(agents, 'sales')).toBe('Sell.');
    await rm(config.folder, { recursive: true });
    await until(() => agents.list().length === 1, 'the folder to be gone');
    await mkdir(config.folder);
    await agents.refresh();
    await bench.file('later/sales.yaml', 'instructions: Sell again.\n');
    await until(() => agents.list().length === 2, 'the new folder to be watched');
    expect(await told(agents, 'sales')).toBe('Sell again.');
  });
});

describe('tools', () => {
  it('are got ready when the agent is loaded, and a call has them as they are when it begins', async () => {
    await bench.file('a.yaml', 'instructions: x\ntools: [hang_up]\n');
    const agents = await bench.started();
    expect(bench.prepared).toEqual(['hang_up']);
    const names = (tools: { definitions: readonly { name: string }[] }) =>
      tools.definitions.map(({ name }) => name);
    const early = agents.choose(leg({ agent: 'a' }));
    bench.found.push('found');
    expect(names(agents.choose(leg({ agent: 'a' })).tools)).toEqual(['hang_up', 'found']);
    expect(names(early.tools)).toEqual(['hang_up']);
  });
});

describe('versions', () => {
  it('count up with each change, and unchanged content makes none, whatever the order of its keys', async () => {
    const agents = await bench.started();
    const first = await agents.put({ name: 'a', instructions: 'One.', greeting: 'Hi.' }, 'ann');
    const same = await agents.put({ greeting: 'Hi.', name: 'a', instructions: 'One.' }, 'bob');
    const second = await agents.put({ name: 'a', instructions: 'Two.' }, 'bob');
    expect([first.version, same.version, second.version]).toEqual([1, 1, 2]);
    expect(await agents.versions('a')).toMatchObject([
      { version: 2, origin: 'api', by: 'bob' },
      { version: 1, origin: 'api', by: 'ann' },
    ]);
    expect((await agents.find('a', 1))?.document).toMatchObject({ instructions: 'One.' });
    expect((await agents.find('a'))?.version).toBe(2);
    expect(await agents.find('a', 9)).toBeNull();
  });

  it('are the same again after a restart', async () => {
    await bench.file('sales.yaml', 'instructions: Sell.\n');
    const before = await bench.started();
    await before.put({ name: 'a', instructions: 'One.' }, 'ann');
    await before.put({ name: 'a', instructions: 'Two.' }, 'ann');
    await before.stop();
    const after = await bench.started();
    const versions = (agents: Agents) => agents.list().map(({ name, version }) => [name, version]);
    expect(versions(after)).toEqual([
      ['a', 2],
      ['default', 1],
      ['sales', 1],
    ]);
    expect(await told(after, 'a')).toBe('Two.');
  });

  it('are given later to files that were read while the store was away', async () => {
    const away = new MemoryShelf();
    let reachable = false;
    const refuse = async () => {
      if (!reachable) throw new GatewayError('STORE_AWAY', 'The database does not answer.');
    };
    const shelf = Object.assign(Object.create(away), {
      size: () => refuse().then(() => away.size()),
      newest: () => refuse().then(() => away.newest()),
      add: (version: Parameters<MemoryShelf['add']>[0]) => refuse().then(() => away.add(version)),
    });
    await bench.file('sales.yaml', 'instructions: Sell.\n');
    const agents = await bench.started({ shelf });
    expect(agents.choose(leg({ agent: 'sales' })).version).toBe(0);
    expect(agents.status().problems).toEqual([{ at: 'store', problems: ['The database does not answer.'] }]);
    await expect(agents.put({ name: 'a', instructions: 'One.' }, 'ann')).rejects.toMatchObject({
      code: 'STORE_AWAY',
    });
    expect(agents.list().map(({ name }) => name)).toEqual(['default', 'sales']);
    reachable = true;
    await agents.refresh();
    expect(agents.choose(leg({ agent: 'sales' })).version).toBe(1);
    expect(agents.status().problems).toEqual([]);
  });
});

describe('agents through the API', () => {
  it('win over a file of the same name until they are removed', async () => {
    await bench.file('sales.yaml', 'instructions: From the file.\n');
    const agents = await bench.started();
    await agents.put({ name: 'sales', instructions: 'From the API.' }, 'ann');
    expect(await told(agents, 'sales')).toBe('From the API.');
    expect(agents.choose(leg({ agent: 'sales' })).version).toBe(2);
    expect(await agents.remove('sales', 'ann')).toBe(true);
    expect(await told(agents, 'sales')).toBe('From the file.');
    expect(agents.choose(leg({ agent: 'sales' })).version).toBe(1);
    expect(await agents.remove('sales', 'ann')).toBe(false);
  });

  it('reach the other processes of the same store', async () => {
    const here = await bench.started();
    const there = await bench.started();
    await here.put({ name: 'a', instructions: 'One.' }, 'ann');
    await there.refresh();
    expect(await told(there, 'a')).toBe('One.');
    await here.remove('a', 'ann');
    await there.refresh();
    expect(() => there.choose(leg({ agent: 'a' }))).toThrow('There is no agent "a".');
  });

  it('are refused with every mistake named, and nothing changes', async () => {
    const agents = await bench.started();
    const refused = agents.put(
      { name: 'No Slug', instructions: 7, backend: 'none', limits: { maxDurationMs: '10m' }, extra: 1 },
      'ann',
    );
    await expect(refused).rejects.toMatchObject({
      code: 'AGENT_INVALID',
      problems: expect.arrayContaining([
        'name must be small letters, digits and hyphens, at most 63.',
        expect.stringMatching(/^limits.maxDurationMs must/),
        expect.stringMatching(/^instructions must/),
        expect.stringMatching(/^extra is not known here/),
      ]),
    });
    for (const sly of ['{"__proto__":{"voice":"x"}}', '{"constructor":{}}', '{"toString":1}'])
      await expect(
        agents.put(Object.assign(JSON.parse(sly), { name: 'sly', instructions: 'One.' }), 'ann'),
      ).rejects.toMatchObject({ problems: [expect.stringMatching(/^\w+ is not known here\.$/)] });
    for (const nonsense of [null, 'text', [], 7])
      await expect(agents.put(nonsense, 'ann')).rejects.toMatchObject({ code: 'AGENT_INVALID' });
    expect(agents.list().map(({ name }) => name)).toEqual(['default']);
  });

  it('never show a secret, and take what stands for it back', async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const agents = await bench.started();
    const lookup = { url: 'https://crm.example/', secret };
    const shown = await agents.put({ name: 'a', instructions: 'One.', lookup }, 'ann');
    expect(JSON.stringify([shown, agents.list(), await agents.find('a', 1)])).not.toContain(secret);
    const changed = { ...(shown.document as object), instructions: 'Two.' };
    expect(await agents.put(changed, 'ann')).toMatchObject({ version: 2 });
    await agents.choose(leg({ agent: 'a' })).brief(leg(), 'call-1', NEVER);
    expect(bench.orders[0]?.headers).toHaveProperty('webhook-signature');
    await expect(agents.put({ ...changed, name: 'b' }, 'ann')).rejects.toThrow('none is');
    const elsewhere = { ...changed, lookup: { url: 'https://mine.example/', secret: 'hidden' } };
    await expect(agents.put(elsewhere, 'ann')).rejects.toThrow('for the same address');
  });

  it('never show the secrets of their tools, in whatever order those are sent back', async () => {
    const agents = await bench.started();
    const tools = [
      { name: 'x', url: 'https://x.example/', headers: { 'x-team': 'secret of x' } },
      { mcp: { name: 'y', url: 'https://y.example/', headers: { authorization: 'secret of y' } } },
    ];
    const shown = await agents.put({ name: 'a', instructions: 'One.', tools }, 'ann');
    expect(JSON.stringify(shown)).not.toContain('secret of');
    const document = shown.document as { tools: object[] };
    const again = { ...document, tools: [...document.tools].reverse() };
    expect(await agents.put(again, 'ann')).toMatchObject({ version: 2 });
    const [, { content }] = (await bench.shelf.newest()) as [unknown, { content: string }];
    expect(JSON.parse(content).tools).toEqual([...tools].reverse());
  });

  it('may not use what is for files alone, also where a file of the same content may', async () => {
    await bench.file('a.yaml', 'instructions: x\ntools: [{ name: t, command: run }]\n');
    const agents = await bench.started();
    const { document } = (await agents.find('a'))!;
    await expect(agents.put(document, 'ann')).rejects.toThrow('tools: tools[0] starts a program.');
  });
});

describe('the choice', () => {
  const routes = [
    { platform: 'audiocodes', botName: 'Shop', agent: 'shop' },
    { to: '+49 (30) 1234567', agent: 'berlin' },
    { to: '+4930*', agent: 'area' },
    { to: 'sip:*', agent: 'sip' },
    { parameters: { plan: 'gold' }, agent: 'gold' },
  ];

  async function withRoutes(): Promise<Agents> {
    const agents = await bench.started();
    for (const { agent } of routes) await agents.put({ name: agent, instructions: 'x' }, 'ann');
    await agents.putRoutes(routes, 'ann');
    return agents;
  }

  it.each([
    ['platform and bot name', { platform: 'audiocodes', botName: 'Shop', to: null }, 'shop'],
    ['platform alone where a bot is asked for', { platform: 'audiocodes', to: null }, 'default'],
    ['the called number, however it is written', { to: '0049301234567'.slice(2) }, 'berlin'],
    ['the beginning of the called number', { to: '+49301' }, 'area'],
    ['the beginning of an address', { to: 'SIP:desk@example.com' }, 'sip'],
    ['a parameter', { to: null, parameters: { plan: 'gold' } }, 'gold'],
    ['nothing that fits', { to: '+331', parameters: { plan: 'silver' } }, 'default'],
    [
      'a parameter called agent, which decides nothing',
      { to: '+331', parameters: { agent: 'gold' } },
      'default',
    ],
    ['one who is entitled, before any route', { to: '+49301234567', agent: 'gold' }, 'gold'],
  ])('is made by %s', async (_, info, name) => {
    expect((await withRoutes()).choose(leg(info)).name).toBe(name);
  });

  it('follows routes.yaml as it changes, until routes are stored', async () => {
    await bench.file('a.yaml', 'instructions: A.\n');
    await bench.file('b.yaml', 'instructions: B.\n');
    await bench.file('routes.yaml', '- agent: a\n');
    const agents = await bench.started();
    expect(agents.choose(leg()).name).toBe('a');
    await bench.file('routes.yaml', '- { platform: twilio, agent: b }\n');
    await until(() => agents.choose(leg()).name === 'b', 'the changed route');
    await agents.putRoutes([{ agent: 'a' }], 'ann');
    expect(agents.choose(leg()).name).toBe('a');
    expect(agents.currentRoutes()).toMatchObject({ origin: 'api', version: 3, document: [{ agent: 'a' }] });
    await agents.removeRoutes('ann');
    expect(agents.choose(leg()).name).toBe('b');
  });

  it('refuses routes with every mistake named', async () => {
    const agents = await bench.started();
    await expect(agents.putRoutes([{ agent: 'none' }, { agent: 'default' }], 'ann')).rejects.toMatchObject({
      code: 'AGENT_ROUTES_INVALID',
      problems: ['1. route: there is no agent "none".'],
    });
    await expect(
      agents.putRoutes([{ to: '+49*30', agent: 'default' }, { platfrom: 'x', agent: 'default' }, 7], 'ann'),
    ).rejects.toMatchObject({
      problems: [
        '1. route: to must be a number or address, with at most one * as its end.',
        expect.stringMatching(/^2. route: platfrom is not known here; known: platform/),
        '3. route: must be a list of "key: value" lines.',
      ],
    });
  });

  it('falls to the default where a route leads nowhere, and says so once', async () => {
    await bench.file('routes.yaml', '- agent: gone\n');
    const agents = await bench.started();
    expect(agents.choose(leg()).name).toBe('default');
    expect(agents.choose(leg()).name).toBe('default');
    expect(log.lines.filter(({ fields }) => fields.agent === 'gone')).toHaveLength(1);
    expect(agents.status().problems).toMatchObject([{ at: 'routes' }]);
  });
});

describe('without any file', () => {
  it('the section of the configuration answers, even before the start', async () => {
    const agents = bench.agents();
    expect(agents.choose(leg()).name).toBe('default');
    await agents.start();
    const agent = agents.choose(leg());
    expect(await agent.brief(leg(), 'call-1', NEVER)).toEqual(FALLBACK);
    expect(agent).toMatchObject({ version: 1, recording: null, tools: { definitions: [] } });
  });

  it('a file called default takes its place', async () => {
    const agents = await bench.started();
    await bench.file('default.yaml', 'instructions: From the file.\n');
    await until(() => agents.choose(leg()).version === 2, 'the file');
    await rm(join(bench.folder, 'default.yaml'));
    await until(() => agents.choose(leg()).version === 3, 'the section again');
    expect(await told(agents, 'default')).toBe('Be kind.');
  });
});
