/** The kit while an answer is on its way, and what goes on or ends with its provider. The same on React 18, so 19 stands for both. */

import type { Page } from '@playwright/test'
import { enterKit } from './support/kit-files.ts'
import { expect, hold, signInByApi, statusOf, test } from './support/world.ts'

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const ends = (page: Page) => page.getByRole('button', { name: /^End the session on/ })

test('a question that was answered is not taken back while the answer is on its way', async ({
  page,
  person,
}) => {
  await enterKit(page, person)
  const { open } = await hold(page, '**/logout?scope=others')
  await button(page, 'Ask for the others').click()
  const dialog = page.getByRole('alertdialog')
  await dialog.getByRole('button', { name: 'Log out' }).click()
  const busy = dialog.getByRole('button', { name: 'Logging out…' })
  await expect(busy).toBeFocused()
  const cancel = dialog.getByRole('button', { name: 'Cancel' })
  await expect(cancel).toHaveAttribute('aria-disabled', 'true')
  // Chromium lets no page keep a second Escape in a row from closing a dialog, unless the dialog's `closedby` is none.
  for (let i = 0; i < 3; i++) await page.keyboard.press('Escape')
  // As a browser would that cannot be told.
  await dialog.dispatchEvent('cancel', { cancelable: true })
  await cancel.click({ force: true })
  await expect(busy).toBeVisible()
  open()
  await expect(page.getByText('No other device was signed in.')).toBeVisible()
  await expect(dialog).toBeHidden()
})

test('a question that something else has closed can be asked again', async ({ page, person }) => {
  await enterKit(page, person)
  const dialog = page.getByRole('alertdialog', { name: 'Log out?' })
  for (let i = 0; i < 2; i++) {
    await button(page, 'Ask first').click()
    await expect(dialog).toBeVisible()
    // As a browser does that closes a dialog on its own.
    const told = dialog.evaluate(
      (it: HTMLDialogElement) => new Promise((done) => it.addEventListener('close', () => done(1))),
    )
    await dialog.evaluate((it: HTMLDialogElement) => it.close())
    await told
    await expect(dialog).toBeHidden()
  }
})

test('of the options, the others wait for the one that was chosen', async ({ page, person }) => {
  await enterKit(page, person)
  const { open, asked } = await hold(page, '**/logout?*')
  await button(page, 'Options').click()
  await button(page, 'Other devices').click()
  await expect(button(page, 'Logging out…')).toHaveCount(1)
  const all = button(page, 'All devices')
  await expect(all).toHaveAttribute('aria-disabled', 'true')
  await all.focus()
  await page.keyboard.press('Enter')
  await expect(button(page, 'Logging out…')).toHaveCount(1)
  await expect(all).toBeVisible()
  open()
  await expect(page.getByText('No other device was signed in.')).toBeVisible()
  await expect(page.getByRole('heading', { name: person.email })).toBeVisible()
  expect(asked()).toBe(1)
})

test('useLogout tells its page that it waits', async ({ page, person }) => {
  await enterKit(page, person)
  const { open } = await hold(page, '**/logout?*')
  await button(page, 'useLogout').click()
  await expect(page.getByText('pending nothing fine')).toBeVisible()
  open()
  await expect(page.getByText('success confirmed fine')).toBeVisible()
})

test('a second press ends no session twice', async ({ page, person, service }) => {
  await signInByApi(service, person)
  await enterKit(page, person)
  const { open, asked } = await hold(page, '**/sessions/*')
  await ends(page).focus()
  await page.keyboard.press('Enter')
  await expect(button(page, 'Ending…')).toBeFocused()
  await page.keyboard.press('Enter')
  open()
  await expect(page.getByText(/^The session on .* has ended\.$/)).toBeVisible()
  expect(asked()).toBe(1)
})

