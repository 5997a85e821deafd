// Writes config/README.md from the configuration classes. Needs a build.
import { writeFileSync } from 'node:fs';

const { configReference, loadConfiguration } = await import('#apps/gateway');
writeFileSync('config/README.md', configReference(await loadConfiguration({})));
