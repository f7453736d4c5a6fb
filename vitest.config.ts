import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Two cores are the floor: more workers would only fight over them.
    maxWorkers: 2,
    // What hangs fails; a machine with other work to do does not.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real processes on a shared machine: there, one that fails is tried once more, and the report says that it was. Here it fails.
    retry: process.env.ANCILE_REQUIRE_ALL === '1' ? 1 : 0,
    setupFiles: ['test/harness/end-of-file.ts'],
    projects: [
      {
        extends: true,
        // Their modules are loaded once for all files: to load them again for each took longer than the tests.
        test: { name: 'rooms', include: ['src/**/*.test.ts', 'console/src/**/*.test.ts'], isolate: false },
      },
      { extends: true, test: { name: 'product', include: ['test/**/*.test.ts'] } },
    ],
  },
});
