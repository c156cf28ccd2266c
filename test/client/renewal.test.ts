/** Renewing tokens: once across all tabs, before they expire and after sleep, and never against a logout. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Browser, openBrowser, openService, type Tab } from '../support/browser.ts'
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

const REFRESH = '/token?grant_type=refresh_token'

/** Lets the answer to a refresh wait until it is let go. */
function holdRefresh() {
  let arrived = () => {}
  let letGo = () => {}
  const isThere = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const mayGo = new Promise<void>((resolve) => {
    letGo = resolve
  })
  browser.network.before = async (request) => {
    if (!request.url.includes('refresh_token')) return
    arrived()
    await mayGo
  }
  return { isThere, letGo }
}

describe.each(['cookie', 'bearer'] as const)('%s', (transport) => {
  const open = (options = {}) => browser.openTab({ transport, ...options })
  const openTabs = async (count: number, options = {}) => {
    const first = open(options)
    await first.client.signUp({ email, password: PASSWORD })
    const tabs = [first, ...Array.from({ length: count - 1 }, () => open(options))]
    for (const { client } of tabs) expect((await client.ready()).status).toBe('signed_in')
    // The last of what opening them set off.
    await new Promise((resolve) => setImmediate(resolve))
    browser.asked.length = 0
    return tabs
  }
  const tokens = (tabs: { client: { getState: () => { accessToken: string | null } } }[]) =>
    new Set(tabs.map(({ client }) => client.getState().accessToken))

  test.each([
    ['with locks and channels', {}],
    ['without Web Locks', { locks: false }],
    ['without channels', { channels: false }],
  ])('five tabs at once renew once, and all have the new token: %s', async (_how, options) => {
    const tabs = await openTabs(5, options)
    const before = tabs[0]?.client.getState().accessToken
    street.clock.pass(1000)
    await Promise.all(tabs.map(({ client }) => client.refresh()))
    // Without locks no tab waits, and without channels none can be told what stands in no storage: then each asks, and the
    // service answers a token that was just replaced with the present one.
    const isAlone = 'locks' in options || (transport === 'cookie' && 'channels' in options)
    expect(browser.count(REFRESH)).toBe(isAlone ? 5 : 1)
    if (!isAlone) expect(tokens(tabs).size).toBe(1)
    expect(tokens(tabs)).not.toContain(before)
    street.clock.pass(1000)
    for (const { client } of tabs) expect((await client.refresh()).status).toBe('signed_in')
  })

  test('many tabs wake from sleep: one renews, nobody is logged out', async () => {
    const tabs = await openTabs(6)
    for (const tab of tabs) tab.hide()
    street.clock.pass(2 * 86400)
    for (const tab of tabs) tab.show()
    await expect.poll(() => browser.count(REFRESH)).toBe(1)
    for (const { client } of tabs)
      await expect.poll(() => client.getState().expiresAt).toBeGreaterThan(street.clock.now / 1000)
    expect(tokens(tabs).size).toBe(1)
    for (const { client } of tabs) {
      const state = await client.ready()
      expect(state.status).toBe('signed_in')
      expect(state.expiresAt).toBeGreaterThan(street.clock.now / 1000)
    }
  })

  test.each(['pageshow', 'online'])('%s looks at the clock too', async (event) => {
    const [tab] = await openTabs(1)
    street.clock.pass(850)
    tab?.window.fire(event)
    await expect.poll(() => browser.count(REFRESH)).toBe(1)
  })

  test('before it expires, by itself', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const [tab] = await openTabs(1)
    const before = tab?.client.getState().accessToken
    const pass = async (seconds: number) => {
      street.clock.pass(seconds)
      await vi.advanceTimersByTimeAsync(seconds * 1000)
    }
    for (let minute = 0; minute < 13; minute++) await pass(60)
    expect(browser.count(REFRESH)).toBe(0)
    await pass(60)
    vi.useRealTimers()
    await expect.poll(() => tab?.client.getState().accessToken).not.toBe(before)
    expect(browser.count(REFRESH)).toBe(1)
  })

  test('the patience that the service asked for in the session before is not that of the next', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const [tab] = await openTabs(1)
    if (!tab) throw new Error()
    browser.network.instead = ({ url }) =>
      url.includes('refresh_token')
        ? Response.json(
            { error_code: 'over_request_rate_limit', msg: '' },
            { status: 429, headers: { 'Retry-After': '3600' } },
          )
        : undefined
    await tab.client.refresh()
    browser.network.instead = undefined
    await tab.client.logout()
    await tab.client.signIn({ email, password: PASSWORD })
    const before = browser.count(REFRESH)
    for (let minute = 0; minute < 14; minute++) {
      street.clock.pass(60)
      await vi.advanceTimersByTimeAsync(60_000)
    }
    vi.useRealTimers()
    await expect.poll(() => browser.count(REFRESH)).toBe(before + 1)
  })

  test('a refresh that comes back after a logout is thrown away', async () => {
    const [tab, other] = await openTabs(2)
    if (!tab || !other) throw new Error()
    const { isThere, letGo } = holdRefresh()
    const refreshing = tab.client.refresh()
    await isThere
    expect((await tab.client.logout()).server).toBe('confirmed')
    letGo()
    await refreshing
    for (const { client } of [tab, other])
      await expect
        .poll(() => client.getState())
        .toMatchObject({ status: 'signed_out', accessToken: null })
    expect(browser.storage.text()).not.toContain('eyJ')
    const again = open()
    expect((await again.client.ready()).status).toBe('signed_out')
  })

  test('and so is one that another tab logged out from', async () => {
    const [tab, other] = await openTabs(2)
    if (!tab || !other) throw new Error()
    const { isThere, letGo } = holdRefresh()
    const refreshing = tab.client.refresh()
    await isThere
    await other.client.logout()
    letGo()
    await refreshing
    expect(tab.client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'elsewhere' })
    expect(other.client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'logout' })
    expect(browser.storage.text()).not.toContain('eyJ')
  })

  test('signing in waits for a refresh, so that the session before it does not come back', async () => {
    const [tab] = await openTabs(1)
    if (!tab) throw new Error()
    const { isThere, letGo } = holdRefresh()
    const refreshing = tab.client.refresh()
    await isThere
    const signingIn = tab.client.signIn({ email, password: PASSWORD })
    letGo()
    await Promise.all([refreshing, signingIn])
    const { sessionId } = tab.client.getState()
    browser.network.before = undefined
    await expect.poll(() => browser.count('/logout')).toBe(1)
    expect((await tab.client.refresh()).sessionId).toBe(sessionId)
  })

  test.each([
    ['elsewhere', 10],
    ['expired', 1000],
  ] as const)('refused: it has ended, %s', async (endedBecause, seconds) => {
    const [tab] = await openTabs(1)
    const { accessToken, user } = tab?.client.getState() ?? {}
    void accessToken
    await street.call('POST', `/admin/users/${user?.id}/logout`, {
      token: await street.serviceToken(),
    })
    street.clock.pass(seconds)
    expect(await tab?.client.refresh()).toMatchObject({ status: 'signed_out', endedBecause })
    expect(browser.storage.text()).not.toContain('eyJ')
    const again = open()
    expect((await again.client.ready()).status).toBe('signed_out')
  })

  test.each([
    ['no network', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['503', () => Response.json({ error_code: 'service_unavailable' }, { status: 503 })],
    ['429', () => Response.json({ error_code: 'over_request_rate_limit' }, { status: 429 })],
    ["somebody's page", () => new Response('<html>', { status: 200 })],
    ['JSON that is none of ours', () => Response.json({ hello: 'world' })],
  ] as [string, () => Response | Promise<Response>][])(
    '%s keeps the session and tries again',
    async (_what, instead) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const [tab] = await openTabs(1)
      street.clock.pass(1000)
      browser.network.instead = instead
      const { sessionId } = tab?.client.getState() ?? {}
      expect(await tab?.client.refresh()).toMatchObject({ status: 'signed_in', sessionId })
      const before = browser.count(REFRESH)
      await vi.advanceTimersByTimeAsync(1550)
      expect(browser.count(REFRESH)).toBe(before + 1)
      await vi.advanceTimersByTimeAsync(1350)
      expect(browser.count(REFRESH)).toBe(before + 1)
      browser.network.instead = undefined
      await vi.advanceTimersByTimeAsync(1700)
      vi.useRealTimers()
      await expect
        .poll(() => tab?.client.getState().expiresAt)
        .toBeGreaterThan(street.clock.now / 1000)
    },
  )

  test.each([
    ['by itself', async () => void (await vi.advanceTimersByTimeAsync(1550))],
    ['when the network is back', async (tab: Tab) => tab.goOnline()],
  ] as const)(
    'a lost answer to a refresh that was not due is asked for again while it can be had: %s',
    async (_how, look) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const [tab, other] = await openTabs(2)
      if (!tab || !other) throw new Error()
      const before = tab.client.getState()
      // The service has given other tokens, of which nobody here hears.
      browser.network.before = (request) =>
        request.url.includes('refresh_token') ? Promise.reject(new TypeError()) : Promise.resolve()
      expect(await tab.client.refresh()).toBe(before)
      browser.network.before = undefined
      await look(tab)
      await expect.poll(() => tab.client.getState().accessToken).not.toBe(before.accessToken)
      await expect.poll(() => tokens([tab, other]).size).toBe(1)
      // That was all: no tab goes on asking.
      const asked = browser.count(REFRESH)
      await vi.advanceTimersByTimeAsync(200_000)
      expect(browser.count(REFRESH)).toBe(asked)
      vi.useRealTimers()
      street.clock.pass(850)
      expect((await tab.client.refresh()).status).toBe('signed_in')
    },
  )

  test('of many tabs whose refresh was lost, one asks again for all', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const tabs = await openTabs(4)
    const before = tabs[0]?.client.getState().accessToken
    browser.network.isUp = false
    for (const { client } of tabs) await client.refresh()
    browser.network.isUp = true
    street.clock.pass(2)
    browser.asked.length = 0
    await vi.advanceTimersByTimeAsync(1050)
    await expect
      .poll(async () => {
        await vi.advanceTimersByTimeAsync(50)
        return tokens(tabs).size === 1 && !tokens(tabs).has(before ?? null)
      })
      .toBe(true)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(browser.count(REFRESH)).toBe(1)
  })

  test('the last seconds of a session do not make it ask without end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const [tab] = await openTabs(1)
    for (let day = 6; day < 30; day += 6) {
      street.clock.pass(6 * 86400)
      await tab?.client.refresh()
    }
    street.clock.pass(6 * 86400 - 20)
    await tab?.client.refresh()
    expect(tab?.client.getState()).toMatchObject({ status: 'signed_in' })
    browser.asked.length = 0
    for (let second = 0; second < 20; second++) {
      street.clock.pass(1)
      await vi.advanceTimersByTimeAsync(1000)
    }
    vi.useRealTimers()
    expect(browser.count(REFRESH)).toBeLessThan(6)
  })

  test('the page is opened again with an expired token: one renewal, and no blink', async () => {
    const [tab] = await openTabs(1)
    tab?.crash()
    street.clock.pass(3600)
    const again = open()
    const seen: string[] = []
    again.client.subscribe(() => seen.push(again.client.getState().status))
    expect((await again.client.ready()).status).toBe('signed_in')
    expect(new Set(seen)).toEqual(new Set(['signed_in']))
    expect(browser.count(REFRESH)).toBe(1)
  })

  test('the page is opened offline: not signed out for that', async () => {
    const [tab] = await openTabs(1)
    tab?.crash()
    street.clock.pass(3600)
    browser.network.isUp = false
    const again = open()
    again.client.subscribe(() => {})
    await expect.poll(() => browser.count(REFRESH)).toBe(1)
    // Of a cookie nobody knows anything until the service has answered.
    if (transport === 'bearer') expect((await again.client.ready()).status).toBe('signed_in')
    else {
      expect(again.client.getState().status).toBe('loading')
      // What asks meanwhile is told so, and does not hang.
      expect(await again.client.listSessions()).toMatchObject({ error: { code: 'network' } })
      await expect(again.client.fetch('https://auth.example.com/user')).rejects.toThrow(TypeError)
    }
    browser.network.isUp = true
    again.goOnline()
    await expect.poll(() => again.client.getState().status).toBe('signed_in')
    await expect
      .poll(() => again.client.getState().expiresAt)
      .toBeGreaterThan(street.clock.now / 1000)
  })
})

