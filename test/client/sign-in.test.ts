/** Signing in and out with the real service, by both transports: what is shown, and where tokens rest. */

import { beforeEach, describe, expect, test } from 'vitest'
import { type Browser, openBrowser, openService } from '../support/browser.ts'
import { PASSWORD, type Street } from '../support/street.ts'

let street: Street
let browser: Browser
const email = 'ada@example.com'

beforeEach(async () => {
  street = await openService()
  browser = openBrowser(street)
})

describe.each(['cookie', 'bearer'] as const)('%s', (transport) => {
  test('sign up, out and in', async () => {
    const { client } = browser.openTab({ transport })
    expect(client.getState()).toMatchObject({ status: 'loading', user: null })
    expect(await client.ready()).toMatchObject({ status: 'signed_out', endedBecause: null })

    const signedUp = await client.signUp({ email, password: PASSWORD, data: { name: 'Ada' } })
    expect(signedUp).toMatchObject({ ok: true, value: { email, user_metadata: { name: 'Ada' } } })
    const state = client.getState()
    expect(state).toMatchObject({ status: 'signed_in', endedBecause: null, unconfirmed: false })
    expect(state.user?.email).toBe(email)
    expect(state.expiresAt).toBe(Math.floor(street.clock.now / 1000) + 900)
    expect(state.refreshToken === null).toBe(transport === 'cookie')
    expect(Object.isFrozen(state)).toBe(true)
    expect(client.getState()).toBe(state)

    const result = await client.logout()
    expect(result).toEqual({
      ok: true,
      server: 'confirmed',
      scope: 'local',
      sessionsEnded: 1,
      until: null,
      error: null,
    })
    expect(client.getState()).toEqual({
      status: 'signed_out',
      user: null,
      accessToken: null,
      refreshToken: null,
      sessionId: null,
      expiresAt: null,
      endedBecause: 'logout',
      unconfirmed: false,
      unsaved: false,
      givenUp: null,
      idleWarning: null,
    })
    expect(browser.cookie()).toBe('')
    expect((await street.call('GET', '/user', { token: state.accessToken ?? '' })).status).toBe(401)

    expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: true })
    expect(client.getState()).toMatchObject({ status: 'signed_in', endedBecause: null })
  })

  test('a wrong password is a value', async () => {
    const { client } = browser.openTab({ transport })
    expect(await client.signIn({ email, password: 'wrong' })).toEqual({
      ok: false,
      error: {
        code: 'invalid_credentials',
        message: 'Invalid login credentials',
        status: 400,
        retryAfter: null,
      },
    })
    expect((await client.ready()).status).toBe('signed_out')
  })

  test('no network is a value', async () => {
    const { client } = browser.openTab({ transport })
    browser.network.isUp = false
    expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({
      ok: false,
      error: { code: 'network', status: 0 },
    })
  })

  test("somebody's page in between is no success", async () => {
    const { client } = browser.openTab({ transport })
    for (const page of ['<html>Pay for the Wi-Fi</html>', '{"welcome":true}']) {
      browser.network.instead = () => new Response(page)
      expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: false })
      expect(client.getState().status).not.toBe('signed_in')
    }
  })

  test('the page is opened again: still signed in', async () => {
    const first = browser.openTab({ transport })
    await first.client.signUp({ email, password: PASSWORD })
    const { sessionId } = first.client.getState()
    first.crash()
    const second = browser.openTab({ transport })
    expect(await second.client.ready()).toMatchObject({ status: 'signed_in', sessionId })
    expect(second.client.getState().user?.email).toBe(email)
  })

  test('after a logout the page is opened again: nothing is asked', async () => {
    const first = browser.openTab({ transport })
    await first.client.signUp({ email, password: PASSWORD })
    await first.client.logout()
    first.crash()
    browser.asked.length = 0
    const second = browser.openTab({ transport })
    expect(await second.client.ready()).toMatchObject({ status: 'signed_out', endedBecause: null })
    expect(browser.asked).toEqual([])
  })

  test('the page that an ending elsewhere leads to says why, once', async () => {
    const first = browser.openTab({ transport })
    await first.client.signUp({ email, password: PASSWORD })
    const phone = await street.signIn({ email })
    await street.call('POST', '/logout?scope=others', { token: phone.access_token })
    expect(await first.client.refresh()).toMatchObject({ endedBecause: 'elsewhere' })
    for (const endedBecause of ['elsewhere', null]) {
      const next = browser.openTab({ transport })
      expect(await next.client.ready()).toMatchObject({ status: 'signed_out', endedBecause })
      next.crash()
    }
  })

  test('storage: session is gone with the browser', async () => {
    const first = browser.openTab({ transport, storage: 'session' })
    await first.client.signUp({ email, password: PASSWORD })
    browser.quit()
    const second = browser.openTab({ transport, storage: 'session' })
    // Nobody has ended it: no alarm.
    expect(await second.client.ready()).toMatchObject({ status: 'signed_out', endedBecause: null })
  })

  test('signing in again ends the session that it replaces', async () => {
    const { client } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    const former = client.getState()
    await client.signIn({ email, password: PASSWORD })
    expect(client.getState().sessionId).not.toBe(former.sessionId)
    await expect.poll(() => browser.count('/logout')).toBe(1)
    await expect
      .poll(
        async () => (await street.call('GET', '/user', { token: former.accessToken ?? '' })).status,
      )
      .toBe(401)
    expect(await client.listSessions()).toMatchObject({ ok: true, value: [{ current: true }] })
    expect((await client.refresh()).status).toBe('signed_in')
  })

  test('devices: listed, and one ended', async () => {
    const { client } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    const phone = await street.signIn({ email })
    const list = await client.listSessions()
    expect(list).toMatchObject({ ok: true, value: expect.arrayContaining([]) })
    const other = list.ok ? list.value.find(({ current }) => !current) : undefined
    expect(await client.endSession(other?.id ?? '')).toEqual({ ok: true, value: null })
    expect((await street.refresh(phone.refresh_token)).status).toBe(400)
    expect(await client.endSession(other?.id ?? '')).toMatchObject({
      ok: false,
      error: { code: 'session_unknown', status: 404 },
    })
    expect(client.getState().status).toBe('signed_in')
    // One's own is a logout.
    expect(await client.endSession(client.getState().sessionId ?? '')).toEqual({
      ok: true,
      value: null,
    })
    expect(client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'logout' })
  })

  test('an id that is none is asked for as one, and as nothing else', async () => {
    const { client } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    expect(await client.endSession('../user?x')).toMatchObject({ ok: false })
    expect(browser.asked.at(-1)).toMatchObject({
      method: 'DELETE',
      path: '/sessions/..%2Fuser%3Fx',
    })
  })

  test('reauthenticate and change the password', async () => {
    const { client } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    const phone = await street.signIn({ email })
    street.clock.pass(700)
    const password = 'another horse entirely'
    const calls = browser.count('/token')
    expect(await client.updateUser({ password })).toMatchObject({
      ok: false,
      error: { code: 'reauthentication_needed', status: 401 },
    })
    // That token was good, so no other one is fetched for it.
    expect(browser.count('/token')).toBe(calls)
    expect(await client.reauthenticate('wrong')).toMatchObject({
      ok: false,
      error: { code: 'current_password_invalid' },
    })
    expect(await client.reauthenticate(PASSWORD)).toEqual({ ok: true, value: null })
    expect(await client.updateUser({ password })).toMatchObject({ ok: true })
    expect((await street.refresh(phone.refresh_token)).status).toBe(400)
    expect(client.getState().status).toBe('signed_in')
    const changed = await client.updateUser({ data: { name: 'Ada L.' } })
    expect(changed).toMatchObject({ ok: true })
    expect(client.getState().user?.user_metadata).toMatchObject({ name: 'Ada L.' })
    await client.updateUser({ password: PASSWORD, logout: 'global' })
    expect(client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'logout' })
  })

  test('any change can end all sessions, this one too', async () => {
    const { client } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    const token = client.getState().accessToken ?? ''
    expect(await client.updateUser({ data: { name: 'Ada' }, logout: 'global' })).toMatchObject({
      ok: true,
    })
    expect(client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'logout' })
    expect((await street.call('GET', '/user', { token })).status).toBe(401)
  })

  test.each([null, {}, 'ok', { welcome: true }])(
    'a 200 of somebody in between, %j, is no answer to what somebody asks',
    async (answer) => {
      const { client } = browser.openTab({ transport })
      await client.signUp({ email, password: PASSWORD })
      const before = client.getState()
      browser.network.instead = () => Response.json(answer)
      for (const told of [
        await client.listSessions(),
        await client.endSession('x'),
        await client.updateUser({ data: { a: 1 } }),
        await client.updateUser({ data: { a: 1 }, logout: 'global' }),
      ])
        expect(told).toMatchObject({ ok: false, error: { code: 'network', status: 0 } })
      expect(client.getState()).toEqual(before)
    },
  )

  test('nobody signed in: what needs somebody is refused without asking', async () => {
    const { client } = browser.openTab({ transport })
    await client.ready()
    browser.asked.length = 0
    for (const answer of [
      await client.listSessions(),
      await client.endSession('x'),
      await client.reauthenticate('x'),
      await client.updateUser({}),
    ])
      expect(answer).toMatchObject({ ok: false, error: { code: 'no_authorization', status: 401 } })
    expect(browser.asked).toEqual([])
  })

  test('clearTokens forgets here and leaves the server alone', async () => {
    const { client } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    const { accessToken } = client.getState()
    browser.asked.length = 0
    client.clearTokens()
    // Nobody has logged out.
    const after = { status: 'signed_out', accessToken: null, endedBecause: null }
    expect(client.getState()).toMatchObject(after)
    expect(browser.asked).toEqual([])
    expect((await street.call('GET', '/user', { token: accessToken ?? '' })).status).toBe(200)
    const again = browser.openTab({ transport })
    expect((await again.client.ready()).status).toBe('signed_out')
  })
})

