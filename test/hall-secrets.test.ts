/** What is written down and told about a call: one line each, and in none of it, nor in any error, what was secret in the call. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { LogLine } from '../src/http/environment.ts'
import { API, CLIENTS, post } from './support/oauth-clients.ts'
import { dump } from './support/redis-dump.ts'
import { redisRoutes } from './support/redis-routes.ts'
import { type Answer, type Call, openStreet, PASSWORD, type Street } from './support/street.ts'

/** Everything that is printed past the log, such as by a library. */
let printed: string[] = []
beforeEach(() => {
  printed = []
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, method).mockImplementation((...said: unknown[]) => {
      printed.push(said.map(String).join(' '))
    })
})
afterEach(() => void vi.restoreAllMocks())

const FIELDS = [
  'level',
  'event',
  'request_id',
  'method',
  'path',
  'status',
  'ms',
  'error_code',
  'reason',
  'subject',
  'session',
  'client',
]

function expectPlainLine(line: LogLine): void {
  expect(JSON.parse(JSON.stringify(line))).toEqual(line)
  expect(JSON.stringify(line)).not.toContain('\\n')
  for (const value of Object.values(line))
    expect(value === null || ['string', 'number', 'boolean'].includes(typeof value)).toBe(true)
  if (line.event === 'request') expect(Object.keys(line)).toEqual(FIELDS)
}

/** workerd does so past every console, in the Worker's own log. */
test('no body is read in a way that makes the runtime write its type down', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const read = vi.spyOn(Request.prototype, 'text')
  const headers = { 'Content-Type': 'secret/of-the-caller' }
  const { status } = await street.call('DELETE', '/user', { token, headers, body: '{}' })
  expect(status).toBe(415)
  expect(read).not.toHaveBeenCalled()
})

