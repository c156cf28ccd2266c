/** Sign-ins beside a session, or beside a logout, of which only the cookie comes or nothing at all: what the logouts around them end, and what they say. */

import { beforeEach, describe, expect, test } from 'vitest'
import { type Browser, openBrowser, openService, type Tab } from '../support/browser.ts'
import { PASSWORD, pause, type Street } from '../support/street.ts'

let street: Street
let browser: Browser
let email: string

beforeEach(async () => {
  street = await openService()
  browser = openBrowser(street)
  email = `${crypto.randomUUID()}@example.com`
})

const gate = () => Promise.withResolvers<void>()
const sessions = () => street.redis.look('KEYS', 'session:????????-*')
const lives = async (sessionId: string | null) =>
  (await street.redis.look('EXISTS', `session:${sessionId}`)) === 1

/** The service lets her in; of its answer only the cookie comes. */
async function cutAnswers(when = Promise.resolve()): Promise<void> {
  browser.network.instead = async (request) => {
    if (!request.url.includes('grant_type=password')) return undefined
    await when
    const { headers } = await street.fetch(request)
    return new Response('{"access_tok', { headers })
  }
}

async function signedUp(): Promise<Tab> {
  const tab = browser.openTab({ transport: 'cookie' })
  expect(await tab.client.signUp({ email, password: PASSWORD })).toMatchObject({ ok: true })
  return tab
}

const failures: Record<string, (tab: Tab) => Promise<void>> = {
  nothing: async () => {},
  'a wrong password': async ({ client }) => {
    expect(await client.signIn({ email, password: 'wrong' })).toMatchObject({ ok: false })
  },
  'a lost answer': async ({ client }) => {
    await cutAnswers()
    expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: false })
    browser.network.instead = undefined
  },
}

test.each(Object.keys(failures))(
  'a sign-in at once after a logout goes well, where %s came before',
  async (how) => {
    const tab = await signedUp()
    const { client } = tab
    await failures[how]?.(tab)
    const { promise: opened, resolve: open } = gate()
    browser.network.before = async ({ url }) => {
      if (url.includes('/logout')) await opened
    }
    const leaving = client.logout()
    expect(client.getState().status).toBe('signed_out')
    const entering = client.signIn({ email, password: PASSWORD })
    open()
    expect(await entering).toMatchObject({ ok: true })
    expect(await leaving).toMatchObject({ ok: true })
    expect(client.getState().status).toBe('signed_in')
  },
)

test('a logout without a network, after a sign-in without an answer, ends both sessions once there is one', async () => {
  const tab = await signedUp()
  await failures['a lost answer']?.(tab)
  // Each with its detail.
  expect(await sessions()).toHaveLength(4)
  browser.network.isUp = false
  expect(await tab.client.logout()).toMatchObject({ server: 'queued' })
  browser.network.isUp = true
  tab.goOnline()
  await expect.poll(sessions, { timeout: 4000 }).toEqual([])
  expect(tab.client.getState()).toMatchObject({ unconfirmed: false, givenUp: null })
})

test('a page that is left while its sign-in is on its way: a logout in a tab that hears late of what was before ends both', async () => {
  const tab = await signedUp()
  const other = browser.openTab({ transport: 'cookie' })
  await other.client.ready()
  await browser.settled()
  const { user, accessToken, sessionId, expiresAt } = tab.client.getState()
  const { promise: opened, resolve: open } = gate()
  await cutAnswers(opened)
  const guest = `${crypto.randomUUID()}@example.com`
  await street.signUp(guest)
  void tab.client.signIn({ email: guest, password: PASSWORD })
  await expect.poll(() => browser.asked.at(-1)?.path).toContain('grant_type=password')
  const held = { user, accessToken, refreshToken: null, sessionId, expiresAt }
  for (const channel of tab.channels) channel.postMessage({ held })
  await pause(50)
  const stored = new Map(browser.storage.values)
  tab.crash()
  open()
  await browser.settled()
  browser.network.instead = undefined
  // A page that is gone writes no more.
  for (const [key, value] of stored) browser.storage.values.set(key, value)
  expect(await sessions()).toHaveLength(6)
  expect(await other.client.logout()).toMatchObject({ ok: true })
  // The guest's other device stays.
  await expect.poll(sessions, { timeout: 4000 }).toHaveLength(2)
  expect(await lives(sessionId)).toBe(false)
})