describe('where tokens rest', () => {
  const secrets = (tab: ReturnType<Browser['openTab']>) => {
    const { accessToken, refreshToken } = tab.client.getState()
    return { accessToken: accessToken ?? '-', refreshToken: refreshToken ?? '-' }
  }

  test('cookie: in no storage that a script can read', async () => {
    const tab = browser.openTab({ transport: 'cookie' })
    await tab.client.signUp({ email, password: PASSWORD })
    const kept = browser.storage.text() + tab.session.text()
    expect(kept).not.toContain(secrets(tab).accessToken)
    expect(kept).not.toContain(browser.cookie())
    expect(kept).not.toContain(email)
    expect(browser.asked.at(-1)?.headers.get('X-Curfew-Transport')).toBe('cookie')
  })

  test('cookie, session: a cookie that the browser does not keep', async () => {
    const tab = browser.openTab({ transport: 'cookie', storage: 'session' })
    await tab.client.signUp({ email, password: PASSWORD })
    expect(browser.asked.at(-1)?.headers.get('X-Curfew-Transport')).toBe('session-cookie')
  })

  test('cookie, session: after a logout in one tab another that opens knows of it, and asks nothing', async () => {
    const tab = browser.openTab({ transport: 'cookie', storage: 'session' })
    await tab.client.signUp({ email, password: PASSWORD })
    await tab.client.logout()
    browser.asked.length = 0
    const other = browser.openTab({ transport: 'cookie', storage: 'session' })
    expect(await other.client.ready()).toMatchObject({ status: 'signed_out' })
    expect(browser.asked).toEqual([])
  })

  test.each(['local', 'session', 'memory'] as const)('bearer: %s', async (storage) => {
    const tab = browser.openTab({ transport: 'bearer', storage })
    await tab.client.signUp({ email, password: PASSWORD })
    const { accessToken, refreshToken } = secrets(tab)
    for (const token of [accessToken, refreshToken]) {
      expect(browser.storage.text().includes(token)).toBe(storage === 'local')
      expect(tab.session.text().includes(token)).toBe(storage === 'session')
    }
    expect(browser.cookie()).toBe('')
    expect(browser.asked.at(-1)?.headers.get('X-Curfew-Transport')).toBe(null)
    await tab.client.logout()
    expect(browser.storage.text() + tab.session.text()).not.toContain('eyJ')
  })

  test('the default goes by the origin', async () => {
    const own = browser.openTab()
    await own.client.signUp({ email, password: PASSWORD })
    expect(own.client.getState().refreshToken).toBe(null)
    const away = openBrowser(street).openTab({
      origin: 'https://app.example.org',
      url: 'https://auth.example.com/',
    })
    await away.client.signIn({ email, password: PASSWORD })
    expect(away.client.getState().refreshToken).toMatch(/^\S+$/)
  })
})

