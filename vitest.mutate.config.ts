/**
 * How the tests of src/node/core run against planted faults (scripts/mutate.ts): all but those that
 * take seconds each. Promises the same verdict every time: generated cases come from one seed.
 */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'test/unit/core/**/*.test.ts',
      'test/property/core/**/*.test.ts',
      'test/property/folder-status.test.ts',
    ],
    exclude: ['test/property/core/{convergence,small-histories,order}.test.ts'],
    environment: 'node',
    testTimeout: 60_000,
    setupFiles: ['test/support/one-seed.ts'],
  },
})