test('bearer, session: a tab opened by another has its session, and is told of its renewal', async () => {
  const first = browser.openTab({ transport: 'bearer', storage: 'session' })
  await first.client.signUp({ email, password: PASSWORD })
  const second = browser.openTab({ transport: 'bearer', storage: 'session', opener: first })
  const stranger = browser.openTab({ transport: 'bearer', storage: 'session' })
  expect((await second.client.ready()).status).toBe('signed_in')
  expect((await stranger.client.ready()).status).toBe('signed_out')
  await first.client.refresh()
  await expect
    .poll(() => second.client.getState().accessToken)
    .toBe(first.client.getState().accessToken)
  street.clock.pass(60)
  expect((await second.client.refresh()).status).toBe('signed_in')
  expect(stranger.client.getState().status).toBe('signed_out')
  await first.client.logout()
  await expect.poll(() => second.client.getState().status).toBe('signed_out')
  expect(second.session.text()).not.toContain('eyJ')
})

test('bearer, session: tabs with one session go on with it after the clock was set back', async () => {
  let behind = 0
  const options = {
    transport: 'bearer',
    storage: 'session',
    now: () => street.clock.now - behind,
  } as const
  const first = browser.openTab(options)
  await first.client.signUp({ email, password: PASSWORD })
  const second = browser.openTab({ ...options, opener: first })
  const old = await second.client.ready()
  behind = 600_000
  street.clock.pass(100)
  const { refreshToken } = await first.client.refresh()
  await expect.poll(() => second.client.getState().refreshToken).toBe(refreshToken)

  // Nor is what is heard late taken for newer, because it seems to live longer.
  const { user, accessToken, sessionId, expiresAt } = old
  const late = { user, accessToken, refreshToken: old.refreshToken, sessionId, expiresAt }
  const shown: (string | null)[] = []
  second.client.subscribe(() => shown.push(second.client.getState().refreshToken))
  for (const channel of first.channels) channel.postMessage({ held: late })
  street.clock.pass(100)
  const newest = await first.client.refresh()
  // One channel keeps the order, so the late ones have been heard by then.
  await expect.poll(() => second.client.getState().refreshToken).toBe(newest.refreshToken)
  expect(shown).not.toContain(old.refreshToken)
  expect((await second.client.refresh()).status).toBe('signed_in')
})