test('a list of sessions that comes late is not shown over a later one', async ({
  page,
  person,
  service,
}) => {
  await signInByApi(service, person)
  await enterKit(page, person)
  const rows = page.locator('.curfew-session')
  await expect(rows).toHaveCount(2)
  const held: (() => Promise<void>)[] = []
  await page.route('**/sessions', async (route) => {
    const response = await route.fetch()
    held.push(() => route.fulfill({ response }))
  })
  await page.reload()
  await expect(page.getByText('Looking for your devices…')).toBeVisible()
  const list = page.getByRole('list', { name: 'Signed-in devices' })
  await expect(list).toHaveAttribute('aria-busy', 'true')
  // Two pieces ask for a list, and in StrictMode the one that appears asks twice.
  await expect.poll(() => held.length).toBe(3)
  const early = held.splice(0)
  await button(page, 'the others, and stay').click()
  await expect.poll(() => held.length).toBe(2)
  for (const answer of held) await answer()
  await expect(rows).toHaveCount(1)
  await expect(list).toHaveAttribute('aria-busy', 'false')
  for (const answer of early) await answer()
  // As long as a frame would take to show them.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))))
  await expect(rows).toHaveCount(1)
})

test('a list that is read anew is there meanwhile, and not said to be looked for', async ({
  page,
  person,
  service,
}) => {
  await signInByApi(service, person)
  await enterKit(page, person)
  const list = page.getByRole('list', { name: 'Signed-in devices' })
  await expect(list.getByRole('listitem')).toHaveCount(2)
  const { open } = await hold(page, '**/sessions')
  await button(page, 'the others, and stay').click()
  await expect(list).toHaveAttribute('aria-busy', 'true')
  await expect(list.getByRole('listitem')).toHaveCount(2)
  await expect(page.locator('.curfew-sessions [role=status]')).toHaveText('')
  open()
  await expect(list.getByRole('listitem')).toHaveCount(1)
})

test('a logout for want of a sign is answered before the sign-in page is loaded', async ({
  page,
  person,
}) => {
  await page.clock.install()
  await enterKit(page, person, { idle: '40', signInPage: '/health' })
  const order: string[] = []
  page.on('response', (one) => order.push(new URL(one.url()).pathname))
  const { open } = await hold(page, '**/logout?*')
  const asked = page.waitForRequest('**/logout?*')
  await page.clock.fastForward(60_000)
  await asked
  await expect(page.getByRole('heading', { name: 'Nobody' })).toBeVisible()
  open()
  await page.waitForURL('**/health')
  expect(order.slice(-2)).toEqual(['/logout', '/health'])
})

test('a client of the page’s own outlives the provider, and so does its idle time', async ({
  page,
  person,
  service,
}) => {
  await page.clock.install()
  const token = await enterKit(page, person, { page: 'lent' })
  await button(page, 'take it all away').click()
  await expect(page.getByText('Taken away')).toBeVisible()
  await page.clock.runFor(1000)
  const told = page.waitForResponse('**/logout?*')
  await page.clock.fastForward(60_000)
  expect((await told).status()).toBe(200)
  expect(await statusOf(service, token)).toBe(401)
})

test('a client that the provider made does nothing any more once that is gone', async ({
  page,
  person,
  service,
}) => {
  await page.clock.install()
  const token = await enterKit(page, person, { idle: '40' })
  const asked: string[] = []
  await button(page, 'take it all away').click()
  await expect(page.getByText('Taken away')).toBeVisible()
  await page.clock.runFor(1000)
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await page.clock.fastForward(60_000)
  await page.evaluate(() => fetch('/health'))
  expect(asked).toEqual(['/health'])
  expect(await statusOf(service, token)).toBe(200)
})

test('a logout that waits is said before one that was given up, and both as bad news', async ({
  page,
  person,
}) => {
  await enterKit(page, person)
  await page.addStyleTag({ content: ':root { --curfew-danger: rgb(1, 2, 3) }' })
  const notice = page.locator('.curfew-note').first()
  for (const [status, text] of [
    [403, 'Your other devices may still be signed in.'],
    [503, 'A logout is not confirmed yet'],
  ] as const) {
    await page.route('**/logout?*', (route) => route.fulfill({ status, json: {} }))
    await button(page, 'the others, and stay').click()
    await expect(notice).toContainText(text)
    await expect(notice).toHaveCSS('color', 'rgb(1, 2, 3)')
  }
})
