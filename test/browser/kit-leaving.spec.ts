/** Where the kit sends a person when a session is over, and where it does not. The same on React 18, so 19 stands for both. */

import type { Page } from '@playwright/test'
import { enterKit } from './support/kit-files.ts'
import { expect, hold, logOutUnsaved, statusOf, test } from './support/world.ts'

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const nobody = (page: Page) => page.getByRole('heading', { name: 'Nobody' })
const went = (page: Page) => page.getByText('Went to')

for (const piece of ['button', 'question', 'options'])
  test(`stays where it was told to stay, though there is a sign-in page: ${piece}`, async ({
    page,
    person,
  }) => {
    await enterKit(page, person, { page: 'props', stay: 'yes' })
    await expect(page.locator('.curfew-session').first()).toBeVisible()
    if (piece === 'options') await button(page, 'options options').click()
    await button(page, piece === 'options' ? 'options thisDevice' : `${piece} logOut`).click()
    if (piece === 'question')
      await page.getByRole('alertdialog').getByRole('button', { name: 'logOut' }).click()
    await expect(nobody(page)).toBeVisible()
    await expect(went(page)).toHaveText(`Went to nowhere, told ${piece} confirmed`)
  })

test('a logout that only this page has goes to no sign-in page: loading one would lose it', async ({
  page,
  person,
  service,
}) => {
  const token = await enterKit(page, person, { signInPage: '/health', transport: 'bearer' })
  const letThrough = await logOutUnsaved(page)
  await letThrough()
  await expect.poll(() => statusOf(service, token), { timeout: 15_000 }).toBe(401)
  expect(new URL(page.url()).pathname).toBe('/kit-19/')
})

test('a router, which keeps what is in memory, is told of a logout that only this page has', async ({
  page,
  person,
  service,
}) => {
  const token = await enterKit(page, person, { page: 'props' })
  await expect(page.locator('.curfew-session').first()).toBeVisible()
  const letThrough = await logOutUnsaved(page, 'button logOut')
  await expect(went(page)).toHaveText('Went to /button, told button queued')
  await letThrough()
  await expect.poll(() => statusOf(service, token), { timeout: 15_000 }).toBe(401)
})

/** As a page does that the browser had kept while somebody signed in on the next one, and was logged out from elsewhere. */
async function findAnotherSession(page: Page) {
  const { open } = await hold(page, '**/token?*')
  const asked = page.waitForRequest('**/token?*')
  await page.evaluate(() => {
    const name = Object.keys(localStorage).find((key) => key.endsWith('session:cookie')) ?? ''
    const kept = JSON.parse(localStorage.getItem(name) ?? '')
    localStorage.setItem(name, JSON.stringify({ ...kept, sessionId: crypto.randomUUID() }))
    dispatchEvent(new Event('pageshow'))
  })
  await asked
  await page.context().clearCookies()
  return open
}

test('a page that finds another session in its place, and that one over, goes to the sign-in page too', async ({
  page,
  person,
}) => {
  await enterKit(page, person, { signInPage: '/health' })
  const open = await findAnotherSession(page)
  await expect(page.getByRole('heading', { name: 'Loading' })).toBeVisible()
  open()
  await page.waitForURL('**/health')
})

test('so does one that is drawn anew in between, with a way on that is another function each time', async ({
  page,
  person,
}) => {
  await enterKit(page, person, { page: 'redrawn' })
  const open = await findAnotherSession(page)
  await button(page, 'Draw anew').click()
  await expect(page.getByText('Drawing 1, went to nowhere')).toBeVisible()
  open()
  await expect(page.getByText('went to /sign-in')).toBeVisible()
})

test('a sign-in page that is a script, as a stranger may write into a link, is not run', async ({
  page,
  person,
}) => {
  const failed = page.waitForEvent('pageerror')
  // To a browser, neither the line's end nor the great letter makes this anything else.
  const signInPage = 'Java\nscript:document.title="run"'
  await enterKit(page, person, { signInPage })
  await button(page, 'Plain').click()
  await expect(nobody(page)).toBeVisible()
  expect(String(await failed)).toContain('no javascript:')
  await expect(page).not.toHaveTitle('run')
})
