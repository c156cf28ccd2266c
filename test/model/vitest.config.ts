/** Owns how the long run of the model is run: inside workerd as the other tests, with the settings that run.ts hands on. */

import { cloudflareTest } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'
import type { ModelSettings } from './settings.ts'

const settings: ModelSettings = JSON.parse(process.env.CURFEW_MODEL ?? '{}')

export default defineConfig({
  test: {
    globalSetup: './test/setup.ts',
    // As a project: the global setup runs in Node, and must not be resolved as for workerd.
    projects: [
      {
        extends: true,
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: {
          name: 'model',
          include: ['test/model/model.test.ts'],
          provide: { model: settings },
        },
      },
    ],
  },
})