test.each(['both are', 'that of the sign-in is'])(
  'a logout of all after a sign-in without an answer is told as one of all, where %s not confirmed',
  async (which) => {
    const tab = await signedUp()
    await failures['a lost answer']?.(tab)
    browser.network.instead = ({ headers }) => {
      if (which === 'both are' || !headers.has('Authorization')) throw new TypeError('Failed')
      return undefined
    }
    expect(await tab.client.logout({ scope: 'global' })).toMatchObject({
      ok: false,
      server: 'queued',
      scope: 'global',
    })
  },
)

test('a logout of all after a sign-in that never arrived ends all, though its cookie is of this very session', async () => {
  const { client } = await signedUp()
  const phone = await street.signIn({ email })
  browser.network.isUp = false
  expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: false })
  browser.network.isUp = true
  const { promise: opened, resolve: open } = gate()
  browser.network.instead = async (request) => {
    if (!request.url.includes('/logout')) return undefined
    // What comes with the token is slower than what comes with the cookie alone.
    if (request.headers.has('Authorization')) await Promise.race([opened, pause(500)])
    const response = await street.fetch(request)
    open()
    return response
  }
  expect(await client.logout({ scope: 'global' })).toMatchObject({ server: 'confirmed' })
  expect((await street.refresh(phone.refresh_token)).status).toBe(400)
  expect(client.getState()).toMatchObject({ unconfirmed: false, givenUp: null })
})

test('a logout while a sign-in is on its way ends that session, though of the answer only the cookie comes', async () => {
  const { client } = await signedUp()
  await client.logout()
  const { promise: opened, resolve: open } = gate()
  await cutAnswers(opened)
  const entering = client.signIn({ email, password: PASSWORD })
  await expect.poll(() => browser.asked.at(-1)?.path).toContain('grant_type=password')
  expect(await client.logout()).toMatchObject({ ok: true })
  open()
  expect(await entering).toMatchObject({ ok: false })
  await expect.poll(sessions, { timeout: 4000 }).toEqual([])
})

test('a logout in a tab that does not know yet who is here ends what a sign-in without an answer left too', async () => {
  const tab = await signedUp()
  await failures['a lost answer']?.(tab)
  browser.network.instead = ({ url }) =>
    url.includes('/token') ? Response.json({}, { status: 503 }) : undefined
  const { client } = browser.openTab({ transport: 'cookie' })
  await client.refresh()
  expect(client.getState().status).toBe('loading')
  await client.logout()
  // Of the session before, only the other tab has a token.
  expect(await sessions()).toHaveLength(2)
  expect(client.getState().givenUp).toBe('local')
})

test('the session that a sign-in without an answer has replaced is ended once that one is taken up', async () => {
  const tab = await signedUp()
  const { sessionId } = tab.client.getState()
  await failures['a lost answer']?.(tab)
  expect((await tab.client.refresh()).sessionId).not.toBe(sessionId)
  await expect.poll(() => lives(sessionId), { timeout: 2000 }).toBe(false)
})

describe('a wrong password beside a session leaves no cookie', () => {
  test('so a logout is one request', async () => {
    const tab = await signedUp()
    await failures['a wrong password']?.(tab)
    expect(await tab.client.logout()).toMatchObject({ ok: true })
    expect(browser.count('/logout')).toBe(1)
  })

  test('so a network that fails after the logout leaves nothing unconfirmed', async () => {
    const tab = await signedUp()
    const { sessionId } = tab.client.getState()
    await failures['a wrong password']?.(tab)
    browser.network.instead = () => {
      if (browser.count('/logout') > 1) throw new TypeError('Failed to fetch')
      return undefined
    }
    expect(await tab.client.logout()).toMatchObject({ ok: true, server: 'confirmed' })
    expect(await lives(sessionId)).toBe(false)
    browser.network.instead = undefined
    tab.goOnline()
    await browser.settled()
    expect(tab.client.getState()).toMatchObject({ givenUp: null, unconfirmed: false })
  })
})

