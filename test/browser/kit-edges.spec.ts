/** The kit where presses, frames and answers do not come one by one. The browser makes these, so React 19 stands for both. */

import type { Page } from '@playwright/test'
import { enterKit } from './support/kit-files.ts'
import { expect, hold, listen, newAccount, signIn, signInByApi, test } from './support/world.ts'

const rowsOf = (page: Page) => page.locator('.curfew-session')
const ends = (page: Page) => page.getByRole('button', { name: /^End the session on/ })
const later = { status: 503, json: { error_code: 'x', msg: 'Try later.' } }

test('a double click ends one session, and not the one that moves up under the pointer', async ({
  page,
  person,
  service,
}) => {
  for (let i = 0; i < 3; i++) await signInByApi(service, person)
  await enterKit(page, person)
  await expect(rowsOf(page)).toHaveCount(4)
  const box = await ends(page).first().boundingBox()
  if (!box) throw new TypeError('no button')
  const ended: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'DELETE') ended.push(request.url())
  })
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  for (const clickCount of [1, 2]) {
    await page.mouse.down({ clickCount })
    await page.mouse.up({ clickCount })
    if (clickCount === 1) await expect(rowsOf(page)).toHaveCount(3)
  }
  // What the second click began would be under way before this one.
  await ends(page).last().focus()
  const answered = page.waitForResponse('**/sessions')
  await page.keyboard.press('Enter')
  await answered
  expect(ended).toHaveLength(2)
})

test('the end of a second device of the same name is read out too', async ({
  page,
  person,
  service,
}) => {
  for (let i = 0; i < 2; i++) await signInByApi(service, person)
  await enterKit(page, person)
  await expect(rowsOf(page)).toHaveCount(3)
  const said = await listen(page.locator('.curfew-sessions [role=status]'))
  for (const left of [2, 1]) {
    await ends(page).first().click()
    await expect(rowsOf(page)).toHaveCount(left)
    await expect
      .poll(async () => (await said()).filter((text) => text.includes('has ended')).length)
      .toBe(3 - left)
  }
})

test('two devices of one name are told apart by what their buttons are described with', async ({
  page,
  person,
  service,
}) => {
  for (let i = 0; i < 2; i++) await signInByApi(service, person)
  await enterKit(page, person)
  await expect(ends(page)).toHaveCount(2)
  for (const row of (await rowsOf(page).all()).slice(1))
    await expect(row.getByRole('button')).toHaveAccessibleDescription(
      await row.locator('small').innerText(),
    )
})

test('a second failure is read out too', async ({ page, person, service }) => {
  await signInByApi(service, person)
  await enterKit(page, person)
  await expect(rowsOf(page)).toHaveCount(2)
  const said = await listen(page.locator('.curfew-sessions [role=status]'))
  await page.route('**/sessions/*', (route) => route.fulfill(later))
  for (const times of [1, 2]) {
    await ends(page).click()
    await expect
      .poll(async () => (await said()).filter((text) => text === 'Try later.').length)
      .toBe(times)
  }
})

test('a list that the page has asked for: each try is told, and none of it is said to the next', async ({
  page,
  person,
  service,
}) => {
  const next = await newAccount(service)
  for (let i = 0; i < 2; i++) await signInByApi(service, person)
  await enterKit(page, person, { page: 'listed', next: next.email })
  await expect(rowsOf(page)).toHaveCount(3)
  const note = page.locator('.curfew-sessions [role=status]')
  await page.route('**/sessions/*', (route) => route.fulfill(later))
  await ends(page).first().click()
  await expect(note).toHaveText('Try later.')
  await expect(page.getByText('Told of 1')).toBeVisible()
  await page.unroute('**/sessions/*')
  await ends(page).first().click()
  await expect(note).toContainText('has ended.')
  await expect(page.getByText('Told of 2')).toBeVisible()
  await expect(rowsOf(page)).toHaveCount(2)
  await page.getByRole('button', { name: 'Next, please' }).click()
  await expect(page.getByRole('heading', { name: next.email })).toBeVisible()
  await expect(rowsOf(page)).toHaveCount(1)
  await expect(note).toHaveText('')
})

test('while a logout of the others is under way, nothing is claimed of it', async ({
  page,
  person,
  service,
}) => {
  await enterKit(page, person)
  const note = page.locator('.curfew-options [role=status]')
  const choose = async () => {
    await page.getByRole('button', { name: 'Options' }).click()
    await page.getByRole('button', { name: 'Other devices' }).click()
  }
  await choose()
  await expect(note).toHaveText('No other device was signed in.')
  await signInByApi(service, person)
  await page.route('**/logout?scope=others', () => {})
  await choose()
  await expect(page.getByRole('button', { name: 'Logging out…' })).toBeVisible()
  await expect(note).toHaveText('')
})

