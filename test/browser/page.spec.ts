/** The page as static assets: its security policy, what it asks for, and that it never hides a path of the API. */

import type { Page } from '@playwright/test'
import { fromRoot } from '../../src/dev/root.ts'
import {
  api,
  expect,
  fillIn,
  lookAgain,
  signedIn,
  signedOut,
  signIn,
  signInByApi,
  test,
} from './support/world.ts'

test('is served with a policy that lets nothing in', async ({ request }) => {
  const { headers } = await request.get('/').then((answer) => ({ headers: answer.headers() }))
  const policy = headers['content-security-policy'] ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toMatch(/unsafe|\*|data:|https:/)
  for (const part of ["script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
    expect(policy).toContain(part)
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'x-frame-options': 'DENY',
  })
  expect(headers['cache-control']).toContain('must-revalidate')
})

test('keeps to that policy, and asks nobody else for anything', async ({
  page,
  person,
  service,
}) => {
  const complaints: string[] = []
  const strangers: string[] = []
  page.on('console', (line) => {
    if (line.type() === 'error' && !/40[01]/.test(line.text())) complaints.push(line.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (one) => {
    if (!one.url().startsWith(service.url)) strangers.push(one.url())
  })
  await signIn(page, person)
  await page.getByRole('button', { name: 'Log out others' }).click()
  await expect(page.getByText('No other device was signed in.')).toBeVisible()
  expect(complaints).toEqual([])
  expect(strangers).toEqual([])
})

test("a browser that visits the API's paths gets the API", async ({ page }) => {
  for (const path of ['/logout', '/token', '/user', '/sessions', '/user/events', '/nowhere']) {
    const answer = await page.goto(path)
    expect(answer?.headers()['content-type'], path).toContain('application/json')
    expect(await answer?.json(), path).toHaveProperty('error_code')
  }
  expect((await page.goto('/health'))?.status()).toBe(200)
})

test('shows the promise: accepted turns into refused', async ({ page, person }) => {
  await signIn(page, person)
  const password = page.getByLabel('Your password, to sign in a test device', { exact: true })
  await password.fill('not the password')
  await page.getByRole('button', { name: 'Open a test device' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'Invalid' })).toBeVisible()
  await password.fill(person.password)
  await page.getByRole('button', { name: 'Open a test device' }).click()
  const rows = page.getByRole('row').filter({ hasText: 'Test device' })
  await expect(rows).toHaveCount(2)
  for (const row of await rows.all()) await expect(row).toContainText('accepted 200')
  await expect(page.locator('.curfew-session')).toHaveCount(2)

  await page.getByRole('button', { name: 'Log out others' }).click()
  await expect(rows.filter({ hasText: 'access' })).toContainText('refused 401 session_not_found')
  await expect(rows.filter({ hasText: 'refresh' })).toContainText(
    'refused 400 refresh_token_not_found',
  )
  await expect(page.getByRole('row').filter({ hasText: 'This browser' })).toContainText('accepted')
  await expect(signedIn(page)).toBeVisible()

  // Too many calls, or a service that is down: that says nothing about a token.
  for (const status of [429, 503]) {
    await page.route('**/user', (route) => route.fulfill({ status, json: {} }))
    await page.getByRole('button', { name: 'Try all again' }).click()
    await expect(page.getByRole('row').filter({ hasText: 'This browser' })).toContainText(
      `unanswered ${status}`,
    )
    await expect(page.getByText('Refused: 2 of 3.')).toBeVisible()
  }
})

test('shows the promise with tokens in browser storage: its own refresh token too', async ({
  page,
  person,
}) => {
  await page.goto('/')
  await page.getByText('For developers').click()
  await page.getByLabel('Where tokens rest').selectOption('bearer')
  await fillIn(page, person)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(signedIn(page)).toBeVisible()
  const row = page.getByRole('row').filter({ hasText: 'refresh' })
  await expect(row).toContainText('not tried while this page needs it')
  await page.reload()
  await expect(signedIn(page)).toBeVisible()
  await page.getByRole('button', { name: 'Log out everywhere' }).click()
  await expect(row).toContainText('refused 400 refresh_token_not_found')
  await expect(page.getByText('Refused: 2 of 2.')).toBeVisible()
})

test('what came of a form is in a region that was there before', async ({ page }) => {
  await page.goto('/')
  await expect(page.getByRole('alert')).toHaveCount(1)
  await expect(page.getByRole('alert')).toBeEmpty()
})

test('a browser with a long name, on a small phone', async ({ browser, service, person }) => {
  const context = await browser.newContext({
    baseURL: service.url,
    viewport: { width: 320, height: 640 },
    // As much of a name as the service keeps.
    userAgent: 'W'.repeat(40),
  })
  const page = await context.newPage()
  await signIn(page, person)
  await expect(page.getByText('Signed in', { exact: true }).first()).toBeVisible()
  expect(await sticksOut(page)).toBeLessThanOrEqual(0)
  await context.close()
})

test('older events come once, and the focus stays with them', async ({ page, person, service }) => {
  for (let i = 0; i < 5; i++) {
    const { access_token } = await signInByApi(service, person)
    await api(service, 'POST', '/logout?scope=local', access_token)
  }
  await page.route('**/user/events?*after=*', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 500))
    await route.continue()
  })
  await signIn(page, person)
  const events = page.locator('.events li')
  await expect(events).toHaveCount(8)
  const older = page.getByRole('button', { name: 'Older events' })
  await older.focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await expect(older).toBeHidden()
  await page.waitForTimeout(1000)
  // The account's making and the end of its first session, five sign-ins and their ends, and this sign-in.
  await expect(events).toHaveCount(13)
  await expect(page.locator('.events')).toBeFocused()
})

