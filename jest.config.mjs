import { swcOptions } from './scripts/swc-options.mjs';

const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swcOptions] },
  // Sources import "./x.js", as NodeNext asks; the file on disk is ./x.ts. A library's "./x.json.js" is what it says.
  moduleNameMapper: {
    '^(\\.{1,2}/.*)(?<!\\.json)\\.js$': '$1',
    // This library has a "source" condition of its own, which means TypeScript that nobody here compiles.
    '^eventsource-parser/stream$': '<rootDir>/node_modules/eventsource-parser/dist/stream.js',
  },
  // The "source" condition makes #libs/* and #apps/* resolve to TypeScript.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  setupFiles: ['reflect-metadata'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

const TIMED = ['/node_modules/', '\\.timed\\.spec\\.ts$'];

export default {
  coverageProvider: 'v8',
  collectCoverageFrom: ['apps/*/src/**/*.ts', 'libs/**/src/**/*.ts', '!**/*.spec.ts', '!**/main.ts'],
  // Most tests wait for real sockets and real time rather than for the processor.
  maxWorkers: 3,
  workerIdleMemoryLimit: '1GB',
  // Tests wait for conditions, over real sockets; this only bounds how long a busy machine may take. Jest takes it from here alone.
  testTimeout: 30_000,
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs}/**/*.spec.ts'],
      testPathIgnorePatterns: TIMED,
    },
    {
      ...base,
      displayName: 'whole',
      testMatch: ['<rootDir>/test/**/*.spec.ts'],
      testPathIgnorePatterns: TIMED,
    },
    // They compare moments to the millisecond, so they do not share the processor with other tests: scripts/test.mjs.
    { ...base, displayName: 'timed', testMatch: ['<rootDir>/{apps,libs,test}/**/*.timed.spec.ts'] },
  ],
};
