/** What every answer has in common, whatever was asked: its id, its headers, its form when it is a no, and who may read it. */

import { beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { paths } from '../src/contract/paths.ts'
import { BODY_LIMIT } from '../src/domain/policy.ts'
import { type Answer, type Call, openStreet, type Person, type Street } from './support/street.ts'

const ORIGIN = 'https://app.example.com'
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** A path that is new has to be put down here before this compiles. */
const METHODS = {
  home: ['GET', 'HEAD'],
  health: ['GET', 'HEAD'],
  jwks: ['GET', 'HEAD'],
  signUp: ['POST'],
  token: ['POST'],
  logout: ['POST'],
  logoutAll: ['POST'],
  revoke: ['POST'],
  introspect: ['POST'],
  metadata: ['GET', 'HEAD'],
  openApi: ['GET', 'HEAD'],
  statusList: ['GET', 'HEAD'],
  userEvents: ['GET', 'HEAD'],
  user: ['GET', 'HEAD', 'PUT', 'DELETE'],
  reauthenticate: ['POST'],
  sessions: ['GET', 'HEAD'],
  session: ['DELETE'],
  adminUsers: ['GET', 'HEAD', 'POST'],
  adminUser: ['GET', 'HEAD', 'PUT', 'DELETE'],
  adminUserSessions: ['GET', 'HEAD'],
  adminUserSession: ['DELETE'],
  adminUserLogout: ['POST'],
  adminLogout: ['POST'],
  adminAudit: ['GET', 'HEAD'],
} satisfies Record<keyof typeof paths, string[]>

const isOfOAuth = (path: string): boolean => /^\/(token|revoke|introspect)\b/.test(path)

const everyPath = (Object.keys(METHODS) as (keyof typeof METHODS)[]).map((name) => ({
  path: paths[name].replace(/:\w+/g, '01234567-89ab-cdef-0123-456789abcdef'),
  allowed: METHODS[name] as string[],
}))

/** One call for every kind of answer that there is. */
const everyStatus: [number, string, string, Call?][] = [
  [200, 'GET', '/health'],
  [200, 'GET', '/'],
  [200, 'GET', '/.well-known/jwks.json'],
  [204, 'OPTIONS', '/logout', { headers: { Origin: ORIGIN } }],
  [400, 'POST', '/token?grant_type=refresh_token', { body: { refresh_token: 'forged' } }],
  [400, 'POST', '/signup', { body: '{', headers: { 'Content-Type': 'application/json' } }],
  [401, 'GET', '/user'],
  [401, 'POST', '/logout', { token: 'forged' }],
  [404, 'GET', '/nowhere'],
  [405, 'PATCH', '/user'],
  [413, 'POST', '/signup', { body: 'x'.repeat(BODY_LIMIT + 1) }],
  [415, 'POST', '/signup', { body: 'email=a', headers: { 'Content-Type': 'text/plain' } }],
  [422, 'POST', '/signup', { body: {} }],
]

let street: Street
beforeAll(async () => {
  street = await openStreet({ env: { CORS_ORIGINS: `${ORIGIN}, http://localhost:5173` } })
})

const titled = everyStatus.map(
  ([status, method, path, call]) =>
    [`${status} ${method} ${path}`, status, method, path, call] as const,
)

describe('the id of a request', () => {
  const idOf = ({ headers }: Answer) => headers.get('X-Request-Id') ?? ''

  test.each(titled)(
    'is made for an answer of %s, and stands in its log line',
    async (_, status, method, path, call) => {
      street.logs.length = 0
      const answer = await street.call(method, path, call)
      expect(answer.status).toBe(status)
      expect(idOf(answer)).toMatch(UUID)
      expect(street.logs).toMatchObject([
        { event: 'request', request_id: idOf(answer), status, method },
      ])
    },
  )

  test.each(titled)(
    'is the one that the caller brought, in an answer of %s',
    async (_, status, method, path, call) => {
      street.logs.length = 0
      const id = 'caller_0123-ABCdef'
      const answer = await street.call(method, path, {
        ...call,
        headers: { ...call?.headers, 'X-Request-Id': id },
      })
      expect(answer.status).toBe(status)
      expect(idOf(answer)).toBe(id)
      expect(street.logs).toMatchObject([{ request_id: id }])
    },
  )

  test.each(['12345678', 'x'.repeat(64), '________', '01234567-89ab-cdef-0123-456789abcdef'])(
    '%s is accepted',
    async (id) => {
      const answer = await street.call('GET', '/nowhere', { headers: { 'X-Request-Id': id } })
      expect(idOf(answer)).toBe(id)
    },
  )

  test.each([
    ['too short', '1234567'],
    ['too long', 'x'.repeat(65)],
    ['empty', ''],
    ['with a blank', 'one two three'],
    ['with a line break in disguise', 'one%0atwo-three'],
    ['with markup', '<script>alert(1)</script>'],
    ['with quotes', '"},{"level":"info"'],
    ['with a byte beyond ASCII', 'ungültige-id'],
    ['twice', 'first-id-here, second-id-here'],
  ])('is replaced when it is %s', async (_, id) => {
    street.logs.length = 0
    const answer = await street.call('GET', '/nowhere', { headers: { 'X-Request-Id': id } })
    expect(idOf(answer)).toMatch(UUID)
    expect(street.logs).toMatchObject([{ request_id: idOf(answer) }])
  })

  test('is never used twice, and stands in the audit log', async () => {
    const person = await street.signUp()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => street.call('GET', '/user', { token: person.access_token })),
    )
    expect(new Set(answers.map(idOf)).size).toBe(20)
    const ended = await street.call('POST', '/logout', { token: person.access_token })
    const audit = await street.call('GET', `/admin/audit?user=${person.user.id}&action=logout`, {
      token: await street.serviceToken(),
    })
    expect(audit.body.entries).toMatchObject([{ request_id: idOf(ended) }])
  })
})

