/** When the limiter alone cannot count: what only ends or carries on a session goes on, what could be guessing stops. */

import { describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import type { QuotaName } from '../src/domain/policy.ts'
import type { FaultRoute } from '../src/http/fault-words.ts'
import { expectUnavailable } from './support/fault-answers.ts'
import { breakCounter, mendCounter } from './support/limiter-keys.ts'
import { dump } from './support/redis-dump.ts'
import { claimsOf, openStreet, PASSWORD, type Person, type Street } from './support/street.ts'

const IP = '192.0.2.77'
const RATE_HEADERS = [
  'RateLimit',
  'RateLimit-Policy',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
]

describe('goes on', () => {
  test.each([
    ['/logout', 'global'],
    ['/logout?scope=local', 'local'],
    ['/logout?scope=others', 'others'],
    ['/logout/all', 'global'],
  ])('POST %s, and ends what it says', async (path, scope) => {
    const street = await openStreet()
    const person = await street.signUp()
    const other = await street.signIn(person)
    await breakCounter(street.redis, 'logout', person.user.id)
    const answer = await street.call('POST', path, { token: person.access_token })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ scope, sessions_ended: scope === 'global' ? 2 : 1 })
    for (const name of RATE_HEADERS) expect(answer.headers.get(name), name).toBeNull()
    const statuses = async () =>
      Promise.all(
        [person, other].map(
          async ({ access_token: token }) => (await street.call('GET', '/user', { token })).status,
        ),
      )
    const alive = { local: [401, 200], others: [200, 401], global: [401, 401] }
    expect(await statuses()).toEqual(alive[scope as keyof typeof alive])
  })

  test('the logout of an expired token', async () => {
    const street = await openStreet()
    const person = await street.signUp()
    street.clock.pass(1000)
    await breakCounter(street.redis, 'logout', `session:${claimsOf(person.access_token).sid}`)
    const answer = await street.call('POST', '/logout', { token: person.access_token })
    expect(answer.body).toMatchObject({ scope: 'local', sessions_ended: 1 })
    expect((await street.refresh(person.refresh_token)).status).toBe(400)
  })

  test('a call that the limiter could not count is not given back', async () => {
    const street = await openStreet()
    const person = await street.signUp()
    const { access_token: token } = person
    await street.call('POST', '/logout?scope=local', { token })
    await breakCounter(street.redis, 'logout', `session:${claimsOf(token).sid}`)
    await street.redis.forget()
    for (let i = 0; i < 3; i++)
      expect((await street.call('POST', '/logout?scope=local', { token })).status).toBe(200)
    await street.settled()
    // Each time one, and nothing after the answer.
    expect(await street.redis.requests()).toHaveLength(3)
  })

  test('the logout of a service', async () => {
    const street = await openStreet()
    const token = await street.serviceToken()
    await breakCounter(street.redis, 'logout', `token:${claimsOf(token).jti}`)
    expect((await street.call('POST', '/logout', { token })).status).toBe(200)
    expect((await street.call('GET', '/admin/users', { token })).status).toBe(401)
  })

  test('the refresh, and rotates', async () => {
    const street = await openStreet()
    const person = await street.signUp()
    const session = String(claimsOf(person.access_token).sid)
    await breakCounter(street.redis, 'refresh', session)
    const answer = await street.refresh(person.refresh_token)
    expect(answer.status).toBe(200)
    for (const name of RATE_HEADERS) expect(answer.headers.get(name), name).toBeNull()
    expect(await street.redis.look('HGET', `session:${session}:detail`, 'generation')).toBe('1')
  })

  test("the change of one's account", async () => {
    const street = await openStreet()
    const person = await street.signUp()
    const { access_token: token, user } = person
    await breakCounter(street.redis, 'change_account', user.id)
    const body = { data: { name: 'Ada' } }
    expect((await street.call('PUT', '/user', { token, body })).status).toBe(200)
    expect(await street.redis.look('HGET', `user:${user.id}`, 'user_metadata')).toContain('Ada')
  })

  test('a logout whose limiter says no but cannot say for how long', async () => {
    const street = await openStreet({ env: { LIMIT_LOGOUT: '1/300' } })
    const person = await street.signUp()
    const token = person.access_token
    await street.call('POST', '/logout?scope=others', { token })
    expect((await street.call('POST', '/logout?scope=global', { token })).status).toBe(429)
    await street.settled()
    await street.redis.fail({ kind: 'garbage', after: 1, times: 1 })
    expect((await street.call('POST', '/logout?scope=global', { token })).body).toMatchObject({
      sessions_ended: 1,
    })
  })
})

