import { spawnSync } from 'node:child_process';
import { it } from '@jest/globals';

const found = spawnSync('promtool', ['--version']).status === 0;
if (!found)
  console.warn('Skipped: no promtool on the PATH (Debian: prometheus), so rules are not evaluated.');

/** A test that runs where promtool is, and counts as skipped elsewhere. */
export const itWithPromtool = found ? it : it.skip;

/** Runs promtool; gives what it said where it did not succeed, else the empty string. */
export function promtoolComplaint(...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { encoding: 'utf8' });
  return status === 0 ? '' : `${error?.message ?? ''}${stdout}${stderr}`;
}
