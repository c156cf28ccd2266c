/** Logging out: here first and always, then on the server, and again until it confirms. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
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
  vi.unstubAllGlobals()
})

const works = async (token: string | null) =>
  (await street.call('GET', '/user', { token: token ?? '' })).status === 200

/** Queued logouts, as they lie in localStorage. */
const queued = () => [...browser.storage.values].filter(([key]) => key.includes(':logout:'))

describe.each(['cookie', 'bearer'] as const)('%s', (transport) => {
  const signUp = async () => {
    const tab = browser.openTab({ transport })
    await tab.client.signUp({ email, password: PASSWORD })
    return { ...tab, access: tab.client.getState().accessToken }
  }

  test('is done here before anything is sent', async () => {
    const { client, access } = await signUp()
    const released = Promise.withResolvers<void>()
    browser.network.instead = async ({ url }) => {
      if (url.includes('/logout')) await released.promise
      return undefined
    }
    const under = client.logout()
    expect(client.getState()).toMatchObject({ status: 'signed_out', accessToken: null })
    expect(await works(access)).toBe(true)
    released.resolve()
    expect((await under).server).toBe('confirmed')
    expect(await works(access)).toBe(false)
    expect(browser.asked.at(-1)).toMatchObject({ method: 'POST', path: '/logout?scope=local' })
  })

  test('a listener that throws stops nobody: it is reported', async () => {
    const { client, access } = await signUp()
    const other = browser.openTab({ transport })
    await other.client.ready()
    const reported = vi.fn()
    vi.stubGlobal('reportError', reported)
    const fault = new TypeError('nobody has an email')
    client.subscribe(() => {
      throw fault
    })
    const after = vi.fn()
    client.subscribe(after)
    expect(await client.logout()).toMatchObject({ ok: true, server: 'confirmed' })
    expect(reported).toHaveBeenCalledExactlyOnceWith(fault)
    expect(after).toHaveBeenCalledOnce()
    await expect.poll(() => other.client.getState().status).toBe('signed_out')
    expect(await works(access)).toBe(false)
  })

  test.each(['others', 'global'] as const)('%s', async (scope) => {
    const { client, access } = await signUp()
    const phone = await street.signIn({ email })
    const result = await client.logout({ scope })
    const count = scope === 'global' ? 2 : 1
    expect(result).toMatchObject({ ok: true, server: 'confirmed', scope, sessionsEnded: count })
    expect(await works(phone.access_token)).toBe(false)
    expect(await works(access)).toBe(scope === 'others')
    expect(client.getState().status).toBe(scope === 'others' ? 'signed_in' : 'signed_out')
    expect(queued()).toEqual([])
  })

  test('offline: signed out here, the caller knows, and it goes when the network is back', async () => {
    const { client, goOnline, access } = await signUp()
    browser.network.isUp = false
    const result = await client.logout()
    expect(result).toMatchObject({
      ok: false,
      server: 'queued',
      scope: 'local',
      sessionsEnded: null,
      error: { code: 'network', status: 0 },
    })
    expect(result.until).toBe(street.clock.now + 30 * 86400_000)
    expect(client.getState()).toMatchObject({
      status: 'signed_out',
      endedBecause: 'logout',
      unconfirmed: true,
    })
    browser.network.isUp = true
    goOnline()
    await expect.poll(() => client.getState().unconfirmed).toBe(false)
    expect(await works(access)).toBe(false)
    expect(browser.cookie()).toBe('')
    expect(queued()).toEqual([])
  })

  test.each([null, {}, 'ok', [], { ok: true }, { sessions_ended: null }])(
    'a 200 of somebody in between, %j, confirms nothing',
    async (answer) => {
      const { client, goOnline, access } = await signUp()
      browser.network.instead = ({ url }) =>
        url.includes('/logout') ? Response.json(answer) : undefined
      for (const scope of ['others', 'global'] as const)
        expect(await client.logout({ scope })).toMatchObject({ ok: false, server: 'queued' })
      expect(client.getState()).toMatchObject({ status: 'signed_out', unconfirmed: true })
      browser.network.instead = undefined
      goOnline()
      await expect.poll(() => client.getState().unconfirmed).toBe(false)
      expect(await works(access)).toBe(false)
    },
  )

  test('offline, with an access token that has expired by then', async () => {
    const { client, show, access } = await signUp()
    const phone = await street.signIn({ email })
    const [session] = (await street.redis.look(
      'KEYS',
      `session:${client.getState().sessionId}`,
    )) as string[]
    browser.network.isUp = false
    await client.logout()
    street.clock.pass(3600)
    browser.network.isUp = true
    show()
    await expect.poll(() => client.getState().unconfirmed).toBe(false)
    expect(await street.redis.look('EXISTS', session ?? '')).toBe(0)
    expect((await street.refresh(phone.refresh_token)).status).toBe(200)
    void access
  })

  test('what is queued holds no more than it needs', async () => {
    const { client } = await signUp()
    const { refreshToken, accessToken } = client.getState()
    const cookie = browser.cookie()
    browser.network.isUp = false
    await client.logout()
    const [[, text = ''] = []] = queued()
    const fields = Object.keys(JSON.parse(text)).sort()
    expect(fields).toEqual(
      transport === 'cookie'
        ? ['cookieOf', 'due', 'name', 'pause', 'scope', 'until']
        : ['due', 'name', 'pause', 'scope', 'token', 'until'],
    )
    expect(text).not.toContain(email)
    expect(text.includes(accessToken ?? '')).toBe(transport === 'bearer')
    expect(text).not.toContain(refreshToken ?? cookie)
  })

  test('Redis down: 503 is queued too, and goes when the page is opened again', async () => {
    const first = await signUp()
    await street.redis.fail({ kind: 'reset' })
    const result = await first.client.logout()
    expect(result).toMatchObject({
      ok: false,
      server: 'queued',
      error: { status: 503, retryAfter: 2 },
    })
    expect(browser.cookie()).toBe('')
    first.crash()
    await street.redis.heal()
    const second = browser.openTab({ transport })
    expect((await second.client.ready()).status).toBe('signed_out')
    await expect.poll(() => queued().length).toBe(0)
    expect(await works(first.access)).toBe(false)
    expect(second.client.getState().unconfirmed).toBe(false)
  })

  test('a page that is closed in the middle of it is not forgotten', async () => {
    const first = await signUp()
    browser.network.instead = () => new Promise<Response>(() => {})
    void first.client.logout()
    await expect.poll(() => browser.count('/logout')).toBe(1)
    first.crash()
    browser.network.instead = undefined
    street.clock.pass(20)
    const second = browser.openTab({ transport })
    expect((await second.client.ready()).status).toBe('signed_out')
    await expect.poll(() => queued().length).toBe(0)
    expect(await works(first.access)).toBe(false)
  })

  test('too many logouts: kept, and sent again no earlier than allowed by itself', async () => {
    const { client } = await signUp()
    browser.network.instead = (request) =>
      request.url.includes('/logout')
        ? Response.json(
            { code: 429, error_code: 'over_request_rate_limit', msg: 'x' },
            {
              status: 429,
              headers: { 'Retry-After': '120' },
            },
          )
        : undefined
    const result = await client.logout()
    expect(result).toMatchObject({ server: 'queued', error: { status: 429, retryAfter: 120 } })
    const [[, text = ''] = []] = queued()
    expect(JSON.parse(text).due).toBeGreaterThanOrEqual(street.clock.now + 120_000)
  })

  test('is sent again less and less often', async () => {
    const { client, show } = await signUp()
    browser.network.isUp = false
    await client.logout()
    const waits: number[] = []
    for (let i = 0; i < 12; i++) {
      const before = browser.count('/logout')
      const { due } = JSON.parse(queued()[0]?.[1] ?? '{}')
      show()
      await expect.poll(() => browser.count('/logout')).toBe(before + 1)
      await expect.poll(() => JSON.parse(queued()[0]?.[1] ?? '{}').due).not.toBe(due)
      waits.push(JSON.parse(queued()[0]?.[1] ?? '{}').due - street.clock.now)
      street.clock.pass(1)
    }
    expect(waits[3]).toBeGreaterThan(waits[0] ?? 0)
    expect(Math.max(...waits)).toBeLessThanOrEqual(300_000)
  })

  test('is given up after thirty days, and said to be: the session may be allowed to live longer', async () => {
    const { client, show, crash } = await signUp()
    browser.network.isUp = false
    await client.logout()
    street.clock.pass(30 * 86400 + 1)
    show()
    await expect.poll(() => client.getState().unconfirmed).toBe(false)
    expect(client.getState().givenUp).toBe('local')
    expect(queued()).toEqual([])
    crash()
  })

  test('other tabs know that one waits; one tab alone sends it', async () => {
    const first = await signUp()
    const others = [1, 2, 3].map(() => browser.openTab({ transport }))
    for (const { client } of others) await client.ready()
    browser.network.isUp = false
    await first.client.logout()
    for (const { client } of others) {
      await expect.poll(() => client.getState().status).toBe('signed_out')
      await expect.poll(() => client.getState().unconfirmed).toBe(true)
    }
    browser.network.isUp = true
    browser.asked.length = 0
    for (const { goOnline } of [first, ...others]) goOnline()
    for (const { client } of [first, ...others])
      await expect.poll(() => client.getState().unconfirmed).toBe(false)
    expect(browser.count('/logout')).toBe(1)
    expect(await works(first.access)).toBe(false)
  })

  test('the others, offline: kept for this session, which stays', async () => {
    const { client, goOnline, access } = await signUp()
    const phone = await street.signIn({ email })
    browser.network.isUp = false
    expect(await client.logout({ scope: 'others' })).toMatchObject({ ok: false, server: 'queued' })
    expect(client.getState()).toMatchObject({ status: 'signed_in', unconfirmed: true })
    if (transport === 'bearer') expect(queued()[0]?.[1]).not.toContain('eyJ')
    street.clock.pass(1000)
    browser.network.isUp = true
    goOnline()
    await expect.poll(() => client.getState().unconfirmed).toBe(false)
    expect((await street.refresh(phone.refresh_token)).status).toBe(400)
    expect((await client.listSessions()).ok).toBe(true)
    void access
  })

  test('the others, offline, and then this one too: that is everywhere', async () => {
    const { client, goOnline, access } = await signUp()
    const phone = await street.signIn({ email })
    browser.network.isUp = false
    await client.logout({ scope: 'others' })
    expect(await client.logout()).toMatchObject({ server: 'queued', scope: 'global' })
    browser.network.isUp = true
    goOnline()
    await expect.poll(() => client.getState().unconfirmed).toBe(false)
    expect(client.getState().givenUp).toBe(null)
    expect(queued()).toEqual([])
    expect(await works(access)).toBe(false)
    expect((await street.refresh(phone.refresh_token)).status).toBe(400)
  })

  test('everywhere, with an access token that has expired', async () => {
    const { client } = await signUp()
    const phone = await street.signIn({ email })
    street.clock.pass(1000)
    expect(await client.logout({ scope: 'global' })).toMatchObject({ ok: true, sessionsEnded: 2 })
    expect((await street.refresh(phone.refresh_token)).status).toBe(400)
    expect(queued()).toEqual([])
  })

  test('of a session that somebody else ended is confirmed: there is nothing left to end', async () => {
    const { client, access } = await signUp()
    await street.call('POST', '/logout?scope=local', { token: access ?? '' })
    expect(await client.logout()).toMatchObject({ ok: true, server: 'confirmed', sessionsEnded: 0 })
  })

  test('with nobody signed in asks nothing', async () => {
    const { client } = browser.openTab({ transport })
    await client.ready()
    browser.asked.length = 0
    expect(await client.logout()).toMatchObject({ ok: true, sessionsEnded: 0 })
    expect(await client.logout({ scope: 'others' })).toMatchObject({ ok: false, server: 'refused' })
    expect(browser.asked).toEqual([])
  })

  test('asked for again while it waits: that one is sent again, and nothing claimed', async () => {
    const { client, access } = await signUp()
    browser.network.isUp = false
    expect(await client.logout()).toMatchObject({ ok: false, server: 'queued' })
    expect(await client.logout()).toMatchObject({ ok: false, server: 'queued', scope: 'local' })
    expect(browser.count('/logout')).toBe(2)
    expect(queued()).toHaveLength(1)
    browser.network.isUp = true
    expect(await client.logout()).toMatchObject({ ok: true, server: 'confirmed', scope: 'local' })
    expect(client.getState().unconfirmed).toBe(false)
    expect(await works(access)).toBe(false)
    browser.asked.length = 0
    expect(await client.logout()).toMatchObject({ ok: true, sessionsEnded: 0 })
    expect(browser.asked).toEqual([])
  })

  test.each(['local', 'global'] as const)('%s, twice at once, is one', async (scope) => {
    const { client } = await signUp()
    // Also with a token that is renewed first.
    street.clock.pass(1000)
    browser.network.isUp = false
    browser.asked.length = 0
    const asked = [client.logout({ scope }), client.logout({ scope })]
    for (const result of await Promise.all(asked))
      expect(result).toMatchObject({ ok: false, server: 'queued', scope })
    expect(browser.count('/logout')).toBe(1)
  })

  test('asked for by a listener that hears of the first, it is that one', async () => {
    const { client } = await signUp()
    browser.network.isUp = false
    const again: Promise<unknown>[] = []
    client.subscribe(() => {
      if (again.length === 0) again.push(client.logout())
    })
    await client.logout()
    expect(await again[0]).toMatchObject({ ok: false, server: 'queued' })
    expect(browser.count('/logout')).toBe(1)
  })

  test('another tab that is asked again claims no more than the first', async () => {
    const { client, access } = await signUp()
    const other = browser.openTab({ transport })
    await other.client.ready()
    browser.network.isUp = false
    await client.logout()
    await expect.poll(() => other.client.getState().status).toBe('signed_out')
    expect(await other.client.logout()).toMatchObject({ ok: false, server: 'queued' })
    browser.network.isUp = true
    expect(await other.client.logout()).toMatchObject({ ok: true, server: 'confirmed' })
    expect(await works(access)).toBe(false)
  })

  test('asked for once it had ended by itself, it changes no reason', async () => {
    const { client, access } = await signUp()
    await street.call('POST', '/logout?scope=local', { token: access ?? '' })
    await client.refresh()
    expect(await client.logout()).toMatchObject({ ok: true, sessionsEnded: 0 })
    expect(client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'elsewhere' })
  })

  test('refused here because another tab has done it meanwhile: no alarm', async () => {
    const { client } = await signUp()
    browser.network.isUp = false
    await client.logout()
    browser.network.isUp = true
    browser.network.instead = (request) => {
      if (!request.url.includes('/logout')) return
      for (const [key] of queued()) browser.storage.removeItem(key)
      return Response.json({ code: 401, error_code: 'no_authorization', msg: 'x' }, { status: 401 })
    }
    await client.logout()
    expect(client.getState()).toMatchObject({ unconfirmed: false, givenUp: null })
  })

  test('everywhere, once nobody is signed in: never more than was asked for before', async () => {
    const { client } = await signUp()
    const phone = await street.signIn({ email })
    browser.network.isUp = false
    await client.logout()
    expect(await client.logout({ scope: 'global' })).toMatchObject({
      ok: false,
      server: 'queued',
      scope: 'local',
    })
    browser.network.isUp = true
    for (const asked of [client.logout({ scope: 'global' }), client.logout({ scope: 'global' })])
      expect(await asked).toMatchObject({
        ok: false,
        server: 'refused',
        scope: 'global',
        error: { code: 'no_authorization' },
      })
    expect(await works(phone.access_token)).toBe(true)
    expect(queued()).toEqual([])
  })

  test.each(['missing', 'full'] as const)(
    'localStorage %s: kept by the page, which says so',
    async (local) => {
      const { client, goOnline, show } = browser.openTab({ transport, local })
      await client.signUp({ email, password: PASSWORD })
      const { accessToken } = client.getState()
      browser.network.isUp = false
      expect(await client.logout()).toMatchObject({ ok: false, server: 'queued', until: null })
      expect(client.getState()).toMatchObject({
        status: 'signed_out',
        unconfirmed: true,
        unsaved: true,
      })
      expect(queued()).toEqual([])
      show()
      await expect.poll(() => browser.count('/logout')).toBe(2)
      browser.network.isUp = true
      goOnline()
      await expect.poll(() => client.getState().unconfirmed).toBe(false)
      expect(client.getState().unsaved).toBe(false)
      expect(await works(accessToken)).toBe(false)
    },
  )

  test('localStorage that is full by the time of an answer keeps what was written before', async () => {
    const { client, crash, access } = await signUp()
    browser.network.isUp = false
    const under = client.logout()
    browser.room.isFull = true
    expect(await under).toMatchObject({ server: 'queued', until: expect.any(Number) })
    expect(client.getState()).toMatchObject({ unconfirmed: true, unsaved: false })
    expect(queued()).toHaveLength(1)
    crash()
    browser.network.isUp = true
    street.clock.pass(20)
    await browser.openTab({ transport }).client.ready()
    await expect.poll(() => queued().length).toBe(0)
    expect(await works(access)).toBe(false)
  })

  test('localStorage that has room again by the next attempt has it then', async () => {
    const { client, show } = await signUp()
    browser.network.isUp = false
    browser.room.isFull = true
    await client.logout()
    expect(client.getState().unsaved).toBe(true)
    browser.room.isFull = false
    show()
    await expect.poll(() => client.getState().unsaved).toBe(false)
    expect(client.getState().unconfirmed).toBe(true)
    expect(queued()).toHaveLength(1)
  })

  test('a logout that only a tab now closed knew of is asked for anew by the tab beside it', async () => {
    const { client, access, crash } = await signUp()
    const beside = browser.openTab({ transport })
    await beside.client.ready()
    browser.room.isFull = true
    browser.network.isUp = false
    expect(await client.logout()).toMatchObject({ ok: false, server: 'queued' })
    expect(client.getState().unsaved).toBe(true)
    await expect.poll(() => beside.client.getState().status).toBe('signed_out')
    crash()
    browser.network.isUp = true
    expect(await works(access)).toBe(true)
    // With cookies the session can be ended still; a bearer's tokens went with the tab, and nobody can.
    const ended = transport === 'cookie' ? 1 : 0
    expect(await beside.client.logout()).toMatchObject({ ok: true, sessionsEnded: ended })
    expect(await works(access)).toBe(!ended)
    browser.asked.length = 0
    expect(await beside.client.logout()).toMatchObject({ ok: true, sessionsEnded: 0 })
    expect(browser.asked).toEqual([])
  })

  test('a session that only the tab beside this one was told of is ended in both', async () => {
    const { client } = await signUp()
    const beside = browser.openTab({ transport })
    await beside.client.ready()
    await client.logout()
    await expect.poll(() => beside.client.getState().status).toBe('signed_out')
    browser.room.isFull = true
    await client.signIn({ email, password: PASSWORD })
    await browser.settled()
    const access = client.getState().accessToken as string
    // A bearer's tokens stay in the tab that has them: the other has nothing to end.
    const ended = transport === 'cookie' ? 1 : 0
    expect(await beside.client.logout()).toMatchObject({ ok: true, sessionsEnded: ended })
    expect(await works(access)).toBe(!ended)
    await expect.poll(() => client.getState().status).toBe(ended ? 'signed_out' : 'signed_in')
  })

  test('a logout that another tab has sent is not sent again by this tab, which could not write it anew', async () => {
    const { client, show } = await signUp()
    const other = browser.openTab({ transport })
    await other.client.ready()
    browser.network.isUp = false
    const under = client.logout()
    browser.room.isFull = true
    await under
    browser.network.isUp = true
    street.clock.pass(20)
    browser.asked.length = 0
    other.goOnline()
    await expect.poll(() => queued().length).toBe(0)
    await expect.poll(() => client.getState().unconfirmed).toBe(false)
    show()
    await client.ready()
    expect(await client.logout()).toMatchObject({ ok: true, sessionsEnded: 0 })
    expect(browser.count('/logout')).toBe(1)
  })

  const refuse = () => {
    browser.network.instead = (request) =>
      request.url.includes('/logout')
        ? Response.json({ code: 401, error_code: 'bad_jwt', msg: 'no' }, { status: 401 })
        : undefined
  }

  test.each(['local', 'others', 'global'] as const)(
    '%s, refused: said so until the next sign-in, also after a reload',
    async (scope) => {
      const { client, crash } = await signUp()
      const beside = browser.openTab({ transport })
      await beside.client.ready()
      expect(client.getState().givenUp).toBe(null)
      refuse()
      expect(await client.logout({ scope })).toMatchObject({ ok: false, server: 'refused', scope })
      expect(client.getState()).toMatchObject({ unconfirmed: false, givenUp: scope })
      await expect.poll(() => beside.client.getState().givenUp).toBe(scope)
      crash()
      const again = browser.openTab({ transport })
      await again.client.ready()
      expect(again.client.getState().givenUp).toBe(scope)
      browser.network.instead = undefined
      await again.client.signIn({ email, password: PASSWORD })
      expect(again.client.getState().givenUp).toBe(null)
      await expect.poll(() => beside.client.getState().givenUp).toBe(null)
    },
  )

  test('refused, and then done: said no longer', async () => {
    const { client } = await signUp()
    refuse()
    await client.logout({ scope: 'others' })
    browser.network.instead = undefined
    expect((await client.logout({ scope: 'others' })).ok).toBe(true)
    expect(client.getState()).toMatchObject({ status: 'signed_in', givenUp: null })
  })

  test('the others, waiting for a session that is gone: given up, and said so', async () => {
    const { client, show } = await signUp()
    browser.network.isUp = false
    await client.logout({ scope: 'others' })
    client.clearTokens()
    show()
    await expect.poll(() => client.getState().unconfirmed).toBe(false)
    expect(client.getState().givenUp).toBe('others')
    expect(queued()).toEqual([])
  })

  test('the others, as the first thing that a page does', async () => {
    const { crash } = await signUp()
    const phone = await street.signIn({ email })
    crash()
    const { client } = browser.openTab({ transport })
    expect(await client.logout({ scope: 'others' })).toMatchObject({ ok: true, sessionsEnded: 1 })
    expect(await works(phone.access_token)).toBe(false)
    expect(client.getState().status).toBe('signed_in')
  })

  test('endSession of its own, as the first thing that a page does, is a logout', async () => {
    const { client: before, crash, access } = await signUp()
    const { sessionId } = before.getState()
    crash()
    const { client } = browser.openTab({ transport })
    expect(await client.endSession(sessionId ?? '')).toMatchObject({ ok: true })
    expect(await works(access)).toBe(false)
    expect(client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'logout' })
  })

  test.each(['others', 'global'] as const)(
    '%s, when a thief has ended this session just before: not told as done',
    async (scope) => {
      const { client } = await signUp()
      const thief = await street.signIn({ email })
      await street.call('POST', '/logout?scope=others', { token: thief.access_token })
      const result = await client.logout({ scope })
      expect(result).toMatchObject({ ok: false, server: 'refused' })
      expect(client.getState().givenUp).toBe(scope)
      expect(await works(thief.access_token)).toBe(true)
    },
  )

  test('the others, waiting, and then another person: only this device', async () => {
    const { client } = await signUp()
    browser.network.isUp = false
    await client.logout({ scope: 'others' })
    client.clearTokens()
    browser.network.isUp = true
    await client.signUp({ email: `x${email}`, password: PASSWORD })
    expect(await client.logout()).toMatchObject({ ok: true, scope: 'local' })
  })

  test('signing in again while a logout waits ends the one and keeps the other', async () => {
    const { client, access } = await signUp()
    browser.network.isUp = false
    await client.logout()
    if (transport === 'cookie')
      expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({
        ok: false,
        error: { code: 'network' },
      })
    browser.network.isUp = true
    expect((await client.signIn({ email, password: PASSWORD })).ok).toBe(true)
    await client.ready()
    browser.openTab({ transport }).goOnline()
    const again = client.getState().accessToken
    await expect
      .poll(async () => {
        if (transport === 'bearer')
          for (const tab of [browser.openTab({ transport })]) await tab.client.ready()
        return works(access)
      })
      .toBe(false)
    expect(await works(again)).toBe(true)
    expect((await client.refresh()).status).toBe('signed_in')
  })
})

