/** Owns the run of the fuzzer inside workerd, apart from `npm test`. */

import { cloudflareTest } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: './test/setup.ts',
    // Prints each line as it comes, without a line of Vitest's that names the test.
    disableConsoleIntercept: true,
    projects: [
      {
        extends: true,
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: {
          name: 'fuzz',
          include: ['test/fuzz/*.test.ts'],
          // Each is one long run; every answer has a time limit of its own.
          testTimeout: 0,
          hookTimeout: 30_000,
        },
      },
    ],
  },
})
