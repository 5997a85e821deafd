import { readFileSync } from 'node:fs';
import { simulatorFile } from '../simulator-file.js';
import { type Schema, SchemaCheck } from './schema-check.js';

export function readSchema(name: string): Schema {
  return JSON.parse(readFileSync(simulatorFile('openai-schema', name), 'utf8'));
}

let check: SchemaCheck | null = null;

/** What a client may send, by OpenAI's public schema made strict. Read once, at the first use. */
export function clientEventCheck(): SchemaCheck {
  check ??= new SchemaCheck(readSchema('client-events.ga.strict.schema.json'));
  return check;
}
