/** The page at / where somebody presses twice, comes back, or looks closely at what it says. */

import type { Page, Request } from '@playwright/test'
import {
  api,
  expect,
  fillIn,
  hold,
  lookAgain,
  newPerson,
  signedIn,
  signedOut,
  signIn,
  signInByApi,
  test,
} from './support/world.ts'

const panel = (page: Page) => page.getByRole('region', { name: 'The promise, tried' })
const testDevice = (page: Page) => page.getByRole('button', { name: 'Open a test device' })
const itsPassword = (page: Page) =>
  page.getByLabel('Your password, to sign in a test device', { exact: true })

test('what the panel tries is tried without cookies, and the menu makes it try', async ({
  page,
  person,
}) => {
  await signIn(page, person)
  const requests: Request[] = []
  page.on('request', (request) => requests.push(request))
  await itsPassword(page).fill(person.password)
  await testDevice(page).click()
  await expect(panel(page).getByText('Now end it')).toBeVisible()
  await expect(page.getByText('✓ accepted').first()).toBeVisible()
  await page.getByRole('button', { name: 'Log out…' }).click()
  await page.getByRole('button', { name: 'Other devices' }).click()
  await expect(page.getByText('Refused: 2 of 3.')).toBeVisible()
  await expect(page.getByText('✕ refused')).toHaveCount(2)
  const sent = await Promise.all(
    requests.map(async (request) => ({ request, headers: await request.allHeaders() })),
  )
  const tries = sent.filter(({ request, headers }) =>
    headers.authorization ? request.url().endsWith('/user') : request.method() === 'POST',
  )
  expect(tries).not.toEqual([])
  expect(tries.filter(({ headers }) => headers.cookie)).toEqual([])
})

test('why the refresh token is missing is said only where it is', async ({ page, person }) => {
  await signIn(page, person)
  const why = panel(page).getByText('it lies in an HttpOnly cookie')
  await expect(why).toBeVisible()
  await page.getByRole('button', { name: 'Log out everywhere' }).click()
  await expect(signedOut(page)).toBeVisible()
  await page.getByText('For developers').click()
  await page.getByLabel('Where tokens rest').selectOption('bearer')
  await page.getByLabel('Stay signed in when the browser closes').uncheck()
  await fillIn(page, person)
  await page.keyboard.press('Enter')
  await expect(signedIn(page)).toBeVisible()
  await expect(why).toBeHidden()
  await expect(page.getByText('forgotten when the browser closes')).toBeVisible()
})

test('a form that is sent twice is one request, and forgets the password', async ({
  page,
  person,
}) => {
  await signIn(page, person)
  const refused = panel(page).getByRole('alert')
  await itsPassword(page).fill('not the password')
  await testDevice(page).click()
  await expect(refused).not.toBeEmpty()
  const device = await hold(page, '**/token*')
  await itsPassword(page).fill(person.password)
  await page.keyboard.press('Enter')
  await expect(refused).toBeEmpty()
  await page.keyboard.press('Enter')
  device.open()
  await expect(panel(page).getByText('Test device 1 is signed in')).toBeVisible()
  await expect(itsPassword(page)).toHaveValue('')
  await expect(page.getByText('Refused: 0 of 3.')).toBeVisible()
  // Once to sign in, once to try the refresh token.
  expect(device.asked()).toBe(2)
  await expect(page.locator('.curfew-session')).toHaveCount(2)
})

test('a new password that is sent twice is one request, and is forgotten', async ({
  page,
  person,
}) => {
  await signIn(page, person)
  await expect(page.getByText('Refused: 0 of 1.')).toBeVisible()
  const current = page.getByLabel('Current password', { exact: true })
  const next = page.getByLabel('New password', { exact: true })
  const { open } = await hold(page, '**/user')
  const sent: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'PUT') sent.push(request.url())
  })
  await current.fill(person.password)
  await next.fill('another horse battery')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'One moment…' })).toBeVisible()
  await page.keyboard.press('Enter')
  open()
  await expect(page.getByText('Every other session has ended.')).toBeVisible()
  expect(sent).toHaveLength(1)
  for (const field of [current, next]) await expect(field).toHaveValue('')
})

test('a sign-in that is sent twice is one request', async ({ page, person }) => {
  await page.goto('/')
  await fillIn(page, { ...person, password: 'not the password' })
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).not.toBeEmpty()
  const { open, asked } = await hold(page, '**/token*')
  await fillIn(page, person)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'One moment…' })).toBeVisible()
  await expect(page.getByRole('alert')).toBeEmpty()
  await page.keyboard.press('Enter')
  open()
  await expect(page).toHaveTitle('Your account · Curfew')
  await page.getByRole('button', { name: 'Log out everywhere' }).click()
  await expect(page).toHaveTitle('Curfew')
  await expect(page.getByText('Refused: 1 of 1.')).toBeVisible()
  expect(asked()).toBe(1)
})

