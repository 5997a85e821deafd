// Lets node run the sources as they are: `node -C source --import ./apps/quality/scripts/run-typescript.mjs FILE.ts`. The
// corpus's spec needs it: in jest's sandbox every use of Math is a slow one, and hours of sound would take tens of minutes.
import { existsSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transformFile } from '@swc/core';

/** Relative imports name the .js file that the build would make. */
export async function resolve(specifier, context, next) {
  const source = /^\.{1,2}\/.*\.js$/.test(specifier)
    ? new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL)
    : null;
  if (source !== null && context.parentURL.endsWith('.ts') && existsSync(source))
    return { url: source.href, format: 'module', shortCircuit: true };
  const resolved = await next(specifier, context);
  return resolved.url.endsWith('.ts') ? { ...resolved, format: 'module' } : resolved;
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const { code } = await transformFile(fileURLToPath(url), {
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'es6' },
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      target: 'es2022',
      keepClassNames: true,
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
  });
  return { format: 'module', source: code, shortCircuit: true };
}

// Node loads this file again for its loader thread, which must not register anew.
if (isMainThread) register(import.meta.url);
