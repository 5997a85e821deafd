import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** The one copy of OpenAI's schema of client events, whose origin stands beside it. */
const FILE = new URL(
  '../../../../apps/simulator/openai-schema/client-events.ga.strict.schema.json',
  import.meta.url,
);

let validate: ValidateFunction | null = null;

/** Null: OpenAI takes this event. Otherwise what is wrong with it. */
export function breachOfSchema(event: unknown): string | null {
  validate ??= new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(FILE, 'utf8')));
  return validate(event) ? null : `${JSON.stringify(event)}: ${JSON.stringify(validate.errors)}`;
}
