// Compiles apps/ and libs/ to dist/, and the console's pages to dist/console/. With --if-needed it does each only when one of
// its sources is newer than its last build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CONSOLE = 'apps/console';
const ifNeeded = process.argv.includes('--if-needed');

const parts = [
  {
    marker: 'dist/.built',
    sources: ['apps', 'libs', 'package.json', 'tsconfig.json'],
    except: [CONSOLE],
    build() {
      run('scripts/build-kernel.mjs', '--if-needed');
      run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json');
    },
  },
  {
    marker: 'dist/.built-console',
    sources: [CONSOLE, 'libs/audio', 'libs/contracts', 'package.json'],
    except: [],
    build: () => run('node_modules/vite/bin/vite.js', 'build', CONSOLE, '--logLevel', 'warn'),
  },
];

function newestMtimeMs(path, except) {
  const stat = statSync(path);
  if (!stat.isDirectory()) {
    return /\.(tsx?|json|css|html|svg)$/.test(path) && !path.endsWith('.spec.ts') ? stat.mtimeMs : 0;
  }
  let newest = 0;
  for (const entry of readdirSync(path)) {
    const inside = join(path, entry);
    if (entry !== 'node_modules' && entry !== 'fixtures' && !except.includes(inside))
      newest = Math.max(newest, newestMtimeMs(inside, except));
  }
  return newest;
}

function upToDate({ marker, sources, except }) {
  if (!existsSync(marker)) return false;
  const builtMs = statSync(marker).mtimeMs;
  return sources.every((path) => newestMtimeMs(path, except) <= builtMs);
}

function run(script, ...args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

for (const part of parts) {
  if (ifNeeded && upToDate(part)) continue;
  const startedAt = new Date();
  part.build();
  writeFileSync(part.marker, '');
  // A source saved while the compiler ran must count as newer than this build.
  utimesSync(part.marker, startedAt, startedAt);
}