test.each([
  { accessToken: 'x' },
  { accessToken: 'x', sessionId: 'x', expiresAt: 9e9 },
  { user: {}, accessToken: 'x', sessionId: 'x', expiresAt: 9e9 },
  { sessionId: 'x' },
  'x',
  7,
  true,
])('bearer: %j where a session was stored is none', async (record) => {
  const first = browser.openTab({ transport: 'bearer' })
  await first.client.signUp({ email, password: PASSWORD })
  const [key = ''] = [...browser.storage.values.keys()].filter((one) => one.includes(':session:'))
  first.crash()
  browser.storage.setItem(key, JSON.stringify(record))
  const { client } = browser.openTab({ transport: 'bearer' })
  const seen: string[] = []
  client.subscribe(() => seen.push(client.getState().status))
  expect(await client.ready()).toMatchObject({ status: 'signed_out', user: null })
  expect(seen).not.toContain('signed_in')
  expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: true })
})

test.each(['missing', 'full'] as const)('localStorage %s: the page still works', async (local) => {
  const { client } = browser.openTab({ transport: 'bearer', local })
  expect(await client.signUp({ email, password: PASSWORD })).toEqual({
    ok: true,
    value: expect.anything(),
  })
  expect((await client.listSessions()).ok).toBe(true)
  expect((await client.logout()).server).toBe('confirmed')
})
