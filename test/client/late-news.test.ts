/** What one tab says and another hears late: after something newer. */

import { describe, expect, test } from 'vitest'
import { openBrowser, openService } from '../support/browser.ts'
import { ISSUER, PASSWORD } from '../support/street.ts'

test.each(['cookie', 'bearer'] as const)(
  '%s: tokens that are heard of after newer ones are not taken',
  async (transport) => {
    const street = await openService()
    const browser = openBrowser(street)
    const [teller, hearer] = [browser.openTab({ transport }), browser.openTab({ transport })]
    const email = `${crypto.randomUUID()}@example.com`
    await teller.client.signUp({ email, password: PASSWORD })
    await hearer.client.ready()
    const { user, accessToken, sessionId, expiresAt } = teller.client.getState()
    const heard = () => hearer.client.getState().accessToken
    street.clock.pass(60)
    const newer = await teller.client.refresh()
    await expect.poll(heard).toBe(newer.accessToken)
    const shown: (string | null)[] = []
    hearer.client.subscribe(() => shown.push(heard()))

    const old = { user, accessToken, refreshToken: null, sessionId, expiresAt }
    for (const channel of teller.channels) channel.postMessage({ held: old })
    street.clock.pass(60)
    const newest = await teller.client.refresh()

    // One channel keeps the order, so the old ones have been heard by then.
    await expect.poll(heard).toBe(newest.accessToken)
    expect(shown).not.toContain(accessToken)
  },
)

/** Each tab of a real browser is a process with a view of the storage of its own, and channels do not wait for that. */
test.each(['cookie', 'bearer'] as const)(
  '%s: a channel that is faster than the storage tells of another person all the same',
  async (transport) => {
    const street = await openService()
    const browser = openBrowser(street)
    const [one, other] = [
      `${crypto.randomUUID()}@example.com`,
      `${crypto.randomUUID()}@example.com`,
    ]
    const [teller, hearer] = [browser.openTab({ transport }), browser.openTab({ transport })]
    await teller.client.signUp({ email: one, password: PASSWORD })
    await hearer.client.ready()
    await browser.settled()
    expect(hearer.client.getState().user?.email).toBe(one)

    const { window, page } = hearer
    const [events, { getItem }] = [window.listeners.get('storage'), page.localStorage]
    const before = new Map(browser.storage.values)
    window.listeners.delete('storage')
    page.localStorage.getItem = (key) => before.get(key) ?? null
    await teller.client.signUp({ email: other, password: PASSWORD })
    await browser.settled()
    page.localStorage.getItem = getItem
    if (events) window.listeners.set('storage', events)
    for (const key of browser.storage.values.keys()) window.fire('storage', { key })

    const { user, accessToken } = hearer.client.getState()
    expect(user?.email).toBe(other)
    expect(accessToken).toBe(teller.client.getState().accessToken)
  },
)

/** Two tabs of one person. The second one's view of the storage then is what `look` was given last, and it hears of no change. */
async function openLateView(transport: 'cookie' | 'bearer') {
  const street = await openService()
  const browser = openBrowser(street)
  const [teller, hearer] = [browser.openTab({ transport }), browser.openTab({ transport })]
  await teller.client.signUp({ email: `${crypto.randomUUID()}@example.com`, password: PASSWORD })
  await hearer.client.ready()
  await browser.settled()
  const { window, page } = hearer
  const [events, { getItem }] = [window.listeners.get('storage'), page.localStorage]
  const fire = async () => {
    if (events) window.listeners.set('storage', events)
    for (const key of browser.storage.values.keys()) window.fire('storage', { key })
    await browser.settled()
  }
  const look = (values: Map<string, string>) => {
    page.localStorage.getItem = (key) => values.get(key) ?? null
  }
  look(new Map(browser.storage.values))
  window.listeners.delete('storage')
  const lookNow = () => {
    page.localStorage.getItem = getItem
  }
  return { street, browser, teller, hearer, look, lookNow, fire }
}

test.each(['cookie', 'bearer'] as const)(
  '%s: a session whose end was heard too does not come back when the storage names it late',
  async (transport) => {
    const { browser, teller, hearer, look, lookNow, fire } = await openLateView(transport)
    const email = `${crypto.randomUUID()}@example.com`
    await teller.client.signUp({ email, password: PASSWORD })
    await browser.settled()
    const between = new Map(browser.storage.values)
    await teller.client.logout()
    await browser.settled()
    const written = new Map(browser.storage.values)

    look(between)
    await fire()
    expect(browser.storage.values).toEqual(written)

    lookNow()
    await fire()
    expect(hearer.client.getState().status).toBe('signed_out')
    expect(teller.client.getState().status).toBe('signed_out')
  },
)

