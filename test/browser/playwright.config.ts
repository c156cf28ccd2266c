/** Real Chromium against the real service. Nothing is tried twice: what fails now and then is a fault. */

import { defineConfig } from '@playwright/test'
import { findChromium } from './support/chromium.ts'

export default defineConfig({
  testDir: '.',
  outputDir: '../../.wrangler/browser/results',
  globalSetup: './support/build.ts',
  // Pages wait more than they compute.
  workers: 2,
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
