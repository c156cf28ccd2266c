/** A logout that the service has not confirmed: it outlives its page, and nobody signs in over it. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { generateSigningKey } from '../../src/crypto/signing-keys.ts'
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

afterEach(() => {
  vi.useRealTimers()
})

const failLogouts = (status: number, seen: Request[] = []) => {
  browser.network.instead = (request) => {
    if (!request.url.includes('/logout')) return undefined
    seen.push(request)
    return Response.json({ code: status, error_code: 'unexpected_failure', msg: '' }, { status })
  }
}

test.each(['cookie', 'bearer'] as const)(
  '%s: a 500 is no answer to it, so it waits; and it is sent even if its page is closed',
  async (transport) => {
    const { client } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    const sent: Request[] = []
    failLogouts(500, sent)
    expect(await client.logout()).toMatchObject({ server: 'queued' })
    expect(sent.map(({ keepalive }) => keepalive)).toEqual([true])
  },
)

test('cookie: nobody signs in over one that cannot be sent, since it would go by the cookie of the next', async () => {
  const { client } = browser.openTab({ transport: 'cookie' })
  await client.signUp({ email, password: PASSWORD })
  const { sessionId } = client.getState()
  failLogouts(503)
  expect(await client.logout()).toMatchObject({ server: 'queued' })
  expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({
    ok: false,
    error: { code: 'network' },
  })
  expect(browser.count('/token?grant_type=password')).toBe(0)

  browser.network.instead = undefined
  expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: true })
  expect(await street.redis.look('EXISTS', `session:${sessionId}`)).toBe(0)
  expect((await client.refresh()).status).toBe('signed_in')
})

test.each(['cookie', 'bearer'] as const)(
  '%s: where sessions may rest for longer than a week, it waits as long and ends the session',
  async (transport) => {
    street = await openService({ env: { SESSION_IDLE_TTL: `${14 * 86400}` } })
    browser = openBrowser(street)
    const { client, goOnline } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    const { sessionId } = client.getState()
    browser.network.isUp = false
    await client.logout()
    street.clock.pass(8 * 86400)
    browser.network.isUp = true
    goOnline()
    await expect.poll(() => client.getState().unconfirmed).toBe(false)
    expect(client.getState().givenUp).toBe(null)
    expect(await street.redis.look('EXISTS', `session:${sessionId}`)).toBe(0)
  },
)

describe("cookie: another page's own request is still on its way, and its answer takes the cookie away", () => {
  const SIGN_IN = '/token?grant_type=password'

  /** Logs out in a page, which is told of it only when that is let go, and opens another page. */
  const logOutSlowly = async () => {
    const first = browser.openTab({ transport: 'cookie' })
    await first.client.signUp({ email, password: PASSWORD })
    let letGo = () => {}
    const mayGo = new Promise<void>((resolve) => {
      letGo = resolve
    })
    browser.network.before = async ({ url }) => {
      if (!url.includes('/logout')) return
      browser.network.before = undefined
      await mayGo
    }
    const leaving = first.client.logout()
    await expect.poll(() => browser.network.before).toBe(undefined)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const second = browser.openTab({ transport: 'cookie' })
    return { first, second, letGo, leaving }
  }

  test('whoever signs in waits for it, and keeps the new one', async () => {
    const { second, letGo, leaving } = await logOutSlowly()
    expect((await second.client.ready()).status).toBe('signed_out')
    const entering = second.client.signIn({ email, password: PASSWORD })
    await vi.advanceTimersByTimeAsync(1500)
    expect(browser.count(SIGN_IN)).toBe(0)
    letGo()
    expect(await leaving).toMatchObject({ server: 'confirmed' })
    await vi.advanceTimersByTimeAsync(100)
    expect(await entering).toMatchObject({ ok: true })
    expect(browser.cookie()).not.toBe('')
    expect(browser.count('/logout')).toBe(1)
    expect((await second.client.refresh()).status).toBe('signed_in')
  })

  test('where that page has been left, no longer than it can take', async () => {
    const { first, second } = await logOutSlowly()
    first.crash()
    await second.client.ready()
    const entering = second.client.signIn({ email, password: PASSWORD })
    await vi.advanceTimersByTimeAsync(4000)
    expect(browser.count(SIGN_IN)).toBe(0)
    await vi.advanceTimersByTimeAsync(2000)
    expect(await entering).toMatchObject({ ok: true })
  })

  test('and not at all once it must have come', async () => {
    const { first, second } = await logOutSlowly()
    first.crash()
    street.clock.pass(6)
    expect(await second.client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: true })
  })
})

describe('bearer: the key was stolen, so that its access tokens are refused at once', () => {
  /** The same service, deployed again with another key; its refresh tokens work on. */
  const replaceKey = async () => {
    const SIGNING_KEYS = JSON.stringify({ keys: [await generateSigningKey()] })
    const after = await openService({ redis: street.redis, env: { SIGNING_KEYS } })
    browser.network.instead = (request) => after.fetch(request)
    return after
  }
  const lives = async (sessionId: string | null) =>
    (await street.redis.look('EXISTS', `session:${sessionId}`)) === 1

  const signUp = async () => {
    const { client } = browser.openTab({ transport: 'bearer' })
    await client.signUp({ email, password: PASSWORD })
    const phone = await street.signIn({ email })
    return { client, phone, sessionId: client.getState().sessionId }
  }

  test.each([
    ['local', 1, 200],
    ['others', 1, 400],
    ['global', 2, 400],
  ] as const)('%s: is done with another one', async (scope, sessionsEnded, status) => {
    const { client, phone, sessionId } = await signUp()
    const after = await replaceKey()
    expect(await client.logout({ scope })).toMatchObject({ server: 'confirmed', sessionsEnded })
    expect(await lives(sessionId)).toBe(scope === 'others')
    expect((await after.refresh(phone.refresh_token)).status).toBe(status)
    expect(client.getState()).toMatchObject({
      status: scope === 'others' ? 'signed_in' : 'signed_out',
      unconfirmed: false,
      givenUp: null,
    })
    expect(browser.storage.text()).not.toContain('logout:')
  })

  test('the session that a sign-in replaces is ended', async () => {
    const { client, sessionId } = await signUp()
    await replaceKey()
    expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: true })
    await expect.poll(() => lives(sessionId)).toBe(false)
    expect(client.getState()).toMatchObject({ status: 'signed_in', givenUp: null })
  })

  test('global, where it cannot be confirmed: it waits with the token that works', async () => {
    const { client, phone } = await signUp()
    const after = await replaceKey()
    browser.network.instead = (request) =>
      request.url.includes('/logout') && browser.count('/logout') > 1
        ? Response.json({}, { status: 503 })
        : after.fetch(request)
    expect(await client.logout({ scope: 'global' })).toMatchObject({ server: 'queued' })
    browser.network.instead = (request) => after.fetch(request)
    expect(await client.logout()).toMatchObject({ server: 'confirmed', scope: 'global' })
    expect((await after.refresh(phone.refresh_token)).status).toBe(400)
  })

  test('a service that refuses its own too is asked no more than that', async () => {
    const { client } = await signUp()
    browser.network.instead = (request) =>
      request.url.includes('/logout')
        ? Response.json({ code: 401, error_code: 'bad_jwt', msg: '' }, { status: 401 })
        : undefined
    expect(await client.logout()).toMatchObject({ server: 'refused' })
    expect(browser.count('/logout')).toBe(2)
  })
})
