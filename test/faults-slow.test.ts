/** When Redis is slow: within the limits everything works, past them every request ends in time. */

import { describe, expect, test, vi } from 'vitest'
import { REDIS_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from '../src/domain/policy.ts'
import { expectUnavailable, timed } from './support/fault-answers.ts'
import { redisRoutes } from './support/redis-routes.ts'
import { claimsOf, openStreet, PASSWORD } from './support/street.ts'

/** Milliseconds that Redis takes for each request. That the limits are met is tried below; here a busy machine must not meet them. */
const SLOW = 300

describe('slow, but within the limits', () => {
  test.concurrent.each(redisRoutes.map((route) => [route.name, route] as const))(
    '%s works',
    async (_, { prepare, trips }) => {
      const street = await openStreet()
      const warm = await prepare(street)
      await street.call(warm.method, warm.path, warm.call)
      const { method, path, call, proof } = await prepare(street)
      await street.settled()
      await street.redis.fail({ kind: 'slow', ms: SLOW })
      const start = Date.now()
      const answer = await timed(() => street.call(method, path, call))
      const took = Date.now() - start
      await street.settled()
      await street.redis.heal()
      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      expect(took).toBeGreaterThan(trips.length * SLOW * 0.9)
      await proof(answer)
      expect(street.logs.filter(({ event }) => event !== 'request')).toEqual([])
    },
  )
})

describe('past the limits', () => {
  test('three waits in a row fit into a request, and its own end leaves time for the answer', () => {
    expect(3 * REDIS_TIMEOUT_MS).toBeLessThan(REQUEST_TIMEOUT_MS)
    expect(REQUEST_TIMEOUT_MS).toBeLessThan(3_000)
  })

  test.concurrent('a logout whose limiter never answers waits for it once, and then ends the session', async () => {
    const street = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS })
    const warm = await street.signUp()
    await street.call('POST', '/logout', { token: warm.access_token })
    const person = await street.signUp()
    await street.settled()
    await street.redis.fail({ kind: 'hang', times: 1 })
    const start = Date.now()
    const answer = await timed(() => street.call('POST', '/logout', { token: person.access_token }))
    expect(answer.body).toMatchObject({ sessions_ended: 1 })
    expect(Date.now() - start).toBeGreaterThan(REDIS_TIMEOUT_MS * 0.9)
    expect((await street.refresh(person.refresh_token)).status).toBe(400)
  })

  // Redis slow at every step and hashing slow as well: each is quick enough by itself.
  test.concurrent.each(['PUT', 'DELETE'])(
    '%s /user is cut short, and does not say that nothing happened',
    async (method) => {
      const street = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS })
      const password = 'another fine phrase'
      const body = { current_password: PASSWORD, ...(method === 'PUT' ? { password } : {}) }
      const warm = await street.signUp()
      await street.call(method, '/user', { token: warm.access_token, body })
      const person = await street.signUp()
      await street.settled()
      await street.redis.fail({ kind: 'slow', ms: REDIS_TIMEOUT_MS / 2 })
      const { passwords } = street.services.ports
      const verify = passwords.verify
      const slowHash = vi.spyOn(passwords, 'verify').mockImplementation(async (...given) => {
        await new Promise((resolve) => setTimeout(resolve, REQUEST_TIMEOUT_MS / 2))
        return verify(...given)
      })
      const start = Date.now()
      const answer = await timed(() =>
        street.call(method, '/user', { token: person.access_token, body }),
      )
      expect(Date.now() - start).toBeGreaterThan(REQUEST_TIMEOUT_MS * 0.9)
      slowHash.mockRestore()
      await street.settled()
      await street.redis.heal()
      expectUnavailable(answer, {
        faultRoute: 'change',
        path: '/user',
        secrets: [person.access_token, person.refresh_token, person.email, PASSWORD, password],
      })
      expect(street.logs.at(-1)).toMatchObject({
        event: 'request',
        status: 503,
        reason: 'request_slow',
        request_id: answer.headers.get('X-Request-Id'),
      })
      const again = await street.call(method, '/user', { token: person.access_token, body })
      expect(method === 'PUT' ? [200, 400, 422] : [200, 401]).toContain(again.status)
      const signIn = await street.call('POST', '/token?grant_type=password', {
        body: { email: person.email, password },
      })
      expect(signIn.status).toBe(method === 'PUT' ? 200 : 400)
    },
  )

  test.concurrent('a caller who sends the body too slowly gets an answer in time, which promises nothing', async () => {
    const street = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS })
    const { email } = await street.signUp()
    const [start, end] = [`{"email":"${email}","pass`, `word":"${PASSWORD}"}`].map((text) =>
      new TextEncoder().encode(text),
    )
    let sendTheRest = () => {}
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(start)
        sendTheRest = () => {
          controller.enqueue(end)
          controller.close()
        }
      },
    })
    await street.settled()
    await street.redis.forget()
    const began = Date.now()
    const response = await street.app.request('/token?grant_type=password', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    })
    expect(Date.now() - began).toBeLessThan(3_000)
    expect(response.status).toBe(503)
    expect(await street.redis.requests()).toEqual([])
    sendTheRest()
    // The rest of it is still awaited by whoever was cut short, so nobody can say that nothing will have happened.
    expect(await response.json()).toMatchObject({
      error_code: 'service_unavailable',
      msg: expect.stringContaining('It may or may not have happened'),
    })
  })
})

test('a token that was checked before a slow moment is checked again after it', async () => {
  const street = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS })
  const person = await street.signUp()
  const other = await street.signIn(person)
  const ask = () => street.call('GET', '/user', { token: other.access_token })
  expect((await ask()).status).toBe(200)
  await street.redis.fail({ kind: 'hang' })
  expect((await ask()).status).toBe(503)
  await street.redis.heal()
  const gone = String(claimsOf(other.access_token).sid)
  await street.call('DELETE', `/sessions/${gone}`, { token: person.access_token })
  expect((await ask()).status).toBe(401)
})

test('a wrong password that was compared after its call had been cut short is in the log', async () => {
  const street = await openStreet()
  const person = await street.signUp()
  const { passwords } = street.services.ports
  const { verify } = passwords
  let compare = () => {}
  const held = new Promise<void>((resolve) => {
    compare = resolve
  })
  vi.spyOn(passwords, 'verify').mockImplementation(async (...given) => {
    await held
    return verify(...given)
  })
  const answer = await timed(() =>
    street.call('POST', '/token?grant_type=password', {
      body: { email: person.email, password: 'not the password' },
    }),
  )
  expect(answer.status).toBe(503)
  compare()
  await vi.waitFor(async () => {
    const log = JSON.stringify(await street.redis.look('XRANGE', 'audit', '-', '+'))
    expect(log).toContain('login_failed')
  }, 5000)
})
