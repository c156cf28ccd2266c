/** The words of the promise's panel and of the list beside it: true before and after what the panel has opened ends. */

import type { Page } from '@playwright/test'
import { expect, listen, type Person, signIn, test } from './support/world.ts'

async function openTestDevice(page: Page, { password }: Person): Promise<void> {
  await page.getByLabel('Your password, to sign in a test device', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Open a test device' }).click()
}

const panel = (page: Page) => page.getByRole('region', { name: 'The promise, tried' })

test('a test device that has ended is no longer said to be signed in', async ({ page, person }) => {
  await signIn(page, person)
  await openTestDevice(page, person)
  await expect(panel(page).getByText('Now end it')).toBeVisible()
  await page.getByRole('button', { name: 'Log out others' }).click()
  await expect(page.getByText('Refused: 2 of 3.')).toBeVisible()
  await expect(panel(page).getByText('Now end it')).toBeHidden()
  await expect(panel(page).getByText('Test device 1 has ended')).toBeVisible()

  await openTestDevice(page, person)
  await expect(panel(page).getByText('Test device 2 is signed in')).toBeVisible()
  await page.getByRole('button', { name: 'Forget these' }).click()
  await expect(panel(page).getByText('Test device 2')).toHaveCount(0)
})

test('a test device has the same name among the devices as in the panel', async ({
  page,
  person,
}) => {
  await signIn(page, person)
  const devices = page.locator('.curfew-session')
  for (const name of ['Test device 1', 'Test device 2']) {
    await openTestDevice(page, person)
    // Until then the form is busy, and takes no second press.
    await expect(panel(page).getByText(`${name} is signed in`)).toBeVisible()
    await expect(devices.filter({ hasText: name })).toContainText('Chrome on Linux')
  }
  await page.getByRole('button', { name: 'End the session on Test device 1' }).click()
  await expect(devices).toHaveCount(2)
  const row = page.getByRole('row').filter({ hasText: 'access' })
  await expect(row.filter({ hasText: 'Test device 1' })).toContainText('refused')
  await expect(row.filter({ hasText: 'Test device 2' })).not.toContainText('refused')
})

test('an access token that has run out is not what is said of the one after it', async ({
  page,
  person,
}) => {
  await signIn(page, person)
  await openTestDevice(page, person)
  await expect(panel(page).getByText('Now end it')).toBeVisible()
  const row = page
    .getByRole('row')
    .filter({ hasText: 'Test device 1' })
    .filter({ hasText: 'access' })
  await expect(row).toContainText('accepted 200')
  const before = (await row.locator('code').innerText()).replace('…', '')

  // A quarter of an hour later.
  await page.route('**/user', (route) =>
    route.request().headers().authorization?.endsWith(before)
      ? route.fulfill({ status: 401, json: { error_code: 'bad_jwt' } })
      : route.continue(),
  )
  await page.getByRole('button', { name: 'Try all again' }).click()
  await expect(row).not.toContainText(before)
  await expect(page.getByText('Refused: 0 of 3.')).toBeVisible()
  await expect(row).toContainText('accepted 200')
  await expect(row).not.toContainText('refused')
})

test('the sum is said once, when the last token of a round has answered', async ({
  page,
  person,
}) => {
  await signIn(page, person)
  await openTestDevice(page, person)
  await expect(page.getByText('Refused: 0 of 3.')).toBeVisible()
  const said = await listen(panel(page).locator('.sum'))
  await page.getByRole('button', { name: 'Log out others' }).click()
  await expect(page.getByText('Refused: 2 of 3.')).toBeVisible()
  expect(await said()).toEqual(['Trying…', 'Refused: 2 of 3.'])
})
