/** Owns how the long run of the model is run: inside workerd as the other tests, with the settings that run.ts hands on. */

import { cloudflareTest } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'
import type { ModelSettings } from './settings.ts'

/** The settings of each worker, which fills a core: what a sequence costs is mostly the service's own work. */
const shares: ModelSettings[] = JSON.parse(process.env.CURFEW_MODEL ?? '[]')

export default defineConfig({
  test: {
    globalSetup: './test/setup.ts',
    // The plugin is in projects only: the global setup runs in Node, and must not be resolved as for workerd.
    projects: shares.map((share, place) => ({
      extends: true,
      plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
      test: {
        name: `model ${place + 1}`,
        include: ['test/model/model.test.ts'],
        provide: { model: share },
      },
    })),
    maxWorkers: shares.length,
    // Prints each line as it comes, without a line of Vitest's that names the test.
    disableConsoleIntercept: true,
  },
})
