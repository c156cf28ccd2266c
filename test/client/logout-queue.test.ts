/** A logout that the service has not confirmed: it outlives its page, and nobody signs in over it. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Locks } from '../../src/client/page.ts'
import type { AuthClient } from '../../src/client/types.ts'
import { generateSigningKey } from '../../src/crypto/signing-keys.ts'
import { type Browser, openBrowser, openService, type Tab } from '../support/browser.ts'
import { ISSUER, PASSWORD, type Street } from '../support/street.ts'

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

/** How many tabs wait for the lock of those who send what is queued. */
const waitingForQueue = async () => {
  const { locks } = navigator as unknown as {
    locks: { query: () => Promise<{ pending: { name: string }[] }> }
  }
  const { pending } = await locks.query()
  return pending.filter(({ name }) => name.endsWith(':logout:')).length
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

test('the service asks for a month of patience: no timer spins meanwhile', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { client } = browser.openTab({ transport: 'bearer' })
  await client.signUp({ email, password: PASSWORD })
  browser.network.instead = ({ url }) =>
    url.includes('/logout')
      ? Response.json(
          { error_code: 'x', msg: '' },
          { status: 429, headers: { 'Retry-After': '2592000' } },
        )
      : undefined
  const set = vi.spyOn(globalThis, 'setTimeout')
  expect(await client.logout()).toMatchObject({ server: 'queued' })
  expect(set.mock.calls.filter(([, ms = 0]) => ms > 2 ** 31 - 1)).toEqual([])
  set.mockRestore()
})

test('cookie: nobody signs in over one that cannot be sent, since it would go by the cookie of the next', async () => {
  const { client } = browser.openTab({ transport: 'cookie' })
  await client.signUp({ email, password: PASSWORD })
  const { sessionId } = client.getState()
  failLogouts(503)
  expect(await client.logout()).toMatchObject({ server: 'queued' })
  expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({
    ok: false,
    error: { code: 'unexpected_failure', status: 503 },
  })
  expect(browser.count('/token?grant_type=password')).toBe(0)

  browser.network.instead = undefined
  expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: true })
  expect(await street.redis.look('EXISTS', `session:${sessionId}`)).toBe(0)
  expect((await client.refresh()).status).toBe('signed_in')
})

