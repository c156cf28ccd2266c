/** Every piece of the kit in StrictMode, on React 18 and 19, against the real service. */

import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { fromRoot } from '../../src/dev/root.ts'
import { serveKit } from './support/kit-files.ts'
import {
  api,
  expect,
  expectNoViolations,
  logOutUnsaved,
  newAccount,
  type Person,
  signIn,
  signInByApi,
  statusOf,
  test,
} from './support/world.ts'

test('the page at /, while a page beside it changes accounts: nothing of the first person stays', async ({
  page,
  person,
  service,
  context,
}) => {
  const next = await newAccount(service)
  await signIn(page, person)
  const password = page.getByLabel('Current password', { exact: true })
  await password.fill(person.password)
  await expect(page.getByText('Account created')).toHaveCount(1)
  const sessions = page.waitForRequest('**/user/events*')
  const other = await context.newPage()
  await serveKit(other, '19')
  await other.goto(`/kit-19/?${new URLSearchParams({ ...person, next: next.email })}`)
  await other.getByRole('button', { name: 'Next, please' }).click()
  await expect(page.locator('.greeting')).toContainText(next.email)
  await expect(password).toHaveValue('')
  // The page has asked for the events of the next person.
  await sessions
})

for (const version of ['18', '19']) {
  test.describe(`React ${version}`, () => {
    let complaints: string[]

    test.beforeEach(async ({ page }) => {
      complaints = []
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('console', (line) => {
        if (['error', 'warning'].includes(line.type()) && !line.text().includes('Failed to load'))
          complaints.push(line.text())
      })
      await serveKit(page, version)
    })
    test.afterEach(() => expect(complaints).toEqual([]))

    async function enter(page: Page, person: Person, more: Record<string, string> = {}) {
      const query = new URLSearchParams({ ...person, ...more })
      await page.goto(`/kit-${version}/?${query}`)
      await expect(page.getByText(`React ${version}`)).toBeVisible()
      await signInHere(page, person)
    }
    async function signInHere(page: Page, person: Person) {
      await page.getByRole('button', { name: 'Sign in' }).click()
      await expect(page.getByRole('heading', { name: person.email })).toBeVisible()
      // Waits for the list: as it appears, it moves buttons away from under a press.
      await expect(page.locator('.curfew-session').first()).toBeVisible()
    }
    const nobody = (page: Page) => page.getByRole('heading', { name: 'Nobody' })

    test('a server renders it without knowing who is there, and the browser takes over', async ({
      page,
      person,
    }) => {
      await enter(page, person)
      const server = (await import(
        fromRoot(`.wrangler/browser/kit-${version}-server/server.js`)
      )) as {
        render: (search: string) => string
      }
      const html = server.render('')
      expect(html).toContain('Loading')
      expect(html).toContain('Wait')
      expect(html).not.toMatch(/Sign in|Log out|Everywhere/)
      const shell = await readFile(fromRoot(`.wrangler/browser/kit-${version}/index.html`), 'utf8')
      await page.route(`**/kit-${version}/`, (route) =>
        route.fulfill({
          body: shell.replace('<main id="root">', `$&${html}`),
          contentType: 'text/html',
        }),
      )
      await page.goto(`/kit-${version}/`)
      await expect(page.getByRole('heading', { name: person.email })).toBeVisible()
    })

    test('one client, whatever StrictMode does', async ({ page, person }) => {
      const refreshes: string[] = []
      await enter(page, person)
      page.on('request', (one) => {
        if (one.url().includes('grant_type=refresh_token')) refreshes.push(one.url())
      })
      await page.reload()
      await expect(page.getByRole('heading', { name: person.email })).toBeVisible()
      await expect(page.locator('.curfew-session')).toHaveCount(1)
      expect(refreshes).toHaveLength(1)
      await expectNoViolations(page)
    })

    test('LogoutButton, in words of the page', async ({ page, person }) => {
      await enter(page, person)
      await page.route('**/logout?scope=global', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 300))
        await route.continue()
      })
      await page.getByRole('button', { name: 'Everywhere' }).click()
      await expect(nobody(page)).toBeVisible()
      await expect(page.getByText('You are signed out.')).toBeVisible()
    })

    test('LogoutWithConfirmation', async ({ page, person }) => {
      await enter(page, person)
      await page.getByRole('button', { name: 'Ask first' }).click()
      await expect(page.getByRole('button', { name: 'Cancel' })).toBeFocused()
      await page.keyboard.press('Escape')
      await expect(page.getByRole('button', { name: 'Ask first' })).toBeFocused()
      await page.keyboard.press('Enter')
      await page.getByRole('alertdialog').getByRole('button', { name: 'Log out' }).click()
      await expect(nobody(page)).toBeVisible()
    })

    test('the others, from a page that shows them: what waits is said for as long as it waits', async ({
      page,
      person,
      service,
      context,
    }) => {
      await signInByApi(service, person)
      await enter(page, person)
      await expect(page.locator('.curfew-session')).toHaveCount(2)
      const dialog = page.getByRole('alertdialog', { name: 'Log out your other devices?' })
      const askForOthers = async () => {
        await page.getByRole('button', { name: 'Ask for the others' }).click()
        await expect(dialog).toContainText('You stay signed in here.')
        await dialog.getByRole('button', { name: 'Log out' }).click()
        await expect(dialog).toBeHidden()
      }
      await askForOthers()
      await expect(page.locator('.curfew-session')).toHaveCount(1)

      await signInByApi(service, person)
      await page.reload()
      await expect(page.locator('.curfew-session')).toHaveCount(2)
      await context.setOffline(true)
      await askForOthers()
      const outcome = page.getByText('Not confirmed yet: the other devices may still be signed in.')
      const notice = page.getByText('A logout is not confirmed yet')
      await expect(outcome).toBeVisible()
      await expect(notice).toBeVisible()
      await expect(page.getByText('Signed out here')).toHaveCount(0)
      await context.setOffline(false)
      await expect(notice).toBeHidden()
      await expect(outcome).toBeHidden()
      await expect(page.locator('.curfew-session')).toHaveCount(1)
    })

    test('whoever has signed in again meanwhile stays', async ({ page, person }) => {
      await enter(page, person, { signInPage: '/health', transport: 'bearer' })
      let answer = () => {}
      const answered = new Promise<void>((resolve) => {
        answer = resolve
      })
      await page.route('**/logout?scope=local', async (route) => {
        await answered
        await route.continue()
      })
      await page.getByRole('button', { name: 'endSession' }).click()
      await expect(nobody(page)).toBeVisible()
      await signInHere(page, person)
      const told = page.waitForResponse('**/logout?scope=local')
      answer()
      expect((await told).status()).toBe(200)
      await page.getByRole('button', { name: 'useLogout' }).click()
      await expect(page.getByText('success confirmed fine')).toBeVisible()
    })

    test('long words of the page, on the smallest phone: all of a button is there', async ({
      page,
      person,
    }) => {
      const words = 'Dieses Gerät von allen Listen abmelden'
      await page.setViewportSize({ width: 320, height: 640 })
      await enter(page, person, { logOut: words })
      for (const place of ['.curfew-session', '[role="alertdialog"]']) {
        if (place !== '.curfew-session')
          await page.getByRole('button', { name: 'Ask first' }).click()
        const button = page.locator(place).getByRole('button', { name: words })
        await button.scrollIntoViewIfNeeded()
        await expect(button).toBeInViewport({ ratio: 1 })
      }
    })

    test('LogoutOptions', async ({ page, person, service }) => {
      const other = await signInByApi(service, person)
      await enter(page, person)
      const opener = page.getByRole('button', { name: 'Options' })
      await opener.click()
      await expect(opener).toHaveAttribute('aria-expanded', 'true')
      await page.getByRole('heading').first().click()
      await expect(opener).toHaveAttribute('aria-expanded', 'false')
      await opener.click()
      await page.getByRole('button', { name: 'Other devices' }).click()
      await expect(page.getByText('One other session ended.')).toBeVisible()
      await expect(opener).toBeFocused()
      expect(await statusOf(service, other.access_token)).toBe(401)
    })

    test('LogoutOptions tells its page of keys too', async ({ page, person }) => {
      await enter(page, person)
      const opener = page.getByRole('button', { name: 'Options' })
      await opener.press('Enter')
      await expect(opener).toHaveAttribute('aria-expanded', 'true')
      await page.keyboard.press('Escape')
      await expect(opener).toHaveAttribute('aria-expanded', 'false')
      await expect(page).toHaveTitle('Escape')
    })

    test('LogoutOptions is closed in a page whose style lays out every list', async ({
      page,
      person,
    }) => {
      await enter(page, person)
      await page.addStyleTag({ content: 'ul { display: flex }' })
      const opener = page.getByRole('button', { name: 'Options' })
      const first = page.getByRole('button', { name: 'This device', exact: true })
      await expect(first).toBeHidden()
      await expect(opener).not.toHaveAttribute('aria-controls')
      await opener.click()
      await expect(first).toBeVisible()
      const menu = await page.locator('.curfew-menu').getAttribute('id')
      await expect(opener).toHaveAttribute('aria-controls', menu ?? '')
      await opener.click()
      await expect(first).toBeHidden()
    })

    test('a late answer takes the focus from nobody', async ({ page, person, service }) => {
      await signInByApi(service, person)
      await enter(page, person)
      let answer = () => {}
      const hold = (pattern: string) => {
        const answered = new Promise<void>((resolve) => {
          answer = resolve
        })
        return page.route(pattern, async (route) => {
          await answered
          await route.continue()
        })
      }
      await page.evaluate(() => {
        document.body.append(document.createElement('textarea'))
      })
      const text = page.locator('textarea')
      const ended = page.getByText(/^The session on .* has ended\.$/)
      await hold('**/sessions/*')
      await page.getByRole('button', { name: /^End the session on/ }).click()
      await text.focus()
      answer()
      await expect(ended).toBeVisible()
      await expect(text).toBeFocused()

      await hold('**/logout?scope=others')
      await page.getByRole('button', { name: 'Options' }).click()
      await page.getByRole('button', { name: 'Other devices' }).click()
      await text.focus()
      answer()
      await expect(page.getByText('No other device was signed in.')).toBeVisible()
      await expect(text).toBeFocused()
    })

    test('useSessions waits for nothing where nobody is signed in', async ({ page, person }) => {
      await enter(page, person)
      await page.getByRole('button', { name: 'Plain' }).click()
      await expect(page.getByText('0 devices')).toBeVisible()
      await page.reload()
      await expect(page.getByText('0 devices')).toBeVisible()
    })

    test('useSessions: what went wrong for one is not shown to the next', async ({
      page,
      person,
    }) => {
      await enter(page, person)
      await page.getByRole('button', { name: 'end my own' }).click()
      await expect(nobody(page)).toBeVisible()
      await expect(page.getByText('0 devices, no trouble')).toBeVisible()
      await page.route('**/sessions', (route) =>
        route.fulfill({ status: 429, json: { error_code: 'over_request_rate_limit', msg: '' } }),
      )
      await page.getByRole('button', { name: 'Sign in' }).click()
      await expect(page.getByText('0 devices, over_request_rate_limit')).toBeVisible()
      await page.getByRole('button', { name: 'Plain' }).click()
      await expect(nobody(page)).toBeVisible()
      await expect(page.getByText('0 devices, no trouble')).toBeVisible()
    })

    test('nobody is said to be signed out while it is not known', async ({ page, person }) => {
      await enter(page, person)
      for (const path of ['**/logout?*', '**/token?*'])
        await page.route(path, (route) => route.fulfill({ status: 503, json: {} }))
      await page.getByRole('button', { name: 'useLogout' }).click()
      await expect(page.getByText('error queued')).toBeVisible()
      await page.reload()
      await expect(page.getByText('A logout is not confirmed yet')).toBeVisible()
      await expect(page.getByRole('heading', { name: 'Loading' })).toBeVisible()
      await expect(page.getByText('Signed out here')).toHaveCount(0)
    })

    test('ended from elsewhere while it logs out the others: the sign-in page', async ({
      page,
      person,
      service,
    }) => {
      await enter(page, person, { signInPage: '/health' })
      let answer = () => {}
      const answered = new Promise<void>((resolve) => {
        answer = resolve
      })
      const asked = page.waitForRequest('**/logout?scope=others')
      await page.route('**/logout?scope=others', async (route) => {
        await answered
        await route.continue()
      })
      await page.getByRole('button', { name: 'the others, and stay' }).click()
      await asked
      const { access_token } = await signInByApi(service, person)
      await api(service, 'POST', '/logout?scope=others', access_token)
      await page.evaluate(() => dispatchEvent(new Event('online')))
      await expect(nobody(page)).toBeVisible()
      answer()
      await page.waitForURL('**/health')
    })

    test('clearTokens tells the server nothing', async ({ page, person }) => {
      await enter(page, person, { signInPage: '/health' })
      const told: string[] = []
      page.on('request', (one) => told.push(new URL(one.url()).pathname))
      await page.getByRole('button', { name: 'clearTokens' }).click()
      await page.waitForURL('**/health')
      expect(told).not.toContain('/logout')
    })

    for (const name of ['clearTokens', 'endSession'])
      test(`${name} goes to the sign-in page too`, async ({ page, person }) => {
        await enter(page, person, { signInPage: '/health' })
        const token = page.waitForResponse('**/logout?scope=local').catch(() => null)
        await page.getByRole('button', { name }).click()
        await page.waitForURL('**/health')
        if (name === 'endSession') expect((await token)?.status()).toBe(200)
      })

    test('a router that throws stops no logout', async ({ page, person }) => {
      await enter(page, person, { signInPage: '/login', failToNavigate: 'yes' })
      await page.getByRole('button', { name: 'useLogout' }).click()
      // Before the page has read this answer, the next logout would end the others too.
      await expect(page.getByText('success confirmed fine')).toBeVisible()
      const toldAgain = page.waitForResponse('**/logout?scope=local')
      await page.getByRole('button', { name: 'endSession' }).click()
      expect((await toldAgain).status()).toBe(200)
      await expect(nobody(page)).toBeVisible()
      await expect.poll(() => complaints).toEqual(['TypeError: no such route'])
      complaints = []
    })

    test('SessionList', async ({ page, person, service }) => {
      const [other, gone] = [await signInByApi(service, person), await signInByApi(service, person)]
      await enter(page, person)
      const rows = page.locator('.curfew-session')
      const ends = page.getByRole('button', { name: /^End the session on/ })
      await expect(rows).toHaveCount(3)
      await expect(rows.first()).toContainText('This device')
      await api(service, 'POST', '/logout?scope=local', gone.access_token)
      let answer = () => {}
      const answered = new Promise<void>((resolve) => {
        answer = resolve
      })
      await page.route('**/sessions/*', async (route) => {
        await answered
        await route.continue()
      })
      await ends.first().click()
      await ends.click()
      await expect(page.getByRole('button', { name: 'Ending…' })).toHaveCount(2)
      answer()
      await expect(rows).toHaveCount(1)
      await expect(page.getByText('There is no such session.')).toHaveCount(0)
      expect(await statusOf(service, other.access_token)).toBe(401)

      const msg = 'Too many calls. Try again in 30 s.'
      await page.route('**/sessions', (route) =>
        route.fulfill({ status: 429, headers: { 'Retry-After': '30' }, json: { msg } }),
      )
      await page.reload()
      await expect(page.getByText(msg, { exact: true })).toBeVisible()
      await page.unroute('**/sessions')
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.locator('.curfew-session').getByRole('button', { name: 'Log out' }).click()
      await expect(nobody(page)).toBeVisible()
    })

    test('useLogout', async ({ page, person, context }) => {
      await enter(page, person)
      const output = page.getByRole('status').filter({ hasText: 'fine' })
      await expect(output).toHaveText('idle nothing fine')
      await page.getByRole('button', { name: 'useLogout' }).click()
      await expect(output).toHaveText('success confirmed fine')
      await page.getByRole('button', { name: 'reset' }).click()
      await expect(output).toHaveText('idle nothing fine')
      await context.setOffline(true)
      await page.getByRole('button', { name: 'useLogout' }).click()
      await expect(page.getByText('error queued network')).toBeVisible()
      await context.setOffline(false)
    })

    test('what is said to one person is not said to the next', async ({
      page,
      person,
      service,
    }) => {
      const next = await newAccount(service)
      await signInByApi(service, person)
      await enter(page, person, { next: next.email })
      const everybody = page.getByRole('region', { name: 'For everybody' })
      await everybody.getByRole('button', { name: /^End the session on/ }).click()
      const ended = everybody.getByText(/^The session on .* has ended\.$/)
      await expect(ended).toBeVisible()
      const leave = async (scope: string) => {
        await everybody.getByRole('button', { name: 'Leave' }).click()
        await everybody.getByRole('button', { name: scope, exact: true }).click()
      }
      await leave('Other devices')
      const outcome = everybody.getByText('No other device was signed in.')
      await expect(outcome).toBeVisible()
      await everybody.getByRole('button', { name: 'Next, please' }).click()
      await expect(page.getByRole('heading', { name: next.email })).toBeVisible()
      // While it is read anew, the list says that.
      await expect(everybody.getByRole('list')).toHaveAttribute('aria-busy', 'false')
      await expect(ended).toHaveCount(0)
      await expect(outcome).toHaveCount(0)

      await leave('This device')
      await expect(nobody(page)).toBeVisible()
      await expect(everybody.getByText('Signed out.')).toBeVisible()
      await everybody.getByRole('button', { name: 'Next, please' }).click()
      await expect(page.getByRole('heading', { name: next.email })).toBeVisible()
      await expect(everybody.getByText('Signed out.')).toHaveCount(0)
      // Nor once the next one has left by another button.
      await page.getByRole('button', { name: 'Plain' }).click()
      await expect(nobody(page)).toBeVisible()
      await expect(everybody.getByText('Signed out.')).toHaveCount(0)
    })

    test('a provider that is taken away still sends a logout that only this page has', async ({
      page,
      person,
      service,
    }) => {
      const told = page.waitForResponse('**/token?grant_type=password')
      await enter(page, person, { transport: 'bearer' })
      const { access_token } = (await (await told).json()) as { access_token: string }
      const letThrough = await logOutUnsaved(page)
      await page.getByRole('button', { name: 'take it all away' }).click()
      await expect(page.getByText('Taken away')).toBeVisible()
      await letThrough()
      await expect.poll(() => statusOf(service, access_token), { timeout: 15_000 }).toBe(401)
    })

    test('IdleWarning, and the sign-in page afterwards', async ({ page, person }) => {
      await page.clock.install()
      await enter(page, person, { idle: '40', signInPage: '/health' })
      await page.clock.fastForward(25_000)
      await expect(page.getByRole('button', { name: 'Keep me here' })).toBeFocused()
      await page.keyboard.press('Escape')
      await expect(page.getByRole('alertdialog')).toBeHidden()
      await page.clock.runFor(3_000)
      await expect(page.getByRole('alertdialog')).toBeHidden()
      await page.clock.fastForward(22_000)
      await expect(page.getByRole('alertdialog')).toBeVisible()
      await page.clock.fastForward(25_000)
      await page.waitForURL('**/health')
    })

    test('a warning stays, though the end of the one before it is told late', async ({
      page,
      person,
    }) => {
      await page.addInitScript(() => {
        // A browser tells of a dialog's closing with the next frame; on a slow one that frame can be the next warning's.
        const { showModal } = HTMLDialogElement.prototype
        const late = new Set<HTMLDialogElement>()
        addEventListener(
          'close',
          (event) => {
            if (!event.isTrusted) return
            event.stopPropagation()
            if (event.target instanceof HTMLDialogElement) late.add(event.target)
          },
          true,
        )
        HTMLDialogElement.prototype.showModal = function () {
          if (late.delete(this)) this.dispatchEvent(new Event('close'))
          showModal.call(this)
        }
      })
      await page.clock.install()
      await enter(page, person, { idle: '40' })
      const warning = page.getByRole('alertdialog')
      await page.clock.fastForward(25_000)
      await expect(warning).toBeVisible()
      await page.keyboard.press('Escape')
      await expect(warning).toBeHidden()
      await page.clock.fastForward(25_000)
      await expect(warning).toBeVisible()
      // Nobody answered it: it counts down to the logout.
      await page.clock.fastForward(25_000)
      await expect(nobody(page)).toBeVisible()
    })

    test('a logout goes to the sign-in page once the service was told', async ({
      page,
      person,
      context,
      service,
    }) => {
      await enter(page, person, { signInPage: '/health' })
      const other = await context.newPage()
      await other.goto('/')
      const told = page.waitForResponse((one) => one.url().includes('/logout'))
      await page.getByRole('button', { name: 'Plain' }).click()
      expect((await told).status()).toBe(200)
      await page.waitForURL('**/health')
      expect(service.url).toBeTruthy()
    })
  })
}