test('bearer, everywhere, offline for longer than the token lives: told how long it can still be done', async () => {
  const { client, goOnline } = browser.openTab({ transport: 'bearer' })
  await client.signUp({ email, password: PASSWORD })
  const { accessToken } = client.getState()
  const phone = await street.signIn({ email })
  browser.network.isUp = false
  const result = await client.logout({ scope: 'global' })
  expect(result).toMatchObject({ server: 'queued', scope: 'global' })
  expect(result.until).toBe(Math.floor(street.clock.now / 1000) * 1000 + 900_000)
  street.clock.pass(1000)
  browser.network.isUp = true
  goOnline()
  await expect.poll(() => client.getState().unconfirmed).toBe(false)
  expect(await works(accessToken)).toBe(false)
  expect(browser.asked.at(-1)?.path).toBe('/logout?scope=local')
  expect(client.getState()).toMatchObject({ status: 'signed_out', givenUp: 'global' })
  expect((await street.refresh(phone.refresh_token)).status).toBe(200)
})

test('bearer, the others, while no token can be had for it: waits on', async () => {
  const { client, show } = browser.openTab({ transport: 'bearer' })
  await client.signUp({ email, password: PASSWORD })
  const phone = await street.signIn({ email })
  browser.network.isUp = false
  await client.logout({ scope: 'others' })
  browser.network.isUp = true
  browser.network.instead = (request) =>
    request.url.includes('/token') ? Response.json({}, { status: 503 }) : undefined
  street.clock.pass(1000)
  const asked = browser.count('/token')
  show()
  await expect.poll(() => browser.count('/token')).toBeGreaterThan(asked)
  await expect
    .poll(() => JSON.parse(queued()[0]?.[1] ?? '{}').due)
    .toBeGreaterThan(street.clock.now)
  expect(client.getState()).toMatchObject({ unconfirmed: true, givenUp: null })
  browser.network.instead = undefined
  await client.refresh()
  show()
  await expect.poll(() => client.getState().unconfirmed).toBe(false)
  expect(client.getState().givenUp).toBe(null)
  expect((await street.refresh(phone.refresh_token)).status).toBe(400)
})

