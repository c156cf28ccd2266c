/** A logout that is overtaken: by another tab, by a sign-in, by the clock. It ends what it was for, or says that it did not. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
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
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const lives = async (sessionId: string | null) =>
  (await street.redis.look('EXISTS', `session:${sessionId}`)) === 1

/** Queued logouts, as they lie in localStorage. */
const queued = () => [...browser.storage.values.keys()].filter((key) => key.includes(':logout:'))

const failLogouts = (status = 503) => {
  browser.network.instead = (request) =>
    request.url.includes('/logout')
      ? Response.json({ code: status, error_code: 'unexpected_failure', msg: '' }, { status })
      : undefined
}

/** A promise that the test keeps when it likes. */
const gate = () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

/** Runs `work` while nobody waits longer than a moment for a lock that another tab holds: in a browser it is 12 seconds. */
async function withImpatientTabs<Value>(work: () => Promise<Value>): Promise<Value> {
  const real = AbortSignal.timeout.bind(AbortSignal)
  const spy = vi.spyOn(AbortSignal, 'timeout')
  spy.mockImplementation((ms) => real(ms > 10_000 ? 50 : ms))
  try {
    return await work()
  } finally {
    spy.mockRestore()
  }
}

const signUpBeside = async () => {
  const first = browser.openTab({ transport: 'cookie' })
  await first.client.signUp({ email, password: PASSWORD })
  const { sessionId } = first.client.getState()
  const second = browser.openTab({ transport: 'cookie' })
  await second.client.ready()
  return { first, second, sessionId }
}

test.each([
  ['reached the server', true],
  ['did not', false],
])(
  'cookie: another tab has done it while this one waited for an answer; the request %s: it does not come back',
  async (_, isReached) => {
    const { first, second, sessionId } = await signUpBeside()
    const { open, opened } = gate()
    browser.network.instead = async (request) => {
      if (!request.url.includes('/logout')) return street.fetch(request)
      browser.network.instead = undefined
      if (isReached) await street.fetch(request)
      await opened
      throw new TypeError('Failed to fetch')
    }
    const leaving = first.client.logout()
    await expect.poll(() => second.client.getState().status).toBe('signed_out')
    street.clock.pass(6)
    expect(await second.client.signUp({ email: `x${email}`, password: PASSWORD })).toMatchObject({
      ok: true,
    })
    expect(await lives(sessionId)).toBe(false)
    const { sessionId: next } = second.client.getState()
    await expect.poll(() => first.client.getState().sessionId).toBe(next)
    open()
    expect(await leaving).toMatchObject({ ok: false })
    expect(queued()).toEqual([])
    expect(first.client.getState()).toMatchObject({ unconfirmed: false, givenUp: null })

    const count = browser.count('/logout')
    street.clock.pass(20)
    first.goOnline()
    expect((await first.client.refresh()).status).toBe('signed_in')
    expect(browser.count('/logout')).toBe(count)
    expect(await lives(next)).toBe(true)
  },
)

test('cookie: a ticket that comes after another tab gave it up ends that session all the same', async () => {
  const { first, second, sessionId } = await signUpBeside()
  browser.network.instead = async (request) => {
    if (!request.url.includes('/logout')) return undefined as never
    browser.network.instead = undefined
    await street.redis.fail({ kind: 'reset' })
    const answer = await street.fetch(request)
    await street.redis.heal()
    for (const key of queued()) browser.storage.removeItem(key)
    return answer
  }
  expect(await first.client.logout()).toMatchObject({ server: 'queued' })
  expect(await lives(sessionId)).toBe(true)
  expect(await second.client.signUp({ email: `x${email}`, password: PASSWORD })).toMatchObject({
    ok: true,
  })
  first.goOnline()
  await expect.poll(() => lives(sessionId)).toBe(false)
  expect((await second.client.refresh()).status).toBe('signed_in')
})

test('bearer: another tab has seen to it while a new token was asked for: it does not come back', async () => {
  const { client } = browser.openTab({ transport: 'bearer' })
  await client.signUp({ email, password: PASSWORD })
  failLogouts(401)
  browser.network.before = async ({ url }) => {
    if (!url.includes('/token')) return
    for (const key of queued()) browser.storage.removeItem(key)
    failLogouts(503)
  }
  await client.logout()
  expect(browser.count('/logout')).toBe(2)
  expect(queued()).toEqual([])
})

