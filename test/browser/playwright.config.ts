/** Real Chromium against the real service. Nothing is tried twice: what fails now and then is a fault. */

import { defineConfig } from '@playwright/test'
import { findChromium } from './support/chromium.ts'

export default defineConfig({
  testDir: '.',
  outputDir: '../../.wrangler/browser/results',
  globalSetup: './support/build.ts',
  // Chromium, workerd and password hashes keep two cores busy as it is.
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 30_000,
  expect: { timeout: 7_000 },
  reporter: [['list']],
  use: {
    launchOptions: { executablePath: findChromium() },
    trace: process.env.TRACE ? 'retain-on-failure' : 'off',
    locale: 'en-GB',
    timezoneId: 'UTC',
  },
})
