// Tests run as ES modules, so Jest is started with --experimental-vm-modules (see the scripts in package.json).
// ts-jest only strips the types: tsconfig.json sets `isolatedModules`, and `npm run typecheck` does the checking.
const base = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: '<rootDir>/tsconfig.json' }] },
  moduleNameMapper: { '^(\\.{1,2}/.+)\\.js$': ['$1.js', '$1.ts'] },
  // In every test file: no secret may come out of the module, whatever the test is about.
  setupFilesAfterEnv: ['<rootDir>/test/support/canary/setup.ts'],
  modulePathIgnorePatterns: [
    '<rootDir>/dist/',
    '<rootDir>/sample/dist/',
    '<rootDir>/test/processes/dist/',
    '<rootDir>/test/packaging/fixtures/',
  ],
};

const project = (name, extra = {}) => ({
  ...base,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  ...extra,
});

export default {
  // Two cores are enough for two of the slow suites at a time; Jest's own default leaves one core idle.
  maxWorkers: '100%',
  // On a busy machine a test waits for the processor; what never ends still ends as a failure.
  testTimeout: 60_000,
  projects: [
    project('unit'),
    project('contract'),
    project('integration'),
    project('processes'),
    project('mutations'),
    project('packaging', {
      globalSetup: '<rootDir>/test/packaging/support/pack.js',
      globalTeardown: '<rootDir>/test/packaging/support/clean.js',
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/packaging/fixtures/'],
    }),
  ],
};