describe.each(['cookie', 'bearer'] as const)('%s: the end of the others waits', (transport) => {
  const queueOthers = async () => {
    const { client } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    failLogouts()
    expect(await client.logout({ scope: 'others' })).toMatchObject({ server: 'queued' })
    browser.network.instead = undefined
    return client
  }

  test('and the same person signs in anew: it is given up, and said to be', async () => {
    const client = await queueOthers()
    expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: true })
    expect(client.getState()).toMatchObject({ unconfirmed: false, givenUp: 'others' })
    await client.logout({ scope: 'others' })
    expect(client.getState()).toMatchObject({ status: 'signed_in', givenUp: null })
  })

  test('and somebody else signs in: nothing is said to that one', async () => {
    const client = await queueOthers()
    await client.signUp({ email: `x${email}`, password: PASSWORD })
    expect(client.getState()).toMatchObject({ unconfirmed: false, givenUp: null })
  })

  test('a tab that has not heard of its session leaves it alone', async () => {
    const late = browser.openTab({ transport, channels: false })
    expect((await late.client.ready()).status).toBe('signed_out')
    const hear = late.window.listeners.get('storage')
    late.window.listeners.delete('storage')
    const client = await queueOthers()
    late.window.listeners.set('storage', hear ?? new Set())
    late.window.fire('storage', { key: queued()[0] ?? '' })
    expect(queued()).toHaveLength(1)
    expect(client.getState()).toMatchObject({ unconfirmed: true, givenUp: null })
    await expect.poll(() => late.client.getState().status).toBe('signed_in')
    late.goOnline()
    await expect.poll(() => client.getState().unconfirmed).toBe(false)
    expect(client.getState().givenUp).toBe(null)
  })
})

describe.each(['session', 'memory'] as const)(
  'bearer, %s: a session that one tab has',
  (storage) => {
    const queueOthers = async () => {
      const first = browser.openTab({ transport: 'bearer', storage })
      await first.client.signUp({ email, password: PASSWORD })
      const phone = await street.signIn({ email })
      failLogouts()
      expect(await first.client.logout({ scope: 'others' })).toMatchObject({ server: 'queued' })
      const accessToken = first.client.getState().accessToken ?? ''
      return { ...first, accessToken, phone: phone.access_token }
    }

    test.each(['session', 'local'] as const)(
      'another tab, with %s, does not give up the end of the others',
      async (other) => {
        const { client, goOnline, phone } = await queueOthers()
        const second = browser.openTab({ transport: 'bearer', storage: other })
        await second.client.ready()
        second.goOnline()
        await second.client.logout()
        expect(second.client.getState()).toMatchObject({ unconfirmed: false, givenUp: null })
        expect(client.getState()).toMatchObject({ unconfirmed: true, unsaved: true, givenUp: null })
        browser.network.instead = undefined
        goOnline()
        await expect.poll(() => client.getState().unconfirmed).toBe(false)
        expect(client.getState()).toMatchObject({ unsaved: false, givenUp: null })
        expect((await street.call('GET', '/user', { token: phone })).status).toBe(401)
      },
    )

    test('nor does it give up that of a session that tabs share', async () => {
      const shared = browser.openTab({ transport: 'bearer' })
      await shared.client.signUp({ email, password: PASSWORD })
      failLogouts()
      await shared.client.logout({ scope: 'others' })
      const second = browser.openTab({ transport: 'bearer', storage })
      await second.client.ready()
      second.goOnline()
      expect(await second.client.logout()).toMatchObject({ ok: true })
      expect(queued()).toHaveLength(1)
      expect(shared.client.getState()).toMatchObject({ unconfirmed: true, givenUp: null })
    })

    test('it leaves nothing behind that nobody can send', async () => {
      const { crash } = await queueOthers()
      crash()
      const { client } = browser.openTab({ transport: 'bearer', storage })
      expect(await client.ready()).toMatchObject({ unconfirmed: false, givenUp: null })
    })

    test('and gives it up itself at once when that session is gone, so that the page may be left', async () => {
      const { client, accessToken } = await queueOthers()
      await street.call('POST', '/logout?scope=local', { token: accessToken })
      await client.refresh()
      expect(client.getState()).toMatchObject({
        status: 'signed_out',
        unconfirmed: false,
        unsaved: false,
        givenUp: 'others',
      })
      expect(browser.storage.text()).toContain('given-up')
    })
  },
)

