import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { dashboards } from '#apps/dashboards';
import { QUALITY_KINDS } from '#libs/contracts';
import { namesIn, servedNames } from './metric-names.js';
import { itWithPromtool, promtoolComplaint } from './promtool.js';
import { RULES_FOLDER, ruleQueries } from './rules.js';

const TESTS_FOLDER = 'test/observability/rules';

interface Check {
  readonly expr: string;
  readonly exp_samples: readonly unknown[];
}

function paths(folder: string): string[] {
  return readdirSync(folder).map((file) => join(folder, file));
}

describe('rules of Prometheus', () => {
  const rules = ruleQueries();
  const alerts = rules.filter(({ kind }) => kind === 'alert');
  const records = rules.filter(({ kind }) => kind === 'record');

  it('have names that occur once', () => {
    expect(rules.length).toBeGreaterThan(40);
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
  });

  it('read nothing but what /metrics has and what other rules record', async () => {
    const known = new Set([...(await servedNames()), ...records.map(({ name }) => name)]);
    const unknown = rules.flatMap(({ name, expr }) =>
      namesIn(expr)
        .filter((read) => !known.has(read))
        .map((read) => `${name}: ${read}`),
    );
    expect(unknown).toEqual([]);
    expect(rules.every(({ expr }) => namesIn(expr).length > 0)).toBe(true);
  });

  it('record under names of the form level:metric:operation', () => {
    expect(records.filter(({ name }) => !/^[a-z_]+:[a-z_]+:[a-z0-9_]+$/.test(name))).toEqual([]);
  });

  it('have an alert for each kind of bad sound', () => {
    const kinds = alerts.flatMap(({ expr }) => [...expr.matchAll(/kind="([^"]+)"/g)].map(([, kind]) => kind));
    expect(kinds).toEqual(expect.arrayContaining([...QUALITY_KINDS]));
  });

  it.each(alerts)('$name says how grave it is, what is wrong, what to do and where to look', (alert) => {
    expect(['warning', 'critical']).toContain(alert.labels.severity);
    const { summary = '', action = '', dashboard = '' } = alert.annotations;
    // What is wrong, and after the colon what to do.
    expect(summary).toMatch(/^Patchbay.*: .{10,}\.$/);
    expect(summary.length).toBeLessThan(240);
    expect(action.length).toBeGreaterThan(60);
    expect(dashboard).toMatch(/^\{\{ \$externalLabels\.grafana \}\}\/d\//);
    const uid = /\/d\/([^/]+)\//.exec(dashboard)?.[1];
    expect(dashboards().map(({ uid }) => uid)).toContain(uid);
  });

  it.each(alerts)('$name speaks only of labels that it has', ({ expr, annotations }) => {
    const told = [
      ...Object.values(annotations)
        .join(' ')
        .matchAll(/\$labels\.(\w+)/g),
    ].map(([, label]) => label!);
    // The first operand decides the labels: those of a record's level, of its grouping, or of the scraped target.
    const first = expr.split(/\band\b/)[0]!;
    const level = namesIn(first)
      .filter((name) => name.includes(':'))
      .flatMap((name) => name.split(':')[0]!.split('_'));
    const grouping = [...first.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names]) => names!.split(/,\s*/));
    const target = /\{job=/.test(first) ? ['job', 'instance'] : [];
    expect([...level, ...grouping, ...target]).toEqual(expect.arrayContaining(told));
  });

  it('stand in config/README.md, every alert of them', () => {
    const page = readFileSync('config/README.md', 'utf8');
    expect(alerts.filter(({ name }) => !page.includes(`\`${name}\``)).map(({ name }) => name)).toEqual([]);
  });

  const checks = paths(TESTS_FOLDER).flatMap((path) => {
    const { tests } = parse(readFileSync(path, 'utf8')) as { tests: { promql_expr_test: Check[] }[] };
    return tests.flatMap(({ promql_expr_test }) => promql_expr_test);
  });

  it.each(alerts)('$name has a case in which it fires and one in which it is silent', ({ name }) => {
    const cases = checks.filter(({ expr }) => expr.includes(`alertname="${name}", alertstate="firing"`));
    expect(cases.some(({ exp_samples }) => exp_samples.length > 0)).toBe(true);
    expect(cases.some(({ exp_samples }) => exp_samples.length === 0)).toBe(true);
  });

  it.each(records)('$name has a case with its value', ({ name }) => {
    const cases = checks.filter(({ expr }) => namesIn(expr).includes(name));
    expect(cases.some(({ exp_samples }) => exp_samples.length > 0)).toBe(true);
  });

  itWithPromtool('are what promtool takes for rules', () => {
    expect(promtoolComplaint('check', 'rules', ...paths(RULES_FOLDER))).toBe('');
  });

  itWithPromtool('are part of a configuration that promtool takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'patchbay-'));
    try {
      cpSync('config/prometheus', folder, { recursive: true });
      const config = join(folder, 'prometheus.yml');
      const token = join(folder, 'token');
      writeFileSync(token, 'secret');
      const text = readFileSync(config, 'utf8');
      writeFileSync(config, text.replace(/(credentials_file: ).*/, `$1${token}`));
      expect(promtoolComplaint('check', 'config', config)).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  itWithPromtool.each(paths(TESTS_FOLDER))('give what they should in %s', (path) => {
    expect(promtoolComplaint('test', 'rules', path)).toBe('');
  });
});
