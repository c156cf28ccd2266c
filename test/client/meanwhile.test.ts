/** A sign-in or a change that is not answered yet, and what is done in the meantime: here, and in a tab of which this one has not heard. */

import { beforeEach, expect, test } from 'vitest'
import { type Browser, openBrowser, openService } from '../support/browser.ts'
import { PASSWORD, type Street } from '../support/street.ts'

let street: Street
let browser: Browser
let email: string

beforeEach(async () => {
  street = await openService()
  browser = openBrowser(street)
  email = `${crypto.randomUUID()}@example.com`
})

const sessions = () => street.redis.look('KEYS', 'session:????????-*')
const works = async (token: string | null) =>
  (await street.call('GET', '/user', { token: token ?? '' })).status === 200

/** Holds back what goes to `path` until `letGo`. `there`: the first such request has been made. */
function hold(path: string) {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  const { promise: there, resolve: arrive } = Promise.withResolvers<void>()
  browser.network.instead = async ({ url }) => {
    if (!url.includes(path)) return undefined
    arrive()
    await held
    return undefined
  }
  return { there, letGo }
}

test.each([
  ['cookie', 'local'],
  ['bearer', 'global'],
] as const)(
  '%s: a logout that is called while a sign-in waits for the logout before it, which is %s, wins all the same',
  async (transport, scope) => {
    const { client } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    browser.network.isUp = false
    expect(await client.logout({ scope })).toMatchObject({ server: 'queued' })
    browser.network.isUp = true
    const { there, letGo } = hold('/logout')
    const entering = client.signIn({ email, password: PASSWORD })
    await there
    const leaving = client.logout()
    letGo()
    expect(await leaving).toMatchObject({ server: 'confirmed' })
    expect(await entering).toMatchObject({ ok: false, error: { code: 'no_authorization' } })
    expect(client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'logout' })
    await browser.settled()
    expect(await sessions()).toEqual([])
  },
)

test('bearer, without locks: a session that began in another tab while a sign-in was on its way here is ended by it', async () => {
  const open = () => browser.openTab({ transport: 'bearer', locks: false })
  const [tab, other] = [open(), open()]
  for (const { client } of [tab, other]) await client.ready()
  // This tab hears late: its own page is what it looks at last.
  for (const channel of tab.channels) channel.onmessage = null
  tab.window.listeners.delete('storage')
  await street.signUp(email)
  const { there, letGo } = hold('grant_type=password')
  const entering = tab.client.signIn({ email, password: PASSWORD })
  await there
  await other.client.signUp({ email: `other-${email}`, password: PASSWORD })
  const { accessToken } = other.client.getState()
  letGo()
  expect(await entering).toMatchObject({ ok: true })
  await browser.settled()
  expect(await works(accessToken)).toBe(false)
  expect(other.client.getState().user?.email).toBe(email)
})

test('bearer: a logout of all that is given up while a change that ends the others is on its way is said to be, after its answer too', async () => {
  const { client } = browser.openTab({ transport: 'bearer' })
  await client.signUp({ email, password: PASSWORD })
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  browser.network.before = async ({ method }) => {
    if (method === 'PUT') await answered
  }
  browser.network.instead = ({ url }) =>
    url.includes('/logout') ? Response.json({}, { status: 403 }) : undefined
  const changing = client.updateUser({ data: { name: 'Ada' }, logout: 'others' })
  await expect.poll(() => browser.asked.find(({ method }) => method === 'PUT')?.status).toBe(200)
  expect(await client.logout({ scope: 'global' })).toMatchObject({ server: 'refused' })
  answer()
  expect(await changing).toMatchObject({ ok: true })
  expect(client.getState().givenUp).toBe('global')
})
