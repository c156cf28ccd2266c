/** Choices on the page that exchange its client: no logout is lost with the old client. */

import type { Page } from '@playwright/test'
import {
  chooseIdle,
  expect,
  fillIn,
  signedIn,
  signedOut,
  signIn,
  signInByApi,
  statusOf,
  test,
} from './support/world.ts'

const unconfirmed = 'Signed out here, not yet confirmed there.'

/** Answers these paths with 503 in the place of the service, which is up. Returns how to end that. */
async function fail(page: Page, ...paths: string[]): Promise<() => Promise<void>> {
  const failing = (url: URL) => paths.includes(url.pathname)
  const json = { code: 503, error_code: 'unavailable', msg: 'Try again in a moment.' }
  await page.route(failing, (route) => route.fulfill({ status: 503, json }))
  return () => page.unroute(failing)
}

const keepNothing = (page: Page): Promise<void> =>
  page.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
  })

for (const isFull of [false, true]) {
  test(`logged out everywhere while an idle time waits for the service${isFull ? ', and the browser keeps nothing' : ''}`, async ({
    page,
    person,
    service,
  }) => {
    const token = await signIn(page, person)
    if (isFull) await keepNothing(page)
    const heal = await fail(page, '/token', '/logout')
    await chooseIdle(page, '15')
    await expect(page.getByText('Counts once the service has answered.')).toBeVisible()
    await page.getByRole('button', { name: 'Log out everywhere' }).click()
    await expect(signedOut(page)).toBeVisible()
    await expect(page.getByText(unconfirmed)).toBeVisible()
    expect(await statusOf(service, token)).toBe(200)
    await heal()
    await expect(page.getByText(unconfirmed)).toBeHidden({ timeout: 20_000 })
    await expect(page.getByText('You are signed out.')).toBeVisible()
    expect(await statusOf(service, token)).toBe(401)
  })
}

test('an idle time waits for a logout of the others that only this page knows of', async ({
  page,
  person,
  service,
}) => {
  await signIn(page, person)
  await keepNothing(page)
  const phone = await signInByApi(service, person)
  const heal = await fail(page, '/logout')
  await page.getByRole('button', { name: 'Log out others' }).click()
  await expect(page.locator('.notice').getByText('Keep this page open')).toBeVisible()
  await chooseIdle(page, '15')
  await expect(page.getByText('Counts once the service has answered.')).toBeVisible()
  await heal()
  await expect(page.getByText('unless nothing happens for 15 min')).toBeVisible({ timeout: 20_000 })
  expect(await statusOf(service, phone.access_token)).toBe(401)
})

test('signing in with another choice first sends the logout that only this page knows of', async ({
  page,
  person,
  service,
}) => {
  const token = await signIn(page, person)
  await keepNothing(page)
  const heal = await fail(page, '/logout')
  await page.getByRole('button', { name: 'Log out everywhere' }).click()
  await expect(page.getByText(`${unconfirmed} Keep this page open`)).toBeVisible()
  await page.getByLabel('Stay signed in when the browser closes').uncheck()
  await fillIn(page, person)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByText('Try again in a moment.')).toBeVisible()
  expect(await statusOf(service, token)).toBe(200)
  await heal()
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(signedIn(page)).toBeVisible()
  expect(await statusOf(service, token)).toBe(401)
})
