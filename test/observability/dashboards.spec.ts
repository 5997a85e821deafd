import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { describe, expect, it } from '@jest/globals';
import { dashboardFiles, dashboards, panelQueries } from '#apps/dashboards';
import { namesIn, servedNames } from './metric-names.js';
import { itWithPromtool, promtoolComplaint } from './promtool.js';

const FOLDER = 'config/grafana/dashboards';
const VALUES = { rateInterval: '1m', range: '1h' };

interface PanelJson {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { x: number; y: number; w: number; h: number };
  readonly targets?: readonly { refId: string; expr: string; legendFormat: string }[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly thresholds?: { readonly steps: readonly { value: number | null }[] };
      readonly links?: readonly { url: string }[];
    };
  };
}

interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly PanelJson[];
  readonly templating: { readonly list: readonly { name: string }[] };
}

const shown = dashboards() as unknown as DashboardJson[];
const panels = shown.flatMap(({ uid, panels: own }) =>
  own.filter(({ type }) => type !== 'row').map((panel) => ({ name: `${uid}: ${panel.title}`, ...panel })),
);
const measured = panels.filter(({ type }) => type !== 'text');
const queries = panelQueries(VALUES);

describe('dashboards of Grafana', () => {
  it('stand in the repository as the code makes them (npm run dashboards)', () => {
    const files = dashboardFiles();
    expect(readdirSync(FOLDER).map((file) => `${FOLDER}/${file}`)).toEqual([...files.keys()].sort());
    for (const [path, json] of files) expect(readFileSync(path, 'utf8')).toBe(json);
  });

  it('are the four that a person on call needs, under fixed uids', () => {
    expect(shown.map(({ uid }) => uid)).toEqual([
      'patchbay-overview',
      'patchbay-quality',
      'patchbay-conversation',
      'patchbay-operations',
    ]);
    expect(new Set(panels.map(({ name }) => name)).size).toBe(panels.length);
    expect(measured.length).toBeGreaterThan(40);
  });

  it.each(measured)('$name has title, description, unit, thresholds and named queries', (panel) => {
    expect(panel.title).not.toBe('');
    expect(panel.description?.length).toBeGreaterThan(30);
    const { unit, thresholds } = panel.fieldConfig!.defaults;
    expect(unit).toEqual(expect.any(String));
    expect(thresholds?.steps.length).toBeGreaterThan(1);
    const limits = thresholds!.steps.slice(1).map(({ value }) => value!);
    expect(limits).toEqual([...limits].sort((a, b) => a - b));
    expect(panel.targets?.length).toBeGreaterThan(0);
    expect(panel.targets!.every(({ legendFormat }) => legendFormat !== '')).toBe(true);
    expect(new Set(panel.targets!.map(({ refId }) => refId)).size).toBe(panel.targets!.length);
  });

  it('place their panels side by side, none over another', () => {
    for (const { panels: own } of shown)
      for (const [index, { gridPos: a }] of own.entries()) {
        expect(a.x + a.w).toBeLessThanOrEqual(24);
        for (const { gridPos: b } of own.slice(index + 1))
          expect(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y).toBe(true);
      }
  });

  it('read nothing but what /metrics has', async () => {
    const known = await servedNames();
    const unknown = queries.flatMap(({ panel, expr }) =>
      namesIn(expr)
        .filter((name) => !known.has(name))
        .map((name) => `${panel}: ${name}`),
    );
    expect(unknown).toEqual([]);
    expect(queries.every(({ expr }) => namesIn(expr).length > 0)).toBe(true);
  });

  it('show every metric of the gateway but the counts of what has a better figure', async () => {
    const read = new Set(queries.flatMap(({ expr }) => namesIn(expr)));
    const bases = new Set([...read].map((name) => name.replace(/_(bucket|sum|count)$/, '')));
    const page = readFileSync('libs/observers/metrics/README.md', 'utf8');
    const metrics = [...page.matchAll(/^\| `(gateway_\w+)`/gm)].map(([, name]) => name!);
    expect(metrics.filter((name) => !bases.has(name))).toEqual([]);
  });

  it('lead from the overview to the bad leg and on to the calls', () => {
    const links = ({ uid }: Pick<DashboardJson, 'uid'>) =>
      shown
        .find((dashboard) => dashboard.uid === uid)!
        .panels.flatMap(({ fieldConfig }) => fieldConfig?.defaults.links ?? [])
        .map(({ url }) => url);
    const leg = links({ uid: 'patchbay-overview' }).find((url) => url.includes('var-kind'))!;
    expect(leg).toMatch(/^\/d\/patchbay-quality\/.*var-platform=.*var-track=.*var-kind=/);
    expect(links({ uid: 'patchbay-quality' })).toContain('$' + '{console}/');
    const variables = shown[1]!.templating.list.map(({ name }) => name);
    expect(variables).toEqual(['datasource', 'platform', 'track', 'kind', 'console']);
  });

  it('link only to dashboards that are there', () => {
    const uids = shown.map(({ uid }) => uid);
    const linked = [...JSON.stringify(shown).matchAll(/\/d\/([\w-]+)\//g)].map(([, uid]) => uid!);
    expect(linked.length).toBeGreaterThan(5);
    expect(linked.filter((uid) => !uids.includes(uid))).toEqual([]);
  });

  it('say every variable they use', () => {
    for (const { title, panels: own, templating } of shown) {
      const given = templating.list.map(({ name }) => name);
      const used = own
        .flatMap(({ targets = [] }) => targets)
        .flatMap(({ expr }) => [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name!))
        .filter((name) => !name.startsWith('__'));
      expect({ title, missing: used.filter((name) => !given.includes(name)) }).toEqual({
        title,
        missing: [],
      });
    }
  });

  it('give their queries with values in place of variables', () => {
    const one = panelQueries({ ...VALUES, variables: { platform: 'twilio' } });
    expect(one.some(({ expr }) => expr.includes('platform=~"twilio"') && expr.includes('[1m]'))).toBe(true);
    expect(one.filter(({ expr }) => expr.includes('$'))).toEqual([]);
    const odd = new DashboardBuilder('odd').withPanel(
      new PanelBuilder().title('odd').withTarget(new DataqueryBuilder().expr('up{x="$nobody"}')),
    );
    expect(() => panelQueries(VALUES, [odd.build()])).toThrow('nobody');
  });

  itWithPromtool('ask only what Prometheus can parse', () => {
    const folder = mkdtempSync(join(tmpdir(), 'patchbay-'));
    try {
      const file = join(folder, 'panels.yml');
      const rules = queries.map(({ expr }, index) => ({ record: `panel:${index}`, expr }));
      // JSON is YAML.
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
      expect(promtoolComplaint('check', 'rules', file)).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
