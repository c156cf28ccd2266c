/** What a guard says: its answers beside the service's own, roles, freshness, clocks, faults, hooks and misuse. */

import { Hono } from 'hono'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import {
  type AuthVariables,
  createGuard,
  type Guard,
  type GuardCheck,
  type GuardDecision,
  type GuardOptions,
  requireAuth,
} from '../../src/guard/index.ts'
import { ask, bearer, type Line, lineTo, listGuard, strictGuard } from '../support/guards.ts'
import { ISSUER, openStreet, PASSWORD, type Person, type Street } from '../support/street.ts'

let street: Street
let line: Line
let person: Person
let modes: { mode: string; make: typeof listGuard }[]
beforeAll(async () => {
  street = await openStreet()
  line = lineTo(street)
  person = await street.signUp()
  modes = [
    { mode: 'strict', make: strictGuard },
    { mode: 'status-list', make: listGuard },
  ]
})
const inBoth = async (
  options: Parameters<typeof listGuard>[2],
  look: (guard: Guard, mode: string) => Promise<void>,
) => {
  for (const { mode, make } of modes) await look(make(street, line, options), mode)
}
const decide = (guard: Guard, token: string, check?: GuardCheck) =>
  guard.check(bearer(token), check)

describe('a token that passes', () => {
  test('says whose it is, and nothing that is not in it', async () => {
    await inBoth({}, async (guard) => {
      expect(await decide(guard, person.access_token)).toEqual({
        ok: true,
        checked: true,
        token: {
          subject: person.user.id,
          session: expect.stringMatching(/^[0-9a-f-]{36}$/),
          role: 'authenticated',
          email: person.email,
          client: 'curfew',
          tokenId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          authenticatedAt: Math.floor(street.clock.now / 1000),
          expiresAt: Math.floor(street.clock.now / 1000) + 900,
        },
      })
    })
  })

  test('comes in the Authorization field, in whatever case the scheme is', async () => {
    await inBoth({}, async (guard) => {
      for (const value of [`bearer ${person.access_token}`, `BEARER  ${person.access_token} `])
        expect(await guard.checkAuthorization(value)).toMatchObject({ ok: true })
    })
  })

  test('never comes in the query', async () => {
    const request = new Request(`https://api.example.com/?access_token=${person.access_token}`)
    await inBoth({}, async (guard) => {
      expect(await guard.check(request)).toMatchObject({ ok: false, reason: 'missing' })
    })
  })
})

describe('a refusal', () => {
  test.each([
    ['no token', async () => undefined],
    ['a malformed token', async () => 'malformed'],
    ['an expired token', async () => street.mint.signService(-10, street.clock.now)],
    [
      'a logged-out token',
      async () => {
        const { access_token: token } = await street.signIn(person)
        await street.call('POST', '/logout?scope=local', { token })
        return token
      },
    ],
  ])('for %s is, to the letter, the one of the service’s own /user', async (_, tokenOf) => {
    const token = await tokenOf()
    const own = await street.call('GET', '/user', { token })
    expect(own.status).toBe(401)
    await inBoth({}, async (guard) => {
      const decision = await guard.checkAuthorization(token && `Bearer ${token}`)
      if (decision.ok) throw new Error('it passed')
      const { status, headers, body } = decision.answer
      expect(body).toEqual(own.body)
      expect(status).toBe(own.status)
      expect(headers['WWW-Authenticate']).toBe(own.headers.get('WWW-Authenticate'))
      expect(headers['Content-Type']).toBe(own.headers.get('Content-Type'))
      expect(headers['Cache-Control']).toBe('no-store')
      expect(headers).not.toHaveProperty('Retry-After')
    })
  })

  test('for a logged-out token is the documented one', async () => {
    const { access_token: token } = await street.signIn(person)
    await street.call('POST', '/logout?scope=local', { token })
    const answer = {
      status: 401,
      headers: {
        'Cache-Control': 'no-store',
        'Content-Type': 'application/json',
        'WWW-Authenticate':
          'Bearer error="invalid_token", error_description="The token has been invalidated"',
      },
      body: { code: 401, error_code: 'session_not_found', msg: 'Token has been invalidated' },
    }
    await inBoth({}, async (guard) => {
      expect(await decide(guard, token)).toEqual({ ok: false, reason: 'revoked', answer })
    })
  })

  test('without a token names no error (RFC 6750 section 3.1)', async () => {
    await inBoth({}, async (guard) => {
      for (const value of [undefined, null, '', 'Basic dXNlcjpwYXNz', 'Bearer', 'Bearer a b'])
        expect(await guard.checkAuthorization(value)).toMatchObject({
          reason: 'missing',
          answer: { status: 401, headers: { 'WWW-Authenticate': 'Bearer realm="curfew"' } },
        })
    })
  })
})

