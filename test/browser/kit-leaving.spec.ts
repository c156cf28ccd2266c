/** Where the kit sends a person when a session is over, and where it does not. The same on React 18, so 19 stands for both. */

import type { Page } from '@playwright/test'
import { enterKit } from './support/kit-files.ts'
import { expect, logOutUnsaved, statusOf, test } from './support/world.ts'

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
