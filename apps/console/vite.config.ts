import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

/** What a browser fetches before the first page shows, gzipped. */
const INITIAL_JAVASCRIPT_BYTES = 250 * 1000;

/** Stops the build when the scripts of the first page grow beyond their budget. */
function initialLoadBudget(): Plugin {
  return {
    name: 'initial-load-budget',
    generateBundle(_options, bundle) {
      const waiting = Object.values(bundle).flatMap((each) =>
        each.type === 'chunk' && each.isEntry ? [each.fileName] : [],
      );
      const initial = new Set<string>();
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
        const chunk = bundle[name];
        if (chunk?.type !== 'chunk' || initial.has(name)) continue;
        initial.add(name);
        waiting.push(...chunk.imports);
      }
      let bytes = 0;
      for (const name of initial) {
        const chunk = bundle[name];
        if (chunk?.type === 'chunk') bytes += gzipSync(chunk.code).length;
      }
      const figures = `${(bytes / 1000).toFixed(1)} kB of JavaScript (gzip) before the first page, ${INITIAL_JAVASCRIPT_BYTES / 1000} kB allowed`;
      if (bytes === 0 || bytes > INITIAL_JAVASCRIPT_BYTES) this.error(figures);
      this.info(figures);
    },
  };
}

/** Where `npm run console:dev` finds the gateway. */
const gateway = process.env.GATEWAY_URL ?? 'http://127.0.0.1:3000';
/** The gateway lets in pages of its own origin only, which the development server's are not. */
const behindProxy = { target: gateway, headers: { origin: gateway } };

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // The gateway may be reached under a path of a proxy.
  base: './',
  resolve: { conditions: ['source', ...defaultClientConditions] },
  oxc: { jsx: { runtime: 'automatic' } },
  plugins: [initialLoadBudget()],
  build: {
    outDir: fileURLToPath(new URL('../../dist/console', import.meta.url)),
    emptyOutDir: true,
    sourcemap: true,
    target: 'es2022',
    // The gateway's content security policy lets no script or sound in from data: addresses.
    assetsInlineLimit: 0,
    // A page that is fetched a second time would come without the style sheet of its own that failed the first time.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      onLog(level, log, report) {
        // Mantine marks each file for servers that render React; this page has none.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
  server: {
    proxy: {
      '/api': behindProxy,
      '/health': behindProxy,
      '/monitor': { ...behindProxy, ws: true },
      '/browser': { ...behindProxy, ws: true },
    },
  },
});
