import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Schema, SchemaCheck } from './schema-check.js';

/** Files that ship with the simulator lie under `apps/simulator` of the package, whether this runs from source or from dist. */
export function simulatorFile(...path: string[]): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error('The simulator runs outside of its package: no package.json above it.');
    folder = parent;
  }
  return join(folder, 'apps', 'simulator', ...path);
}

export function readSchema(name: string): Schema {
  return JSON.parse(readFileSync(simulatorFile('openai-schema', name), 'utf8'));
}

let check: SchemaCheck | null = null;

/** What a client may send, by OpenAI's public schema made strict. Read once, at the first use. */
export function clientEventCheck(): SchemaCheck {
  check ??= new SchemaCheck(readSchema('client-events.ga.strict.schema.json'));
  return check;
}
