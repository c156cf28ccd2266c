import { availableParallelism } from 'node:os'
import { cloudflareTest } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'

const timeouts = { testTimeout: 30_000, hookTimeout: 30_000 }
/** Tests wait more than they compute, so two cores take two files at a time. */
const maxWorkers = Math.max(2, availableParallelism() - 1)
/** Each street of a test is a service of its own with a database of its own, so files may share an isolate: a new one for each took a third of the time. */
const isolate = false
const workerd = cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })

/** What measures the product's own patience with Redis or with a caller, or its time: it runs alone, so that no neighbour's load counts. */
const patience = [
  'test/faults*.test.ts',
  'test/slow-bodies.test.ts',
  'test/late-replica.test.ts',
  'test/password-time.test.ts',
]

export default defineConfig({
  test: {
    // Starts the local Redis endpoint and the counting proxy once for all projects.
    globalSetup: './test/setup.ts',
    projects: [
      {
        // The product, inside workerd.
        extends: true,
        plugins: [workerd],
        test: {
          name: 'worker',
          include: ['test/**/*.test.ts'],
          exclude: [
            '**/node_modules/**',
            ...patience,
            'test/dev/**',
            'test/client/**',
            'test/guard/node.test.ts',
            'test/two-workers.test.ts',
            'test/architecture.test.ts',
            // The benchmark installs its peers in a folder of its own, with their tests.
            'test/bench/**',
            // Runs of their own: npm run test:fuzz, npm run test:model.
            'test/fuzz/**',
            'test/model/model.test.ts',
          ],
          maxWorkers,
          isolate,
          ...timeouts,
        },
      },
      {
        // The same, one file after the other.
        extends: true,
        plugins: [workerd],
        test: {
          name: 'patience',
          include: patience,
          maxWorkers: 1,
          isolate,
          sequence: { groupOrder: 1 },
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
            'test/bench/figures.test.ts',
          ],
          environment: 'node',
          maxWorkers,
          ...timeouts,
        },
      },
    ],
  },
})
