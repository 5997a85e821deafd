import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of a file of the repository, whether this runs from source or from dist. */
export function repositoryFile(...path: string[]): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('This runs outside of its package: no package.json above it.');
    folder = parent;
  }
  return join(folder, ...path);
}
