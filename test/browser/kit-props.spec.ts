/** What a page gives to the pieces of the kit, and what each makes of it. The same on React 18, so 19 stands for both. */

import type { Page } from '@playwright/test'
import { enterKit, serveKit } from './support/kit-files.ts'
import { expect, hold, type Person, signInByApi, test } from './support/world.ts'

async function enter(page: Page, person: Person, more: Record<string, string> = {}): Promise<void> {
  await enterKit(page, person, { page: 'props', ...more })
  // As it appears, it moves buttons away from under a press.
  await expect(page.locator('.curfew-session').first()).toBeVisible()
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const nobody = (page: Page) => page.getByRole('heading', { name: 'Nobody' })

test('each piece says its own words, and those of no other', async ({ page, person }) => {
  await enter(page, person, { scope: 'others' })
  await expect(page.getByRole('list', { name: 'list sessions' })).toBeVisible()
  const says = (text: string) =>
    expect(page.locator('.curfew-note', { hasText: text })).toHaveCount(1)
  const dialog = page.getByRole('alertdialog', { name: 'question title others' })
  const ways = {
    button: () => button(page, 'button logOut').click(),
    question: async () => {
      await expect(button(page, 'question logOut')).toHaveAttribute('aria-haspopup', 'dialog')
      await button(page, 'question logOut').click()
      await expect(dialog).toHaveAccessibleDescription('question text others')
      await expect(button(page, 'question cancel')).toBeFocused()
      await dialog.getByRole('button', { name: 'question logOut' }).click()
    },
    options: async () => {
      await button(page, 'options options').click()
      await button(page, 'options otherDevices').click()
    },
  }
  for (const [piece, press] of Object.entries(ways)) {
    const { open } = await hold(page, '**/logout?*')
    await press()
    await expect(button(page, `${piece} loggingOut`)).toHaveAttribute('aria-disabled', 'true')
    open()
    await says(`${piece} confirmed`)
    await page.unroute('**/logout?*')
  }
  await page.route('**/logout?*', (route) => route.fulfill({ status: 503, json: {} }))
  await ways.button()
  await says('notice unconfirmedSignedIn')
})

test('the warning too says its own words, and never fewer seconds than there are', async ({
  page,
  person,
}) => {
  await page.clock.install()
  await enter(page, person, { idle: '60' })
  await page.clock.pauseAt(Date.now() + 15_000)
  const warning = page.getByRole('alertdialog', { name: 'idle idleTitle' })
  await page.clock.runFor(30_000)
  await expect(warning).toBeVisible()
  await expect(button(page, 'idle stay')).toBeFocused()
  await expect(warning.getByRole('button', { name: 'idle logOut' })).toBeVisible()
  // How many seconds too many it says. Its steps are whole seconds, so it may be late by one.
  const tooMany = async () => {
    const said = Number(/idle (\d+) s/.exec(await warning.innerText())?.[1])
    return said - (await page.evaluate(() => Number(document.title) - Date.now())) / 1000
  }
  for (let i = 0; i < 12; i++) {
    await page.clock.runFor(250)
    await expect.poll(tooMany).toBeGreaterThanOrEqual(0)
    await expect.poll(tooMany).toBeLessThan(2)
  }
  await page.clock.runFor(20_000)
  await expect(nobody(page)).toBeVisible()
  await expect(page.getByText('notice ended idle')).toBeVisible()
})

for (const piece of ['button', 'question', 'options', 'hook', 'press'])
  test(`goes where it was told, and tells what came of it: ${piece}`, async ({ page, person }) => {
    await enter(page, person)
    if (piece === 'options') await button(page, 'options options').click()
    await button(page, piece === 'options' ? 'options thisDevice' : `${piece} logOut`).click()
    if (piece === 'question')
      await page.getByRole('alertdialog').getByRole('button', { name: 'logOut' }).click()
    await expect(nobody(page)).toBeVisible()
    const isHook = piece === 'hook' || piece === 'press'
    const told = isHook ? 'nothing' : `${piece} confirmed`
    await expect(page.getByText('Went to')).toHaveText(`Went to /${piece}, told ${told}`)
  })

test('a logout in the session list goes to the sign-in page', async ({ page, person }) => {
  await enter(page, person)
  await button(page, 'list logOut').click()
  await expect(page.getByText('Went to')).toHaveText('Went to /sign-in, told nothing')
})

test('a press that the page has stopped logs nobody out', async ({ page, person }) => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await enter(page, person, { stop: 'yes' })
  const pressed = page.getByText('Pressed')
  await button(page, 'button logOut').click()
  await expect(pressed).toHaveText('Pressed button')
  await button(page, 'question logOut').click()
  await expect(pressed).toHaveText('Pressed question')
  await button(page, 'options options').click()
  await expect(button(page, 'options thisDevice')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(button(page, 'options options')).toHaveAttribute('aria-expanded', 'true')
  await expect(page.getByRole('alertdialog')).toBeHidden()
  expect(asked).not.toContain('/logout')
})

test('a button tells its page of a press, and logs out', async ({ page, person }) => {
  await enter(page, person, { scope: 'others' })
  const pressed = page.getByText('Pressed')
  await button(page, 'button logOut').click()
  await expect(pressed).toHaveText('Pressed button')
  await expect(page.getByText('Went to')).toHaveText('Went to nowhere, told button confirmed')
  await button(page, 'question logOut').click()
  await expect(pressed).toHaveText('Pressed question')
  await expect(page.getByRole('alertdialog')).toBeVisible()
})

test('`endings` counts the logouts that were confirmed, when they were, and none that failed', async ({
  page,
  person,
}) => {
  await page.clock.install()
  await enter(page, person, { scope: 'others' })
  const endings = page.getByText('endings:')
  for (const [status, server] of [
    [403, 'refused'],
    [503, 'queued'],
  ] as const) {
    await page.route('**/logout?*', (route) => route.fulfill({ status, json: {} }))
    await button(page, 'button logOut').click()
    await expect(page.getByText(`told button ${server}`)).toBeVisible()
    await expect(endings).toHaveText('endings: 0')
  }
  await page.unroute('**/logout?*')
  // The one that waited is sent again.
  await page.clock.fastForward(20_000)
  await expect(endings).toHaveText('endings: 1')
  await button(page, 'button logOut').click()
  await expect(page.getByText('told button confirmed')).toBeVisible()
  await expect(endings).toHaveText('endings: 2')
})

test('LogoutOptions offers what it was given, in that order, in a box of the page', async ({
  page,
  person,
}) => {
  await enter(page, person)
  await button(page, 'options options').click()
  await expect(page.locator('.curfew-options.own[aria-label="Ways out"] li')).toHaveText([
    'options otherDevices',
    'options thisDevice',
  ])
  // A press elsewhere closes them, and so does the Tab that leaves them.
  await button(page, 'options thisDevice').focus()
  await page.keyboard.press('Tab')
  await expect(button(page, 'options thisDevice')).toHaveCount(0)
})

test('SignedIn shows what it was given while it is not known who is there', async ({
  page,
  person,
}) => {
  await enter(page, person)
  const { open } = await hold(page, '**/token?*')
  await page.reload()
  await expect(page.getByText('Not known yet')).toBeVisible()
  open()
  await expect(button(page, 'button logOut')).toBeVisible()
  await expect(page.getByText('Not known yet')).toHaveCount(0)
})

test('two calls of useLogout while one is under way are one logout', async ({ page, person }) => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await enter(page, person)
  const told = page.waitForResponse('**/logout?scope=others')
  await button(page, 'twice').click()
  await told
  await expect(page.getByText('one logout')).toBeVisible()
  expect(asked.filter((path) => path === '/logout')).toHaveLength(1)
})

