/** Owns what a test stands on: the service, a person with an account, and how that person uses the page. */

import { AxeBuilder } from '@axe-core/playwright'
import {
  type Browser,
  type BrowserContext,
  test as base,
  expect,
  type Locator,
  type Page,
} from '@playwright/test'
import type { TokenBody } from '../../../src/contract/answers.ts'
import { openService, type Service } from './service.ts'

export { expect } from '@playwright/test'

export interface Person {
  email: string
  password: string
}

interface ForTest {
  /** Somebody who has an account and is signed in nowhere. */
  person: Person
}
interface ForWorker {
  service: Service
}

export const test = base.extend<ForTest, ForWorker>({
  service: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are wanted from the pattern.
    async ({}, use) => {
      const service = await openService()
      await use(service)
      await service.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  baseURL: ({ service }, use) => use(service.url),
  person: async ({ service }, use) => use(await newAccount(service)),
})

export const newPerson = (): Person => ({
  // One word, wider than a phone.
  email: `${crypto.randomUUID().slice(0, 8)}@aplaceofanamethatissolongthatnophoneisaswide.example.com`,
  password: 'correct horse battery',
})

async function tokens(service: Service, path: string, body: object): Promise<TokenBody> {
  const answer = await fetch(service.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBe(200)
  return (await answer.json()) as TokenBody
}

/** One more who has an account and is signed in nowhere. */
export async function newAccount(service: Service): Promise<Person> {
  const person = newPerson()
  const { access_token } = await tokens(service, '/signup', person)
  await api(service, 'POST', '/logout?scope=global', access_token)
  return person
}

/** A session that no page knows of. */
export const signInByApi = (service: Service, person: Person): Promise<TokenBody> =>
  tokens(service, '/token?grant_type=password', person)

export const api = (service: Service, method: string, path: string, token: string) =>
  fetch(service.url + path, { method, headers: { authorization: `Bearer ${token}` } })

/** What the service says about a token now. */
export const statusOf = async (service: Service, token: string): Promise<number> =>
  (await api(service, 'GET', '/user', token)).status

export const signedIn = (page: Page) => page.getByRole('heading', { name: 'Your account' })
export const signedOut = (page: Page) => page.getByRole('heading', { name: 'Signed out means out' })

export async function fillIn(page: Page, { email, password }: Person): Promise<void> {
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
}

/** Signs in on the page, and tells the access token that it was given. */
export async function signIn(page: Page, person: Person): Promise<string> {
  await page.goto('/')
  await fillIn(page, person)
  const answered = page.waitForResponse((response) => response.url().includes('/token'))
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  const { access_token } = (await (await answered).json()) as TokenBody
  await expect(signedIn(page)).toBeVisible()
  return access_token
}

/** Keeps each request of that pattern until `open` is called. `asked` tells how many there were. */
export async function hold(page: Page, pattern: Parameters<Page['route']>[0]) {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  let asked = 0
  await page.route(pattern, async (route) => {
    asked++
    await opened
    await route.continue()
  })
  return { open, asked: () => asked }
}

/** On a page of the kit: a logout that is not confirmed, and that no storage takes. What is returned lets it be sent. */
export async function logOutUnsaved(page: Page, name = 'Plain'): Promise<() => Promise<void>> {
  await page.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
  })
  const failing = (url: URL) => url.pathname === '/logout'
  await page.route(failing, (route) => route.fulfill({ status: 503, json: {} }))
  await page.getByRole('button', { name, exact: true }).click()
  await expect(page.getByText('Keep this page open')).toBeVisible()
  return () => page.unroute(failing)
}

/** Another browser, as far as anybody can tell. */
export async function openDevice(
  browser: Browser,
  service: Service,
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ baseURL: service.url })
  return { context, page: await context.newPage() }
}

export async function chooseIdle(page: Page, minutes: string): Promise<void> {
  const choice = page.getByLabel('Log out when nothing happens for')
  await choice.selectOption(minutes)
  await expect(choice).toHaveValue(minutes)
}

/** As when somebody turns to this tab again. */
export const lookAgain = (page: Page): Promise<void> =>
  page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange'))
  })

/** Each text that a status line takes on from here on: that is what a screen reader reads out. */
export async function listen(line: Locator): Promise<() => Promise<string[]>> {
  const said = await line.evaluateHandle((element) => {
    const texts: string[] = []
    new MutationObserver(() => texts.push(element.textContent ?? '')).observe(element, {
      childList: true,
      characterData: true,
      subtree: true,
    })
    return texts
  })
  return () => said.jsonValue()
}

export async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    // Does not look into frames, which is slow: there are none.
    .setLegacyMode()
    .analyze()
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' | ')}`)
  expect(told).toEqual([])
}
