// Runs the tests: npm test, or npm test -- with arguments of jest. First all that may share the machine, then, one after the
// other, those that compare moments to the millisecond. With --outputFile=X the second part's results go to X.timed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Data of gateways, recordings, profiles of browsers: what tests leave goes with them. What was compiled stays. */
const folder = mkdtempSync(join(tmpdir(), 'patchbay-tests-'));
const compiled = join(tmpdir(), 'patchbay-jest');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const given = process.argv.slice(2);

function jest(...args) {
  const { status } = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
      `--cacheDirectory=${compiled}`,
      ...args,
    ],
    { stdio: 'inherit', env: { ...process.env, TMPDIR: folder } },
  );
  return status ?? 1;
}

// Whoever names files or tests wants just those.
const namesSome = given.some(
  (argument) => !/^--(json|outputFile|silent|ci|forceExit|verbose)\b/.test(argument),
);
if (namesSome) {
  process.exitCode = jest(...given);
} else {
  const later = given.map((argument) => argument.replace(/^(--outputFile=.*)$/, '$1.timed'));
  const statuses = [
    jest('--selectProjects', 'unit', 'whole', ...given),
    jest('--selectProjects', 'timed', '--runInBand', ...later),
  ];
  process.exitCode = Math.max(...statuses);
}