test('the focus stays in the list when "Try again" goes', async ({ page, person }) => {
  await enterKit(page, person)
  await page.route('**/sessions', (route) => route.fulfill(later))
  await page.reload()
  const again = page.getByRole('button', { name: 'Try again' })
  await expect(again).toBeVisible()
  await page.unroute('**/sessions')
  await again.focus()
  await page.keyboard.press('Enter')
  await expect(again).toHaveCount(0)
  await expect(page.locator('.curfew-sessions :focus')).toHaveCount(1)
})

test('an error of somebody in between, with no words of ours, is said all the same', async ({
  page,
  person,
}) => {
  await enterKit(page, person)
  const forbidden = { status: 403, json: { message: 'Forbidden' } }
  await page.route('**/sessions', (route) => route.fulfill(forbidden))
  await page.reload()
  await expect(page.locator('.curfew-sessions [role=status]')).toHaveText(
    'The service gave no reason.',
  )
})

test('the page at /: nor is a test device signed in that somebody in between refused', async ({
  page,
  person,
}) => {
  await signIn(page, person)
  const forbidden = { status: 403, json: { message: 'Forbidden' } }
  await page.route('**/token', (route) => route.fulfill(forbidden))
  await page
    .getByLabel('Your password, to sign in a test device', { exact: true })
    .fill(person.password)
  await page.getByRole('button', { name: 'Open a test device' }).click()
  await expect(page.getByText('The service did not answer.')).toBeVisible()
  await expect(page.getByText('Now end it')).toHaveCount(0)
})

test('a session that has ended is not listed, though the list cannot be read anew', async ({
  page,
  person,
  service,
}) => {
  await signInByApi(service, person)
  await enterKit(page, person)
  await expect(rowsOf(page)).toHaveCount(2)
  await page.route('**/sessions', (route) => route.fulfill(later))
  await ends(page).click()
  await expect(page.getByText('Try later.')).toBeVisible()
  await expect(rowsOf(page)).toHaveCount(1)
})

test('LogoutOptions in a shadow root', async ({ page, person }) => {
  await enterKit(page, person, { page: 'shadow' })
  await page.getByRole('button', { name: 'Options' }).click()
  await page.getByRole('button', { name: 'This device' }).click({ timeout: 5000 })
  await expect(page.getByRole('heading', { name: 'Nobody' })).toBeVisible()
})

test('Escape in LogoutOptions closes them, and not the dialog around them', async ({
  page,
  person,
}) => {
  await enterKit(page, person, { page: 'dialog' })
  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('button', { name: 'Options' }).click()
  await expect(page.getByRole('button', { name: 'This device' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'This device' })).toHaveCount(0)
  await expect(page.locator('#account')).toHaveAttribute('open')
  await page.keyboard.press('Escape')
  await expect(page.locator('#account')).not.toHaveAttribute('open')
})

test('a client that is exchanged while it ends a session: its list is not shown for the next', async ({
  page,
  person,
  service,
}) => {
  const next = await newAccount(service)
  await signInByApi(service, person)
  await enterKit(page, person, { page: 'exchange', next: next.email })
  const rows = page.getByRole('list', { name: 'Devices' }).getByRole('listitem')
  await expect(rows).toHaveCount(2)
  const { open } = await hold(page, '**/sessions/*')
  await page.getByRole('button', { name: 'end the other' }).click()
  await page.getByRole('button', { name: 'exchange' }).click()
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { name: next.email })).toBeVisible()
  await expect(rows).toHaveCount(1)
  const own = await rows.textContent()
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  const answered = page.waitForResponse('**/sessions/*')
  open()
  await answered
  await page.getByRole('button', { name: 'leave' }).focus()
  await expect(rows).toHaveText([own ?? ''])
  expect(asked).not.toContain('/sessions')
})

test('what became of one client’s logout is not said of the next client’s', async ({
  page,
  person,
  service,
}) => {
  const next = await newAccount(service)
  await enterKit(page, person, { page: 'exchange', next: next.email })
  const { open, asked } = await hold(page, '**/logout?scope=local')
  const leave = page.getByRole('button', { name: 'leave' })
  await leave.click()
  await page.getByRole('button', { name: 'exchange' }).click()
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { name: next.email })).toBeVisible()
  await leave.click()
  await expect(page.getByRole('heading', { name: 'Nobody' })).toBeVisible()
  open()
  await expect(page.locator('output')).toHaveText('confirmed')
  expect(asked()).toBe(2)
})

test('a question can be asked, answered and taken back where the DOM has no showModal, as jsdom has none', async ({
  page,
  person,
}) => {
  await page.addInitScript(() => {
    for (const name of ['showModal', 'close'])
      Reflect.deleteProperty(HTMLDialogElement.prototype, name)
  })
  await enterKit(page, person)
  const question = page.getByRole('alertdialog')
  const ask = page.getByRole('button', { name: 'Ask first' })
  await ask.click()
  await question.getByRole('button', { name: 'Cancel' }).click()
  await expect(question).toBeHidden()
  await ask.click()
  await question.getByRole('button', { name: 'Log out' }).click()
  await expect(page.getByRole('heading', { name: 'Nobody' })).toBeVisible()
})
