const swc = [
  '@swc/jest',
  {
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'es6' },
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      target: 'es2022',
      keepClassNames: true,
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
  },
];

const base = {
  testEnvironment: 'node',
  // Tests wait for conditions, over real sockets; this only bounds how long a busy machine may take.
  testTimeout: 30_000,
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': swc },
  // Sources import "./x.js", as NodeNext asks; the file on disk is ./x.ts.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // The "source" condition makes #libs/* and #apps/* resolve to TypeScript.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  setupFiles: ['reflect-metadata'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

export default {
  coverageProvider: 'v8',
  collectCoverageFrom: ['apps/*/src/**/*.ts', 'libs/**/src/**/*.ts', '!**/*.spec.ts', '!**/main.ts'],
  // Most tests wait for real sockets and real time rather than for the processor.
  maxWorkers: 3,
  workerIdleMemoryLimit: '1GB',
  projects: [
    { ...base, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs}/**/*.spec.ts'] },
    {
      ...base,
      displayName: 'whole',
      testMatch: ['<rootDir>/test/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.timed\\.spec\\.ts$'],
    },
    // They compare moments to the millisecond, so they do not share the processor with other tests: scripts/test.mjs.
    { ...base, displayName: 'timed', testMatch: ['<rootDir>/test/**/*.timed.spec.ts'] },
  ],
};
