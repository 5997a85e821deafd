/** The architecture as rules: what may import what. The table in libs/core/README.md says why. */
module.exports = {
  forbidden: [
    {
      name: 'plug-in-stands-alone',
      severity: 'error',
      comment:
        'A platform, backend or observer is one folder: it knows the contracts and the sound library, nothing else of ours.',
      from: { path: '^libs/(platforms|backends|observers)/([^/]+)/src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(libs|apps)/', pathNot: ['^libs/(contracts|audio)/', '^libs/$1/$2/'] },
    },
    {
      name: 'core-knows-no-plug-in',
      severity: 'error',
      from: { path: '^libs/core/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/(core|contracts|audio)/' },
    },
    {
      name: 'contracts-import-nothing-of-ours',
      severity: 'error',
      from: { path: '^libs/contracts/' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/contracts/' },
    },
    {
      name: 'audio-is-pure',
      severity: 'error',
      from: { path: '^libs/audio/src', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/(contracts|audio)/' },
    },
    {
      name: 'audio-does-no-io',
      severity: 'error',
      from: { path: '^libs/audio/src', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(node:)?(fs|net|http|https|timers|child_process|worker_threads)(/|$)' },
    },
    {
      name: 'services-know-contracts-and-store',
      severity: 'error',
      comment:
        'What is around the call hangs on the ports and keeps its tables in the store; it knows neither the core nor plug-ins.',
      from: { path: '^libs/(agents|tools|outbound|webhooks|privacy)/src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(libs|apps)/', pathNot: ['^libs/(contracts|audio|store)/', '^libs/$1/'] },
    },
    {
      name: 'store-knows-contracts',
      severity: 'error',
      from: { path: '^libs/store/src/', pathNot: '(?:\\.spec\\.ts$|/testing/)' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/(contracts|store)/' },
    },
    {
      name: 'testing-knows-no-plug-in',
      severity: 'error',
      from: { path: '^libs/testing/' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/(testing|core|contracts|audio)/' },
    },
    {
      name: 'libs-know-no-app',
      severity: 'error',
      from: { path: '^libs/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^apps/' },
    },
    {
      name: 'libraries-only-through-the-index',
      severity: 'error',
      from: { path: '^(?:libs|apps)/([^/]+)/', pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^libs/(?:contracts|audio|core|testing|store|agents|tools|outbound|webhooks|privacy)/src/',
        pathNot: ['/src/index\\.ts$', '^libs/$1/'],
      },
    },
    {
      name: 'plug-ins-only-through-the-index',
      severity: 'error',
      from: { path: '^(?:apps|libs/core|libs/testing)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/(?:platforms|backends|observers)/', pathNot: '/src/index\\.ts$' },
    },
    {
      name: 'apps-only-through-the-index',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^apps/', pathNot: ['/src/index\\.ts$', '^apps/$1/'] },
    },
    {
      name: 'console-knows-contracts-and-sound',
      severity: 'error',
      comment: 'What runs in a browser talks to the gateway over its sockets only.',
      from: { path: '^apps/console/src/', pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^(libs|apps)/',
        pathNot: [
          '^libs/(contracts|audio)/',
          '^apps/console/',
          '^libs/observers/live-monitor/src/index\\.ts$',
        ],
      },
    },
    {
      name: 'console-runs-nothing-of-the-gateway',
      severity: 'error',
      comment: 'Of the live monitor it knows the types of its messages, which are gone when it is built.',
      from: { path: '^apps/console/src/' },
      to: { path: '^libs/observers/live-monitor/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'console-state-needs-no-page',
      severity: 'error',
      comment:
        'What the pages show is kept and worked out by plain classes that are tested without a browser.',
      from: { path: '^apps/console/src/store/' },
      to: { path: ['node_modules/(react|react-dom|@mantine|uplot)/', '^apps/console/src/(pages|parts)/'] },
    },
    {
      name: 'no-nest-inside',
      severity: 'error',
      comment: 'Nest lives at the seams; leg, session, path and codec are plain classes.',
      from: { path: '^libs/', pathNot: '\\.(module|gateway|controller|guard|config|dto|spec)\\.ts$' },
      to: { path: 'node_modules/(@nestjs|rxjs)/' },
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules/\\.cache|assembly)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
