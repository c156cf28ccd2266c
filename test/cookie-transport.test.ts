/** The refresh token in a cookie: how it is set, used and cleared, and by whom it cannot be used. */

import { beforeEach, describe, expect, test } from 'vitest'
import { post } from './support/oauth-clients.ts'
import {
  type Answer,
  claimsOf,
  ISSUER,
  openStreet,
  PASSWORD,
  type Street,
} from './support/street.ts'

const NAME = '__Host-curfew-refresh'
const OWN = 'http://localhost'
const LISTED = 'https://app.example.com'
const SAME_ORIGIN = { Origin: OWN, 'Sec-Fetch-Site': 'same-origin' }
const CLEARED = `${NAME}=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict`

let street: Street

beforeEach(async () => {
  street = await openStreet({ env: { CORS_ORIGINS: LISTED } })
})

interface Asking {
  body?: unknown
  token?: string
  cookie?: string
  transport?: string | null
  headers?: Record<string, string>
}

/** A page's call: of the own origin and with the header, unless told otherwise. */
function page(path: string, { body, token, cookie, transport, headers }: Asking = {}) {
  return street.call('POST', path, {
    token,
    body,
    headers: {
      ...SAME_ORIGIN,
      ...(transport === null ? {} : { 'X-Curfew-Transport': transport ?? 'cookie' }),
      ...(cookie === undefined ? {} : { Cookie: `other=1; ${NAME}=${cookie}` }),
      ...headers,
    },
  })
}

const setCookies = (answer: Answer): string[] => answer.headers.getSetCookie()
const cookieOf = (answer: Answer): string =>
  setCookies(answer)[0]?.match(new RegExp(`^${NAME}=([^;]+)`))?.[1] ?? ''

async function signUp(transport = 'cookie') {
  const email = `${crypto.randomUUID()}@example.com`
  const answer = await page('/signup', { body: { email, password: PASSWORD }, transport })
  expect(answer.status).toBe(200)
  return { email, answer, cookie: cookieOf(answer), access: String(answer.body.access_token) }
}

const refresh = (cookie?: string, more: Asking = {}) =>
  page('/token?grant_type=refresh_token', {
    body: {},
    ...(cookie === undefined ? {} : { cookie }),
    ...more,
  })
const user = async (token: string) => (await street.call('GET', '/user', { token })).status

describe('set', () => {
  test('on sign-up, sign-in and refresh, with every attribute, and never in the body', async () => {
    const { email, answer, cookie } = await signUp()
    const signedIn = await page('/token', {
      body: { grant_type: 'password', email, password: PASSWORD },
    })
    const refreshed = await refresh(cookie)
    for (const one of [answer, signedIn, refreshed]) {
      expect(one.status).toBe(200)
      expect(one.body).not.toHaveProperty('refresh_token')
      expect(one.body).toHaveProperty('access_token')
      expect(setCookies(one)).toEqual([
        expect.stringMatching(
          new RegExp(
            `^${NAME}=[\\w-]{119}; Max-Age=${7 * 86400}; Path=/; HttpOnly; Secure; SameSite=Strict$`,
          ),
        ),
      ])
    }
    expect(cookieOf(refreshed)).not.toBe(cookie)
  })

  test('until the session ends, not longer', async () => {
    let { cookie } = await signUp()
    for (let day = 6; day <= 24; day += 6) {
      street.clock.pass(6 * 86400)
      cookie = cookieOf(await refresh(cookie))
    }
    street.clock.pass(86400)
    const last = await refresh(cookie)
    expect(setCookies(last)[0]).toContain(`; Max-Age=${5 * 86400};`)
  })

  test('until the browser closes, when asked', async () => {
    const { answer, cookie } = await signUp('session-cookie')
    expect(setCookies(answer)[0]).toMatch(
      /=[\w-]{119}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    )
    const refreshed = await refresh(cookie, { transport: 'session-cookie' })
    expect(setCookies(refreshed)[0]).not.toContain('Max-Age')
  })

  test('on a refresh with a token in the body, which moves it into the cookie', async () => {
    const { refresh_token } = await street.signUp()
    const moved = await refresh(undefined, { body: { refresh_token } })
    expect(moved.status).toBe(200)
    expect((await refresh(cookieOf(moved))).status).toBe(200)
  })

  test('never without the header; an unknown one is a mistake', async () => {
    const body = { email: `${crypto.randomUUID()}@example.com`, password: PASSWORD }
    const plain = await page('/signup', { body, transport: null })
    expect(plain.body).toHaveProperty('refresh_token')
    expect(setCookies(plain)).toEqual([])
    const wrong = await page('/token?grant_type=password', { body, transport: 'pigeon' })
    expect(wrong.status).toBe(400)
    expect(wrong.body.error_code).toBe('validation_failed')
  })
})

