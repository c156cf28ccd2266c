/** The client's fetch: the token goes where it may, and is renewed once when needed. */

import { beforeEach, expect, test } from 'vitest'
import { type Browser, openBrowser, openService, type Tab } from '../support/browser.ts'
import { ISSUER, PASSWORD, type Street } from '../support/street.ts'

let street: Street
let browser: Browser
let tab: Tab

beforeEach(async () => {
  street = await openService()
  browser = openBrowser(street)
  tab = browser.openTab({ transport: 'bearer', apiOrigins: ['https://api.example.com'] })
  await tab.client.signUp({ email: 'ada@example.com', password: PASSWORD })
  browser.asked.length = 0
})

const REFRESH = '/token?grant_type=refresh_token'
const bearer = () => `Bearer ${tab.client.getState().accessToken}`
const sent = () => browser.asked.map(({ headers }) => headers.get('Authorization'))

test('the token goes to the service and to the named origins, and nowhere else', async () => {
  browser.network.instead = () => new Response('ok')
  for (const url of [`${ISSUER}/user`, 'https://api.example.com/things?x=1'])
    await tab.client.fetch(url)
  expect(sent()).toEqual([bearer(), bearer()])
  browser.asked.length = 0
  for (const url of [
    'https://evil.example/',
    'http://api.example.com/',
    'https://api.example.com.evil.example/',
    'https://api.example.com:8443/',
    `https://evil.example/?${ISSUER}`,
  ])
    await tab.client.fetch(url)
  expect(sent()).toEqual([null, null, null, null, null])
})

test('a Request with method, body and headers goes as it is', async () => {
  browser.network.instead = () => new Response('ok')
  await tab.client.fetch(
    new Request('https://api.example.com/things', {
      method: 'PUT',
      body: 'a thing',
      headers: { 'X-A': 'b' },
    }),
  )
  await tab.client.fetch('https://api.example.com/things', { method: 'POST', body: 'another' })
  expect(browser.asked.map(({ method, body }) => [method, body])).toEqual([
    ['PUT', 'a thing'],
    ['POST', 'another'],
  ])
  expect(browser.asked[0]?.headers.get('X-A')).toBe('b')
})

test("the caller's own Authorization is left alone", async () => {
  await tab.client.fetch(`${ISSUER}/user`, { headers: { Authorization: 'Basic x' } })
  expect(sent()).toEqual(['Basic x'])
})

test('about to expire: renewed first', async () => {
  street.clock.pass(895)
  const answer = await tab.client.fetch(`${ISSUER}/user`)
  expect(answer.status).toBe(200)
  expect(browser.asked.map(({ path }) => path)).toEqual([REFRESH, '/user'])
})

test('401: renewed once, and sent again with its body', async () => {
  let refused = 0
  browser.network.instead = (request) => {
    if (!request.url.includes('api.example.com')) return undefined
    return request.headers.get('Authorization') === bearer() && refused > 0
      ? new Response('done')
      : new Response('no', { status: 401 + 0 * refused++ })
  }
  const answer = await tab.client.fetch('https://api.example.com/things', {
    method: 'POST',
    body: 'a thing',
  })
  expect(await answer.text()).toBe('done')
  expect(browser.asked.map(({ path, body }) => [path, path === REFRESH ? '' : body])).toEqual([
    ['/things', 'a thing'],
    [REFRESH, ''],
    ['/things', 'a thing'],
  ])
})

test('401, which comes after another request has renewed for it: sent again with that token', async () => {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  const old = bearer()
  browser.network.instead = async (request) => {
    if (!request.url.includes('api.example.com')) return undefined
    if (request.headers.get('Authorization') !== old) return new Response('done')
    if (request.url.endsWith('/slow')) await held
    return new Response('no', { status: 401 })
  }
  const slow = tab.client.fetch('https://api.example.com/slow')
  expect(await (await tab.client.fetch('https://api.example.com/quick')).text()).toBe('done')
  letGo()
  expect(await (await slow).text()).toBe('done')
  expect(browser.count(REFRESH)).toBe(1)
})

test('401 again: handed over, not tried for ever', async () => {
  browser.network.instead = (request) =>
    request.url.includes('api.example.com') ? new Response('no', { status: 401 }) : undefined
  const answer = await tab.client.fetch('https://api.example.com/')
  expect(answer.status).toBe(401)
  expect(browser.asked.map(({ path }) => path)).toEqual(['/', REFRESH, '/'])
  expect(tab.client.getState().status).toBe('signed_in')
})

test('401, while no other token can be had: handed over, and not sent again with the same one', async () => {
  browser.network.instead = ({ url }) =>
    url.includes('api.example.com')
      ? new Response('no', { status: 401 })
      : Response.json({}, { status: 503 })
  expect((await tab.client.fetch('https://api.example.com/')).status).toBe(401)
  expect(browser.asked.map(({ path }) => path)).toEqual(['/', REFRESH])
})

test('401 for an old proof of the password: the token was good', async () => {
  street.clock.pass(700)
  const answer = await tab.client.fetch(`${ISSUER}/user`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ password: 'a quite different one' }),
  })
  expect(answer.status).toBe(401)
  expect(browser.count(REFRESH)).toBe(0)
})

test('many at once renew once', async () => {
  street.clock.pass(1000)
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => tab.client.fetch(`${ISSUER}/user`)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  expect(browser.count(REFRESH)).toBe(1)
})

test('waits for the first state to be known', async () => {
  tab.crash()
  street.clock.pass(1000)
  const again = browser.openTab({ transport: 'bearer' })
  expect((await again.client.fetch(`${ISSUER}/user`)).status).toBe(200)
})

test('signed out: without a token', async () => {
  await tab.client.logout()
  browser.asked.length = 0
  expect((await tab.client.fetch(`${ISSUER}/user`)).status).toBe(401)
  expect(sent()).toEqual([null])
})

test('no network rejects, as the page’s does', async () => {
  browser.network.isUp = false
  await expect(tab.client.fetch(`${ISSUER}/user`)).rejects.toThrow(TypeError)
})

test('a request that was refused is not sent again in the name of whoever came after', async () => {
  browser.network.before = async (request) => {
    if (!request.url.endsWith('/user')) return
    browser.network.before = undefined
    await tab.client.logout()
    await tab.client.signUp({ email: 'eve@example.com', password: PASSWORD })
  }
  browser.network.instead = (request) =>
    request.url.endsWith('/user') ? new Response('no', { status: 401 }) : undefined
  expect((await tab.client.fetch(`${ISSUER}/user`)).status).toBe(401)
  expect(browser.count('/user')).toBe(1)
})