describe('a call writes one line', () => {
  test.each([
    ['a success', 'GET', '/health', 200, 'info', null, null],
    [
      'a mistake of the caller',
      'POST',
      '/token?grant_type=x',
      400,
      'warn',
      'unsupported_grant_type',
      'grant_type_unsupported',
    ],
    ['a refusal', 'GET', '/user', 401, 'warn', 'no_authorization', 'token_missing'],
    ['a path that is none', 'GET', '/nowhere', 404, 'warn', 'not_found', 'path_unknown'],
    [
      'a method that is none',
      'PATCH',
      '/user',
      405,
      'warn',
      'method_not_allowed',
      'method_unknown',
    ],
    ['a preflight', 'OPTIONS', '/user', 204, 'info', null, null],
  ])('of %s', async (_, method, path, status, level, errorCode, reason) => {
    const street = await openStreet()
    const answer = await street.call(method, path)
    expect(street.logs).toEqual([
      {
        level,
        event: 'request',
        request_id: answer.headers.get('X-Request-Id'),
        method,
        path: path.split('?')[0],
        status,
        ms: 0,
        error_code: errorCode,
        reason,
        subject: null,
        session: null,
        client: null,
      },
    ])
    expectPlainLine(street.logs[0] as LogLine)
    expect(printed).toEqual([])
  })

  test('of a path without end, whose beginning is enough', async () => {
    const street = await openStreet()
    const { status } = await street.call('GET', '/plain'.repeat(500))
    expect(status).toBe(404)
    expect(street.logs).toMatchObject([{ path: '/plain'.repeat(500).slice(0, 200), status: 404 }])
  })

  test('that says whose session it was, and for what the token was refused', async () => {
    const street = await openStreet()
    const { access_token: token, user } = await street.signUp()
    street.logs.length = 0
    await street.call('POST', '/logout', { token })
    await street.call('GET', '/user', { token })
    expect(street.logs).toMatchObject([
      {
        path: '/logout',
        status: 200,
        subject: user.id,
        session: expect.stringMatching(/^[\w-]{36}$/),
      },
      { path: '/user', status: 401, error_code: 'session_not_found', reason: 'token_revoked' },
    ])
  })

  test('that says which client called', async () => {
    const street = await openStreet({ env: { CLIENTS } })
    await post(street, '/introspect', { token: 'x' }, API)
    await post(street, '/revoke', { token: 'x' })
    expect(street.logs).toMatchObject([
      { path: '/introspect', status: 200, client: 'api' },
      { path: '/revoke', status: 200, client: 'curfew' },
    ])
  })

  test('of a fault, with its kind', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    await street.settled()
    street.logs.length = 0
    for (const kind of ['reset', 'status-500', 'garbage'] as const) {
      await street.redis.fail({ kind })
      await street.call('GET', '/user', { token })
    }
    expect(street.logs.map(({ level, reason }) => [level, reason])).toEqual([
      ['error', 'store_unreachable'],
      ['error', 'store_answer_500'],
      ['error', 'store_answer'],
    ])
  })

  test('of a fault that will not pass by itself, with what to go by', async () => {
    const street = await openStreet()
    const { access_token: token, email, user } = await street.signUp()
    await street.settled()
    const { redis } = street
    const env = { UPSTASH_REDIS_REST_TOKEN: 'of-another-database' }
    const refused = await openStreet({ redis, env })
    await refused.call('GET', '/user', { token })
    await refused.call('POST', '/token?grant_type=password', { body: { email, password: 'x' } })
    await refused.call('GET', '/health')
    expect(refused.logs.map(({ path, reason }) => [path, reason])).toEqual([
      ['/user', 'store_answer_401'],
      ['/token', 'store_answer_401'],
      ['/health', 'store_answer_401'],
    ])

    street.logs.length = 0
    await redis.look('DEL', `user:${user.id}`)
    await redis.look('SET', `user:${user.id}`, 'zq7-marked')
    await street.call('GET', '/user', { token })
    expect(street.logs).toMatchObject([{ status: 503, reason: 'store_answer_WRONGTYPE' }])
  })

  test('of what went wrong in us, with the name of the error and nothing of what it says', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    vi.spyOn(street.services.ports.accounts, 'byId').mockRejectedValue(
      new TypeError(`cannot read ${token}`),
    )
    street.logs.length = 0
    const answer = await street.call('GET', '/user', { token })
    expect(answer.status).toBe(500)
    expect(answer.body).toEqual({
      code: 500,
      error_code: 'unexpected_failure',
      msg: 'Something failed here that should not. It is not known whether anything was changed.',
    })
    expect(answer.headers.get('X-Request-Id')).toBe(street.logs[0]?.request_id)
    expect(street.logs).toMatchObject([
      { level: 'error', status: 500, reason: 'unexpected_TypeError' },
    ])
    expect(JSON.stringify([street.logs, printed])).not.toContain(token.slice(0, 40))
  })
})

const MARK = 'zq7-marked'
const EMAIL = `${MARK}-person@example.com`
const SECRET = `${MARK} passphrase of a person`
const NEW_SECRET = `${MARK} another phrase of theirs`

interface Told {
  street: Street
  /** Every secret that was handed out or sent. */
  secrets: Set<string>
  errors: Answer[]
}