describe('roles', () => {
  test('a missing role is a 403 that says so; the route’s roles go before the guard’s', async () => {
    await inBoth({ roles: ['admin'] }, async (guard) => {
      expect(await decide(guard, person.access_token)).toEqual({
        ok: false,
        reason: 'role_missing',
        answer: {
          status: 403,
          headers: {
            'Cache-Control': 'no-store',
            'Content-Type': 'application/json',
            'WWW-Authenticate':
              'Bearer error="insufficient_scope", error_description="The role in the token is not enough"',
          },
          body: {
            code: 403,
            error_code: 'insufficient_role',
            msg: 'The role in this token is not enough here.',
          },
        },
      })
      expect(await ask(guard, person.access_token, { roles: ['authenticated'] })).toBe('passes')
      expect(await ask(guard, person.access_token, { roles: [] })).toBe('role_missing')
    })
  })

  test('a logged-out token is told of before a missing role', async () => {
    const { access_token: token } = await street.signIn(person)
    await street.call('POST', '/logout?scope=local', { token })
    await inBoth({ roles: ['admin'], maxAge: 0 }, async (guard) => {
      expect(await ask(guard, token)).toBe('revoked')
    })
  })
})

describe('freshness', () => {
  test('an old sign-in is challenged (RFC 9470), and passes after a reauthentication and a refresh', async () => {
    const open = await openStreet()
    const owner = await open.signUp()
    const guards = [strictGuard, listGuard].map((make) => make(open, lineTo(open), { maxAge: 300 }))
    for (const guard of guards) expect(await ask(guard, owner.access_token)).toBe('passes')
    open.clock.pass(400)

    for (const guard of guards)
      expect(await decide(guard, owner.access_token)).toEqual({
        ok: false,
        reason: 'stale',
        answer: {
          status: 401,
          headers: {
            'Cache-Control': 'no-store',
            'Content-Type': 'application/json',
            'WWW-Authenticate':
              'Bearer error="insufficient_user_authentication", error_description="A more recent authentication is required", max_age="300"',
          },
          body: {
            code: 401,
            error_code: 'insufficient_user_authentication',
            msg: 'This needs a sign-in of the last 300 seconds. Reauthenticate, refresh, and try again.',
          },
        },
      })
    for (const guard of guards)
      expect(await ask(guard, owner.access_token, { maxAge: 500 })).toBe('passes')

    // A refresh alone proves nothing.
    const refreshed = await open.refresh(owner.refresh_token)
    for (const guard of guards)
      expect(await ask(guard, String(refreshed.body.access_token))).toBe('stale')

    const proven = await open.call('POST', '/reauthenticate', {
      token: String(refreshed.body.access_token),
      body: { password: PASSWORD },
    })
    expect(proven.status).toBe(200)
    const renewed = await open.refresh(String(refreshed.body.refresh_token))
    for (const guard of guards)
      expect(await ask(guard, String(renewed.body.access_token))).toBe('passes')
  })
})

describe('clocks', () => {
  test('may differ by the tolerance and no more', async () => {
    const open = await openStreet()
    const { access_token: token } = await open.signUp()
    const start = open.clock.now - (open.clock.now % 1000)
    for (const [tolerance, limit] of [
      [undefined, 905],
      [0, 900],
      [60, 960],
    ] as const) {
      let now = start
      const guard = strictGuard(open, lineTo(open), {
        now: () => now,
        ...(tolerance === undefined ? {} : { clockTolerance: tolerance }),
      })
      now = start + limit * 1000 - 1
      expect(await ask(guard, token)).toBe('passes')
      now = start + limit * 1000
      expect(await ask(guard, token)).toBe('expired')
    }
  })
})

