import { cloudflareTest } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'

const timeouts = { testTimeout: 30_000, hookTimeout: 30_000 }

export default defineConfig({
  test: {
    // Starts the local Redis endpoint and the counting proxy once for both projects.
    globalSetup: './test/setup.ts',
    projects: [
      {
        // The product, inside workerd.
        extends: true,
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: {
          name: 'worker',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/dev/**',
            'test/client/**',
            'test/guard/node.test.ts',
            'test/two-workers.test.ts',
            'test/scale/**',
            // Runs of their own: npm run test:fuzz, npm run test:model.
            'test/fuzz/**',
            'test/model/model.test.ts',
            'test/architecture.test.ts',
          ],
          ...timeouts,
        },
      },
      {
        // What only ever runs in Node: local development, and the client in a small browser against the real service.
        extends: true,
        test: {
          name: 'node',
          include: [
            'test/dev/**/*.test.ts',
            'test/client/**/*.test.ts',
            'test/guard/node.test.ts',
            'test/two-workers.test.ts',
            'test/architecture.test.ts',
          ],
          environment: 'node',
          ...timeouts,
        },
      },
    ],
  },
})