/** Calls of every kind that there is, with something marked in every place where something can be put. */
async function callEverything(): Promise<Told> {
  const street = await openStreet()
  const secrets = new Set([MARK, EMAIL, SECRET, NEW_SECRET, PASSWORD])
  const errors: Answer[] = []
  const send = async (method: string, path: string, call: Call = {}): Promise<Answer> => {
    const answer = await street.call(method, path, {
      ...call,
      headers: {
        Cookie: `session=${MARK}`,
        Referer: `https://app.example.com/?token=${MARK}`,
        'X-Client-Info': MARK,
        ...call.headers,
      },
    })
    for (const name of ['access_token', 'refresh_token']) {
      const token = answer.body[name]
      if (typeof token === 'string') secrets.add(token)
    }
    if (answer.status >= 400) errors.push(answer)
    return answer
  }

  const account = { email: EMAIL, password: SECRET, data: { note: MARK } }
  const signedUp = await send('POST', `/signup?${MARK}=1`, { body: account })
  expect(signedUp.status).toBe(200)
  const token = String(signedUp.body.access_token)
  const refreshToken = String(signedUp.body.refresh_token)
  const service = await street.serviceToken()
  secrets.add(service)

  await send('POST', '/signup', { body: account })
  await send('POST', '/signup', { body: { ...account, email: `${MARK} no address` } })
  await send('POST', '/signup', { body: { email: `2${EMAIL}`, password: MARK } })
  await send('POST', '/signup', { body: { email: `3${EMAIL}`, password: `3${EMAIL}` } })
  for (const password of [SECRET, `${MARK} wrong`]) {
    await send('POST', '/token?grant_type=password', { body: { email: EMAIL, password } })
    await send('POST', `/token?grant_type=password&email=${EMAIL}&password=${password}`, {
      body: new URLSearchParams({ email: EMAIL, password }).toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    })
  }
  await send('POST', `/token?grant_type=${MARK}`, { body: {} })
  await send('POST', '/token?grant_type=refresh_token', { body: { refresh_token: refreshToken } })
  await send('POST', '/token?grant_type=refresh_token', {
    body: { refresh_token: `${MARK}${refreshToken}` },
  })
  await send('POST', '/token', {
    body: `{"grant_type":"${MARK}`,
    headers: { 'Content-Type': 'application/json' },
  })
  await send('POST', '/token', { body: MARK, headers: { 'Content-Type': `text/${MARK}` } })

  for (const [method, path] of [
    ['GET', '/user'],
    ['GET', '/sessions'],
    ['PUT', '/user'],
    ['POST', '/reauthenticate'],
    ['DELETE', `/sessions/${EMAIL}`],
    ['GET', '/admin/users'],
    ['GET', `/nowhere/${MARK}@example.com`],
    ['PATCH', '/user'],
  ] as const)
    for (const bearer of [token, `${token}${MARK}`, MARK, refreshToken, undefined])
      await send(method, `${path}?access_token=${token}&email=${EMAIL}`, {
        token: bearer,
        headers: { 'X-Request-Id': `${MARK}: ${token}`, 'User-Agent': `${token} ${EMAIL} ${MARK}` },
      })
  await send('POST', `/logout?scope=${MARK}`, { token })
  await send('GET', `/logout?token=${token}`, { token })
  // Where somebody put into the path what belongs into a header or a body.
  for (const path of [token, refreshToken, EMAIL, encodeURIComponent(EMAIL)]) {
    await send('GET', `/${path}`)
    await send('GET', `/user/${path}`, { token })
    await send('DELETE', `/sessions/${path}`, { token })
    await send('GET', `/admin/users/${path}`, { token: service })
    await send(
      'GET',
      `/${'a'.repeat(30)}/${'b'.repeat(30)}/${'c'.repeat(30)}/${'d'.repeat(30)}/${'e'.repeat(30)}/${path}`,
    )
  }

  await send('PUT', '/user', {
    token,
    body: { email: `4${EMAIL}`, current_password: `${MARK} wrong` },
  })
  await send('PUT', '/user', { token, body: { password: NEW_SECRET, current_password: SECRET } })
  await send('PUT', '/user', {
    token,
    body: { password: NEW_SECRET, current_password: NEW_SECRET },
  })
  await send('PUT', '/user', { token, body: { data: { [MARK.repeat(60)]: 1 } } })
  await send('POST', '/reauthenticate', { token, body: { password: SECRET } })
  await send('POST', '/admin/users', { token: service, body: { email: EMAIL, password: SECRET } })
  await send('POST', '/admin/users', { token: service, body: { email: `5${EMAIL}`, role: MARK } })
  await send('GET', `/admin/users?filter=${encodeURIComponent(MARK.repeat(40))}`, {
    token: service,
  })
  await send('GET', `/admin/audit?after=${MARK}`, { token: service })

  for (const kind of ['reset', 'status-500', 'garbage', 'half-pipeline'] as const) {
    await street.settled()
    await street.redis.fail({ kind, after: 1 })
    await send('POST', '/token?grant_type=password', {
      body: { email: EMAIL, password: NEW_SECRET },
    })
    await send('POST', '/signup', { body: { email: `6${EMAIL}`, password: SECRET } })
    await send('PUT', '/user', { token, body: { data: { note: MARK } } })
    await send('POST', '/logout', { token })
    await street.settled()
    await street.redis.heal()
  }
  await send('DELETE', '/user', { token, body: { current_password: `${MARK} wrong` } })
  await send('POST', '/logout', { token })
  await send('GET', '/user', { token })
  await street.settled()
  return { street, secrets, errors }
}

