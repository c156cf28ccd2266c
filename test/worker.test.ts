/** The front door as the runtime opens it: a request, the environment, and what is answered when that is wrong. */

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import { generateSigningKey } from '../src/crypto/signing-keys.ts'
import worker from '../src/worker.ts'
import { openCase } from './support/redis-case.ts'
import { claimsOf, PASSWORD } from './support/street.ts'

let printed: { stream: string; text: string }[] = []
beforeEach(() => {
  printed = []
  for (const stream of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, stream).mockImplementation((...said: unknown[]) => {
      printed.push({ stream, text: said.map(String).join(' ') })
    })
})
afterEach(() => void vi.restoreAllMocks())

type Env = Parameters<typeof worker.fetch>[1]

async function goodEnv(more: Record<string, unknown> = {}): Promise<Env> {
  const { url } = await openCase()
  return {
    ISSUER: 'https://auth.example.com',
    SIGNING_KEYS: JSON.stringify({ keys: [await generateSigningKey()] }),
    REFRESH_SECRETS: 'a-secret-of-the-tests-that-is-long-enough',
    UPSTASH_REDIS_REST_URL: url,
    UPSTASH_REDIS_REST_TOKEN: inject('redis').token,
    ...more,
  } as Env
}

async function send(
  env: Env,
  method: string,
  path: string,
  init: { body?: object; token?: string } = {},
) {
  const request = new Request(`https://auth.example.com${path}`, {
    method,
    headers: {
      'Content-Type': 'application/json',
      ...(init.token ? { Authorization: `Bearer ${init.token}` } : {}),
    },
    ...(init.body ? { body: JSON.stringify(init.body) } : {}),
  }) as Parameters<typeof worker.fetch>[0]
  const context = createExecutionContext()
  const response = await worker.fetch(request, env, context)
  await waitOnExecutionContext(context)
  const text = await response.text()
  const body: Record<string, unknown> = text.startsWith('{') ? JSON.parse(text) : {}
  return { status: response.status, headers: response.headers, body }
}

const MISCONFIGURED = {
  code: 500,
  error_code: 'service_misconfigured',
  msg: 'This service is not configured correctly; its log says what is wrong. Nothing was changed.',
}

test('an empty environment is 500 on every path, without details, and its log names every mistake', async () => {
  const env = {} as Env
  for (const [method, path] of [
    ['GET', '/health'],
    ['POST', '/logout'],
    ['GET', '/nowhere'],
  ] as const) {
    printed = []
    const answer = await send(env, method, path)
    expect(answer.status).toBe(500)
    expect(answer.body).toEqual(MISCONFIGURED)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(printed).toHaveLength(1)
    expect(printed[0]?.stream).toBe('error')
    const { mistakes, ...line } = JSON.parse(printed[0]?.text ?? '')
    expect(line).toEqual({ level: 'error', event: 'service_misconfigured' })
    expect(mistakes.map((sentence: string) => sentence.split(':')[0])).toEqual([
      'ISSUER',
      'SIGNING_KEYS',
      'REFRESH_SECRETS',
      'UPSTASH_REDIS_REST_URL',
      'UPSTASH_REDIS_REST_TOKEN',
    ])
  }
})

test('what is wrong is told to the log and not to the caller, and a secret to neither', async () => {
  const key = await generateSigningKey()
  const other = await generateSigningKey()
  const envs: [object, RegExp][] = [
    [{ LIMIT_LOGOUT: 'many' }, /LIMIT_LOGOUT: must be calls and seconds/],
    [
      { SIGNING_KEYS: JSON.stringify({ keys: [key, key] }) },
      /SIGNING_KEYS, key 2: its kid is another key's too\./,
    ],
    [
      { SIGNING_KEYS: JSON.stringify({ keys: [{ ...key, x: other.x }] }) },
      /SIGNING_KEYS, key 1: it is no P-256 key/,
    ],
    [
      { SIGNING_KEYS: JSON.stringify({ keys: [key, { ...key, kid: 'b', y: 'AAAA' }] }) },
      /SIGNING_KEYS, key 2: it is no P-256 key/,
    ],
    [{ REFRESH_SECRETS: 'zq7-too-short' }, /REFRESH_SECRETS: item 1 needs at least 32/],
  ]
  for (const [more, sentence] of envs) {
    printed = []
    const env = await goodEnv({ ...more })
    const answer = await send(env, 'GET', '/health')
    expect(answer.status).toBe(500)
    expect(answer.body).toEqual(MISCONFIGURED)
    const said = printed.map(({ text }) => text).join('\n')
    expect(said).toMatch(sentence)
    for (const secret of [key.d, other.d, key.x, 'zq7-too-short', inject('redis').token])
      expect(said).not.toContain(secret)
  }
})

