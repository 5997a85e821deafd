// Lets a child process of a spec run the sources as they are: node --conditions=source --import <this file> child.ts
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transform } from '@swc/core';

if (isMainThread) register(import.meta.url);

/** Libraries for specs ask for these; outside of a spec they are not called. */
const SPEC_WORDS =
  'data:text/javascript,export const describe = () => {}, it = describe, expect = describe, beforeEach = describe, afterEach = describe';

/** Sources import "./x.js", as NodeNext asks; the file on disk is ./x.ts. */
export async function resolve(specifier, context, next) {
  if (specifier === '@jest/globals') return { url: SPEC_WORDS, shortCircuit: true };
  try {
    return await next(specifier, context);
  } catch (thrown) {
    if (!specifier.startsWith('.') || !specifier.endsWith('.js')) throw thrown;
    return next(specifier.replace(/\.js$/, '.ts'), context);
  }
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(url);
  const { code } = await transform(await readFile(filename, 'utf8'), {
    filename,
    swcrc: false,
    module: { type: 'es6' },
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      target: 'es2022',
      keepClassNames: true,
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
  });
  return { format: 'module', shortCircuit: true, source: code };
}