describe('methods and paths', () => {
  const all = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']

  test.each(everyPath)(
    '$path answers $allowed, and 405 with Allow to every other',
    async ({ path, allowed }) => {
      const token = await street.serviceToken()
      await street.redis.forget()
      for (const method of all.filter((one) => !allowed.includes(one))) {
        const { status, headers, body } = await street.call(method, path, { token })
        expect(status, method).toBe(405)
        expect(headers.get('Allow'), method).toBe(allowed.join(', '))
        if (method === 'HEAD') continue
        const { error, error_description, ...rest } = body
        const msg = `This path answers ${allowed.join(', ')} only.`
        expect(rest).toEqual({ code: 405, error_code: 'method_not_allowed', msg })
        if (isOfOAuth(path)) expect([error, error_description]).toEqual(['invalid_request', msg])
        else expect(error).toBeUndefined()
      }
      expect(await street.redis.requests()).toEqual([])
      for (const method of allowed)
        expect((await street.call(method, path)).status, method).not.toBe(405)
    },
  )

  test.each([
    '/nowhere',
    '/user/',
    '/User',
    '/logout/all/',
    '/sessions/a/b',
    '/admin',
    '/.well-known',
    '//',
    '/user%2f',
    '/%00',
    '/..%2fuser',
  ])('%s is 404', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const { status, headers, body } = await street.call(method, path)
      expect(status).toBe(404)
      expect(body).toEqual({
        code: 404,
        error_code: 'not_found',
        msg: 'There is nothing at this path.',
      })
      expect(headers.get('Allow')).toBeNull()
    }
  })

  test('what is not under the base path is 404 in the same form, with an id and a log line', async () => {
    const app = createApp(street.services, { basePath: '/auth/v1' })
    for (const path of ['/', '/user', '/auth/v2/user', '/auth', '/auth/v10']) {
      street.logs.length = 0
      const response = await app.request(path)
      expect(response.status, path).toBe(404)
      expect(await response.json()).toMatchObject({ code: 404, error_code: 'not_found' })
      expect(response.headers.get('X-Request-Id')).toMatch(UUID)
      expect(response.headers.get('Cache-Control')).toBe('no-store')
      expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
      expect(street.logs).toMatchObject([{ status: 404, path }])
    }
  })

  test('HEAD has the headers of GET and no body', async () => {
    const { access_token: token } = await street.signUp()
    for (const path of ['/', '/health', '/.well-known/jwks.json', '/user', '/sessions']) {
      const get = await street.call('GET', path, { token })
      const head = await street.call('HEAD', path, { token })
      expect(head.status, path).toBe(get.status)
      expect(head.body).toEqual({ text: '' })
      for (const name of ['Content-Type', 'Cache-Control', 'X-Content-Type-Options'])
        expect(head.headers.get(name), `${path} ${name}`).toBe(get.headers.get(name))
    }
  })

  test('HEAD needs a token where GET does', async () => {
    const { status, headers } = await street.call('HEAD', '/user')
    expect(status).toBe(401)
    expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="curfew"')
  })
})

describe('headers of every answer', () => {
  test.each(titled)(
    '%s: not to be kept, not to be framed, not to be guessed at',
    async (_, status, method, path, call) => {
      const { headers } = await street.call(method, path, call)
      const kept = path === paths.jwks && status === 200 ? 'public, max-age=600' : 'no-store'
      expect(headers.get('Cache-Control')).toBe(kept)
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
      expect(headers.get('X-Frame-Options')).toBe('DENY')
      expect(headers.get('Content-Security-Policy')).toMatch(
        /default-src 'none'.*frame-ancestors 'none'/,
      )
      expect(headers.get('Referrer-Policy')).toBe('no-referrer')
      expect(headers.get('Strict-Transport-Security')).toBe('max-age=31536000; includeSubDomains')
      expect(headers.get('X-Powered-By')).toBeNull()
      expect(headers.get('Server')).toBeNull()
      expect(headers.get('Set-Cookie')).toBeNull()
      // Answers are for other origins to read, where they are listed.
      expect(headers.get('Cross-Origin-Resource-Policy')).toBeNull()
    },
  )

  test('errors are JSON, whatever was asked for', async () => {
    for (const accept of ['text/html', 'application/xml', '*/*', 'application/problem+json'])
      for (const [status, method, path, call] of everyStatus.filter(([code]) => code >= 400)) {
        const { headers, body } = await street.call(method, path, {
          ...call,
          headers: { ...call?.headers, Accept: accept },
        })
        expect(headers.get('Content-Type')).toBe('application/json')
        expect(body.code).toBe(status)
      }
  })

  test.each(titled.filter(([, status]) => status >= 400))(
    '%s: the body has a status, a code and a sentence, and RFC 6749 fields on its endpoints only',
    async (_, status, method, path, call) => {
      const { body } = await street.call(method, path, call)
      const { error, error_description, ...rest } = body
      expect(Object.keys(rest)).toEqual(['code', 'error_code', 'msg'])
      expect(rest.code).toBe(status)
      expect(rest.error_code).toMatch(/^[a-z_]+$/)
      expect(rest.msg).toMatch(/^\S.*\S$/)
      if (isOfOAuth(path)) {
        expect(error).toMatch(/^(invalid_request|invalid_grant|unsupported_grant_type)$/)
        expect(error_description).toBe(rest.msg)
      } else expect([error, error_description]).toEqual([undefined, undefined])
    },
  )
})