describe('cookie: a sign-in in another tab is on its way', () => {
  const overtake = async () => {
    const { first, second, sessionId } = await signUpBeside()
    await browser.settled()
    const { open, opened } = gate()
    browser.network.before = async ({ url }) => (url.includes('/signup') ? opened : undefined)
    const entering = second.client.signUp({ email: `x${email}`, password: PASSWORD })
    await expect.poll(() => browser.asked.at(-1)).toMatchObject({ path: '/signup', status: 200 })
    failLogouts()
    const left = await withImpatientTabs(() => first.client.logout())
    expect(left).toMatchObject({ server: 'queued' })
    browser.network.instead = undefined
    open()
    expect(await entering).toMatchObject({ ok: true })
    return { first, second, sessionId, next: second.client.getState().sessionId }
  }

  test.each(['cookie', 'bearer'] as const)(
    'the logout that waits is not sent with its cookie, but given up: by a tab with %s',
    async (transport) => {
      const { first, second, next } = await overtake()
      if (transport === 'bearer') {
        first.crash()
        second.crash()
      }
      const third = browser.openTab({ transport })
      await third.client.ready()
      third.goOnline()
      await expect
        .poll(() => third.client.getState())
        .toMatchObject({ unconfirmed: false, givenUp: 'local' })
      const byCookie = browser.asked.filter(
        ({ path, headers }) => path.startsWith('/logout') && !headers.has('Authorization'),
      )
      expect(byCookie).toHaveLength(1)
      expect(await lives(next)).toBe(true)
    },
  )

  test('nor is it, when somebody without a session here asks to be logged out', async () => {
    const { next } = await overtake()
    const { client } = browser.openTab({ transport: 'bearer' })
    expect(await client.logout()).toMatchObject({ ok: false, server: 'refused' })
    expect(client.getState()).toMatchObject({ unconfirmed: false, givenUp: 'local' })
    expect(await lives(next)).toBe(true)
  })
})

describe('cookie, without localStorage', () => {
  test('what only this tab knows never ends a session that began in another', async () => {
    const first = browser.openTab({ transport: 'cookie', local: 'missing' })
    await first.client.signUp({ email, password: PASSWORD })
    const second = browser.openTab({ transport: 'cookie', local: 'missing' })
    await second.client.ready()
    failLogouts()
    expect(await first.client.logout()).toMatchObject({ server: 'queued', until: null })
    await expect.poll(() => second.client.getState().status).toBe('signed_out')
    browser.network.instead = undefined
    await second.client.signUp({ email: `x${email}`, password: PASSWORD })
    const { sessionId: next } = second.client.getState()
    await browser.settled()
    first.goOnline()
    await expect
      .poll(() => first.client.getState())
      .toMatchObject({ unconfirmed: false, givenUp: 'local' })
    expect(browser.count('/logout')).toBe(1)
    expect(await lives(next)).toBe(true)
  })

  test('a tab that has only heard of a session ends it by its cookie', async () => {
    const first = browser.openTab({ transport: 'cookie', local: 'missing' })
    const second = browser.openTab({ transport: 'cookie', local: 'missing' })
    browser.network.instead = (request) =>
      request.url.includes('/token') ? Response.json({}, { status: 503 }) : undefined
    await second.client.refresh()
    await first.client.signUp({ email, password: PASSWORD })
    const { sessionId } = first.client.getState()
    await browser.settled()
    expect(second.client.getState().status).toBe('loading')
    expect(await second.client.logout()).toMatchObject({ server: 'confirmed', sessionsEnded: 1 })
    expect(await lives(sessionId)).toBe(false)
  })
})

