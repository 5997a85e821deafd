// Lets node run the sources as they are: `node -C source --import ./scripts/run-typescript.mjs FILE.ts`. Specs need it that start
// a process of their own; and so does the corpus's, since in jest's sandbox every use of Math is a slow one, and hours of sound
// would take tens of minutes.
import { existsSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transformFile } from '@swc/core';
import { swcOptions } from './swc-options.mjs';

/** Libraries for specs ask for these; outside of a spec they are not called. */
const SPEC_WORDS =
  'data:text/javascript,export const describe = () => {}, it = describe, expect = describe, beforeEach = describe, afterEach = describe';

/** Relative imports name the .js file that the build would make. */
export async function resolve(specifier, context, next) {
  if (specifier === '@jest/globals') return { url: SPEC_WORDS, shortCircuit: true };
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
  const { code } = await transformFile(fileURLToPath(url), swcOptions);
  return { format: 'module', source: code, shortCircuit: true };
}

// Node loads this file again for its loader thread, which must not register anew.
if (isMainThread) register(import.meta.url);