test('cookie: whoever signs in over one that was sent too often is told when to try again', async () => {
  const { client } = browser.openTab({ transport: 'cookie' })
  await client.signUp({ email, password: PASSWORD })
  const error = { code: 'over_request_rate_limit', status: 429, retryAfter: 120 }
  browser.network.instead = ({ url }) =>
    url.includes('/logout')
      ? Response.json(
          { code: 429, error_code: error.code, msg: '' },
          { status: 429, headers: { 'Retry-After': '120' } },
        )
      : undefined
  await client.logout()
  expect(await client.signIn({ email, password: PASSWORD })).toEqual({
    ok: false,
    error: { ...error, message: '' },
  })
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

describe.each(['cookie', 'bearer'] as const)('%s: two clients in one window', (transport) => {
  /** The second begins while the service can tell it nothing. */
  const openBoth = async () => {
    const first = browser.openTab({ transport })
    await first.client.signUp({ email, password: PASSWORD })
    const { accessToken } = first.client.getState()
    const phone = await street.signIn({ email })
    browser.network.instead = () => Response.json({}, { status: 503 })
    const second = first.openAnother()
    const begun = second.ready()
    // Answers when the first attempt to learn who is there is over.
    expect((await second.listSessions()).ok).toBe(false)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    return { first, second, begun, access: accessToken ?? '', phone }
  }
  /** In small steps: the service's own patience goes by the same timers. */
  const confirmed = (client: AuthClient) =>
    expect.poll(
      async () => {
        await vi.advanceTimersByTimeAsync(100)
        return client.getState().unconfirmed
      },
      { interval: 20, timeout: 5000 },
    )

  test('the one that stays sends what the other could not', async () => {
    const { first, second, begun, access, phone } = await openBoth()
    const leaving = first.client.logout({ scope: 'global' })
    expect((await begun).status).toMatch(transport === 'cookie' ? 'signed_out' : 'signed_in')
    await expect.poll(() => second.getState().status).toBe('signed_out')
    expect(await leaving).toMatchObject({ server: 'queued' })
    first.client.dispose()
    await expect.poll(() => second.getState().unconfirmed).toBe(true)
    browser.network.instead = undefined
    street.clock.pass(20)
    await confirmed(second).toBe(false)
    expect(second.getState().givenUp).toBe(null)
    for (const token of [access, phone.access_token])
      expect((await street.call('GET', '/user', { token })).status).toBe(401)
    second.dispose()
  })

  test('also the end of the others, which leaves it signed in', async () => {
    const { first, second, begun, phone } = await openBoth()
    expect(await first.client.logout({ scope: 'others' })).toMatchObject({ server: 'queued' })
    first.client.dispose()
    browser.network.instead = undefined
    street.clock.pass(20)
    await second.refresh()
    expect((await begun).status).toBe('signed_in')
    expect(second.getState().unconfirmed).toBe(true)
    await confirmed(second).toBe(false)
    expect((await street.call('GET', '/user', { token: phone.access_token })).status).toBe(401)
    second.dispose()
  })
})

describe.each(['cookie', 'bearer'] as const)('%s: the answer is long in coming', (transport) => {
  const logOutSlowly = async () => {
    const tab = browser.openTab({ transport })
    await tab.client.signUp({ email, password: PASSWORD })
    const other = browser.openTab({ transport })
    await other.client.ready()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let answer = () => {}
    const mayAnswer = new Promise<void>((resolve) => {
      answer = resolve
    })
    browser.network.before = () => mayAnswer
    const leaving = tab.client.logout()
    await expect.poll(() => other.client.getState().status).toBe('signed_out')
    return { ...tab, other, answer, leaving }
  }
  const pass = async (seconds: number) => {
    street.clock.pass(seconds)
    await vi.advanceTimersByTimeAsync(seconds * 1000)
  }

  test('it is said in every tab that it is not confirmed, once a second has gone by', async () => {
    const { client, other, answer, leaving } = await logOutSlowly()
    const states = () => [client, other.client].map(({ getState }) => getState().unconfirmed)
    expect(states()).toEqual([false, false])
    await pass(1)
    expect(states()).toEqual([true, true])
    expect(browser.count('/logout')).toBe(1)
    answer()
    expect(await leaving).toMatchObject({ server: 'confirmed' })
    await expect.poll(states).toEqual([false, false])
    expect(browser.count('/logout')).toBe(1)
  })

  test('the page after it says so too', async () => {
    const tab = await logOutSlowly()
    tab.crash()
    tab.other.crash()
    street.clock.pass(2)
    const { client } = browser.openTab({ transport })
    expect(await client.ready()).toMatchObject({ status: 'signed_out', unconfirmed: true })
  })
})

test.each([
  ['it was done', false],
  ['it was not, and only the ticket that is lost could do it', true],
])(
  'cookie: the page was left before the answer came, which took the cookie away: %s, so no claim is made',
  async (_, isDown) => {
    const { client, crash } = browser.openTab({ transport: 'cookie' })
    await client.signUp({ email, password: PASSWORD })
    const { sessionId } = client.getState()
    let answered = 0
    browser.network.before = (_, { status }) => {
      answered = status
      return new Promise(() => {})
    }
    if (isDown) await street.redis.fail({ kind: 'reset' })
    void client.logout()
    await expect.poll(() => answered).toBe(isDown ? 503 : 200)
    crash()
    browser.setCookie('')
    browser.network.before = undefined
    if (isDown) await street.redis.heal()
    expect(await street.redis.look('EXISTS', `session:${sessionId}`)).toBe(isDown ? 1 : 0)
    street.clock.pass(20)
    const after = browser.openTab({ transport: 'cookie' })
    expect((await after.client.ready()).status).toBe('signed_out')
    await expect
      .poll(() => after.client.getState())
      .toMatchObject({ unconfirmed: false, givenUp: 'local' })
  },
)

test('what comes due while another tab is sending is sent after it', async () => {
  const { client, page } = browser.openTab({ transport: 'bearer' })
  await client.signUp({ email, password: PASSWORD })
  failLogouts(503)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await client.logout()
  let done = () => {}
  const sending = new Promise<void>((resolve) => {
    done = resolve
  })
  const lock = page.navigator.locks?.request(`curfew:${ISSUER}:logout:`, {}, () => sending)
  await vi.advanceTimersByTimeAsync(0)
  browser.network.instead = undefined
  street.clock.pass(20)
  await vi.advanceTimersByTimeAsync(2000)
  expect(browser.count('/logout')).toBe(1)
  done()
  await lock
  await vi.advanceTimersByTimeAsync(2000)
  await expect.poll(() => client.getState().unconfirmed).toBe(false)
})

test('while another tab is sending, what is due is looked at once a second at most', async () => {
  const { client, page } = browser.openTab({ transport: 'bearer' })
  await client.signUp({ email, password: PASSWORD })
  failLogouts(503)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await client.logout()
  const { promise: sending, resolve: done } = Promise.withResolvers<void>()
  const lock = page.navigator.locks?.request(`curfew:${ISSUER}:logout:`, {}, () => sending)
  const request = vi.spyOn(page.navigator.locks as Locks, 'request')
  street.clock.pass(20)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(request.mock.calls.length).toBeLessThanOrEqual(10)
  done()
  await lock
})

describe.each(['cookie', 'bearer'] as const)(
  '%s: the browser’s storage is emptied',
  (transport) => {
    const signUp = async () => {
      const tab = browser.openTab({ transport })
      await tab.client.signUp({ email, password: PASSWORD })
      return { ...tab, sessionId: tab.client.getState().sessionId }
    }
    /** As `localStorage.clear()`: the page that does it hears nothing, the other tabs hear of no key. */
    const clear = () => browser.storage.values.clear()
    const isEnded = (sessionId: string | null) =>
      expect
        .poll(() => street.redis.look('EXISTS', `session:${sessionId}`), { timeout: 5000 })
        .toBe(0)

    test('beside a logout: it is there again for the page after it', async () => {
      const { client, crash, sessionId } = await signUp()
      browser.network.isUp = false
      const leaving = client.logout()
      clear()
      expect(await leaving).toMatchObject({ server: 'queued', until: expect.any(Number) })
      expect(client.getState()).toMatchObject({ unconfirmed: true, unsaved: false })
      crash()
      browser.network.isUp = true
      street.clock.pass(20)
      const after = browser.openTab({ transport })
      const seen: string[] = []
      after.client.subscribe(() => seen.push(after.client.getState().status))
      await after.client.ready()
      await isEnded(sessionId)
      await expect.poll(() => after.client.getState().unconfirmed).toBe(false)
      // The cookie is there until the logout is sent: that is nobody to be shown.
      expect(new Set(seen)).toEqual(new Set(['signed_out']))
    })

    test('after a logout that waits: the page sends it all the same', async () => {
      const { client, goOnline, sessionId } = await signUp()
      browser.network.isUp = false
      await client.logout()
      clear()
      goOnline()
      expect(client.getState().unconfirmed).toBe(true)
      browser.network.isUp = true
      goOnline()
      await isEnded(sessionId)
      await expect.poll(() => client.getState().unconfirmed).toBe(false)
      expect(client.getState().givenUp).toBe(null)
    })

    test('by another tab: it is back at once', async () => {
      const { client, window } = await signUp()
      browser.network.isUp = false
      await client.logout()
      clear()
      window.fire('storage', { key: null })
      expect(browser.storage.text()).toContain(':logout:')
      expect(client.getState()).toMatchObject({ unconfirmed: true, unsaved: false })
    })

    test('once another tab has sent it: it does not come back', async () => {
      const { client, window } = await signUp()
      const other = browser.openTab({ transport })
      await other.client.ready()
      browser.network.isUp = false
      await client.logout()
      browser.network.isUp = true
      other.goOnline()
      await expect.poll(() => client.getState().unconfirmed).toBe(false)
      clear()
      window.fire('storage', { key: null })
      expect(browser.storage.text()).not.toContain(':logout:')
      expect(client.getState()).toMatchObject({ unconfirmed: false, givenUp: null })
    })
  },
)

test('cookie: the storage is emptied beside the end of the others, and the page after it cannot learn yet who is here: it waits on', async () => {
  const { client, window, crash } = browser.openTab({ transport: 'cookie' })
  await client.signUp({ email, password: PASSWORD })
  const phone = await street.signIn({ email })
  browser.network.isUp = false
  expect(await client.logout({ scope: 'others' })).toMatchObject({ server: 'queued' })
  browser.storage.values.clear()
  window.fire('storage', { key: null })
  crash()
  const next = browser.openTab({ transport: 'cookie' })
  expect((await next.client.refresh()).status).toBe('loading')
  browser.network.isUp = true
  expect((await next.client.refresh()).status).toBe('signed_in')
  next.goOnline()
  await expect.poll(() => next.client.getState().unconfirmed).toBe(false)
  expect(next.client.getState().givenUp).toBe(null)
  expect((await street.refresh(phone.refresh_token)).status).toBe(400)
})

describe('cookie: the storage is emptied while a page that has put a logout hears nothing', () => {
  const clear = () => browser.storage.values.clear()
  /** As in the back/forward cache. Returns what brings the page back. */
  const freeze = ({ channels, window }: Tab) => {
    for (const channel of channels) channel.onmessage = null
    const listeners = new Map(window.listeners)
    window.listeners.clear()
    return () => {
      for (const [type, listener] of listeners) window.listeners.set(type, listener)
      window.fire('pageshow')
    }
  }

  test('what another has confirmed does not come back by the cookie of a later sign-in', async () => {
    const before = browser.openTab({ transport: 'cookie' })
    await before.client.signUp({ email, password: PASSWORD })
    before.client.clearTokens()
    before.crash()
    // Whose cookie it is that may be there, is not known.
    const tab = browser.openTab({ transport: 'cookie' })
    await tab.client.ready()
    failLogouts(503)
    expect(await tab.client.logout()).toMatchObject({ server: 'queued' })
    const wake = freeze(tab)
    browser.network.instead = undefined
    const next = browser.openTab({ transport: 'cookie' })
    await next.client.ready()
    expect(await next.client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: true })
    clear()
    street.clock.pass(20)

    wake()

    await expect.poll(() => tab.client.getState().givenUp).toBe('local')
    const { sessionId } = next.client.getState()
    expect(await street.redis.look('EXISTS', `session:${sessionId}`)).toBe(1)
  })

  test('what is put back is the newest form of it, with the ticket that another has got', async () => {
    const tab = browser.openTab({ transport: 'cookie' })
    await tab.client.signUp({ email, password: PASSWORD })
    const other = browser.openTab({ transport: 'cookie' })
    await other.client.ready()
    browser.network.isUp = false
    await tab.client.logout()
    browser.network.isUp = true
    browser.network.instead = (request) =>
      request.url.includes('/logout')
        ? Response.json(
            { code: 503, error_code: 'service_unavailable', msg: '', logout_ticket: 'of-this-one' },
            { status: 503 },
          )
        : undefined
    other.goOnline()
    await expect.poll(() => browser.storage.text()).toContain('of-this-one')
    clear()
    tab.window.fire('storage', { key: null })
    expect(browser.storage.text()).toContain('of-this-one')
  })

  test('what was given up is not said to whoever has signed in since', async () => {
    const tab = browser.openTab({ transport: 'bearer' })
    await tab.client.signUp({ email, password: PASSWORD })
    failLogouts(403)
    await tab.client.logout()
    expect(tab.client.getState().givenUp).toBe('local')
    const wake = freeze(tab)
    browser.network.instead = undefined
    const next = browser.openTab({ transport: 'bearer' })
    expect(await next.client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: true })
    clear()
    wake()
    expect(browser.storage.text()).not.toContain('given-up')
    expect(next.client.getState().givenUp).toBe(null)
  })
})

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

  test('where the page that logs out was left, no longer than its request can take', async () => {
    const { first, second } = await logOutSlowly()
    first.crash()
    await second.client.ready()
    const entering = second.client.signIn({ email, password: PASSWORD })
    await vi.advanceTimersByTimeAsync(4000)
    expect(browser.count(SIGN_IN)).toBe(0)
    await vi.advanceTimersByTimeAsync(2000)
    expect(await entering).toMatchObject({ ok: true })
  })

  test('and not at all once that request must be over', async () => {
    const { first, second } = await logOutSlowly()
    first.crash()
    street.clock.pass(6)
    expect(await second.client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: true })
  })
})