describe('when it cannot know', () => {
  const dead = () => new Response('down', { status: 500 })

  test('it is closed: 503 with Retry-After, without a challenge', async () => {
    const open = await openStreet()
    const { access_token: token } = await open.signUp()
    const strict = strictGuard(open, lineTo(open))
    const lists = listGuard(
      open,
      lineTo(open, ({ url }) => (url.includes('statuslists') ? dead() : null)),
    )
    await open.redis.fail({ kind: 'reset' })
    for (const guard of [strict, lists])
      expect(await decide(guard, token)).toEqual({
        ok: false,
        reason: 'unknown',
        // For the log: why.
        fault: expect.any(Error),
        answer: {
          status: 503,
          headers: {
            'Cache-Control': 'no-store',
            'Content-Type': 'application/json',
            'Retry-After': '2',
          },
          body: { code: 503, error_code: 'service_unavailable', msg: expect.any(String) },
        },
      })
  })

  test.each(['reset', 'hang', 'status-500', 'half-pipeline', 'garbage', 'late-answer'] as const)(
    'strict: Redis fails (%s): closed, and open only where that was asked for',
    async (kind) => {
      const open = await openStreet()
      const { access_token: token } = await open.signUp()
      const closed = strictGuard(open, lineTo(open), { timeout: 200 })
      const opened = strictGuard(open, lineTo(open), { timeout: 200, onFault: 'open' })
      await open.redis.fail(kind === 'late-answer' ? { kind, ms: 20 } : { kind })
      expect(await ask(closed, token)).toBe('unknown')
      expect(await ask(opened, token)).toBe('passes unchecked')
      // Open is about what cannot be known: everything else is refused as ever.
      expect(await ask(opened, token, { roles: ['admin'] })).toBe('role_missing')
      expect(await ask(opened, `${token}x`)).toBe('bad')
      await open.redis.heal()
      expect(await ask(closed, token)).toBe('passes')
    },
  )

  test('without the keys nothing passes, whatever onFault says', async () => {
    const { access_token: token } = person
    for (const answer of [
      dead,
      () => new Response('no keys', { status: 404 }),
      () => Response.redirect('https://elsewhere.example.com/jwks.json'),
      () => new Response('<html>'),
      () => Response.json({ keys: 'none' }),
      () => Response.json(null),
      () => new Response(`{"keys":[${' '.repeat(70_000)}]}`),
      () => Promise.reject(new TypeError('network')),
    ]) {
      const broken = lineTo(street, ({ url }) => (url.includes('jwks') ? answer() : null))
      for (const { make } of modes)
        expect(await ask(make(street, broken, { onFault: 'open' }), token)).toBe('unknown')
    }
  })
})

describe('a service’s token', () => {
  test('strict mode knows its end; status-list mode cannot, and says so', async () => {
    const token = await street.serviceToken()
    const [strict, lists] = [strictGuard(street, line), listGuard(street, line)]
    expect(await decide(strict, token)).toMatchObject({
      ok: true,
      token: { session: null, role: 'service_role', email: '', authenticatedAt: 0 },
    })
    const unknown = await decide(lists, token)
    expect(unknown).toMatchObject({
      ok: false,
      reason: 'unknown',
      answer: {
        status: 503,
        body: { error_code: 'service_unavailable', msg: expect.stringContaining('at this API') },
      },
      fault: expect.objectContaining({ message: 'A service token needs the strict mode.' }),
    })
    // Asking again would give the same.
    expect(unknown).not.toHaveProperty('answer.headers.Retry-After')
    expect(await ask(listGuard(street, line, { onFault: 'open' }), token)).toBe('passes unchecked')

    expect((await street.call('POST', '/logout', { token })).status).toBe(200)
    expect(await ask(strict, token)).toBe('revoked')
    expect(await ask(lists, token)).toBe('unknown')
  })

  test('has no sign-in that could be fresh', async () => {
    const token = await street.serviceToken()
    expect(await ask(strictGuard(street, line, { maxAge: 300 }), token)).toBe('stale')
  })
})

