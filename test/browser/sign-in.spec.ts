/** Getting in: a new account, a wrong password, and no service. */

import { expect, fillIn, newPerson, signedIn, signedOut, signIn, test } from './support/world.ts'

test('makes an account, with the keyboard alone', async ({ page }) => {
  const { email, password } = newPerson()
  await page.goto('/')
  await expect(signedOut(page)).toBeVisible()
  await page.getByRole('button', { name: 'Create one' }).focus()
  await page.keyboard.press('Enter')
  await page.getByLabel('Email').focus()
  await page.keyboard.type(email)
  await page.keyboard.press('Tab')
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  await expect(signedIn(page)).toBeVisible()
  // A screen reader starts to read where the new screen begins.
  await expect(signedIn(page)).toBeFocused()
  await expect(page.getByText(email).first()).toBeVisible()
})

test('the first screen takes the focus from nobody', async ({ page }) => {
  await page.goto('/')
  await expect(signedOut(page)).toBeVisible()
  await expect(page.locator('body')).toBeFocused()
})

test('says why it did not let somebody in, and lets them try again', async ({ page, person }) => {
  await page.goto('/')
  await fillIn(page, { ...person, password: 'not the password' })
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('alert')).toHaveText('Invalid login credentials')
  await page.getByRole('button', { name: 'Create one' }).click()
  await expect(page.getByRole('alert')).toBeHidden()
  await page.getByRole('button', { name: 'Sign in instead' }).click()
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.keyboard.press('Enter')
  await expect(signedIn(page)).toBeVisible()
})

test('says when the service cannot be reached', async ({ page, person, context }) => {
  await page.goto('/')
  await fillIn(page, person)
  await context.setOffline(true)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('alert')).not.toBeEmpty()
  await context.setOffline(false)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(signedIn(page)).toBeVisible()
})

test('keeps the refresh token where no script can read it', async ({ page, person, context }) => {
  await signIn(page, person)
  const readable = await page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage }))
  const [cookie] = await context.cookies()
  expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict', path: '/' })
  expect(readable).not.toContain(cookie?.value)
  await page.reload()
  await expect(signedIn(page)).toBeVisible()
})

test('a reload in the middle of a refresh loses nobody', async ({ page, person, service }) => {
  await signIn(page, person)
  // Holds the answer back, when the server has rotated the session already.
  await page.route('**/token?grant_type=refresh_token', async (route) => {
    const response = await route.fetch()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await route.fulfill({ response }).catch(() => {})
  })
  const asked = page.waitForRequest((request) => request.url().includes('refresh_token'))
  await page.reload()
  await asked
  await page.waitForTimeout(300)
  await page.unroute('**/token?grant_type=refresh_token')
  await page.goto(service.url)
  await expect(signedIn(page)).toBeVisible()
  await expect(page.locator('.curfew-session')).toHaveCount(1)
})