test('cookie: whoever signs in while another page sends a logout once more waits for it, and keeps the new cookie', async () => {
  const [first, second] = [1, 2].map(() => browser.openTab({ transport: 'cookie' })) as [Tab, Tab]
  await first.client.signUp({ email, password: PASSWORD })
  browser.network.isUp = false
  expect(await first.client.logout()).toMatchObject({ server: 'queued' })
  browser.network.isUp = true
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  browser.network.before = async ({ url }) => {
    if (!url.includes('/logout')) return
    browser.network.before = undefined
    await held
  }
  first.goOnline()
  await expect.poll(() => browser.network.before).toBe(undefined)
  const entering = second.client.signIn({ email, password: PASSWORD })
  // Without the wait it is over by then.
  await Promise.race([entering, expect.poll(waitingForQueue).toBe(1)])
  letGo()
  expect(await entering).toMatchObject({ ok: true })
  await browser.settled()
  expect((await second.client.refresh()).status).toBe('signed_in')
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

  test('a page that is left while that one is on its way: the next page sends it with the token that works', async () => {
    const tab = browser.openTab({ transport: 'bearer' })
    await tab.client.signUp({ email, password: PASSWORD })
    const { sessionId } = tab.client.getState()
    const after = await replaceKey()
    browser.network.instead = (request) =>
      request.url.includes('/logout') && browser.count('/logout') > 1
        ? new Promise(() => {})
        : after.fetch(request)
    void tab.client.logout()
    await expect.poll(() => browser.count('/logout')).toBe(2)
    tab.crash()
    browser.network.instead = (request) => after.fetch(request)
    street.clock.pass(20)
    const next = browser.openTab({ transport: 'bearer' })
    await next.client.ready()
    await expect.poll(() => next.client.getState().unconfirmed).toBe(false)
    expect(next.client.getState().givenUp).toBe(null)
    expect(await lives(sessionId)).toBe(false)
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

test('bearer: the end of a session that a sign-in replaced is said not to be confirmed while its answer is long in coming', async () => {
  const { client } = browser.openTab({ transport: 'bearer' })
  await client.signUp({ email, password: PASSWORD })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  let answer = () => {}
  const held = new Promise<void>((resolve) => {
    answer = resolve
  })
  browser.network.before = async ({ url }) => {
    if (url.includes('/logout')) await held
  }
  expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: true })
  expect(client.getState()).toMatchObject({ unconfirmed: false })
  street.clock.pass(2)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(client.getState()).toMatchObject({ unconfirmed: true })
  answer()
  await vi.waitFor(() => expect(client.getState()).toMatchObject({ unconfirmed: false }), 5000)
})