describe('refresh', () => {
  test('without the header the cookie is ignored', async () => {
    const { cookie } = await signUp()
    const ignored = await refresh(cookie, { transport: null })
    expect(ignored.status).toBe(422)
    expect(setCookies(ignored)).toEqual([])
    expect((await refresh(cookie)).status).toBe(200)
  })

  test('a forged, ended or replaced cookie is refused and cleared', async () => {
    const { cookie, access } = await signUp()
    const forged = await refresh(`${cookie.slice(0, -3)}AAA`)
    expect(forged.status).toBe(400)
    expect(forged.body.error_code).toBe('refresh_token_not_found')
    expect(setCookies(forged)).toEqual([CLEARED])

    const next = cookieOf(await refresh(cookie))
    street.clock.pass(31)
    const reused = await refresh(cookie)
    expect(reused.status).toBe(400)
    expect(setCookies(reused)).toEqual([CLEARED])
    expect(await user(access)).toBe(401)
    expect((await refresh(next)).status).toBe(400)
  })

  test('without a cookie there is nobody: 400, and nothing to clear', async () => {
    const answer = await refresh()
    expect(answer.status).toBe(400)
    expect(answer.body.error_code).toBe('refresh_token_not_found')
    expect(setCookies(answer)).toEqual([])
  })

  test('a 503 or 429 keeps the cookie', async () => {
    street = await openStreet({ env: { LIMIT_REFRESH: '1/300' } })
    const { cookie } = await signUp()
    await street.redis.fail({ kind: 'reset' })
    const down = await refresh(cookie)
    expect(down.status).toBe(503)
    expect(setCookies(down)).toEqual([])
    await street.redis.heal()
    expect((await refresh(cookie)).status).toBe(200)
    const full = await refresh(cookie)
    expect(full.status).toBe(429)
    expect(setCookies(full)).toEqual([])
  })
})

