/** When Redis fails as a whole, for a moment, or after the answer: nothing passes unchecked, and nothing of it sticks. */

import { describe, expect, test } from 'vitest'
import { REDIS_TIMEOUT_MS } from '../src/domain/policy.ts'
import { expectUnavailable, timed } from './support/fault-answers.ts'
import { usedOf } from './support/limiter-keys.ts'
import { entriesOf } from './support/redis-contents.ts'
import { dump } from './support/redis-dump.ts'
import type { Fault } from './support/redis-faults.ts'
import { redisRoutes } from './support/redis-routes.ts'
import { type Answer, claimsOf, openStreet, type Person, type Street } from './support/street.ts'

const LONG = 90_000

describe('Redis that cannot be used at all', () => {
  test.concurrent.each([
    ['refuses connections', { UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1' }],
    ['does not know our token', { UPSTASH_REDIS_REST_TOKEN: 'of-another-database' }],
  ])(
    '%s: every call says so, and nothing was done',
    async (_, env) => {
      const street = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS })
      const broken = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS, env, redis: street.redis })
      broken.clock.now = street.clock.now
      for (const { name, prepare, faults } of redisRoutes) {
        const { method, path, call, secrets, proof } = await prepare(street)
        const before = await dump(street.redis)
        const answer = await timed(() => broken.call(method, path, call))
        const [faultRoute = 'read'] = faults
        expectUnavailable(answer, { faultRoute, path, secrets, at: name })
        await broken.settled()
        expect(await dump(street.redis), name).toEqual(before)
        const logs = JSON.stringify(broken.logs)
        for (const secret of [...secrets, 'of-another-database']) expect(logs).not.toContain(secret)

        const healthy = await street.call(method, path, call)
        expect(healthy.status, `${name} ${JSON.stringify(healthy.body)}`).toBe(200)
        await proof(healthy)
        await street.settled()
      }
    },
    LONG,
  )

  test('is what /health says, and says no longer once it is back', async () => {
    const street = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS })
    const health = () => street.call('GET', '/health')
    const healthy = { status: 'ok', version: 'test', redis: 'reachable' }
    expect(await health()).toMatchObject({ status: 200, body: healthy })
    for (const kind of [
      'reset',
      'hang',
      'stall',
      'status-500',
      'half-pipeline',
      'garbage',
    ] as const) {
      await street.redis.fail({ kind })
      const answer = await timed(health)
      expect(answer.status, kind).toBe(503)
      expect(answer.body, kind).toEqual({
        status: 'unavailable',
        version: 'test',
        redis: 'unreachable',
      })
      expect(answer.headers.get('Cache-Control')).toBe('no-store')
      await street.redis.heal()
      expect((await health()).body, kind).toEqual(healthy)
    }
  })

  test('/health does not call one well that takes no writes', async () => {
    const street = await openStreet()
    await street.redis.fail({ kind: 'full' })
    const answer = await street.call('GET', '/health')
    expect(answer.status).toBe(503)
    expect(answer.body).toMatchObject({ status: 'unavailable', redis: 'refused' })
    expect(street.logs).toMatchObject([{ path: '/health', reason: 'store_answer_OOM' }])
  })
})