describe('onDecision', () => {
  test('hears of every decision, and what it throws changes none', async () => {
    const heard: GuardDecision[] = []
    const onDecision = (decision: GuardDecision) => {
      heard.push(decision)
      throw new Error('a metric that fails')
    }
    await inBoth({ onDecision }, async (guard) => {
      heard.length = 0
      const passed = await decide(guard, person.access_token)
      const refused = await decide(guard, 'malformed')
      expect(passed.ok).toBe(true)
      expect(heard).toEqual([passed, refused])
    })
  })

  test('may be asynchronous: what it rejects with is nobody’s unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const note = (event: PromiseRejectionEvent) => {
      event.preventDefault()
      unhandled.push(event.reason)
    }
    addEventListener('unhandledrejection', note)
    const onDecision = () => Promise.reject(new Error('a metric that fails later'))
    await inBoth({ onDecision }, async (guard) => {
      expect(await ask(guard, person.access_token)).toBe('passes')
    })
    await new Promise((resolve) => setTimeout(resolve))
    removeEventListener('unhandledrejection', note)
    expect(unhandled).toEqual([])
  })
})

describe('misuse', () => {
  const good = { issuer: ISSUER }
  const redis = { url: 'https://redis.example.com', token: 'secret' }
  test.each<[string, object]>([
    ['no issuer', {}],
    ['an issuer that is no URL', { issuer: 'auth.example.com' }],
    ['an issuer with a slash at its end', { issuer: `${ISSUER}/` }],
    ['an issuer with a query', { issuer: `${ISSUER}?a` }],
    ['an issuer that nobody can parse', { issuer: 'https://auth.example.com:port' }],
    // Whoever asks drops these signs, but `iss` is compared letter by letter: every token would be refused.
    ['an issuer with a line break at its end', { issuer: `${ISSUER}\n` }],
    ['an issuer with a blank at its end', { issuer: `${ISSUER} ` }],
    ['an issuer with a backslash', { issuer: `${ISSUER}\\auth` }],
    ['an issuer with a password in it', { issuer: 'https://me:secret@auth.example.com' }],
    ['a url with a line break at its end', { ...good, url: `${ISSUER}/auth/v1\n` }],
    ['a url that is none', { ...good, url: '/auth/v1' }],
    ['an unknown mode', { ...good, mode: 'stict' }],
    ['an unknown onFault', { ...good, onFault: 'opne' }],
    ['strict without Redis', { ...good, mode: 'strict' }],
    ['strict with half a Redis', { ...good, mode: 'strict', redis: { url: redis.url } }],
    [
      'an unknown consistency',
      { ...good, mode: 'strict', redis: { ...redis, readConsistency: 'Primary' } },
    ],
    [
      'a Redis url with a password in it',
      { ...good, mode: 'strict', redis: { ...redis, url: 'https://me:secret@redis.example.com' } },
    ],
    [
      'a Redis url with a query',
      { ...good, mode: 'strict', redis: { ...redis, url: `${redis.url}?a` } },
    ],
    ...['\n', ' ', '\u2026'].map((sign): [string, object] => [
      `a Redis token with ${JSON.stringify(sign)} in it`,
      { ...good, mode: 'strict', redis: { ...redis, token: `sec${sign}secret` } },
    ]),
    [
      'a Redis token in quotation marks',
      { ...good, mode: 'strict', redis: { ...redis, token: '"secret"' } },
    ],
    [
      'a way to Redis that is no function',
      { ...good, mode: 'strict', redis: { ...redis, fetch: 'fetch' } },
    ],
    [
      'a consistency that only looks like one',
      { ...good, mode: 'strict', redis: { ...redis, readConsistency: ['primary'] } },
    ],
    // Left out by a slip, the runtime's own fetch would be asked, which may keep answers.
    [
      'a misspelt option of Redis',
      { ...good, mode: 'strict', redis: { ...redis, fetcher: () => {} } },
    ],
    ['Redis without strict', { ...good, redis }],
    ['a role instead of roles', { ...good, roles: 'admin' }],
    ['a maxAge that is a text', { ...good, maxAge: '300' }],
    ['a maxAge that is no number', { ...good, maxAge: Number.NaN }],
    ['a negative maxAge', { ...good, maxAge: -1 }],
    ['a tolerance that is no number', { ...good, clockTolerance: Number.NaN }],
    ['a tolerance of an hour', { ...good, clockTolerance: 3600 }],
    ['no time at all', { ...good, timeout: 0 }],
    ['keys that are none', { ...good, keys: [] }],
    ['a key that is none', { ...good, keys: { keys: [1] } }],
    ['no key at all', { ...good, keys: { keys: [] } }],
    ['keys that no token can name', { ...good, keys: { keys: [{ kty: 'EC' }] } }],
    ['private keys', { ...good, keys: { keys: [{ kty: 'EC', d: 'secret' }] } }],
    ['an empty audience', { ...good, audience: '' }],
    ['an audience with a line break at its end', { ...good, audience: 'authenticated\n' }],
    ['a hook that is no function', { ...good, onDecision: 'log' }],
    ['a misspelt option', { ...good, onfault: 'closed' }],
  ])('%s: a sentence when the guard is made', (_, options) => {
    const make = () => createGuard(options as GuardOptions)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(/^createGuard: .{15,}\.$/)
    // It may be in a log next.
    expect(make).not.toThrow(/secret/)
  })

  test('the issuer in place of options is told as that', () => {
    expect(() => createGuard('https://auth.example.com' as unknown as GuardOptions)).toThrow(
      new TypeError("createGuard: options must be an object: { issuer: 'https://…' }."),
    )
  })

  test('an option that is undefined is as if left out', () => {
    const names = ['url', 'audience', 'roles', 'maxAge', 'mode', 'onFault', 'clockTolerance']
    const more = ['keys', 'onDecision', 'timeout', 'fetch', 'now']
    const none = Object.fromEntries([...names, ...more].map((name) => [name, undefined]))
    createGuard({ ...good, ...none })
    // As somebody's exactOptionalPropertyTypes sees it.
    createGuard({ ...good, url: undefined, keys: undefined, fetch: undefined, mode: undefined })
  })

  test.each<[string, unknown]>([
    ['a role instead of roles', { roles: 'admin' }],
    ['role instead of roles', { role: ['admin'] }],
    ['maxage instead of maxAge', { maxage: 0 }],
    ['the roles by themselves', ['admin']],
    ['no roles by themselves', []],
    ['a text', 'admin'],
    ['a function', () => ({ roles: ['admin'] })],
    ['null', null],
    ['a waitUntil that is a promise', { waitUntil: Promise.resolve() }],
    ['a context instead of its waitUntil', { waitUntil: { waitUntil: () => {} } }],
  ])('of a route, %s: a sentence when the route is made, or it is checked', async (_, check) => {
    const guard = createGuard(good)
    expect(() => requireAuth(guard, check as GuardCheck)).toThrow(/^requireAuth: .{15,}\.$/)
    await expect(guard.check(bearer('any'), check as GuardCheck)).rejects.toThrow(
      /^check: .{15,}\.$/,
    )
  })

  test("Node's request in place of one with Headers, or a field that is no text: a sentence, as a rejection", async () => {
    const guard = createGuard(good)
    for (const request of [{ headers: { authorization: 'Bearer any' } }, {}, null, undefined])
      await expect(guard.check(request as { headers: Headers })).rejects.toThrow(
        'check: request must have Headers, as a Request has: without them, use checkAuthorization(request.headers.authorization).',
      )
    for (const value of [['Bearer any'], { authorization: 'Bearer any' }, 1])
      await expect(guard.checkAuthorization(value as unknown as string)).rejects.toThrow(
        'checkAuthorization: value must be the text of an Authorization field, or null or undefined.',
      )
  })

  test.each([undefined, null, good, { roles: ['admin'] }, createGuard])(
    'a route that is given %j in place of a guard: a sentence when the route is made',
    (guard) => {
      expect(() => requireAuth(guard as unknown as Guard)).toThrow(
        new TypeError('requireAuth: guard must be what createGuard returned.'),
      )
    },
  )

  test('of a route is told by name', () => {
    const check = { role: ['admin'] } as GuardCheck
    expect(() => requireAuth(createGuard(good), check)).toThrow(
      new TypeError('requireAuth: there is no option role; there are roles, maxAge, waitUntil.'),
    )
  })
})