describe('logout', () => {
  test('by access token clears the cookie too', async () => {
    const { cookie, access } = await signUp()
    const answer = await page('/logout?scope=local', { cookie, token: access })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ scope: 'local', sessions_ended: 1 })
    expect(setCookies(answer)).toEqual([CLEARED])
    expect((await refresh(cookie)).status).toBe(400)
  })

  test.each(['local', 'global', 'others'] as const)('%s by the cookie alone', async (scope) => {
    const { email, cookie, access } = await signUp()
    const other = await street.signIn({ email })
    street.clock.pass(1000)
    const answer = await page(`/logout?scope=${scope}`, { cookie })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ scope, sessions_ended: scope === 'global' ? 2 : 1 })
    expect(setCookies(answer)).toEqual(scope === 'others' ? [] : [CLEARED])
    const [mine, theirs] = [await refresh(cookie), await street.refresh(other.refresh_token)]
    expect(mine.status).toBe(scope === 'others' ? 200 : 400)
    expect(theirs.status).toBe(scope === 'local' ? 200 : 400)
    void access
  })

  test('without a scope it is as without cookies', async () => {
    const { email, cookie } = await signUp()
    const other = await street.signIn({ email })
    expect((await page('/logout', { cookie })).body).toMatchObject({ scope: 'global' })
    expect((await street.refresh(other.refresh_token)).status).toBe(400)
  })

  test('of all devices at /logout/all', async () => {
    const { email, cookie } = await signUp()
    const other = await street.signIn({ email })
    const answer = await page('/logout/all', { cookie })
    expect(answer.body.message).toBe('Logged out from all devices')
    expect((await street.refresh(other.refresh_token)).status).toBe(400)
  })

  test('an expired access token leaves it to the cookie, which can do more', async () => {
    const { email, cookie, access } = await signUp()
    const other = await street.signIn({ email })
    street.clock.pass(1000)
    expect((await page('/logout?scope=global', { token: access })).status).toBe(401)
    const answer = await page('/logout?scope=global', { token: access, cookie })
    expect(answer.body).toMatchObject({ scope: 'global', sessions_ended: 2 })
    expect((await street.refresh(other.refresh_token)).status).toBe(400)
  })

  test.each(['local', 'others', 'global'])(
    'a revoked access token leaves it to the cookie of its session: %s',
    async (scope) => {
      const { email, cookie, access } = await signUp()
      const other = await street.signIn({ email })
      const newest = await refresh(cookie)
      const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
      await street.call('POST', '/revoke', { body: `token=${access}`, headers: form })
      expect(await user(access)).toBe(401)

      const answer = await page(`/logout?scope=${scope}`, {
        token: access,
        cookie: cookieOf(newest),
      })

      expect(answer.body).toMatchObject({ scope, sessions_ended: scope === 'global' ? 2 : 1 })
      const [own, others] = [
        await user(String(newest.body.access_token)),
        await user(other.access_token),
      ]
      expect([own, others]).toEqual(
        { local: [401, 200], others: [200, 401], global: [401, 401] }[scope],
      )
      expect((await refresh(cookieOf(newest))).status).toBe(scope === 'others' ? 200 : 400)
    },
  )

  test('a replaced cookie still ends its own session', async () => {
    const { cookie, access } = await signUp()
    await refresh(cookie)
    street.clock.pass(31)
    const answer = await page('/logout?scope=local', { cookie })
    expect(answer.body).toMatchObject({ scope: 'local', sessions_ended: 1 })
    expect(await user(access)).toBe(401)
  })

  test('a replaced cookie ends no other session: it is reuse, and ends its own', async () => {
    const { email, cookie, access } = await signUp()
    const other = await street.signIn({ email })
    const within = await refresh(cookie)
    street.clock.pass(31)
    for (const scope of ['global', 'others']) {
      const { cookie: old, access: its } = scope === 'global' ? { cookie, access } : await again()
      const answer = await page(`/logout?scope=${scope}`, { cookie: old })
      expect(answer.status).toBe(400)
      expect(answer.body.error_code).toBe('refresh_token_not_found')
      // What is refused for good needs no second try.
      expect(answer.body).not.toHaveProperty('logout_ticket')
      expect(await user(its)).toBe(401)
      expect(await user(other.access_token)).toBe(200)
    }
    expect((await refresh(cookieOf(within))).status).toBe(400)
    const log = await street.redis.look('XRANGE', `audit:${claimsOf(access).sub}`, '-', '+')
    expect(JSON.stringify(log)).toContain('refresh_token_reused')

    async function again() {
      const signedIn = await page('/token', {
        body: { grant_type: 'password', email, password: PASSWORD },
      })
      await refresh(cookieOf(signedIn))
      street.clock.pass(31)
      return { cookie: cookieOf(signedIn), access: String(signedIn.body.access_token) }
    }
  })

  test('a cookie replaced a moment ago counts as present', async () => {
    const { email, cookie } = await signUp()
    const other = await street.signIn({ email })
    await refresh(cookie)
    street.clock.pass(30)
    expect((await page('/logout?scope=global', { cookie })).status).toBe(200)
    expect(await user(other.access_token)).toBe(401)
  })

  test('can be repeated, and a dead cookie bumps no version', async () => {
    const { cookie, access } = await signUp()
    await page('/logout?scope=local', { cookie })
    const version = await street.redis.look('GET', `token_version:${claimsOf(access).sub}`)
    const again = await page('/logout?scope=global', { cookie })
    expect(again.status).toBe(200)
    expect(again.body).toMatchObject({ sessions_ended: 0 })
    expect(setCookies(again)).toEqual([CLEARED])
    expect(await street.redis.look('GET', `token_version:${claimsOf(access).sub}`)).toBe(version)
  })

  test('a forged cookie asks nothing of Redis, and is cleared', async () => {
    const { cookie } = await signUp()
    await street.settled()
    await street.redis.forget()
    const answer = await page('/logout?scope=global', { cookie: `B${cookie.slice(1)}` })
    expect(answer.status).toBe(401)
    expect(setCookies(answer)).toEqual([CLEARED])
    expect(await street.redis.requests()).toEqual([])
  })

  test('without the header the cookie is ignored', async () => {
    const { cookie, access } = await signUp()
    const answer = await page('/logout?scope=local', { cookie, transport: null })
    expect(answer.status).toBe(401)
    expect(setCookies(answer)).toEqual([])
    expect(await user(access)).toBe(200)
  })

  test("leaves another session's cookie alone", async () => {
    const mine = await signUp()
    const theirs = await signUp()
    const answer = await page('/logout?scope=local', { token: mine.access, cookie: theirs.cookie })
    expect(answer.status).toBe(200)
    expect(setCookies(answer)).toEqual([])
    expect(await user(mine.access)).toBe(401)
    expect((await refresh(theirs.cookie)).status).toBe(200)
  })

  test("with a revoked access token ends nothing by another session's cookie", async () => {
    const mine = await signUp()
    const theirs = await signUp()
    expect((await post(street, '/revoke', { token: mine.access })).status).toBe(200)
    const asked = { token: mine.access, cookie: theirs.cookie }
    const answer = await page('/logout?scope=global', asked)
    expect(answer.status).toBe(401)
    expect(answer.body.error_code).toBe('session_not_found')
    expect(setCookies(answer)).toEqual([])
    expect(await user(theirs.access)).toBe(200)
    expect((await refresh(theirs.cookie)).status).toBe(200)
  })
})

