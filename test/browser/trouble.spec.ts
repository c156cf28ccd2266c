/** A logout that the service cannot confirm: signed out here all the same, said so, and sent again later. */

import { fromRoot } from '../../src/dev/root.ts'
import {
  chooseIdle,
  expect,
  signedOut,
  signIn,
  signInByApi,
  statusOf,
  test,
} from './support/world.ts'

const unconfirmed = 'Signed out here, not yet confirmed there.'

async function logOutHere(page: import('@playwright/test').Page): Promise<void> {
  await page.locator('.ways').getByRole('button', { name: 'Log out', exact: true }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Log out' }).click()
}

test('offline, then online again', async ({ page, person, context, service }) => {
  const token = await signIn(page, person)
  await context.setOffline(true)
  await logOutHere(page)
  await expect(signedOut(page)).toBeVisible()
  await expect(page.getByText(unconfirmed)).toBeVisible()
  expect(await statusOf(service, token)).toBe(200)
  await context.setOffline(false)
  await expect(page.getByText(unconfirmed)).toBeHidden()
  expect(await statusOf(service, token)).toBe(401)
})

test('offline, closed, and opened again', async ({ page, person, context, service }) => {
  const token = await signIn(page, person)
  await context.setOffline(true)
  await logOutHere(page)
  await expect(page.getByText(unconfirmed)).toBeVisible()
  await page.close()
  await context.setOffline(false)
  const later = await context.newPage()
  await later.goto('/')
  await expect(signedOut(later)).toBeVisible()
  await expect.poll(() => statusOf(service, token)).toBe(401)
})

test('offline, where the browser keeps nothing: the page says to keep it open', async ({
  page,
  person,
  context,
  service,
}) => {
  const token = await signIn(page, person)
  await page.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
  })
  await context.setOffline(true)
  await logOutHere(page)
  await expect(page.getByText(`${unconfirmed} Keep this page open`)).toBeVisible()
  await context.setOffline(false)
  await expect(page.getByText(unconfirmed)).toBeHidden()
  expect(await statusOf(service, token)).toBe(401)
})

test('refused: no notice that all is well, until the next sign-in', async ({ page, person }) => {
  await signIn(page, person)
  await page.route('**/logout?scope=global', (route) =>
    route.fulfill({ status: 401, json: { code: 401, error_code: 'bad_jwt', msg: 'no' } }),
  )
  await page.getByRole('button', { name: 'Log out everywhere' }).click()
  await expect(signedOut(page)).toBeVisible()
  const lost = page.getByText('Your other devices may still be signed in.')
  await expect(lost).toBeVisible()
  await expect(page.getByText('You are signed out.')).toBeHidden()
  await page.reload()
  await expect(lost).toBeVisible()
  await signIn(page, person)
  await expect(lost).toBeHidden()
})

test('while Redis is down', async ({ page, person, service }) => {
  const token = await signIn(page, person)
  await service.breakRedis()
  try {
    await logOutHere(page)
    await expect(signedOut(page)).toBeVisible()
    await expect(page.getByText(unconfirmed)).toBeVisible()
    expect(await statusOf(service, token)).toBe(503)
  } finally {
    await service.healRedis()
  }
  await expect(page.getByText(unconfirmed)).toBeHidden({ timeout: 20_000 })
  expect(await statusOf(service, token)).toBe(401)
})

test('the lists say when they cannot be read, and can be asked again', async ({
  page,
  person,
  service,
}) => {
  const again = page.getByRole('button', { name: 'Try again' })
  await signIn(page, person)
  await expect(page.locator('.curfew-session')).toHaveCount(1)
  await service.breakRedis()
  try {
    await page.getByRole('button', { name: 'Log out others' }).click()
    await expect(page.getByText(/^Not confirmed yet/)).toBeVisible()
    await expect(page.getByText('The events could not be read.')).toBeVisible()
    await expect(again).toHaveCount(2)
  } finally {
    await service.healRedis()
  }
  for (const left of [1, 0]) {
    await again.first().click()
    await expect(again).toHaveCount(left)
  }
  await expect(page.locator('.curfew-session')).toHaveCount(1)
})

test('what could not be ended is said until the list is asked for again', async ({
  page,
  person,
  service,
}) => {
  await signInByApi(service, person)
  await signIn(page, person)
  const devices = page.locator('section', {
    has: page.getByRole('heading', { name: 'Your devices' }),
  })
  const failed = devices.getByText('could not be checked')
  await expect(page.locator('.curfew-session')).toHaveCount(2)
  await service.breakRedis()
  try {
    await devices.getByRole('button', { name: /^End the session/ }).click()
    await expect(failed).toBeVisible()
    await expect(devices.getByRole('button', { name: 'Try again' })).toBeVisible()
  } finally {
    await service.healRedis()
  }
  await devices.getByRole('button', { name: 'Try again' }).click()
  await expect(devices.getByRole('button', { name: 'Try again' })).toBeHidden()
  await expect(failed).toBeHidden()
})

test('an idle time that is chosen offline says what it waits for', async ({
  page,
  person,
  context,
}) => {
  await signIn(page, person)
  await context.setOffline(true)
  for (const minutes of ['15', '60']) await chooseIdle(page, minutes)
  const waits = page.getByText('Counts once the service has answered.')
  await expect(waits).toBeVisible()
  await context.setOffline(false)
  await expect(page.getByText('unless nothing happens for 60 min')).toBeVisible()
  await expect(waits).toBeHidden()
})

test('a service that cannot be reached at the start is said to be so, and one can log out', async ({
  page,
  person,
  service,
}) => {
  const token = await signIn(page, person)
  await page.route('**/token?grant_type=refresh_token', (route) => route.abort())
  await page.route('**/logout?*', (route) => route.abort())
  await page.reload()
  await expect(page.getByText('The service does not answer. Trying again…')).toBeVisible()
  await page.screenshot({ path: fromRoot('.wrangler/browser/screens/no-answer.png') })
  await page.getByRole('button', { name: 'Log out', exact: true }).click()
  await expect(signedOut(page)).toBeFocused()
  await expect(page.getByText(unconfirmed)).toBeVisible()
  expect(await statusOf(service, token)).toBe(200)
  await page.unrouteAll()
  await page.evaluate(() => dispatchEvent(new Event('online')))
  await expect(page.getByText(unconfirmed)).toBeHidden()
  expect(await statusOf(service, token)).toBe(401)
})