test('a new account asks for a new password, and says which', async ({ page }) => {
  await page.goto('/')
  const password = page.getByLabel('Password', { exact: true })
  await expect(password).toHaveAttribute('autocomplete', 'current-password')
  await page.getByRole('button', { name: 'Create one' }).click()
  await expect(password).toHaveAttribute('autocomplete', 'new-password')
  await expect(password).toHaveAccessibleDescription(/At least 8 characters/)
  await fillIn(page, { ...newPerson(), password: 'short' })
  await page.keyboard.press('Enter')
  expect(await password.evaluate((it: HTMLInputElement) => it.validity.tooShort)).toBe(true)
  await page.getByText('For developers').click()
  await page.getByRole('button', { name: 'Fill in the local test account' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await expect(page.getByLabel('Email')).toHaveValue('test@example.com')
})

test('choices that the browser has kept badly are as if there were none', async ({
  page,
  person,
}) => {
  await page.goto('/')
  for (const kept of ['{', 'null', '{"idleMinutes":7}']) {
    await page.evaluate((text) => localStorage.setItem('curfew-page', text), kept)
    await page.reload()
    await expect(page.getByLabel('Stay signed in when the browser closes')).toBeChecked()
  }
  await signIn(page, person)
  await expect(page.getByText('You chose to stay signed in.')).toBeVisible()
})

test('the page reads its devices anew when somebody turns to it again', async ({
  page,
  person,
  service,
}) => {
  await signIn(page, person)
  await expect(page.locator('.curfew-session')).toHaveCount(1)
  await signInByApi(service, person)
  await lookAgain(page)
  await expect(page.locator('.curfew-session')).toHaveCount(2)
})

test('events say what ended, older ones come below, and nothing is said of an unknown address', async ({
  page,
  person,
  service,
}) => {
  for (let i = 0; i < 4; i++) {
    const { access_token } = await signInByApi(service, person)
    await api(service, 'POST', '/logout?scope=others', access_token)
  }
  await page.route('**/user/events*', async (route) => {
    const response = await route.fetch()
    const body = (await response.json()) as { events: object[] }
    const ip = 'unknown'
    const events = body.events.map((event, i) => ({
      ...event,
      ip,
      ...(i === 1 && { by: 'operator' }),
    }))
    await route.fulfill({ response, json: { ...body, events } })
  })
  await signIn(page, person)
  const events = page.locator('.events li')
  await expect(events).toHaveCount(8)
  await expect(events.first()).toContainText('Signed in')
  await expect(events.nth(1)).toContainText('by an operator')
  await page.getByRole('button', { name: 'Older events' }).click()
  await expect(events.last()).toContainText('Account created')
  await expect(events.filter({ hasText: 'Logged out (others)' })).not.toHaveCount(0)
  await expect(events.filter({ hasText: 'unknown' })).toHaveCount(0)
})

test('events that come late are not shown over later ones', async ({ page, person, service }) => {
  const held: (() => Promise<void>)[] = []
  await page.route('**/user/events*', async (route) => {
    const response = await route.fetch()
    held.push(() => route.fulfill({ response }))
  })
  await signIn(page, person)
  await expect.poll(() => held.length).toBe(1)
  const { access_token } = await signInByApi(service, person)
  await api(service, 'POST', '/logout?scope=local', access_token)
  await page.getByRole('button', { name: 'Log out others' }).click()
  await expect.poll(() => held.length).toBe(2)
  const [early, late] = held
  const events = page.locator('.events li')
  const count = 6
  await late?.()
  await expect(events).toHaveCount(count)
  await early?.()
  // As long as a frame would take to show them.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))))
  await expect(events).toHaveCount(count)
})

test('older events take the focus from nobody who has gone on meanwhile', async ({
  page,
  person,
  service,
}) => {
  for (let i = 0; i < 5; i++) {
    const { access_token } = await signInByApi(service, person)
    await api(service, 'POST', '/logout?scope=local', access_token)
  }
  await signIn(page, person)
  const { open } = await hold(page, '**/user/events?*after=*')
  await page.getByRole('button', { name: 'Older events' }).click()
  const field = page.getByLabel('Current password', { exact: true })
  await field.focus()
  open()
  await expect(page.locator('.events li')).toHaveCount(13)
  await expect(field).toBeFocused()
})

test('what is said when a screen goes is read out, and is gone with the next', async ({
  page,
  person,
}) => {
  await signIn(page, person)
  await page.getByLabel('Current password', { exact: true }).fill(person.password)
  await page.getByLabel('New password', { exact: true }).fill('another horse battery')
  await page.getByLabel('Log out here as well').check()
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(signedOut(page)).toBeVisible()
  const said = page.getByRole('status').filter({ hasText: 'Every session has ended.' })
  await expect(said).toHaveCount(1)
  await fillIn(page, { ...person, password: 'another horse battery' })
  await page.keyboard.press('Enter')
  await expect(signedIn(page)).toBeVisible()
  await expect(said).toHaveCount(0)
})