describe('a logout that Redis does not confirm', () => {
  const fail = async (scope: string, more: Asking) => {
    await street.redis.fail({ kind: 'reset' })
    const answer = await page(`/logout?scope=${scope}`, more)
    await street.redis.heal()
    return answer
  }

  test.each(['reset', 'hang', 'garbage'] as const)(
    'clears the cookie all the same: %s',
    async (kind) => {
      const { cookie, access } = await signUp()
      await street.redis.fail({ kind })
      const answer = await page('/logout?scope=local', { cookie })
      await street.redis.heal()
      expect(answer.status).toBe(503)
      expect(answer.headers.get('Retry-After')).toBe('2')
      expect(setCookies(answer)).toEqual([CLEARED])
      expect(await user(access)).toBe(200)
    },
  )

  test.each([true, false])(
    'gives a ticket that ends it later; with access token: %s',
    async (with_) => {
      const { email, cookie, access } = await signUp()
      const other = await street.signIn({ email })
      const failed = await fail('local', { cookie, ...(with_ ? { token: access } : {}) })
      const ticket = String(failed.body.logout_ticket)
      expect(ticket).not.toBe(cookie)
      street.clock.pass(3600)
      const answer = await page('/logout?scope=global', { body: { ticket } })
      expect(answer.status).toBe(200)
      // Its own scope, whatever the query says.
      expect(answer.body).toMatchObject({ scope: 'local', sessions_ended: 1 })
      expect((await refresh(cookie)).status).toBe(400)
      expect((await street.refresh(other.refresh_token)).status).toBe(200)
    },
  )

  test('a ticket for all devices ends all', async () => {
    const { email, cookie } = await signUp()
    const other = await street.signIn({ email })
    const failed = await fail('global', { cookie })
    const answer = await page('/logout', { body: { ticket: failed.body.logout_ticket } })
    expect(answer.body).toMatchObject({ scope: 'global', sessions_ended: 2 })
    expect((await street.refresh(other.refresh_token)).status).toBe(400)
  })

  test('a ticket is no refresh token, and a refresh token no ticket', async () => {
    const { cookie } = await signUp()
    const failed = await fail('local', { cookie })
    const ticket = String(failed.body.logout_ticket)
    expect((await refresh(ticket)).status).toBe(400)
    expect((await refresh(undefined, { body: { refresh_token: ticket } })).status).toBe(400)
    expect((await page('/logout', { body: { ticket: cookie } })).status).toBe(401)
    expect((await page('/logout', { body: { ticket: `${ticket.slice(0, -2)}AA` } })).status).toBe(
      401,
    )
    expect((await page('/logout', { body: { ticket }, transport: null })).status).toBe(401)
    expect((await refresh(cookie)).status).toBe(200)
  })

  test('a ticket that is none of ours ends nothing in its place, and clears no cookie', async () => {
    const later = await signUp()
    for (const path of ['/logout?scope=local', '/logout', '/logout/all']) {
      const answer = await page(path, { body: { ticket: 'dGlja2V0' }, cookie: later.cookie })
      expect(answer).toMatchObject({ status: 401, body: { error_code: 'no_authorization' } })
      expect(setCookies(answer)).toEqual([])
    }
    expect(await user(later.access)).toBe(200)
    expect((await refresh(later.cookie)).status).toBe(200)
  })

  test('a ticket does not clear the cookie of a later session', async () => {
    const { email, cookie } = await signUp()
    const failed = await fail('local', { cookie })
    const later = cookieOf(
      await page('/token', { body: { grant_type: 'password', email, password: PASSWORD } }),
    )
    const answer = await page('/logout', {
      body: { ticket: failed.body.logout_ticket },
      cookie: later,
    })
    expect(answer.body).toMatchObject({ sessions_ended: 1 })
    expect(setCookies(answer)).toEqual([])
    expect((await refresh(later)).status).toBe(200)
  })

  test('a refused logout by too many calls clears the cookie and gives a ticket', async () => {
    street = await openStreet({ env: { LIMIT_LOGOUT: '1/300' } })
    const { email } = await signUp()
    const sessions = await Promise.all(
      [1, 2].map(() =>
        page('/token', { body: { grant_type: 'password', email, password: PASSWORD } }),
      ),
    )
    const [first, second] = await Promise.all(
      sessions.map((one) =>
        page('/logout?scope=local', {
          cookie: cookieOf(one),
          token: String(one.body.access_token),
        }),
      ),
    )
    const limited = first?.status === 429 ? first : second
    expect(limited?.status).toBe(429)
    expect(setCookies(limited as Answer)).toEqual([CLEARED])
    expect(limited?.body).toHaveProperty('logout_ticket')
  })

  test('no ticket where the cookie is kept, and none without the header', async () => {
    const { cookie, access } = await signUp()
    const others = await fail('others', { cookie })
    expect(others.status).toBe(503)
    expect(others.body).not.toHaveProperty('logout_ticket')
    expect(setCookies(others)).toEqual([])
    const plain = await fail('local', { cookie, token: access, transport: null })
    expect(plain.status).toBe(503)
    expect(plain.body).not.toHaveProperty('logout_ticket')
    expect(setCookies(plain)).toEqual([])
  })
})