describe('after calls of every kind, with something marked in every place', () => {
  test('no log line, no error and nothing printed has any of it', async () => {
    const { street, secrets, errors } = await callEverything()
    expect(street.logs.length).toBeGreaterThan(80)
    expect(errors.length).toBeGreaterThan(60)
    expect(new Set(errors.map(({ status }) => status))).toEqual(
      new Set([400, 401, 403, 404, 405, 415, 422, 503]),
    )
    for (const line of street.logs) expectPlainLine(line)
    const told = [
      ...street.logs.map((line) => JSON.stringify(line)),
      ...errors.map(({ headers, body }) => JSON.stringify([[...headers], body])),
      ...printed,
    ]
    for (const text of told)
      for (const secret of secrets) {
        expect(text).not.toContain(secret)
        expect(text).not.toContain(encodeURIComponent(secret))
        // Not the beginning of a token either: what its header and claims are is all there.
        if (secret.length > 80) expect(text).not.toContain(secret.slice(0, 30))
      }
    for (const { path } of street.logs.filter(({ event }) => event === 'request')) {
      expect(path).not.toContain('?')
      expect(String(path).length).toBeLessThanOrEqual(200)
    }
    for (const { body } of errors) {
      expect(JSON.stringify(body)).not.toMatch(/\bat \S+:\d+|\.ts\b|node_modules|stack|evalsha/i)
      expect(String(body.msg).length).toBeLessThan(300)
    }
  })

  test('Redis holds no token, no password, and the address in two records only', async () => {
    const { street, secrets } = await callEverything()
    const held = (await dump(street.redis)) as unknown[]
    const audits = (await street.redis.look('KEYS', 'audit*')) as string[]
    const entries = await Promise.all(
      audits.map((key) => street.redis.look('XRANGE', key, '-', '+')),
    )
    const all = JSON.stringify([held, entries])
    for (const secret of secrets)
      if (secret !== MARK && secret !== EMAIL) expect(all).not.toContain(secret)
    expect(JSON.stringify(entries)).not.toContain(EMAIL)
    // The accounts themselves, and the operator's search; keys have the hash of it only.
    const holders = held.filter((_, i) => String(held[i + 1]).includes(EMAIL)).map(String)
    expect(new Set(holders.map((name) => name.split(':')[0]))).toEqual(new Set(['user', 'emails']))
    for (const key of (await street.redis.look('KEYS', '*')) as string[]) {
      expect(key).not.toContain(MARK)
      expect(key).not.toContain('eyJ')
    }
  })
})

test('every call of the list writes exactly one line, and no other but after failures', async () => {
  const street = await openStreet()
  for (const { name, prepare } of redisRoutes) {
    const { method, path, call } = await prepare(street)
    await street.settled()
    street.logs.length = 0
    const answer = await street.call(method, path, call)
    await street.settled()
    expect(street.logs, name).toMatchObject([
      {
        level: 'info',
        event: 'request',
        request_id: answer.headers.get('X-Request-Id'),
        method,
        path: path.split('?')[0],
        status: 200,
        error_code: null,
        reason: null,
      },
    ])
  }
  expect(printed).toEqual([])
})