describe.each(['cookie', 'bearer'] as const)(
  '%s: a logout while a sign-in is on its way wins',
  (transport) => {
    test.each([
      ['somebody is signed in', true],
      ['nobody is', false],
    ])('%s: the session that it brings is ended', async (_, isIn) => {
      const { client } = browser.openTab({ transport })
      await client.signUp({ email, password: PASSWORD })
      if (!isIn) await client.logout()
      const { open, opened } = gate()
      browser.network.before = async ({ url }) => {
        if (url.includes('grant_type=password')) await opened
      }
      const entering = client.signIn({ email, password: PASSWORD })
      await expect.poll(() => browser.asked.at(-1)?.path).toContain('grant_type=password')
      await expect.poll(() => browser.asked.at(-1)?.status).toBe(200)
      await withImpatientTabs(() => client.logout())
      open()
      expect(await entering).toMatchObject({ ok: false, error: { code: 'no_authorization' } })
      expect(client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'logout' })
      await expect.poll(() => street.redis.look('KEYS', 'session:????????-*')).toEqual([])
      expect(browser.storage.text()).not.toContain('eyJ')
      browser.network.before = undefined
      expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: true })
    })
  },
)

test.each(['cookie', 'bearer'] as const)(
  '%s: the others were given up, and a new password has ended them since: that is said no longer',
  async (transport) => {
    const { client } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    failLogouts(403)
    await client.logout({ scope: 'others' })
    expect(client.getState().givenUp).toBe('others')
    await client.updateUser({ data: { a: 1 } })
    expect(client.getState().givenUp).toBe('others')
    const change = { password: 'another horse entirely', logout: 'others' } as const
    expect(await client.updateUser(change)).toMatchObject({ ok: true })
    expect(client.getState()).toMatchObject({ status: 'signed_in', givenUp: null })
  },
)

describe('a change that ends all sessions', () => {
  test('cookie: does not throw out who has signed in meanwhile', async () => {
    const { first, second, sessionId } = await signUpBeside()
    const { open, opened } = gate()
    browser.network.before = async ({ method }) => (method === 'PUT' ? opened : undefined)
    const change = first.client.updateUser({ data: { a: 1 }, logout: 'global' })
    await expect.poll(() => lives(sessionId)).toBe(false)
    await second.client.signUp({ email: `x${email}`, password: PASSWORD })
    const { sessionId: next } = second.client.getState()
    await expect.poll(() => first.client.getState().sessionId).toBe(next)
    open()
    expect(await change).toMatchObject({ ok: true })
    const isIn = { status: 'signed_in', sessionId: next }
    expect(await first.client.refresh()).toMatchObject(isIn)
    expect(second.client.getState()).toMatchObject(isIn)
  })

  test('cookie: that one is asked for, and goes if it was ended too', async () => {
    const { first, second } = await signUpBeside()
    const { open, opened } = gate()
    browser.network.instead = async (request) => {
      // What ends the session that the sign-in replaces is late, so the change reaches the server in its name.
      if (request.url.includes('/logout')) return Response.json({}, { status: 503 })
      if (request.method === 'PUT') await opened
      return street.fetch(request)
    }
    const change = first.client.updateUser({ data: { a: 1 }, logout: 'global' })
    await expect.poll(() => browser.asked.at(-1)?.method).toBe('PUT')
    await second.client.signIn({ email, password: PASSWORD })
    const { sessionId: next } = second.client.getState()
    await expect.poll(() => first.client.getState().sessionId).toBe(next)
    open()
    expect(await change).toMatchObject({ ok: true })
    expect(await lives(next)).toBe(false)
    const isOut = { status: 'signed_out', endedBecause: 'elsewhere' }
    await expect.poll(() => first.client.getState()).toMatchObject(isOut)
    await expect.poll(() => second.client.getState()).toMatchObject(isOut)
  })

  test.each(['cookie', 'bearer'] as const)(
    '%s: the end of the others, which waited, is done with it',
    async (transport) => {
      const { client, goOnline } = browser.openTab({ transport })
      await client.signUp({ email, password: PASSWORD })
      failLogouts()
      await client.logout({ scope: 'others' })
      expect(await client.updateUser({ data: { a: 1 }, logout: 'global' })).toMatchObject({
        ok: true,
      })
      const after = { status: 'signed_out', unconfirmed: false, givenUp: null }
      expect(client.getState()).toMatchObject(after)
      goOnline()
      await client.ready()
      expect(client.getState()).toMatchObject(after)
      expect(queued()).toEqual([])
    },
  )
})