test('what the panel has forgotten leaves the test device to be opened', async ({
  page,
  person,
}) => {
  await signIn(page, person)
  const heading = page.getByRole('heading', { name: 'The promise, tried' })
  await page.getByRole('button', { name: 'Forget these' }).click()
  await expect(page.getByRole('row')).toHaveCount(0)
  await expect(heading).toBeFocused()
  await page
    .getByLabel('Your password, to sign in a test device', { exact: true })
    .fill(person.password)
  await page.getByRole('button', { name: 'Open a test device' }).click()
  await expect(page.getByRole('row').filter({ hasText: 'Test device' })).toHaveCount(2)

  await page.getByRole('button', { name: 'Log out everywhere' }).click()
  await expect(page.getByText('Refused: 2 of 2.')).toBeVisible()
  await page.getByRole('button', { name: 'Forget these' }).click()
  await expect(heading).toBeHidden()
  await expect(signedOut(page)).toBeFocused()
})

test("a second tab's panel learns what became of its token, however late", async ({
  page,
  person,
  context,
}) => {
  await signIn(page, person)
  const second = await context.newPage()
  await second.goto('/')
  const row = second.getByRole('row').filter({ hasText: 'This browser' })
  await expect(row).toContainText('accepted 200')
  await page.route('**/logout?*', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    await route.continue()
  })
  await page.getByRole('button', { name: 'Log out everywhere' }).click()
  await expect(signedOut(second)).toBeVisible()
  await expect(row).toContainText('refused 401 session_not_found')
  await expect(second.getByText('Refused: 1 of 1.')).toBeVisible()
})

test('a panel that somebody turns to again has another look at its tokens', async ({
  page,
  person,
  context,
}) => {
  await signIn(page, person)
  const second = await context.newPage()
  await second.clock.install()
  await second.goto('/')
  const row = second.getByRole('row').filter({ hasText: 'This browser' })
  await expect(row).toContainText('accepted 200')
  // From now on the second tab does nothing by a timer.
  await second.clock.pauseAt(Date.now() + 60_000)
  await page.route('**/logout?*', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    await route.continue()
  })
  const told = page.waitForResponse('**/logout?*')
  await page.getByRole('button', { name: 'Log out everywhere' }).click()
  await expect(signedOut(second)).toBeVisible()
  await told
  await expect(row).toContainText('accepted 200')
  await lookAgain(second)
  await expect(row).toContainText('refused 401 session_not_found')
})

test('a button stays where it is when what came of it appears below', async ({ page, person }) => {
  await signIn(page, person)
  const button = page.getByRole('button', { name: 'Log out others' })
  const before = await button.boundingBox()
  await button.click()
  await expect(page.getByText('No other device was signed in.')).toBeVisible()
  const after = await button.boundingBox()
  expect((after?.x ?? 0) + (after?.width ?? 0)).toBeCloseTo(
    (before?.x ?? 0) + (before?.width ?? 0),
    0,
  )
})

test('the reference fits a small phone, and is one main part', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 })
  await page.goto('/docs/')
  await expect(page.locator('.opblock').first()).toBeVisible()
  await expect(page.getByRole('main')).toHaveCount(1)
  expect(await sticksOut(page)).toBeLessThanOrEqual(0)
  await page.locator('.opblock-summary-control').first().click()
  await expect(page.locator('.responses-table').first()).toBeVisible()
  await page.screenshot({ path: fromRoot('.wrangler/browser/screens/docs-320-open.png') })
  expect(await sticksOut(page)).toBeLessThanOrEqual(0)
})

/** How far the page is wider than the screen. */
const sticksOut = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
