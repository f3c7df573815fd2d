// The tests run the sources as native ES modules (`npm run jest`), so that both Babel 7 (CommonJS) and
// Babel 8 (ES modules only) can be loaded into them. Source files import each other as `./x.js`, as the
// emitted code does; the mapper finds the TypeScript file behind such a name.
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'] },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/test/fixtures', '<rootDir>/fixtures'],
  // Modules of a test stay in the process that has run it. One that has run thousands of programs is slow at the rest.
  maxWorkers: 2,
  workerIdleMemoryLimit: '600MB',
  testPathIgnorePatterns: ['/node_modules/', '/test/fixtures/'],
};