test('bearer, everywhere, when the session is over already: no claim that the others were ended', async () => {
  const { client } = browser.openTab({ transport: 'bearer' })
  await client.signUp({ email, password: PASSWORD })
  const { accessToken } = client.getState()
  const phone = await street.signIn({ email })
  await street.call('POST', '/logout?scope=local', { token: accessToken ?? '' })
  street.clock.pass(1000)
  expect(await client.logout({ scope: 'global' })).toMatchObject({
    ok: false,
    server: 'refused',
    error: { code: 'token_expired', status: 401 },
  })
  expect(client.getState()).toMatchObject({ status: 'signed_out', givenUp: 'global' })
  expect((await street.refresh(phone.refresh_token)).status).toBe(200)
})

test('bearer, everywhere, when the clocks differ: this session is ended all the same', async () => {
  const { client } = browser.openTab({
    transport: 'bearer',
    now: () => street.clock.now - 3600_000,
  })
  await client.signUp({ email, password: PASSWORD })
  const { sessionId } = client.getState()
  street.clock.pass(880)
  browser.network.before = async () => {}
  const slow = street.clock
  slow.pass(100)
  // By its own clock the token has expired too, so it is renewed and does what was asked.
  expect(await client.logout({ scope: 'global' })).toMatchObject({ ok: true })
  expect(await street.redis.look('EXISTS', `session:${sessionId}`)).toBe(0)
})