test('an app of the same site whose refresh is refused does not take the other app’s cookie away', async () => {
  const [one, other] = ['https://one.example.com', 'https://other.example.com']
  street = await openStreet({
    env: {
      CORS_ORIGINS: `${one},${other}`,
      CLIENTS: JSON.stringify(['one', 'other'].map((id) => ({ id, public: true }))),
    },
  })
  const { email } = await signUp()
  const from = (origin: string) => ({ Origin: origin, 'Sec-Fetch-Site': 'same-site' })
  const entered = await page('/token', {
    body: { grant_type: 'password', email, password: PASSWORD, client_id: 'one' },
    headers: from(one),
  })
  const cookie = cookieOf(entered)
  const asked = (id: string, origin: string) =>
    page('/token', {
      body: { grant_type: 'refresh_token', client_id: id },
      cookie,
      headers: from(origin),
    })
  const refused = await asked('other', other)
  expect(refused.status).toBe(400)
  expect(setCookies(refused)).toEqual([])
  expect((await asked('one', one)).status).toBe(200)
})

describe('cross-site use', () => {
  const refusedPages: [string, Record<string, string>][] = [
    ['another site', { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }],
    ['another site in an old browser', { Origin: 'https://evil.example', 'Sec-Fetch-Site': '' }],
    ['an unlisted sibling', { Origin: 'https://x.example.com', 'Sec-Fetch-Site': 'same-site' }],
    ['a listed origin of another site', { Origin: LISTED, 'Sec-Fetch-Site': 'cross-site' }],
    [
      'the own host by another scheme',
      { Origin: 'https://localhost', 'Sec-Fetch-Site': 'same-site' },
    ],
    ['the issuer from another site', { Origin: ISSUER, 'Sec-Fetch-Site': 'cross-site' }],
    ['the issuer from another host of its site', { Origin: ISSUER, 'Sec-Fetch-Site': 'same-site' }],
    ['an opaque origin', { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' }],
    ['no origin at all', { Origin: '', 'Sec-Fetch-Site': '' }],
    ['a typed address', { Origin: OWN, 'Sec-Fetch-Site': 'none' }],
  ]

  const headersOf = (given: Record<string, string>) =>
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))

  test.each(refusedPages)('%s is refused, and nothing changes', async (_who, given) => {
    const { email, cookie, access } = await signUp()
    await street.settled()
    await street.redis.forget()
    const ask = (path: string, body?: unknown) =>
      street.call('POST', path, {
        body,
        headers: {
          'X-Curfew-Transport': 'cookie',
          Cookie: `${NAME}=${cookie}`,
          ...headersOf(given),
        },
      })
    for (const answer of [
      await ask('/logout?scope=global'),
      await ask('/logout/all'),
      await ask('/token?grant_type=refresh_token', {}),
      await ask('/token?grant_type=password', { email, password: PASSWORD }),
      await ask('/signup', { email: `${crypto.randomUUID()}@example.com`, password: PASSWORD }),
    ]) {
      expect(answer.status).toBe(403)
      expect(answer.body).toMatchObject({ code: 403, error_code: 'cross_site_request' })
      expect(setCookies(answer)).toEqual([])
    }
    expect(await street.redis.requests()).toEqual([])
    expect(await user(access)).toBe(200)
  })

  test.each([
    ['the own origin', { Origin: OWN, 'Sec-Fetch-Site': 'same-origin' }],
    ['the own origin in an old browser', { Origin: OWN }],
    ['the own origin behind a proxy', { Origin: ISSUER, 'Sec-Fetch-Site': 'same-origin' }],
    ['a listed origin of the same site', { Origin: LISTED, 'Sec-Fetch-Site': 'same-site' }],
    ['a listed origin behind a proxy', { Origin: LISTED, 'Sec-Fetch-Site': 'same-origin' }],
  ] as [string, Record<string, string>][])('%s is let in', async (_who, headers) => {
    const { cookie } = await signUp()
    const answer = await street.call('POST', '/logout?scope=local', {
      headers: { 'X-Curfew-Transport': 'cookie', Cookie: `${NAME}=${cookie}`, ...headers },
    })
    expect(answer.status).toBe(200)
  })

  test('a listed origin may send the header and credentials', async () => {
    const preflight = (origin: string) =>
      street.call('OPTIONS', '/token', {
        headers: {
          Origin: origin,
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'x-curfew-transport',
        },
      })
    const { headers, status } = await preflight(LISTED)
    expect(status).toBe(204)
    expect(headers.get('Access-Control-Allow-Origin')).toBe(LISTED)
    expect(headers.get('Access-Control-Allow-Credentials')).toBe('true')
    expect(headers.get('Access-Control-Allow-Headers')?.toLowerCase()).toContain(
      'x-curfew-transport',
    )
    expect(
      (await preflight('https://evil.example')).headers.get('Access-Control-Allow-Origin'),
    ).toBe(null)
  })

  test.each([
    'authorization,content-type,x-curfew-transport',
    'Content-Type, X-Curfew-Transport',
    'content-type,\tx-curfew-transport',
  ])('so it may whatever else it asks for, and however it writes that: %j', async (names) => {
    const { headers } = await street.call('OPTIONS', '/token', {
      headers: {
        Origin: LISTED,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': names,
      },
    })
    expect(headers.get('Access-Control-Allow-Credentials')).toBe('true')
  })

  test('credentials are for the cookie, the cookie for those who choose it', async () => {
    const { cookie } = await signUp()
    const ask = (origin: string, transport: string | null) =>
      page('/token?grant_type=refresh_token', {
        body: {},
        cookie,
        transport,
        headers: { Origin: origin, 'Sec-Fetch-Site': 'same-site' },
      })
    const credentials = async (answer: Promise<Answer>) =>
      (await answer).headers.get('Access-Control-Allow-Credentials')
    expect(await credentials(ask(LISTED, 'cookie'))).toBe('true')
    expect(await credentials(ask(LISTED, null))).toBe(null)
    expect(await credentials(ask('https://evil.example', 'cookie'))).toBe(null)
    expect((await ask(LISTED, 'cookie')).headers.get('Access-Control-Allow-Origin')).toBe(LISTED)
  })
})