describe('requireAuth', () => {
  const api = (guard: Guard) =>
    new Hono<{ Variables: AuthVariables }>()
      .get('/open', (c) => c.text('open'))
      .get('/mine', requireAuth(guard), (c) => c.json(c.get('auth')))
      .get('/ops', requireAuth(guard, { roles: ['admin'] }), (c) => c.text('ops'))
      .get('/fresh', requireAuth(guard, { maxAge: 60 }), (c) => c.text('fresh'))

  test('lets a good token through to the route, and answers for it otherwise', async () => {
    const open = await openStreet()
    const owner = await open.signUp()
    open.clock.pass(120)
    for (const make of [strictGuard, listGuard]) {
      const app = api(make(open, lineTo(open)))
      const get = (path: string, token?: string) =>
        app.request(
          path,
          token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } },
        )
      expect((await get('/open')).status).toBe(200)
      expect((await get('/mine')).status).toBe(401)
      const mine = await get('/mine', owner.access_token)
      expect(await mine.json()).toMatchObject({ subject: owner.user.id, email: owner.email })
      const ops = await get('/ops', owner.access_token)
      expect(ops.status).toBe(403)
      expect(ops.headers.get('Content-Type')).toMatch(/^application\/json/)
      const fresh = await get('/fresh', owner.access_token)
      expect(fresh.status).toBe(401)
      expect(fresh.headers.get('WWW-Authenticate')).toContain('max_age="60"')
    }
  })
})