test('cookie: after a reload, before anything is known, the cookie alone logs out', async () => {
  const first = browser.openTab({ transport: 'cookie' })
  await first.client.signUp({ email, password: PASSWORD })
  const { accessToken } = first.client.getState()
  first.crash()
  const { client } = browser.openTab({ transport: 'cookie' })
  expect(await client.logout()).toMatchObject({ ok: true, server: 'confirmed' })
  expect(await works(accessToken)).toBe(false)
  expect(browser.cookie()).toBe('')
  expect((await client.ready()).status).toBe('signed_out')
})

test('cookie: after a reload, with no way to learn who is here, the end of the others waits', async () => {
  const tab = browser.openTab({ transport: 'cookie' })
  await tab.client.signUp({ email, password: PASSWORD })
  const phone = await street.signIn({ email })
  tab.crash()
  browser.network.isUp = false
  const { client, goOnline } = browser.openTab({ transport: 'cookie' })
  expect(await client.logout({ scope: 'others' })).toMatchObject({ server: 'queued' })
  expect(client.getState()).toMatchObject({ status: 'loading', unconfirmed: true })
  browser.network.isUp = true
  goOnline()
  await expect.poll(() => client.getState().status).toBe('signed_in')
  goOnline()
  await expect.poll(() => client.getState().unconfirmed).toBe(false)
  expect(client.getState()).toMatchObject({ status: 'signed_in', givenUp: null })
  expect(await works(phone.access_token)).toBe(false)
})