test('no log line holds the cookie or the ticket', async () => {
  const { cookie } = await signUp()
  await street.redis.fail({ kind: 'reset' })
  const failed = await page('/logout?scope=local', { cookie })
  await street.redis.heal()
  await page('/logout', { body: { ticket: failed.body.logout_ticket } })
  const lines = JSON.stringify(street.logs)
  expect(lines).not.toContain(cookie.slice(0, 30))
  expect(lines).not.toContain(String(failed.body.logout_ticket).slice(0, 30))
  expect(street.logs.at(-1)?.session).toMatch(/^[0-9a-f-]{36}$/)
})

describe('a cookie logout whose body does not fit is refused, and ends nothing', () => {
  const JSON_TYPE = 'application/json'
  test.each([
    [422, 'a session that is no UUID', JSON_TYPE, '{"session":"mine"}'],
    [422, 'a session in capitals', JSON_TYPE, '{"session":"3F0B6F0E-52A5-4B43-9E0F-0D6D7A4C3B11"}'],
    [422, 'an empty ticket', JSON_TYPE, '{"ticket":""}'],
    [422, 'a list', JSON_TYPE, '[]'],
    [400, 'half of it', JSON_TYPE, '{"session":'],
    [415, 'a text', 'text/plain', '{}'],
  ])('%i: %s', async (status, _, type, body) => {
    const { access, cookie } = await signUp()
    for (const path of ['/logout?scope=local', '/logout', '/logout/all']) {
      const answer = await page(path, { body, cookie, headers: { 'Content-Type': type } })
      expect(answer.status).toBe(status)
      expect(setCookies(answer)).toEqual([])
    }
    expect(await user(access)).toBe(200)
    expect((await refresh(cookie)).status).toBe(200)
  })
})

