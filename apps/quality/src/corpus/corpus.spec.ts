import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { repositoryFile } from '../repository-file.js';
import { ROWS } from './corpus.js';
import { KNOWN_MISSES } from './known-misses.js';
import type { RowResult } from './row.js';

const MINUTES = 60_000;

/** The same rows as `npm run quality:corpus` prints, from the sources as they are; a miss is listed with its case. */
describe('the quality monitor on the labelled corpus', () => {
  let rows: readonly RowResult[] = [];

  beforeAll(async () => {
    const loader = repositoryFile('scripts/run-typescript.mjs');
    const command = repositoryFile('apps/quality/src/corpus/main.ts');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['-C', 'source', '--disable-warning=ExperimentalWarning', '--import', loader, command, '--json'],
      { cwd: repositoryFile(), maxBuffer: 2 ** 26 },
    );
    rows = JSON.parse(stdout);
    // Eight hours of sound are made and measured, on processors that others use too.
  }, 10 * MINUTES);

  it.each(Object.keys(ROWS).map((name, index) => [name, index] as const))('%s', (name, index) => {
    expect(rows[index]!.cases).toBeGreaterThan(0);
    const missed = [...new Set(rows[index]!.misses.map((miss) => miss.case))].sort();
    expect({ missed, misses: rows[index]!.misses }).toMatchObject({ missed: KNOWN_MISSES[name] ?? [] });
  });
});
