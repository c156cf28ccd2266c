/** What the client meets that is not its own doing: answers of somebody in between, a storage that others write to, clocks that were wrong. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Browser, openBrowser, openService } from '../support/browser.ts'
import { ISSUER, PASSWORD, pause, type Street } from '../support/street.ts'

let street: Street
let browser: Browser
let email: string
const prefix = 'curfew:https://auth.example.com:'

beforeEach(async () => {
  street = await openService()
  browser = openBrowser(street)
  email = `${crypto.randomUUID()}@example.com`
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

test('an error of somebody in between, without the service’s words, has a message all the same', async () => {
  browser.network.instead = () => Response.json({ message: 'Forbidden' }, { status: 403 })
  const result = await browser.openTab().client.signIn({ email, password: PASSWORD })
  expect(result).toMatchObject({
    ok: false,
    error: { code: 'unexpected', message: 'The service gave no reason.', status: 403 },
  })
})

test('a page without an origin, as a frame of `about:srcdoc` is one, signs in at a URL, and has no service of its own', async () => {
  const { client } = browser.openTab({ origin: 'null', url: ISSUER })
  expect(await client.signUp({ email, password: PASSWORD })).toMatchObject({ ok: true })
  expect(client.getState()).toMatchObject({ status: 'signed_in', refreshToken: expect.any(String) })
  expect(() => browser.openTab({ origin: 'null' })).toThrow('Invalid URL')
})

test('without an idle limit nobody is logged out for inactivity, though the clock was wrong before', async () => {
  const tab = browser.openTab({ transport: 'bearer' })
  await tab.client.signUp({ email, password: PASSWORD })
  // The last sign of use was noted while the clock stood at 1970.
  browser.storage.values.set(`${prefix}active`, '60000')
  tab.crash()
  const next = browser.openTab({ transport: 'bearer' })
  expect(await next.client.ready()).toMatchObject({ status: 'signed_in' })
})

test.each(['cookie', 'bearer'] as const)(
  '%s: a page that was kept while somebody signed in sees it when it is back within five seconds',
  async (transport) => {
    const [first, kept] = [browser.openTab({ transport }), browser.openTab({ transport })]
    for (const { client } of [first, kept]) await client.ready()
    for (const channel of kept.channels) channel.onmessage = null
    kept.window.listeners.delete('storage')
    await first.client.signUp({ email, password: PASSWORD })
    street.clock.pass(3)
    kept.window.fire('pageshow')
    await expect.poll(() => kept.client.getState().status).toBe('signed_in')
  },
)

test('a listener that another takes off is not told any more', async () => {
  const { client } = browser.openTab({ transport: 'bearer' })
  await client.ready()
  let off = () => {}
  client.subscribe(() => off())
  const listener = vi.fn()
  off = client.subscribe(listener)
  await client.signUp({ email, password: PASSWORD })
  expect(listener).not.toHaveBeenCalled()
})

test.each(['[]', '{}', '5', '"all"', '{"a":{"b":1}}'])(
  'a mark of what was given up that is %s is none',
  async (mark) => {
    const reported = vi.fn()
    vi.stubGlobal('reportError', reported)
    browser.storage.values.set(`${prefix}given-up`, mark)
    const { client } = browser.openTab({ transport: 'bearer' })
    await client.ready()
    expect(client.getState().givenUp).toBe(null)
    expect(reported).not.toHaveBeenCalled()
  },
)

test.each(['cookie', 'bearer'] as const)(
  '%s: a queued logout that is none is gone, and keeps nobody from signing up',
  async (transport) => {
    browser.storage.values.set(`${prefix}logout:1`, '{"until":1e15}')
    const { client } = browser.openTab({ transport })
    await client.ready()
    expect(await client.signUp({ email, password: PASSWORD })).toMatchObject({ ok: true })
    await expect.poll(() => browser.storage.values.has(`${prefix}logout:1`)).toBe(false)
  },
)

test('a time to warn that is no number warns nobody, and sets no timer after another', async () => {
  const idle = { after: 600, warnFor: Number.NaN }
  const { client } = browser.openTab({ transport: 'bearer', idle })
  await client.signUp({ email, password: PASSWORD })
  const set = vi.spyOn(globalThis, 'setTimeout')
  await pause(50)
  expect(set.mock.calls.length).toBeLessThan(5)
  expect(client.getState()).toMatchObject({ status: 'signed_in', idleWarning: null })
})

test.each(['~~~', '???'])(
  'an email with %s in it, which makes the signs of a token that are not of plain base64, signs in',
  async (signs) => {
    const { client } = browser.openTab({ transport: 'bearer' })
    const result = await client.signUp({ email: signs + email, password: PASSWORD })
    expect(result).toMatchObject({ ok: true, value: { email: signs + email } })
    const { sessionId } = client.getState()
    expect(await street.redis.look('EXISTS', `session:${sessionId}`)).toBe(1)
  },
)

test.each(['cookie', 'bearer'] as const)(
  '%s: a stored session that was cut off, so that it is no JSON, is none, and whoever signs in is kept',
  async (transport) => {
    browser.storage.values.set(`${prefix}session:${transport}`, '{"sessionId":"5f')
    const tab = browser.openTab({ transport })
    expect(await tab.client.ready()).toMatchObject({ status: 'signed_out', endedBecause: null })
    await tab.client.signUp({ email, password: PASSWORD })
    tab.crash()
    const next = browser.openTab({ transport })
    expect(await next.client.ready()).toMatchObject({ status: 'signed_in', user: { email } })
  },
)