test('cookie: nor does one whose user another tab, which did not know of it yet, has signed out everywhere', async () => {
  const { browser, teller, hearer, look, fire } = await openLateView('cookie')
  await teller.client.signUp({ email: `${crypto.randomUUID()}@example.com`, password: PASSWORD })
  await browser.settled()
  const userId = teller.client.getState().user?.id
  const ended = crypto.randomUUID()
  for (const channel of teller.channels) channel.postMessage({ ended, userId, because: 'logout' })
  await browser.settled()

  // The service, which could tell that it is over, cannot be reached.
  browser.network.isUp = false
  look(new Map(browser.storage.values))
  await fire()
  hearer.window.fire('pageshow')
  await browser.settled()
  expect(hearer.client.getState()).toMatchObject({ status: 'loading', user: null })
})

test('bearer: what was heard early does not go back to older tokens that the storage has late', async () => {
  const { street, browser, teller, hearer, look, lookNow, fire } = await openLateView('bearer')
  const email = `${crypto.randomUUID()}@example.com`
  await teller.client.signUp({ email, password: PASSWORD })
  await browser.settled()
  const between = new Map(browser.storage.values)
  const { accessToken: older } = teller.client.getState()
  street.clock.pass(60)
  const { accessToken: newer } = await teller.client.refresh()
  await browser.settled()
  const shown: (string | null)[] = []
  hearer.client.subscribe(() => shown.push(hearer.client.getState().accessToken))

  look(between)
  await fire()
  lookNow()
  await fire()
  expect(shown.filter((token) => token === older || token === newer)).toEqual([older, newer])
})

describe('an answer about the user that comes to a tab which has not heard yet', () => {
  /** The second tab has looked at its user, who is another by now, and gets the answer with `answer`. It hears of nothing. */
  const look = async (transport: 'cookie' | 'bearer') => {
    const street = await openService()
    const browser = openBrowser(street)
    const email = `${crypto.randomUUID()}@example.com`
    const first = browser.openTab({ transport })
    await first.client.signUp({ email, password: PASSWORD })
    const second = browser.openTab({ transport })
    await second.client.ready()
    await second.client.refresh()
    const laptop = await street.signIn({ email })
    await street.call('PUT', '/user', { token: laptop.access_token, body: { data: { a: 1 } } })
    street.clock.pass(6)
    for (const channel of second.channels) channel.onmessage = null
    second.window.listeners.delete('storage')
    let answer = () => {}
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    browser.network.before = async ({ url, method }) => {
      if (method === 'GET' && url.endsWith('/user')) await answered
    }
    const isAsked = () => browser.asked.some(({ path, status }) => path === '/user' && status > 0)
    second.show()
    await expect.poll(isAsked).toBe(true)
    return { street, browser, email, first, second, answer }
  }

  test.each(['cookie', 'bearer'] as const)(
    '%s: of a logout brings nobody back',
    async (transport) => {
      const { browser, first, second, answer } = await look(transport)
      await first.client.logout()
      answer()
      await expect.poll(() => second.client.getState().status).toBe('signed_out')
      expect(first.client.getState().status).toBe('signed_out')
      expect(browser.storage.text()).not.toContain('sessionId')
    },
  )

  test('bearer: of newer tokens brings no older ones back', async () => {
    const { browser, first, second, answer } = await look('bearer')
    const { refreshToken } = await first.client.refresh()
    answer()
    await expect.poll(() => second.client.getState().user?.user_metadata).toEqual({ a: 1 })
    expect(second.client.getState()).toMatchObject({ refreshToken })
    expect(browser.storage.text()).toContain(refreshToken)
  })

  test('cookie: of another person is not written over that one', async () => {
    const { browser, email, first, second, answer } = await look('cookie')
    await first.client.signUp({ email: `x${email}`, password: PASSWORD })
    const { sessionId } = first.client.getState()
    answer()
    // What is asked later is answered later.
    await second.client.fetch(`${ISSUER}/sessions`)
    expect(browser.storage.text()).toContain(sessionId)
    expect(first.client.getState().sessionId).toBe(sessionId)
  })
})

test('cookie: a sign-in is followed whose token is older, by the clock of another instance of the service', async () => {
  const street = await openService()
  const browser = openBrowser(street)
  const email = `${crypto.randomUUID()}@example.com`
  const first = browser.openTab({ transport: 'cookie' })
  await first.client.signUp({ email, password: PASSWORD })
  const second = browser.openTab({ transport: 'cookie' })
  await second.client.ready()
  street.clock.pass(-1)
  await first.client.signUp({ email: `x${email}`, password: PASSWORD })
  await expect.poll(() => second.client.getState().user?.email).toBe(`x${email}`)
})