test.each(['cookie', 'bearer'] as const)(
  '%s: that the others were given up is not said any more once a new email has ended them',
  async (transport) => {
    const { client } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    const other = await street.signIn({ email })
    browser.network.instead = ({ url }) =>
      url.includes('/logout')
        ? Response.json({ error_code: 'x', msg: '' }, { status: 403 })
        : undefined
    await client.logout({ scope: 'others' })
    browser.network.instead = undefined
    expect(client.getState().givenUp).toBe('others')
    expect(await client.updateUser({ email: `new-${email}` })).toMatchObject({ ok: true })
    expect((await street.call('GET', '/user', { token: other.access_token })).status).toBe(401)
    expect(client.getState()).toMatchObject({ status: 'signed_in', givenUp: null })
  },
)

test('bearer: a tab that has not heard of tokens that another has renewed asks for none of its own', async () => {
  const first = browser.openTab({ transport: 'bearer' })
  await first.client.signUp({ email, password: PASSWORD })
  const second = browser.openTab({ transport: 'bearer' })
  await second.client.ready()
  await second.client.listSessions()
  for (const channel of second.channels) channel.onmessage = null
  second.window.listeners.delete('storage')
  street.clock.pass(895)
  await first.client.refresh()
  await browser.settled()
  browser.asked.length = 0
  expect(await second.client.listSessions()).toMatchObject({ ok: true })
  expect(browser.asked.map(({ path }) => path)).toEqual(['/sessions'])
})

describe('a logout waits with its ticket, and a sign-in after it is done without answer or cookie', () => {
  async function waitingAndUnanswered() {
    const { client } = await signedUp()
    const { sessionId } = client.getState()
    await street.redis.fail({ kind: 'reset' })
    expect(await client.logout()).toMatchObject({ ok: false, server: 'queued' })
    await street.redis.heal()
    browser.network.instead = async (request) => {
      await street.fetch(request)
      throw new TypeError('Failed to fetch')
    }
    expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: false })
    browser.network.instead = undefined
    expect(await lives(sessionId)).toBe(true)
    return { client, sessionId }
  }

  test('so the next logout sends it too, and tells what it ended', async () => {
    const { client, sessionId } = await waitingAndUnanswered()
    const result = await client.logout()
    expect(await lives(sessionId)).toBe(false)
    expect(result).toMatchObject({ ok: true, server: 'confirmed', sessionsEnded: 1 })
    expect(client.getState().unconfirmed).toBe(false)
  })

  test('so the next logout is not told as done while that one is not', async () => {
    const { client, sessionId } = await waitingAndUnanswered()
    browser.network.instead = async (request) =>
      (await request.clone().text()).includes('ticket')
        ? Response.json({}, { status: 503 })
        : undefined
    const result = await client.logout()
    expect(await lives(sessionId)).toBe(true)
    expect(result).toMatchObject({ ok: false, server: 'queued', scope: 'local' })
    expect(client.getState().unconfirmed).toBe(true)
  })
})

test('a logout in one tab while a sign-in is on its way in another takes no cookie away that came meanwhile', async () => {
  const { client, crash } = await signedUp()
  const former = client.getState().sessionId
  const beside = browser.openTab({ transport: 'cookie' })
  await beside.client.ready()
  const { promise: opened, resolve: open } = gate()
  browser.network.instead = async (request) => {
    if (!request.url.includes('grant_type=password')) return undefined
    const answer = await street.fetch(request)
    await opened
    return answer
  }
  const entering = client.signIn({ email, password: PASSWORD })
  await expect.poll(async () => (await sessions()) as string[]).toHaveLength(2)
  const leaving = beside.client.logout()
  await expect.poll(() => lives(former)).toBe(false)
  await pause(50)
  open()
  expect(await entering).toMatchObject({ ok: true })
  // Its own session has ended; of the cookie, which is another's by now, it is said that nothing was done.
  expect(await leaving).toMatchObject({ ok: false, server: 'refused', scope: 'local' })
  const { sessionId } = client.getState()
  expect(sessionId).not.toBe(former)
  expect(await lives(sessionId)).toBe(true)
  crash()
  beside.crash()
  const next = browser.openTab({ transport: 'cookie' })
  expect(await next.client.ready()).toMatchObject({ status: 'signed_in', sessionId })
})