test('what fails for another reason is said to have failed, and not in its own words', async () => {
  const env = await goodEnv()
  Object.defineProperty(env, 'AUDIENCE', {
    get: () => {
      throw new TypeError('Invalid header value: zq7-secret')
    },
  })
  const answer = await send(env, 'GET', '/health')
  expect(answer.body).toEqual(MISCONFIGURED)
  expect(printed).toHaveLength(1)
  expect(JSON.parse(printed[0]?.text ?? '').mistakes).toEqual([
    'The service could not be started, and not for a mistake in its settings that it knows of.',
  ])
  expect(printed[0]?.text).not.toContain('zq7')
})

test('a Redis token with a line break is named and not shown', async () => {
  const env = await goodEnv({ UPSTASH_REDIS_REST_TOKEN: 'zq7\ntoken' })
  expect((await send(env, 'GET', '/health')).body).toEqual(MISCONFIGURED)
  const said = printed.map(({ text }) => text).join('\n')
  expect(said).toContain('UPSTASH_REDIS_REST_TOKEN: must have no blank, no line break')
  expect(said).not.toContain('zq7')
})

test('a key whose halves do not belong together is refused at once, not token by token', async () => {
  const [key, other] = [await generateSigningKey(), await generateSigningKey()]
  const env = await goodEnv({ SIGNING_KEYS: JSON.stringify({ keys: [{ ...key, d: other.d }] }) })
  const answer = await send(env, 'GET', '/health')
  expect(answer.body).toEqual(MISCONFIGURED)
  expect(printed[0]?.text).toMatch(/SIGNING_KEYS, key 1/)
})

test('a good environment serves, from signing up to being logged out, and prints a line of JSON a call', async () => {
  const env = await goodEnv({ CF_VERSION_METADATA: { id: 'version-7' } })
  expect((await send(env, 'GET', '/health')).body).toEqual({
    status: 'ok',
    version: 'version-7',
    redis: 'reachable',
  })
  const email = 'person@example.com'
  const signedUp = await send(env, 'POST', '/signup', { body: { email, password: PASSWORD } })
  expect(signedUp.status).toBe(200)
  const token = String(signedUp.body.access_token)
  expect(claimsOf(token)).toMatchObject({ iss: 'https://auth.example.com', aud: 'authenticated' })
  expect((await send(env, 'GET', '/user', { token })).status).toBe(200)
  expect((await send(env, 'POST', '/logout', { token })).status).toBe(200)
  expect((await send(env, 'GET', '/user', { token })).status).toBe(401)

  expect(
    printed.map(({ stream, text }) => [stream, JSON.parse(text).path, JSON.parse(text).status]),
  ).toEqual([
    ['info', '/health', 200],
    ['info', '/signup', 200],
    ['info', '/user', 200],
    ['info', '/logout', 200],
    ['warn', '/user', 401],
  ])
  for (const { text } of printed) {
    expect(text).not.toContain('\n')
    for (const secret of [token, email, PASSWORD]) expect(text).not.toContain(secret)
  }
})

test('a password is kept at the full cost', async () => {
  const redis = await openCase()
  const env = await goodEnv({ UPSTASH_REDIS_REST_URL: redis.url })
  const body = { email: 'ada@example.com', password: PASSWORD }
  const { user } = (await send(env, 'POST', '/signup', { body })).body as { user: { id: string } }
  const hash = await redis.look('HGET', `user:${user.id}`, 'password')
  expect(hash).toMatch(/^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/)
})

test.each([{}, { CF_VERSION_METADATA: { id: '' } }])(
  'without a version it says that it is in development: %j',
  async (more) => {
    expect((await send(await goodEnv(more), 'GET', '/health')).body).toMatchObject({
      version: 'development',
    })
  },
)

