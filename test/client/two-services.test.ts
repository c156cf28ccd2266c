/** Where the service is: at an origin or a path of its own, and beside another service whose client is in the same page. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Browser, openBrowser, openService } from '../support/browser.ts'
import { ISSUER, PASSWORD, type Street } from '../support/street.ts'

const OTHER = 'https://auth.example.org'
const email = 'ada@example.com'

let street: Street
let browser: Browser

beforeEach(async () => {
  street = await openService()
  browser = openBrowser(street)
})
afterEach(() => {
  vi.unstubAllGlobals()
})

test('clients of two services in one origin have a session each, and a logout from one is none from the other', async () => {
  const another = await openService({ env: { ISSUER: OTHER } })
  browser.network.instead = (request) =>
    request.url.startsWith(OTHER) ? another.fetch(request) : undefined
  const one = browser.openTab({ transport: 'bearer' }).client
  const other = browser.openTab({ transport: 'bearer', url: OTHER }).client
  await one.signUp({ email, password: PASSWORD })
  expect(await other.ready()).toMatchObject({ status: 'signed_out' })
  await other.signUp({ email: 'grace@example.com', password: PASSWORD })
  expect(await other.logout()).toMatchObject({ server: 'confirmed', sessionsEnded: 1 })
  await browser.settled()
  expect(one.getState()).toMatchObject({ status: 'signed_in', user: { email } })
  expect(await street.redis.look('EXISTS', `session:${one.getState().sessionId}`)).toBe(1)
})

test('a sign-in that one service does not answer holds up none to another', async () => {
  const { promise: answered, resolve: answer } = Promise.withResolvers<Response>()
  browser.network.instead = ({ url }) => (url.startsWith(OTHER) ? answered : undefined)
  const other = browser.openTab({ transport: 'bearer', url: OTHER }).client
  const entering = other.signIn({ email, password: PASSWORD })
  await expect.poll(() => browser.asked.length).toBe(1)
  const { client } = browser.openTab({ transport: 'bearer' })
  void client.signUp({ email, password: PASSWORD })
  await expect.poll(() => client.getState().status).toBe('signed_in')
  answer(new Response('', { status: 503 }))
  await entering
})

test.each(['cookie', 'bearer'] as const)(
  '%s: a service at a path is asked for below that path, and for nothing beside it',
  async (transport) => {
    street = await openService({ basePath: '/auth' })
    browser = openBrowser(street)
    const { client } = browser.openTab({ transport, url: `${ISSUER}/auth/` })
    expect(await client.signUp({ email, password: PASSWORD })).toMatchObject({ ok: true })
    expect((await client.refresh()).status).toBe('signed_in')
    expect(await client.logout()).toMatchObject({ server: 'confirmed' })
    expect(browser.asked.filter(({ path }) => !path.startsWith('/auth/'))).toEqual([])
  },
)

test('an API that is named with a path is sent the token all the same', async () => {
  const { client } = browser.openTab({
    transport: 'bearer',
    apiOrigins: ['https://api.example.com/v1/'],
  })
  await client.signUp({ email, password: PASSWORD })
  browser.network.instead = () => new Response('ok')
  await client.fetch('https://api.example.com/v1/things')
  const { accessToken } = client.getState()
  expect(browser.asked.at(-1)?.headers.get('Authorization')).toBe(`Bearer ${accessToken}`)
})

test('without a fetch of its own it uses the one that the window has by then, as a browser wants it called', async () => {
  const { client } = browser.openTab({ transport: 'bearer', fetch: undefined })
  const fetched = vi.fn()
  vi.stubGlobal('fetch', function (this: unknown, request: Request) {
    if (this && this !== globalThis) throw new TypeError('Illegal invocation')
    fetched(request.url)
    return Promise.resolve(new Response('ok'))
  })
  expect(await (await client.fetch('https://api.example.com/things')).text()).toBe('ok')
  expect(fetched.mock.calls).toEqual([['https://api.example.com/things']])
})
