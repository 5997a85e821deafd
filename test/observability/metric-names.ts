import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** What Prometheus itself adds. */
const OF_PROMETHEUS = ['up', 'ALERTS', 'scrape_duration_seconds'];

const WORDS = new Set(['and', 'or', 'unless', 'offset', 'bool', 'inf', 'nan']);

/** Names of the series that /metrics has: those of the gateway as its page lists them, and prom-client's own. */
export async function servedNames(): Promise<ReadonlySet<string>> {
  const names = new Set(OF_PROMETHEUS);
  const page = readFileSync('libs/observers/metrics/README.md', 'utf8');
  for (const [, name, type] of page.matchAll(/^\| `(gateway_\w+)`\s*\| (\w+)/gm)) add(names, name!, type!);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name, type } of await registry.getMetricsAsJSON()) add(names, name, String(type));
  return names;
}

function add(names: Set<string>, name: string, type: string): void {
  if (type !== 'histogram') names.add(name);
  else for (const suffix of ['bucket', 'sum', 'count']) names.add(`${name}_${suffix}`);
}

/** Names of the series that a PromQL expression reads. */
export function namesIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replaceAll(/\b\d+[smhd]\b/g, ' ');
  return [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])/g)]
    .map(([name]) => name)
    .filter((name) => !WORDS.has(name.toLowerCase()));
}