test('a lock that is never let go does not stop a renewal for ever', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const tab = browser.openTab({ transport: 'bearer' })
  await tab.client.signUp({ email, password: PASSWORD })
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => AbortSignal.abort())
  const name = `curfew:https://auth.example.com:refresh`
  void tab.page.navigator.locks?.request(name, {}, () => new Promise<void>(() => {}))
  const before = tab.client.getState().accessToken
  browser.network.instead = async (request) =>
    street.fetch(
      new Request(request.url, {
        method: request.method,
        headers: request.headers,
        body: await request.text(),
      }),
    )
  timeout
    .mockImplementationOnce(() => AbortSignal.abort())
    .mockImplementation(() => new AbortController().signal)
  await tab.client.refresh()
  timeout.mockRestore()
  expect(tab.client.getState().accessToken).not.toBe(before)
})

test('bearer: a tab that learns on waking of tokens which have expired too renews those', async () => {
  const [other, frozen] = [1, 2].map(() => browser.openTab({ transport: 'bearer' })) as [Tab, Tab]
  await other.client.signUp({ email, password: PASSWORD })
  await frozen.client.ready()
  await browser.settled()
  for (const channel of frozen.channels) channel.onmessage = null
  frozen.window.listeners.delete('storage')
  street.clock.pass(1000)
  await other.client.refresh()
  other.crash()
  street.clock.pass(1000)
  const { expiresAt } = await frozen.client.refresh()
  expect(expiresAt).toBe(Math.floor(street.clock.now / 1000) + 900)
})
