/** What the clock does: sleep past expiry, nobody there, and the browser closed. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { findChromium } from './support/chromium.ts'
import {
  api,
  chooseIdle,
  expect,
  expectNoViolations,
  fillIn,
  lookAgain,
  signedIn,
  signedOut,
  signIn,
  signInByApi,
  statusOf,
  test,
} from './support/world.ts'

test('a laptop that slept past expiry goes on where it was', async ({ page, person }) => {
  await page.clock.install()
  await page.goto('/')
  await fillIn(page, person)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(signedIn(page)).toBeVisible()
  const renewed = page.waitForResponse((one) => one.url().includes('grant_type=refresh_token'))
  await page.clock.fastForward('02:00:00')
  await lookAgain(page)
  expect((await renewed).status()).toBe(200)
  await page.getByRole('button', { name: 'Log out others' }).click()
  await expect(page.getByText('No other device was signed in.')).toBeVisible()
})

test('a laptop that slept while it was logged out from elsewhere wakes up signed out', async ({
  page,
  person,
  service,
}) => {
  await page.clock.install()
  await signIn(page, person)
  const phone = await signInByApi(service, person)
  await api(service, 'POST', '/logout?scope=others', phone.access_token)
  await page.clock.fastForward('02:00:00')
  await lookAgain(page)
  await expect(signedOut(page)).toBeVisible()
  await expect(page.locator('.notice .curfew-note')).not.toBeEmpty()
})

test('nobody there: a warning, an answer, and then no answer', async ({
  page,
  person,
  context,
  service,
}) => {
  await page.clock.install()
  const second = await context.newPage()
  await second.clock.install()
  await signIn(page, person)
  await chooseIdle(page, '1')
  await expect(page.getByText('unless nothing happens for 1 min')).toBeVisible()
  const elsewhere = await signInByApi(service, person)

  const warning = page.getByRole('alertdialog', { name: 'Still there?' })
  await page.clock.fastForward(35_000)
  await expect(warning).toBeVisible()
  await expect(warning.getByText(/You will be logged out in \d+ s\./)).toBeVisible()
  await expect(warning.getByRole('button', { name: 'Stay signed in' })).toBeFocused()
  await expectNoViolations(page)
  await page.keyboard.press('Enter')
  await expect(warning).toBeHidden()

  await page.clock.fastForward(35_000)
  await expect(warning).toBeVisible()
  await page.clock.fastForward(30_000)
  await expect(signedOut(page)).toBeVisible()
  await expect(page.getByText('You were signed out due to inactivity.')).toBeVisible()
  // Only this session: nobody said that the others should end.
  expect(await statusOf(service, elsewhere.access_token)).toBe(200)
  await second.goto('/')
  await expect(signedOut(second)).toBeVisible()
})

for (const keep of [false, true]) {
  test(`the browser closed: ${keep ? 'still signed in, as asked' : 'signed out, as asked'}`, async ({
    person,
    service,
  }) => {
    const folder = await mkdtemp(join(tmpdir(), 'curfew-profile-'))
    const open = () =>
      chromium.launchPersistentContext(folder, {
        executablePath: findChromium(),
        baseURL: service.url,
      })
    const before = await open()
    const [page] = before.pages()
    await page?.goto('/')
    if (!page) throw new Error('a browser without a page')
    await page.getByLabel('Stay signed in when the browser closes').setChecked(keep)
    await fillIn(page, person)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await expect(signedIn(page)).toBeVisible()
    await page.reload()
    await expect(signedIn(page)).toBeVisible()
    // The browser writes cookies down every now and then.
    await page.waitForTimeout(keep ? 1000 : 0)
    await before.close()

    const after = await open()
    const again = await after.newPage()
    await again.goto('/')
    await expect(keep ? signedIn(again) : signedOut(again)).toBeVisible()
    await after.close()
    await rm(folder, { recursive: true, force: true })
  })
}