test('a scope in place of `{ scope }` logs nobody out, and is refused', async ({
  page,
  person,
}) => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await enter(page, person)
  await button(page, 'a word alone').click()
  await expect(page.getByText('rejected, rejected, rejected')).toBeVisible()
  await expect(button(page, 'button logOut')).toBeVisible()
  expect(asked).not.toContain('/logout')
})

test('one’s own session comes first, then those that were seen last', async ({
  page,
  person,
  service,
}) => {
  for (let i = 0; i < 3; i++) await signInByApi(service, person)
  await page.route('**/sessions', async (route) => {
    const response = await route.fetch()
    const body = (await response.json()) as { sessions: { current: boolean }[] }
    // The others have been seen since, and the service may name them in any order.
    const seen = ['2031-01-01', '2033-01-01', '2032-01-01']
    for (const one of body.sessions)
      Object.assign(one, { last_seen_at: `${one.current ? '2030-01-01' : seen.pop()}T12:00:00Z` })
    await route.fulfill({ response, json: body })
  })
  await enter(page, person)
  await expect(page.locator('.curfew-session small')).toHaveText([
    / 2030/,
    / 2033/,
    / 2032/,
    / 2031/,
  ])
})

test('a piece outside of a provider says what it needs', async ({ page }) => {
  await serveKit(page, '19')
  const failed = page.waitForEvent('pageerror')
  await page.goto('/kit-19/?page=alone')
  expect(String(await failed)).toContain('This needs an <AuthProvider> of curfew/react')
})
