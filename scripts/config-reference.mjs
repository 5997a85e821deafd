// Writes config/README.md from the configuration classes and config/stack.md. Needs a build.
import { readFileSync, writeFileSync } from 'node:fs';

const { configReference, loadConfiguration } = await import('#apps/gateway');
const stack = readFileSync('config/stack.md', 'utf8');
writeFileSync('config/README.md', configReference(await loadConfiguration({}), stack));
