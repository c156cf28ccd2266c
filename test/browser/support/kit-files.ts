/** Owns the serving of the kit's test pages, and how a person signs in there. Builds none: see playwright.config.ts. */

import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Page } from '@playwright/test'
import type { TokenBody } from '../../../src/contract/answers.ts'
import { fromRoot } from '../../../src/dev/root.ts'
import { expect, type Person } from './world.ts'

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

/** Signs in on a page of the kit with React 19, and tells the access token. `query` is the page's, see its own file. */
export async function enterKit(
  page: Page,
  person: Person,
  query: Record<string, string> = {},
): Promise<string> {
  await serveKit(page, '19')
  await page.goto(`/kit-19/?${new URLSearchParams({ ...person, ...query })}`)
  const answered = page.waitForResponse('**/token?grant_type=password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  const { access_token } = (await (await answered).json()) as TokenBody
  await expect(page.getByRole('heading', { name: person.email })).toBeVisible()
  return access_token
}
