/** Getting out: this tab, the other tabs, the other devices. Each time the service itself is asked afterwards. */

import {
  expect,
  lookAgain,
  openDevice,
  signedIn,
  signedOut,
  signIn,
  signInByApi,
  statusOf,
  test,
} from './support/world.ts'

test('in one tab: the other tab follows, and the token is dead', async ({
  page,
  person,
  context,
  service,
}) => {
  const token = await signIn(page, person)
  const second = await context.newPage()
  await second.goto('/')
  await expect(signedIn(second)).toBeVisible()
  const elsewhere = await signInByApi(service, person)

  const told = page.waitForResponse('**/logout?*')
  await page.locator('.ways').getByRole('button', { name: 'Log out', exact: true }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Log out' }).click()
  await expect(signedOut(page)).toBeVisible()
  await expect(signedOut(page)).toBeFocused()
  await expect(page.getByText('You are signed out.')).toBeVisible()
  await expect(signedOut(second)).toBeVisible({ timeout: 2000 })
  // Both tabs clear at once, but the tokens end only once the service has answered.
  expect((await told).status()).toBe(200)
  expect(await statusOf(service, token)).toBe(401)
  expect(await statusOf(service, elsewhere.access_token)).toBe(200)
  expect(await context.cookies()).toEqual([])
  await page.reload()
  await expect(signedOut(page)).toBeVisible()
})

test('of the other devices: theirs end, this one stays', async ({
  page,
  person,
  browser,
  service,
}) => {
  const mine = await signIn(page, person)
  const laptop = await openDevice(browser, service)
  const theirs = await signIn(laptop.page, person)
  await page.getByRole('button', { name: 'Log out others' }).click()
  await expect(page.getByText('One other session ended.')).toBeVisible()
  expect(await statusOf(service, theirs)).toBe(401)
  expect(await statusOf(service, mine)).toBe(200)
  await expect(page.locator('.curfew-session')).toHaveCount(1)
  await laptop.page.waitForTimeout(5100)
  await lookAgain(laptop.page)
  await expect(signedOut(laptop.page)).toBeVisible()
  await expect(
    laptop.page.getByText('You were signed out from another device or tab.'),
  ).toBeVisible()
  await expect(signedIn(page)).toBeVisible()
  await laptop.context.close()
})

test('of all devices, from the menu, with the keyboard', async ({
  page,
  person,
  browser,
  service,
}) => {
  const mine = await signIn(page, person)
  const laptop = await openDevice(browser, service)
  const theirs = await signIn(laptop.page, person)
  await page.getByRole('button', { name: 'Log out…' }).focus()
  const first = page.getByRole('button', { name: 'This device', exact: true })
  await page.keyboard.press('Enter')
  await expect(first).toBeVisible()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Log out…' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(first).toBeVisible()
  for (const name of ['This device', 'Other devices', 'All devices']) {
    await page.keyboard.press('Tab')
    await expect(page.getByRole('button', { name, exact: true })).toBeFocused()
  }
  await page.keyboard.press('Enter')
  await expect(signedOut(page)).toBeVisible()
  await expect.poll(() => statusOf(service, mine)).toBe(401)
  expect(await statusOf(service, theirs)).toBe(401)
  // The laptop hears of its end by its next request, or one under way. No mouse click: that would look at the page first.
  const others = laptop.page.getByRole('button', { name: 'Log out others' })
  await expect(others.or(signedOut(laptop.page)).first()).toBeVisible()
  await others.dispatchEvent('click', {}, { timeout: 2000 }).catch(() => {})
  await expect(signedOut(laptop.page)).toBeVisible()
  await laptop.context.close()
})

test('of one device in the list', async ({ page, person, service }) => {
  const lost = await signInByApi(service, person)
  await signIn(page, person)
  await expect(page.locator('.curfew-session')).toHaveCount(2)
  await page.getByRole('button', { name: /^End the session on/ }).click()
  await expect(page.getByText(/^The session on .* has ended\.$/)).toBeVisible()
  await expect(page.locator('.curfew-session')).toHaveCount(1)
  // The button that had the focus is gone; the list has it now.
  await expect(page.getByRole('list', { name: 'Signed-in devices' })).toBeFocused()
  expect(await statusOf(service, lost.access_token)).toBe(401)
})

test('by a new password', async ({ page, person, service }) => {
  const lost = await signInByApi(service, person)
  await signIn(page, person)
  await page.getByLabel('Current password', { exact: true }).fill('not the password')
  await page.getByLabel('New password', { exact: true }).fill('another horse battery')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByRole('alert').filter({ hasText: /password/i })).toBeVisible()
  await page.getByLabel('Current password', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByText('Your password has been changed.')).toBeVisible()
  expect(await statusOf(service, lost.access_token)).toBe(401)
  await expect(page.getByText('Password changed')).toBeVisible()
  await expect(signedIn(page)).toBeVisible()

  await page.getByLabel('Current password', { exact: true }).fill('another horse battery')
  await page.getByLabel('New password', { exact: true }).fill(person.password)
  await page.getByLabel('Log out here as well').check()
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(signedOut(page)).toBeVisible()
  await expect(page.getByText('Your password has been changed.')).toBeVisible()
})

test('with a question first: the dialog, with the keyboard', async ({ page, person }) => {
  await signIn(page, person)
  const opener = page.locator('.ways').getByRole('button', { name: 'Log out', exact: true })
  const dialog = page.getByRole('alertdialog', { name: 'Log out?' })
  await opener.focus()
  await page.keyboard.press('Enter')
  await expect(dialog).toBeVisible()
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(opener).toBeFocused()

  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await expect(dialog).toBeHidden()
  await expect(opener).toBeFocused()

  await page.keyboard.press('Enter')
  for (const name of ['Log out', 'Cancel', 'Log out']) {
    // After the last button Tab may reach the browser's own controls, but never the page behind.
    await expect
      .poll(async () => {
        await page.keyboard.press('Tab')
        return dialog.getByRole('button', { name }).evaluate((it) => it === document.activeElement)
      })
      .toBe(true)
  }
  await page.keyboard.press('Enter')
  await expect(signedOut(page)).toBeVisible()
})

test('Escape does not take back what has begun', async ({ page, person }) => {
  await signIn(page, person)
  await page.route('**/logout?scope=others', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await route.continue()
  })
  const button = page.getByRole('button', { name: 'Log out others' })
  await button.focus()
  await page.keyboard.press('Enter')
  const busy = page.getByRole('button', { name: 'Logging out…' })
  await expect(busy).toHaveAttribute('aria-busy', 'true')
  await expect(busy).toBeFocused()
  // A second press is no second logout.
  await page.keyboard.press('Enter')
  await expect(page.getByText('No other device was signed in.')).toBeVisible()
  await expect(button).toBeFocused()
})