test('cookie, 503: the queued ticket can end that session and nothing else', async () => {
  const { client, goOnline } = browser.openTab({ transport: 'cookie' })
  await client.signUp({ email, password: PASSWORD })
  const { accessToken } = client.getState()
  await street.redis.fail({ kind: 'reset' })
  await client.logout()
  expect(browser.cookie()).toBe('')
  await street.redis.heal()
  // The cookie is gone, so somebody else may sign in before it is sent.
  const other = browser.openTab({ transport: 'cookie' })
  browser.network.instead = (request) =>
    request.url.includes('/logout') ? Response.json({}, { status: 503 }) : undefined
  await other.client.signUp({ email: `x${email}`, password: PASSWORD })
  expect(other.client.getState()).toMatchObject({ status: 'signed_in', unconfirmed: true })
  browser.network.instead = undefined
  goOnline()
  await expect.poll(() => other.client.getState().unconfirmed).toBe(false)
  expect(await works(accessToken)).toBe(false)
  expect((await other.client.refresh()).status).toBe('signed_in')
})

test('cookie: what ends a replaced session never ends the one after it, however late it comes', async () => {
  const { client, goOnline } = browser.openTab({ transport: 'cookie' })
  await client.signUp({ email, password: PASSWORD })
  const former = client.getState()
  browser.network.instead = (request) =>
    request.url.includes('/logout') ? Response.json({}, { status: 503 }) : undefined
  await client.signIn({ email, password: PASSWORD })
  await expect.poll(() => client.getState().unconfirmed).toBe(true)
  browser.network.instead = undefined
  street.clock.pass(3600)
  goOnline()
  await expect.poll(() => client.getState().unconfirmed).toBe(false)
  expect(await street.redis.look('EXISTS', `session:${former.sessionId}`)).toBe(0)
  expect((await client.refresh()).status).toBe('signed_in')
  expect(await client.listSessions()).toMatchObject({ ok: true, value: [{ current: true }] })
})