describe('cookie: nobody is signed in here, and a cookie is there', () => {
  const cutSignUp = async () => {
    const tab = browser.openTab({ transport: 'cookie' })
    await tab.client.ready()
    browser.network.instead = async (request) => {
      const { headers } = await street.fetch(request)
      return new Response('{"access_tok', { headers })
    }
    expect(await tab.client.signUp({ email, password: PASSWORD })).toMatchObject({ ok: false })
    browser.network.instead = undefined
    expect(tab.client.getState().status).toBe('signed_out')
    return tab
  }
  /** The service lets her in; of its answer only the cookie comes. */
  const cutSignIn = async ({ client }: Tab) => {
    browser.network.instead = async (request) => {
      if (!request.url.includes('grant_type=password')) return undefined
      const { headers } = await street.fetch(request)
      return new Response('{"access_tok', { headers })
    }
    expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: false })
    browser.network.instead = undefined
  }
  const clearTokens = async () => {
    const tab = browser.openTab({ transport: 'cookie' })
    await tab.client.signUp({ email, password: PASSWORD })
    tab.client.clearTokens()
    return tab
  }
  /** Ids of those that live. */
  const sessions = async () => {
    const keys = (await street.redis.look('KEYS', 'session:*')) as string[]
    return keys.filter((key) => /^session:[^:]+$/.test(key))
  }

  test.each([
    ['its tokens were forgotten', clearTokens],
    ['the answer to its sign-up was cut', cutSignUp],
  ])('%s: a logout asks, also after the page was left', async (_, leaveCookie) => {
    for (const isLeft of [false, true]) {
      browser = openBrowser(street)
      email = `${crypto.randomUUID()}@example.com`
      const tab = await leaveCookie()
      expect(await sessions()).toHaveLength(1)
      expect(browser.cookie()).not.toBe('')
      if (isLeft) tab.crash()
      const { client } = isLeft ? browser.openTab({ transport: 'cookie' }) : tab
      expect((await client.ready()).status).toBe('signed_out')
      failLogouts()
      expect(await client.logout()).toMatchObject({ server: 'queued' })
      browser.network.instead = undefined
      expect(await client.logout()).toMatchObject({ ok: true, server: 'confirmed' })
      expect(await sessions()).toEqual([])
      expect(browser.cookie()).toBe('')
      const count = browser.count('/logout')
      expect(await client.logout()).toMatchObject({ ok: true, sessionsEnded: 0 })
      expect(browser.count('/logout')).toBe(count)
    }
  })

  test('the answer to a sign-in was cut, in a tab that knows of the cookie before: a logout ends what it left', async () => {
    const tab = browser.openTab({ transport: 'cookie' })
    await tab.client.signUp({ email, password: PASSWORD })
    expect(await tab.client.logout()).toMatchObject({ server: 'confirmed' })
    await cutSignIn(tab)
    expect(await sessions()).toHaveLength(1)
    expect(await tab.client.logout()).toMatchObject({ server: 'confirmed', sessionsEnded: 1 })
    expect(await sessions()).toEqual([])
  })

  test('the answer to a sign-in beside a session was cut: one logout ends both', async () => {
    const tab = browser.openTab({ transport: 'cookie' })
    await tab.client.signUp({ email, password: PASSWORD })
    await cutSignIn(tab)
    expect(tab.client.getState().status).toBe('signed_in')
    expect(await sessions()).toHaveLength(2)
    expect(await tab.client.logout()).toMatchObject({ server: 'confirmed' })
    expect(await sessions()).toEqual([])
    expect(tab.client.getState()).toMatchObject({ unconfirmed: false, givenUp: null })
  })

  test('and where the end of that sign-in cannot be sent, nothing is claimed', async () => {
    const tab = browser.openTab({ transport: 'cookie' })
    await tab.client.signUp({ email, password: PASSWORD })
    await cutSignIn(tab)
    // By the cookie alone: what goes by a token is for the session before.
    browser.network.instead = ({ url, headers }) =>
      url.includes('/logout') && !headers.has('Authorization')
        ? Promise.reject(new TypeError('Failed to fetch'))
        : undefined
    expect(await tab.client.logout()).toMatchObject({ ok: false, server: 'queued' })
    browser.network.instead = undefined
    tab.goOnline()
    await expect.poll(sessions).toEqual([])
  })

  test.each([
    ['local', { ok: true, server: 'confirmed', sessionsEnded: 0 }],
    ['global', { ok: false, server: 'refused', error: { code: 'no_authorization' } }],
  ] as const)('%s: where there is none after all, nothing was given up', async (scope, result) => {
    const { client } = await clearTokens()
    browser.setCookie('')
    expect(await client.logout({ scope })).toMatchObject(result)
    expect(client.getState()).toMatchObject({ unconfirmed: false, givenUp: null })
    expect(queued()).toEqual([])
  })
})

