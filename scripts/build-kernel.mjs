// Compiles the resampler's kernel to WebAssembly and writes it into a TypeScript module, so that no file is read at run
// time. With --if-needed it does so only when a source is newer than the last build.
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = 'libs/audio/assembly/kernel.ts';
const target = join(root, 'libs/audio/src/kernel/kernel.wasm.ts');

function modifiedMs(path) {
  return statSync(path).mtimeMs;
}

function upToDate() {
  if (!existsSync(target)) return false;
  return [join(root, source), fileURLToPath(import.meta.url)].every(
    (path) => modifiedMs(path) <= modifiedMs(target),
  );
}

async function loadCompiler() {
  try {
    return (await import('assemblyscript/asc')).default;
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return null;
  }
}

async function compile(asc) {
  let binary = null;
  const { error, stderr } = await asc.main(
    [
      source,
      ...['--outFile', 'kernel.wasm'],
      ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
      // Two pages, never more: views of the memory stay valid for the life of the process.
      ...['--initialMemory', '2', '--maximumMemory', '2'],
    ],
    {
      readFile: (name, base) => {
        const path = join(root, base, name);
        return existsSync(path) ? readFileSync(path, 'utf8') : null;
      },
      writeFile: (_name, contents) => {
        binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === null)
    throw new Error(`The kernel does not compile.\n${stderr.toString()}`, { cause: error });
  return binary;
}

if (!(process.argv.includes('--if-needed') && upToDate())) {
  const asc = await loadCompiler();
  if (asc !== null) {
    const base64 = Buffer.from(await compile(asc)).toString('base64');
    mkdirSync(dirname(target), { recursive: true });
    // Renamed into place, so that a build running at the same moment never reads half of it.
    const growing = `${target}.${process.pid}`;
    writeFileSync(
      growing,
      `// Compiled from ${source} by scripts/build-kernel.mjs.\nexport const KERNEL_WASM =\n  '${base64}';\n`,
    );
    renameSync(growing, target);
  } else if (process.env.npm_lifecycle_event === 'prepare') {
    // An install without development packages: whoever builds needs them, whoever runs a finished build does not.
    console.warn('The sound kernel was not compiled, because AssemblyScript is not installed.');
  } else {
    console.error('AssemblyScript is not installed. Run "npm ci" with the development packages.');
    process.exitCode = 1;
  }
}