describe('Redis', () => {
  test('strict: one request of one command a check, and nothing else but the keys once', async () => {
    const open = await openStreet()
    const { access_token: token } = await open.signUp()
    const own = lineTo(open)
    const guard = strictGuard(open, own)
    await ask(guard, token)
    await open.settled()
    await open.redis.forget()
    for (let i = 0; i < 20; i++) await ask(guard, token)
    const requests = await open.redis.requests()
    expect(requests).toHaveLength(20)
    for (const { commands } of requests)
      expect(commands).toEqual([expect.stringMatching(/^EVALSHA /)])
    expect(own.asked).toEqual(['/.well-known/jwks.json'])
  })

  test('strict: is asked by redis.fetch, for where the runtime’s own keeps answers', async () => {
    const open = await openStreet()
    const { access_token: token } = await open.signUp()
    const asked: string[] = []
    const guard = createGuard({
      issuer: ISSUER,
      fetch: lineTo(open).fetch,
      mode: 'strict',
      redis: {
        url: open.redis.url,
        token: inject('redis').token,
        fetch: (input, init) => {
          asked.push(`${init?.method} ${String(input).replace(open.redis.url, '')}`)
          return fetch(input, init)
        },
      },
    })
    await open.redis.forget()
    expect(await ask(guard, token)).toBe('passes')
    expect(asked).toEqual(['POST /pipeline'])
    expect(await open.redis.requests()).toHaveLength(1)
  })

  test('strict, nearest replica: one MGET a check', async () => {
    const open = await openStreet()
    const { access_token: token } = await open.signUp()
    const guard = strictGuard(open, lineTo(open), {}, 'replica')
    await open.settled()
    await open.redis.forget()
    for (let i = 0; i < 3; i++) expect(await ask(guard, token)).toBe('passes')
    for (const { commands } of await open.redis.requests()) expect(commands).toEqual(['MGET'])
  })

  test('status-list: nothing at all between two fetches of the list', async () => {
    const open = await openStreet()
    const { access_token: token } = await open.signUp()
    const own = lineTo(open)
    const guard = listGuard(open, own)
    await ask(guard, token)
    await open.settled()
    await open.redis.forget()
    own.forget()
    for (let i = 0; i < 1000; i++) await guard.check(bearer(token))
    expect(await open.redis.requests()).toEqual([])
    expect(own.asked).toEqual([])
  })
})