describe('a check that got a strange answer is no check', () => {
  /** As it would be base64 on the wire, texts are given as such. */
  const text = btoa('active')
  const results: [string, unknown][] = [
    ['null', null],
    ['a number', 0],
    ['a text', text],
    ['an empty text', ''],
    ['an empty list', []],
    ['a list that is too long', [null, null, null, null, null]],
    ['a list of lists', [[], [], [], []]],
    ['a list of truths', [true, true, true, true]],
    ['an object', {}],
  ]
  const whoever = [
    ['a person', '/user/events', async (street: Street) => (await street.signUp()).access_token],
    ['a service', '/admin/users', (street: Street) => street.serviceToken()],
  ] as const

  for (const consistency of ['primary', 'replica'])
    test.concurrent.each(whoever)(`of %s, asking the ${consistency}`, async (_, path, tokenOf) => {
      const street = await openStreet({
        redisTimeout: REDIS_TIMEOUT_MS,
        env: { READ_CONSISTENCY: consistency },
      })
      const token = await tokenOf(street)
      const ask = () => street.call('GET', path, { token })
      expect((await ask()).status).toBe(200)
      const faults: [string, Fault][] = [
        ...results.map(([name, result]): [string, Fault] => [name, { kind: 'garbage', result }]),
        ...(['reset', 'hang', 'stall', 'status-500', 'half-pipeline', 'late-answer'] as const).map(
          (kind): [string, Fault] => [kind, { kind }],
        ),
      ]
      for (const [name, fault] of faults) {
        // The check alone meets the fault, so that nothing behind it can make up for a check that passes. A connection that
        // was cut is tried twice.
        await street.redis.fail({ ...fault, times: fault.kind === 'reset' ? 2 : 1 })
        const answer = await timed(ask)
        expectUnavailable(answer, { faultRoute: 'read', path, secrets: [token], at: name })
        await street.redis.heal()
        expect((await ask()).status, name).toBe(200)
      }
    })

  test.concurrent('of the account behind a good token: what is no account is not taken for a missing one', async () => {
    // The check and the account are then asked for in requests of their own, the check first.
    const street = await openStreet({
      redisTimeout: REDIS_TIMEOUT_MS,
      env: { READ_CONSISTENCY: 'replica' },
    })
    const { access_token: token } = await street.signUp()
    const ask = () => street.call('GET', '/user', { token })
    await ask()
    for (const [name, result] of results) {
      await street.redis.fail({ kind: 'garbage', result, after: 1 })
      expectUnavailable(await ask(), {
        faultRoute: 'read',
        path: '/user',
        secrets: [token],
        at: name,
      })
      await street.redis.heal()
    }
  })

  test.concurrent('of an account whose record is damaged', async () => {
    const street = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS })
    const { access_token: token, user } = await street.signUp()
    const ask = () => street.call('GET', '/user', { token })
    const damages: [string, string][] = [
      ['user_metadata', '{"half'],
      ['app_metadata', ''],
      ['created_at', 'yesterday'],
      ['confirmed_at', '-1'],
    ]
    for (const [field, value] of damages) {
      const whole = await street.redis.look('HGET', `user:${user.id}`, field)
      await street.redis.look('HSET', `user:${user.id}`, field, value)
      const answer = await ask()
      expectUnavailable(answer, { faultRoute: 'read', path: '/user', secrets: [token], at: field })
      await street.redis.look('HSET', `user:${user.id}`, field, String(whole))
      expect((await ask()).status).toBe(200)
    }
  })
})

describe('one answer that is lost on the way is made up for, unseen', () => {
  // The connection breaks when all was done, and the client sends the same again.
  for (const { name, trips, prepare } of redisRoutes)
    test(name, async () => {
      const street = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS })
      const warm = await prepare(street)
      await street.call(warm.method, warm.path, warm.call)
      for (const step of trips.keys()) {
        const { method, path, call, proof } = await prepare(street)
        await street.settled()
        await street.redis.fail({ kind: 'late-answer', ms: 1, after: step, times: 1 })
        const answer = await timed(() => street.call(method, path, call))
        await street.redis.heal()
        expect(answer.status, `step ${step + 1} ${JSON.stringify(answer.body)}`).toBe(200)
        await proof(answer)
      }
    })
})

