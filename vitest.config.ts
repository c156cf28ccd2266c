import { availableParallelism } from 'node:os'
import { cloudflareTest } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'

/** expect.poll gives up after a second by itself, which is nothing on a machine that is busy with the other tests. */
const timeouts = { testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 5_000 } } }
/** Tests wait more than they compute, so two cores take two files at a time. */
const maxWorkers = Math.max(2, availableParallelism() - 1)
/** Files may share an isolate, since each street is a service with its own database. New isolates took a third of the time. */
const isolate = false
const workerd = cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })

/** Tests that measure time, or the product's patience with Redis or a caller. They run alone: a neighbour's load would count. */
const patience = [
  'test/faults*.test.ts',
  'test/slow-bodies.test.ts',
  'test/late-replica.test.ts',
  'test/password-time.test.ts',
]

export default defineConfig({
  test: {
    // Builds the page, and starts the local Redis endpoint and the counting proxy, once for all projects.
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
            'test/guard/binding.test.ts',
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
        // The product in workerd too, but one file after the other, and after the other projects.
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
        // Tests that run in Node: of local development, and of the client in a small browser against the real service.
        extends: true,
        test: {
          name: 'node',
          include: [
            'test/dev/**/*.test.ts',
            'test/client/**/*.test.ts',
            'test/guard/node.test.ts',
            'test/guard/binding.test.ts',
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
