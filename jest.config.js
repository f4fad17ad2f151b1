const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' }, sourceMaps: 'inline' }],
    '/node_modules/(pbf|hyparquet|hyparquet-compressors|hysnappy|fzstd|jose|temporal-[a-z]+|@platformatic/[a-z-]+|scule)/.+\\.js$': ['@swc/jest', { jsc: { target: 'es2023' }, module: { type: 'commonjs' } }],
  },
  // Published as ES modules alone.
  transformIgnorePatterns: ['/node_modules/(?!(pbf|hyparquet|hyparquet-compressors|hysnappy|fzstd|jose|temporal-[a-z]+|@platformatic/[a-z-]+|scule)/)'],
  moduleNameMapper: {
    '^headrace$': '<rootDir>/core/definition/index.ts',
    '^headrace/cdk$': '<rootDir>/lib/index.ts',
    '^headrace/producer$': '<rootDir>/lib/producer/index.ts',
    '^headrace/testing$': '<rootDir>/lib/testing/index.ts',
    // Not the project's own definitions, which are anyone's to change: the example's.
    '^@generated/(manifest|validators)$': '<rootDir>/test/fixtures/generated/$1.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/dist', '<rootDir>/.headrace'],
};

// What the integration tests recorded is checked after them.
const recorded = '<rootDir>/test/permissions/recorded-calls.test.ts';
const ignored = ['/node_modules/', '/test/template/', '\\.(integration|engine)\\.test\\.ts$', recorded];

/** @type {import('jest').Config} */
module.exports = {
  // Of a machine that is busy: a test that hangs is ended, and none fails for being slow.
  testTimeout: 60_000,
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/test/**/*.test.ts'], testPathIgnorePatterns: ignored },
    { ...shared, displayName: 'template', testMatch: ['<rootDir>/test/template/**/*.test.ts'] },
    { ...shared, displayName: 'integration', testMatch: ['<rootDir>/test/**/*.integration.test.ts'] },
    // Engines that are heavy beside what a unit of the platform is: each has packages of its own.
    { ...shared, displayName: 'engines', testMatch: ['<rootDir>/test/**/*.engine.test.ts'] },
    { ...shared, displayName: 'permissions', testMatch: [recorded] },
  ],
};