describe('what was done once and sent twice', () => {
  async function loseOneAnswer(path: string) {
    const street = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS })
    const warm = await street.signUp()
    await street.call('POST', '/logout', { token: warm.access_token })
    const person = await street.signUp()
    await street.settled()
    await street.redis.forget()
    // The script of a session's own logout is in the first request, and else in the second.
    const after = path.endsWith('local') ? 0 : 1
    await street.redis.fail({ kind: 'late-answer', ms: 1, after, times: 1 })
    const answer = await street.call('POST', path, { token: person.access_token })
    expect((await street.redis.requests()).length).toBeGreaterThan(after + 1)
    await street.redis.heal()
    await street.settled()
    return { street, person, answer }
  }

  test('is told and written down as done once', async () => {
    const { street, person, answer } = await loseOneAnswer('/logout?scope=local')
    expect(answer.body).toMatchObject({ scope: 'local', sessions_ended: 1 })
    const entries = await entriesOf(street.redis, `audit:${person.user.id}`)
    expect(entries.map(({ action }) => action)).toEqual(['user_signedup', 'logout'])
    const everyone = await entriesOf(street.redis, 'audit')
    expect(everyone.filter(({ subject }) => subject === person.user.id)).toEqual(entries)
  })

  test('raises the token version of the user once', async () => {
    const { street, person, answer } = await loseOneAnswer('/logout?scope=global')
    // How many they were is not written down, and so not claimed.
    expect(answer.body).toMatchObject({ scope: 'global', sessions_ended: 0 })
    const [version] = String(claimsOf(person.access_token).ver).split('.')
    expect(await street.redis.look('GET', `token_version:${person.user.id}`)).toBe(
      String(Number(version) + 1),
    )
  })

  test.each([
    [
      'refresh',
      { LIMIT_REFRESH: '1/300' },
      (street: Street, { refresh_token }: Person) => street.refresh(refresh_token),
    ],
    [
      'logout',
      { LIMIT_LOGOUT: '1/300' },
      (street: Street, { access_token: token }: Person) =>
        street.call('POST', '/logout?scope=local', { token }),
    ],
  ] as const)('is no second %s where one was left', async (quota, env, send) => {
    const street = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS, env })
    const warm = await street.signUp()
    expect((await send(street, warm)).status).toBe(200)
    const person = await street.signUp()
    await street.settled()
    await street.redis.fail({ kind: 'late-answer', ms: 1, times: 1 })
    expect((await send(street, person)).status).toBe(200)
    await street.redis.heal()
    const { sid } = claimsOf(person.access_token)
    const identity = quota === 'refresh' ? String(sid) : person.user.id
    expect(await usedOf(street.redis, quota, identity)).toBe(1)
  })

  test('by somebody else is not taken for it', async () => {
    const { street, person } = await loseOneAnswer('/logout?scope=local')
    const again = await street.call('POST', '/logout?scope=local', { token: person.access_token })
    expect(again.body).toMatchObject({ sessions_ended: 0 })
  })
})

describe('what fails after the answer changes nothing of it', () => {
  const failuresOf = ({ logs }: Street) =>
    logs.filter(({ event }) => event === 'after_answer_failed')

  /** Redis answers so many requests, and then no more. */
  async function failAfter(street: Street, trips: number, call: () => Promise<Answer>) {
    await street.settled()
    street.logs.length = 0
    await street.redis.fail({ kind: 'reset', after: trips })
    const answer = await call()
    await street.settled()
    await street.redis.heal()
    return answer
  }

  for (const { name, trips, afterwards, prepare } of redisRoutes.filter(
    (route) => route.afterwards.length > 0,
  ))
    test(name, async () => {
      const street = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS })
      const warm = await prepare(street)
      await street.call(warm.method, warm.path, warm.call)
      const { method, path, call, proof } = await prepare(street)
      const answer = await failAfter(street, trips.length, () => street.call(method, path, call))
      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      await proof(answer)
      const request_id = answer.headers.get('X-Request-Id')
      const failed = afterwards.flat().length
      expect(failuresOf(street)).toEqual([
        { level: 'error', event: 'after_answer_failed', request_id, failed },
      ])
    })

  test('a wrong password whose entry in the log cannot be written', async () => {
    const street = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS })
    const { email } = await street.signUp()
    const guess = () =>
      street.call('POST', '/token?grant_type=password', {
        body: { email, password: 'not the password' },
      })
    await guess()
    const answer = await failAfter(street, 2, guess)
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'invalid_credentials' } })
    const request_id = answer.headers.get('X-Request-Id')
    expect(failuresOf(street)).toEqual([
      { level: 'error', event: 'after_answer_failed', request_id, failed: 1 },
    ])
    const log = await entriesOf(street.redis, 'audit')
    expect(log.filter(({ action }) => action === 'login_failed')).toHaveLength(1)
  })
})

test('nothing sticks: after any number of failures the next call works', async () => {
  const street = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS })
  const person = await street.signUp()
  const token = person.access_token
  for (const kind of ['reset', 'garbage', 'status-500'] as const) {
    await street.redis.fail({ kind })
    for (let i = 0; i < 8; i++)
      expect((await street.call('GET', '/user', { token })).status).toBe(503)
    await Promise.all(
      Array.from({ length: 8 }, async () =>
        expect((await street.call('POST', '/logout', { token })).status).toBe(503),
      ),
    )
    await street.redis.heal()
    expect((await street.call('GET', '/user', { token })).status, kind).toBe(200)
  }
  expect((await street.call('POST', '/logout', { token })).body.sessions_ended).toBe(1)
  expect((await street.call('GET', '/user', { token })).status).toBe(401)
})