test('many tabs come back online while the service is still down: one of them asks', async () => {
  const tabs = [1, 2, 3, 4].map(() => browser.openTab({ transport: 'bearer' }))
  await tabs[0]?.client.signUp({ email, password: PASSWORD })
  for (const { client } of tabs) await client.ready()
  browser.network.isUp = false
  await tabs[0]?.client.logout()
  browser.network.isUp = true
  browser.network.instead = async () => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    return Response.json({}, { status: 503 })
  }
  const before = browser.count('/logout')
  for (const { goOnline } of tabs) goOnline()
  await expect.poll(() => browser.count('/logout')).toBe(before + 1)
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(browser.count('/logout')).toBe(before + 1)
})

test('cookie, localStorage full: what only this tab knows never ends a session that began in another', async () => {
  const { client, show } = browser.openTab({ transport: 'cookie' })
  await client.signUp({ email, password: PASSWORD })
  browser.network.isUp = false
  browser.room.isFull = true
  await client.logout()
  browser.room.isFull = false
  browser.network.isUp = true
  const other = browser.openTab({ transport: 'cookie', channels: false })
  await other.client.signIn({ email, password: PASSWORD })
  await expect.poll(() => browser.storage.text()).toContain(other.client.getState().sessionId)
  browser.asked.length = 0
  show()
  await expect.poll(() => client.getState()).toMatchObject({ unconfirmed: false, givenUp: 'local' })
  expect(browser.count('/logout')).toBe(0)
  expect((await other.client.refresh()).status).toBe('signed_in')
})
