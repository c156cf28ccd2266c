/** The page as assets: its policy, what it asks for, and that it never stands in the API's way. */

import { expect, fillIn, signedIn, signIn, test } from './support/world.ts'

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

  // Too many calls: that says nothing about a token.
  await page.route('**/user', (route) => route.fulfill({ status: 429, json: {} }))
  await page.getByRole('button', { name: 'Try all again' }).click()
  await expect(page.getByRole('row').filter({ hasText: 'This browser' })).toContainText(
    'unanswered 429',
  )
  await expect(page.getByText('Refused: 2 of 3.')).toBeVisible()
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
