import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'console/src/**/*.test.ts'],
    // Two cores are the floor: more workers would only fight over them.
    maxWorkers: 2,
    // What hangs fails; a machine with other work to do does not.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real processes on a shared machine: there, one that fails is tried once more, and the report says that it was. Here it fails.
    retry: process.env.ANCILE_REQUIRE_ALL === '1' ? 1 : 0,
  },
});