describe('a logout that comes late', () => {
  test('and names its session ends none of a later sign-in, and leaves its cookie', async () => {
    const former = await signUp()
    const later = await signUp()
    const session = String(claimsOf(former.access).sid)
    for (const path of ['/logout?scope=local', '/logout', '/logout/all']) {
      const answer = await page(path, { body: { session }, cookie: later.cookie })
      expect(answer).toMatchObject({ status: 401, body: { error_code: 'no_authorization' } })
      expect(setCookies(answer)).toEqual([])
    }
    expect(await user(later.access)).toBe(200)
    expect(await user(former.access)).toBe(200)
  })

  test('with the cookie of the session that it names ends that', async () => {
    const { access, cookie } = await signUp()
    const session = String(claimsOf(access).sid)
    const answer = await page('/logout?scope=local', { body: { session }, cookie })
    expect(answer.status).toBe(200)
    expect(setCookies(answer)).toEqual([CLEARED])
    expect(await user(access)).toBe(401)
  })

  test.each([
    ['/logout?scope=local', 200],
    ['/logout', 200],
    ['/logout?scope=others', 401],
    ['/logout/all', 401],
  ])('%s by an expired access token ends none of a later sign-in: %i', async (path, status) => {
    const former = await signUp()
    street.clock.pass(901)
    const later = await signUp()
    const answer = await page(path, { token: former.access, cookie: later.cookie })
    expect(answer.status).toBe(status)
    expect(setCookies(answer)).toEqual([])
    expect(await user(later.access)).toBe(200)
    expect((await refresh(later.cookie)).status).toBe(200)
    expect((await refresh(former.cookie)).status).toBe(status === 200 ? 400 : 200)
  })

  test('by an expired token of a service ends nothing by the cookie beside it', async () => {
    const token = await street.serviceToken()
    street.clock.pass(3601)
    const { access, cookie } = await signUp()
    expect((await page('/logout/all', { token, cookie })).status).toBe(401)
    expect(await user(access)).toBe(200)
  })

  test('without any cookie is refused, and names nothing that could be ended by its id', async () => {
    const { access } = await signUp()
    const session = String(claimsOf(access).sid)
    const answer = await page('/logout?scope=local', { body: { session } })
    expect(answer.status).toBe(401)
    expect(await user(access)).toBe(200)
  })
})