/** Public keys are for every verifier, a browser's too. */
const isForAnyPage = (status: number, path: string): boolean =>
  status === 200 && path === paths.jwks

describe('scripts of other origins', () => {
  const from = (origin: string): Call => ({ headers: { Origin: origin } })
  let person: Person
  beforeAll(async () => {
    person = await street.signUp()
  })

  test.each([ORIGIN, 'http://localhost:5173'])('%s is listed, and may read', async (origin) => {
    for (const [status, method, path, call] of everyStatus) {
      const answer = await street.call(method, path, {
        ...call,
        headers: { ...call?.headers, Origin: origin },
      })
      expect(answer.status).toBe(status)
      expect(answer.headers.get('Access-Control-Allow-Origin'), path).toBe(
        isForAnyPage(status, path) ? '*' : origin,
      )
      expect(answer.headers.get('Vary'), path).toMatch(/\bOrigin\b/)
      expect(answer.headers.get('Access-Control-Allow-Credentials'), path).toBeNull()
    }
  })

  test.each([
    'https://evil.example.com',
    'https://app.example.com.evil.example',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://APP.example.com',
    'null',
    '*',
    '',
  ])('%j is not, and may not', async (origin) => {
    for (const [method, path] of [
      ['GET', '/health'],
      ['GET', '/.well-known/jwks.json'],
      ['POST', '/logout'],
      ['OPTIONS', '/logout'],
    ] as const) {
      const { status, headers } = await street.call(method, path, from(origin))
      expect(headers.get('Access-Control-Allow-Origin'), path).toBe(
        isForAnyPage(status, path) ? '*' : null,
      )
      expect(headers.get('Access-Control-Allow-Credentials'), path).toBeNull()
      expect(headers.get('Vary'), path).toMatch(/\bOrigin\b/)
    }
  })

  test('nobody is, unless somebody is listed', async () => {
    const closed = await openStreet()
    const { headers } = await closed.call('GET', '/health', from(ORIGIN))
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
  })

  test.each(everyPath)(
    'a preflight of $path is answered without a token, and asks nothing of Redis',
    async ({ path, allowed }) => {
      await street.settled()
      await street.redis.forget()
      const { status, headers, body } = await street.call('OPTIONS', path, {
        headers: {
          Origin: ORIGIN,
          'Access-Control-Request-Method': allowed[0] ?? '',
          'Access-Control-Request-Headers': 'authorization, content-type, x-something-else',
        },
      })
      expect(status).toBe(204)
      expect(body).toEqual({ text: '' })
      expect(headers.get('Access-Control-Allow-Origin')).toBe(ORIGIN)
      const methods = headers.get('Access-Control-Allow-Methods')?.split(',') ?? []
      expect(methods).toEqual(['GET', 'POST', 'PUT', 'DELETE'])
      const accepted = headers.get('Access-Control-Allow-Headers')?.toLowerCase().split(',') ?? []
      expect(accepted).toEqual(
        expect.arrayContaining(['authorization', 'content-type', 'x-request-id']),
      )
      expect(accepted).not.toContain('x-something-else')
      expect(Number(headers.get('Access-Control-Max-Age'))).toBe(600)
      expect(headers.get('Access-Control-Allow-Credentials')).toBeNull()
      expect(await street.redis.requests()).toEqual([])
    },
  )

  test('they may read every header that tells something', async () => {
    const { headers } = await street.call('GET', '/user', {
      ...from(ORIGIN),
      token: person.access_token,
    })
    expect(headers.get('Access-Control-Expose-Headers')?.split(',').toSorted()).toEqual([
      'Link',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'WWW-Authenticate',
      'X-RateLimit-Limit',
      'X-RateLimit-Remaining',
      'X-RateLimit-Reset',
      'X-Request-Id',
      'X-Total-Count',
    ])
  })

  test('an unlisted origin is not kept from logging out: that is for browsers to decide', async () => {
    const answer = await street.call('POST', '/logout', {
      token: person.access_token,
      ...from('https://evil.example.com'),
    })
    expect(answer.status).toBe(200)
  })
})