describe.each(['cookie', 'bearer'] as const)('%s: the clock was set back', (transport) => {
  test('what the page before has left is sent all the same, and said meanwhile', async () => {
    const tab = browser.openTab({ transport })
    await tab.client.signUp({ email, password: PASSWORD })
    const { sessionId } = tab.client.getState()
    browser.network.instead = () => new Promise<Response>(() => {})
    void tab.client.logout()
    await expect.poll(() => browser.count('/logout')).toBe(1)
    tab.crash()
    browser.network.instead = undefined
    street.clock.pass(-3600)
    const { client } = browser.openTab({ transport })
    expect(await client.ready()).toMatchObject({ status: 'signed_out', unconfirmed: true })
    await expect.poll(() => client.getState().unconfirmed, { timeout: 5000 }).toBe(false)
    expect(await lives(sessionId)).toBe(false)
  })

  test('by a month: no timer is set for longer than a browser can wait, since that would go off at once', async () => {
    const { client } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    failLogouts()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await client.logout()
    street.clock.pass(-40 * 86400)
    const set = vi.spyOn(globalThis, 'setTimeout')
    await vi.advanceTimersByTimeAsync(1200)
    await browser.settled()
    const delays = set.mock.calls.map(([, ms = 0]) => ms)
    expect(delays).not.toEqual([])
    expect(delays.filter((ms) => ms > 2 ** 31 - 1)).toEqual([])
    client.dispose()
  })
})

test('the logout that waits names its session, so it ends none that began in another app of the same site', async () => {
  const [one, two] = ['https://one.example.com', 'https://two.example.com']
  const service = await openService({ env: { CORS_ORIGINS: `${one},${two}` } })
  const appAt = (origin: string) => {
    const app = openBrowser(service)
    app.network.instead = (request) => {
      request.headers.set('Sec-Fetch-Site', 'same-site')
      return service.fetch(request)
    }
    return { app, tab: app.openTab({ url: ISSUER, origin, transport: 'cookie' }) }
  }
  const first = appAt(one)
  const second = appAt(two)
  await first.tab.client.signUp({ email, password: PASSWORD })
  first.app.network.isUp = false
  expect(await first.tab.client.logout()).toMatchObject({ ok: false })
  // The site has one cookie.
  second.app.setCookie(first.app.cookie())
  expect(await second.tab.client.signUp({ email: `x${email}`, password: PASSWORD })).toMatchObject({
    ok: true,
  })
  const { sessionId: later } = second.tab.client.getState()
  first.app.setCookie(second.app.cookie())
  first.app.network.isUp = true

  first.tab.goOnline()

  await expect.poll(() => first.tab.client.getState().givenUp).toBe('local')
  expect(first.tab.client.getState()).toMatchObject({ unconfirmed: false })
  expect(await service.redis.look('EXISTS', `session:${later}`)).toBe(1)
})

test('cookie: the others, by a tab that has not heard of the sign-in: it asks who is here first', async () => {
  const first = browser.openTab({ transport: 'cookie' })
  const second = browser.openTab({ transport: 'cookie' })
  await first.client.ready()
  await second.client.ready()
  for (const channel of second.channels) channel.onmessage = null
  second.window.listeners.clear()
  await first.client.signUp({ email, password: PASSWORD })
  const phone = await street.signIn({ email })

  expect(await second.client.logout({ scope: 'others' })).toMatchObject({
    ok: true,
    sessionsEnded: 1,
  })

  expect((await street.call('GET', '/user', { token: phone.access_token })).status).toBe(401)
  expect(first.client.getState().givenUp).toBe(null)
})
