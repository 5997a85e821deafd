import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const RULES_FOLDER = 'config/prometheus/rules';

interface RuleInFile {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleQuery {
  readonly group: string;
  readonly kind: 'alert' | 'record';
  readonly name: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Every recording and alert rule that is shipped. */
export function ruleQueries(): RuleQuery[] {
  return readdirSync(RULES_FOLDER).flatMap((file) => {
    const { groups } = parse(readFileSync(join(RULES_FOLDER, file), 'utf8')) as {
      groups: { name: string; rules: RuleInFile[] }[];
    };
    return groups.flatMap(({ name: group, rules }) =>
      rules.map(({ record, alert, expr, labels = {}, annotations = {} }) => ({
        group,
        kind: alert === undefined ? ('record' as const) : ('alert' as const),
        name: alert ?? record ?? '',
        expr,
        labels,
        annotations,
      })),
    );
  });
}