interface Stopped {
  name: string
  quota: QuotaName
  faultRoute: FaultRoute
  identity: (person: Person) => string
  send: (street: Street, person: Person) => ReturnType<Street['call']>
}

const signIn: Stopped['send'] = (street, { email }) =>
  street.call('POST', '/token?grant_type=password', { body: { email, password: PASSWORD }, ip: IP })

const stopped: Stopped[] = [
  {
    name: 'a sign-in, without the count of the account',
    quota: 'sign_in_account',
    faultRoute: 'signIn',
    identity: ({ email }) => email,
    send: signIn,
  },
  {
    name: 'a sign-in, without the count of the address',
    quota: 'sign_in_address',
    faultRoute: 'signIn',
    identity: () => IP,
    send: signIn,
  },
  {
    name: 'a sign-up',
    quota: 'sign_up_address',
    faultRoute: 'signUp',
    identity: () => IP,
    send: (street, { email }) =>
      street.call('POST', '/signup', {
        body: { email: `new-${email}`, password: PASSWORD },
        ip: IP,
      }),
  },
  {
    name: 'a reauthentication',
    quota: 'reauthenticate',
    faultRoute: 'change',
    identity: ({ user }) => user.id,
    send: (street, { access_token: token }) =>
      street.call('POST', '/reauthenticate', { token, body: { password: PASSWORD } }),
  },
  {
    name: 'a change of the password',
    quota: 'reauthenticate',
    faultRoute: 'change',
    identity: ({ user }) => user.id,
    send: (street, { access_token: token }) =>
      street.call('PUT', '/user', {
        token,
        body: { password: 'another fine phrase', current_password: PASSWORD },
      }),
  },
  {
    name: 'the deletion of the account',
    quota: 'reauthenticate',
    faultRoute: 'change',
    identity: ({ user }) => user.id,
    send: (street, { access_token: token }) =>
      street.call('DELETE', '/user', { token, body: { current_password: PASSWORD } }),
  },
]

describe('stops with 503, and nothing is done', () => {
  for (const { name, quota, faultRoute, identity, send } of stopped)
    test(name, async () => {
      const street = await openStreet()
      const person = await street.signUp()
      await street.settled()
      await breakCounter(street.redis, quota, identity(person))
      const before = await dump(street.redis)
      const answer = await send(street, person)
      await street.settled()
      expectUnavailable(answer, {
        faultRoute,
        path: quota.startsWith('sign_in') ? '/token' : '/',
        secrets: [person.email, PASSWORD, person.access_token],
      })
      expect(await dump(street.redis)).toEqual(before)

      await mendCounter(street.redis, quota, identity(person))
      expect((await send(street, person)).status).toBe(200)
    })
})

test('a limiter of another make that throws no fault of the store is our own mistake, and told as such', async () => {
  const street = await openStreet()
  const person = await street.signUp()
  const logs: object[] = []
  const app = createApp({
    ...street.services,
    log: (line) => logs.push(line),
    counter: {
      take: () => Promise.reject(new RangeError(`no room for ${person.email}`)),
      takeInTurn: () => Promise.reject(new RangeError('no room')),
      takeAndMake: () => Promise.reject(new RangeError('no room')),
      make: () => Promise.reject(new RangeError('no room')),
      giveBack: () => Promise.resolve(),
    },
  })
  const response = await app.request('/logout', {
    method: 'POST',
    headers: { Authorization: `Bearer ${person.access_token}` },
  })
  expect(response.status).toBe(500)
  const body = await response.json()
  expect(body).toEqual({
    code: 500,
    error_code: 'unexpected_failure',
    msg: 'Something failed here that should not. It is not known whether anything was changed.',
  })
  expect(logs).toMatchObject([{ level: 'error', status: 500, reason: 'unexpected_RangeError' }])
  expect(JSON.stringify(logs)).not.toContain(person.email)
})
