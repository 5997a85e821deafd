// Compiles apps/ and libs/ to dist/. With --if-needed it does so only when a source is newer than the last build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const marker = 'dist/.built';

function newestMtimeMs(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return /\.(ts|json)$/.test(path) && !path.endsWith('.spec.ts') ? stat.mtimeMs : 0;
  let newest = 0;
  for (const entry of readdirSync(path)) {
    if (entry !== 'node_modules' && entry !== 'fixtures')
      newest = Math.max(newest, newestMtimeMs(join(path, entry)));
  }
  return newest;
}

function upToDate() {
  if (!existsSync(marker)) return false;
  const builtMs = statSync(marker).mtimeMs;
  return ['apps', 'libs', 'package.json', 'tsconfig.json'].every((path) => newestMtimeMs(path) <= builtMs);
}

function run(script, ...args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

if (!(process.argv.includes('--if-needed') && upToDate())) {
  const startedAt = new Date();
  run('scripts/build-kernel.mjs', '--if-needed');
  run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json');
  writeFileSync(marker, '');
  // A source saved while the compiler ran must count as newer than this build.
  utimesSync(marker, startedAt, startedAt);
}