test('under a base path, everything is there and nothing beside it', async () => {
  const env = await goodEnv({ BASE_PATH: '/auth/v1' })
  expect((await send(env, 'GET', '/auth/v1/health')).status).toBe(200)
  const beside = await send(env, 'GET', '/health')
  expect(beside.status).toBe(404)
  expect(beside.body).toMatchObject({ code: 404, error_code: 'not_found' })
})

test('what is meant for the database is sent nowhere else: no redirect is followed', async () => {
  const env = await goodEnv()
  const sent = vi.spyOn(globalThis, 'fetch')
  const body = { email: 'ada@example.com', password: PASSWORD }
  expect((await send(env, 'POST', '/signup', { body })).status).toBe(200)
  const redirects = new Set(sent.mock.calls.map(([, init]) => init?.redirect))
  expect(redirects).toEqual(new Set(['manual']))
})

test('a mistake does not stick: another environment is read anew, and each keeps its own', async () => {
  const first = await goodEnv({ ISSUER: 'https://one.example.com' })
  const second = await goodEnv({ ISSUER: 'https://two.example.com' })
  expect((await send({} as Env, 'GET', '/health')).status).toBe(500)
  const tokens: string[] = []
  for (const env of [first, second, first]) {
    const answer = await send(env, 'POST', '/signup', {
      body: { email: `${crypto.randomUUID()}@example.com`, password: PASSWORD },
    })
    tokens.push(String(answer.body.access_token))
  }
  expect(tokens.map((token) => claimsOf(token).iss)).toEqual([
    'https://one.example.com',
    'https://two.example.com',
    'https://one.example.com',
  ])
  expect((await send(second, 'GET', '/user', { token: String(tokens[0]) })).status).toBe(401)
  expect((await send(first, 'GET', '/user', { token: String(tokens[0]) })).status).toBe(200)
})

test('a slash at the end of the database’s URL makes no difference', async () => {
  const redis = await openCase()
  const env = await goodEnv({ UPSTASH_REDIS_REST_URL: `${redis.url}/` })
  expect((await send(env, 'GET', '/health')).status).toBe(200)
  expect((await redis.requests()).map(({ path }) => path)).toEqual(['/pipeline'])
})

test('the key that a health check writes expires', async () => {
  const redis = await openCase()
  const env = await goodEnv({ UPSTASH_REDIS_REST_URL: redis.url })
  expect((await send(env, 'GET', '/health')).status).toBe(200)
  const left = Number(await redis.look('PTTL', 'health'))
  expect(left).toBeGreaterThan(0)
  expect(left).toBeLessThanOrEqual(60_000)
})

test('a database that cannot be reached is no mistake of the configuration', async () => {
  const env = await goodEnv({ UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1' })
  const answer = await send(env, 'GET', '/health')
  expect(answer.status).toBe(503)
  expect(answer.body).toMatchObject({ status: 'unavailable', redis: 'unreachable' })
  expect(printed.map(({ text }) => JSON.parse(text).reason)).toEqual(['store_unreachable'])
})

test('a database that does not take our token is told from one that is down', async () => {
  const env = await goodEnv({ UPSTASH_REDIS_REST_TOKEN: 'of-another-database' })
  const answer = await send(env, 'GET', '/health')
  expect(answer.status).toBe(503)
  expect(answer.body).toMatchObject({ status: 'unavailable', redis: 'refused' })
  expect(printed.map(({ text }) => JSON.parse(text).reason)).toEqual(['store_answer_401'])
})

test.each([
  ['that forbids what it is asked', 403, 'Forbidden', 'refused', 'store_answer_403'],
  ['that answers a write with nothing', 200, '[{"result":null}]', 'unreachable', 'store_answer'],
])('a database %s is told as not well', async (_, status, text, redis, reason) => {
  const env = await goodEnv()
  vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(text, { status }))
  const answer = await send(env, 'GET', '/health')
  expect(answer).toMatchObject({ status: 503, body: { status: 'unavailable', redis } })
  expect(printed.map((line) => JSON.parse(line.text).reason)).toEqual([reason])
})
