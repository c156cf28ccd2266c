/** Owns the serving of the kit's test pages. Builds none: see playwright.config.ts. */

import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Page } from '@playwright/test'
import { fromRoot } from '../../../src/dev/root.ts'

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

/** Serves the kit's files from the disk, at the service's origin, so that its cookies are the page's own. */
export const serveKit = (page: Page, version: string) =>
  page.route(`**/kit-${version}/**`, async (route) => {
    const path = new URL(route.request().url()).pathname.replace(/\/$/, '/index.html')
    await route.fulfill({
      body: await readFile(fromRoot(`.wrangler/browser${path}`)),
      contentType: types[extname(path)] ?? 'text/plain',
    })
  })
