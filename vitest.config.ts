import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'console/src/**/*.test.ts'],
    // Two cores are the floor: more workers would only fight over them.
    maxWorkers: 2,
    // What hangs fails; a machine with other work to do does not.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
