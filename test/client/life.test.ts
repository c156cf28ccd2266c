/** The client's own life: nothing before the first call, nothing after dispose, nothing by itself on a server. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createAuthClient } from '../../src/client/index.ts'
import { createStore } from '../../src/client/store.ts'
import { type Browser, openBrowser, openService, type Tab } from '../support/browser.ts'
import { PASSWORD, type Street } from '../support/street.ts'

let street: Street
let browser: Browser

beforeEach(async () => {
  street = await openService()
  browser = openBrowser(street)
})

/** The client's own timers that are still running. */
const timers = new Set<unknown>()
const { setTimeout: realSet, clearTimeout: realClear } = globalThis

beforeEach(() => {
  timers.clear()
  vi.stubGlobal('setTimeout', (run: () => void, ms: number) => {
    const isOurs = new Error().stack?.includes('/src/client/')
    const timer = realSet(() => {
      timers.delete(timer)
      run()
    }, ms)
    if (isOurs) timers.add(timer)
    return timer
  })
  vi.stubGlobal('clearTimeout', (timer: never) => {
    timers.delete(timer)
    realClear(timer)
  })
})

afterEach(() => {
  vi.unstubAllGlobals()
})

const left = ({ window, channels }: Tab) => window.size + channels.size

const pause = (ms: number) => new Promise((resolve) => realSet(resolve, ms))

test('an option that is undefined is as if left out', () => {
  // As somebody's exactOptionalPropertyTypes sees it.
  const client = createAuthClient({
    url: undefined,
    transport: undefined,
    storage: undefined,
    idle: { after: 60, warnFor: undefined },
    apiOrigins: undefined,
    fetch: undefined,
    now: undefined,
  })
  expect(client.getState().status).toBe('loading')
})

test('making one reads no clock: a framework that renders pages ahead would call their content unstable', () => {
  const now = vi.fn(Date.now)
  const client = createAuthClient({ now, idle: { after: 60 } })
  client.subscribe(() => {})()
  expect(client.getState().status).toBe('loading')
  expect(now).not.toHaveBeenCalled()
})

describe.each(['cookie', 'bearer'] as const)('%s', (transport) => {
  const open = () => browser.openTab({ transport, idle: { after: 6000 } })

  test('making one has no effect; StrictMode makes two and disposes of both', async () => {
    const [first, second] = [open(), open()]
    expect([first, second].map(left)).toEqual([0, 0])
    expect(browser.asked).toEqual([])
    await second.client.signUp({ email: 'ada@example.com', password: PASSWORD })
    const unsubscribe = first.client.subscribe(() => {})
    await first.client.ready()
    expect(left(first)).toBeGreaterThan(3)
    unsubscribe()
    for (const tab of [first, second]) {
      tab.client.dispose()
      tab.client.dispose()
      expect(left(tab)).toBe(0)
    }
    await pause(100)
    expect(timers.size).toBe(0)
  })

  test('disposed while it begins, it leaves nothing either', async () => {
    const tab = open()
    await tab.client.signUp({ email: 'ada@example.com', password: PASSWORD })
    tab.crash()
    street.clock.pass(1000)
    const again = open()
    again.client.subscribe(() => {})
    again.client.dispose()
    await expect.poll(() => browser.count('/token')).toBe(1)
    await pause(100)
    expect(left(again)).toBe(0)
    expect(timers.size).toBe(0)
  })

  test('disposed while it begins, it keeps nobody waiting to know who is here', async () => {
    const tab = open()
    await tab.client.signUp({ email: 'ada@example.com', password: PASSWORD })
    tab.crash()
    street.clock.pass(1000)
    browser.network.isUp = false
    const again = open()
    const known = again.client.ready()
    // Answers when the first attempt to learn who is there is over.
    expect((await again.client.listSessions()).ok).toBe(false)
    again.client.dispose()
    expect((await known).status).toBe(transport === 'cookie' ? 'loading' : 'signed_in')
  })

  test('disposed with a logout that waits, it leaves no timer', async () => {
    const tab = open()
    await tab.client.signUp({ email: 'ada@example.com', password: PASSWORD })
    browser.network.isUp = false
    await tab.client.logout()
    expect(timers.size).toBeGreaterThan(0)
    tab.client.dispose()
    expect(timers.size).toBe(0)
  })

  test('disposed, the session goes on; subscribing begins again', async () => {
    const tab = open()
    await tab.client.signUp({ email: 'ada@example.com', password: PASSWORD })
    tab.client.dispose()
    await tab.client.logout({ scope: 'others' })
    expect(left(tab)).toBe(0)
    tab.client.subscribe(() => {})
    expect((await tab.client.ready()).status).toBe('signed_in')
    expect(left(tab)).toBeGreaterThan(0)
    const other = open()
    await other.client.ready()
    await other.client.logout()
    await expect.poll(() => tab.client.getState().status).toBe('signed_out')
  })

  test('a listener hears the first state too', async () => {
    const { client } = open()
    const seen: string[] = []
    client.subscribe(() => seen.push(client.getState().status))
    await expect.poll(() => seen).toEqual(['signed_out'])
  })

  test('a listener that comes off is not told', async () => {
    const { client } = open()
    const listener = vi.fn()
    const unsubscribe = client.subscribe(listener)
    await client.signUp({ email: 'ada@example.com', password: PASSWORD })
    const told = listener.mock.calls.length
    expect(told).toBeGreaterThan(0)
    unsubscribe()
    await client.logout()
    expect(listener).toHaveBeenCalledTimes(told)
  })
})

test('a listener that throws where nothing takes reports throws by itself, and later', () => {
  const { set, subscribe } = createStore()
  const later = vi.fn()
  const after = vi.fn()
  subscribe(() => {
    throw new TypeError('no')
  })
  subscribe(after)
  vi.stubGlobal('reportError', undefined)
  vi.stubGlobal('queueMicrotask', later)
  set({ unconfirmed: true })
  vi.unstubAllGlobals()
  expect(later.mock.calls[0]?.[0]).toThrow('no')
  expect(after).toHaveBeenCalledOnce()
})

test('a listener that takes itself off and puts itself on again is told once of a change', () => {
  const { set, subscribe } = createStore()
  let told = 0
  let off = () => {}
  const listen = () => {
    off()
    if (++told < 10) off = subscribe(listen)
  }
  off = subscribe(listen)
  set({ unconfirmed: true })
  expect(told).toBe(1)
})

describe('on a server', () => {
  test('it looks for nobody, and says that it does not know', async () => {
    const fetched = vi.fn()
    for (const options of [{}, { url: 'https://auth.example.com' }]) {
      const client = createAuthClient({ ...options, fetch: fetched as never })
      const unsubscribe = client.subscribe(() => {})
      expect(client.getState()).toMatchObject({ status: 'loading', user: null })
      expect((await client.ready()).status).toBe('loading')
      expect((await client.listSessions()).ok).toBe(false)
      unsubscribe()
      client.dispose()
    }
    expect(fetched).not.toHaveBeenCalled()
  })

  test('a global named window that has no document, as some runtimes have one, is no page', async () => {
    vi.stubGlobal('window', { location: { origin: 'https://auth.example.com' } })
    const fetched = vi.fn()
    const client = createAuthClient({ fetch: fetched as never })
    expect((await client.ready()).status).toBe('loading')
    expect(fetched).not.toHaveBeenCalled()
  })
})
