/** Who may call an admin route: every route, every kind of caller. What is refused must not have touched anything. */

import { beforeAll, describe, expect, test } from 'vitest'
import { createAccessTokens, type Mint } from '../src/crypto/access-token.ts'
import {
  generateSigningKey,
  importSigningKeys,
  type PrivateJwk,
} from '../src/crypto/signing-keys.ts'
import { NOBODY, openAdministrator } from './support/operators.ts'
import { contentsOf } from './support/redis-contents.ts'
import { dump } from './support/redis-dump.ts'
import { claimsOf, ISSUER, openStreet, type Street, signingKey } from './support/street.ts'

/** Read from the app itself, so that a route that is added later is guarded here too. */
async function adminRoutes(): Promise<{ method: string; path: string }[]> {
  const { app } = await openStreet()
  const routes = app.routes.filter(
    ({ method, path }) => method !== 'ALL' && path.startsWith('/admin'),
  )
  const lines = new Set(
    routes.map(({ method, path }) => `${method} ${path.replace(/:\w+/g, NOBODY)}`),
  )
  return [...lines].map((line) => {
    const [method = '', path = ''] = line.split(' ')
    return { method, path }
  })
}

const routes = await adminRoutes()
const anotherKey = await generateSigningKey()

async function mintOf(issuer: string, key: PrivateJwk): Promise<Mint> {
  return createAccessTokens({
    keys: await importSigningKeys([key]),
    issuer,
    url: issuer,
    audience: 'authenticated',
    ttl: 900,
    newId: () => crypto.randomUUID(),
  })
}

test('there are ten admin routes', () => {
  expect(routes.map(({ method, path }) => `${method} ${path.replaceAll(NOBODY, ':id')}`)).toEqual([
    'GET /admin/users',
    'POST /admin/users',
    'GET /admin/users/:id',
    'PUT /admin/users/:id',
    'DELETE /admin/users/:id',
    'GET /admin/users/:id/sessions',
    'DELETE /admin/users/:id/sessions/:id',
    'POST /admin/users/:id/logout',
    'POST /admin/logout',
    'GET /admin/audit',
  ])
})

describe.each(routes)('$method $path', ({ method, path }) => {
  let street: Street
  const call = (token?: string) =>
    street.call(method, path, { token, ...(method === 'GET' ? {} : { body: {} }) })

  beforeAll(async () => {
    street = await openStreet()
  })

  /** Refused, and nothing in Redis is any different. */
  async function expectRefusal(token: string | undefined, status: number, code: string) {
    await street.settled()
    const before = await dump(street.redis)
    const answer = await call(token)
    expect(answer.body).toMatchObject({ code: status, error_code: code })
    expect(answer.status).toBe(status)
    await street.settled()
    expect(await dump(street.redis)).toEqual(before)
    return answer
  }

  test('refuses a call without a token, and asks nothing of Redis', async () => {
    await street.redis.forget()
    const answer = await call()
    expect(answer.status).toBe(401)
    expect(answer.body.error_code).toBe('no_authorization')
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="curfew"')
    expect(await street.redis.requests()).toEqual([])
  })

  test('refuses a user', async () => {
    const person = await street.signUp()
    const answer = await expectRefusal(person.access_token, 403, 'not_admin')
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer error="insufficient_scope"')
  })

  test('refuses an administrator who has logged out', async () => {
    const admin = await openAdministrator(street)
    await street.call('POST', '/logout?scope=local', { token: admin.access_token })
    await expectRefusal(admin.access_token, 401, 'session_not_found')
  })

  test('refuses one who is an administrator no longer', async () => {
    const admin = await openAdministrator(street)
    await street.call('PUT', `/admin/users/${admin.user.id}`, {
      token: await street.serviceToken(),
      body: { role: 'authenticated' },
    })
    await expectRefusal(admin.access_token, 401, 'session_not_found')
    const again = await street.signIn(admin)
    await expectRefusal(again.access_token, 403, 'not_admin')
  })

  test('refuses an administrator who was banned', async () => {
    const admin = await openAdministrator(street)
    await street.call('PUT', `/admin/users/${admin.user.id}`, {
      token: await street.serviceToken(),
      body: { ban_duration: '1h' },
    })
    await expectRefusal(admin.access_token, 401, 'session_not_found')
  })

  test('refuses an expired token of an administrator', async () => {
    const admin = await openAdministrator(street)
    street.clock.pass(901)
    await expectRefusal(admin.access_token, 401, 'token_expired')
  })

  test('refuses an expired service token', async () => {
    const token = await street.serviceToken()
    street.clock.pass(3601)
    await expectRefusal(token, 401, 'token_expired')
  })

  test('refuses a service token that was logged out', async () => {
    const token = await street.serviceToken()
    expect((await street.call('POST', '/logout', { token })).status).toBe(200)
    await expectRefusal(token, 401, 'session_not_found')
  })

  test.each<{ whose: string; mint: () => Promise<Mint> }>([
    { whose: 'another key', mint: () => mintOf(ISSUER, anotherKey) },
    { whose: 'another issuer', mint: () => mintOf('https://other.example.com', signingKey) },
  ])('refuses a service token of $whose, and asks nothing of Redis', async ({ mint }) => {
    const token = await (await mint()).signService(3600, street.clock.now)
    expect(claimsOf(token).role).toBe('service_role')
    await street.redis.forget()
    const answer = await call(token)
    expect(answer.status).toBe(401)
    expect(answer.body.error_code).toBe('bad_jwt')
    expect(await street.redis.requests()).toEqual([])
  })

  test.each([
    { who: 'an administrator', token: async () => (await openAdministrator(street)).access_token },
    { who: 'a service', token: () => street.serviceToken() },
  ])('lets $who in', async ({ token }) => {
    const answer = await call(await token())
    // Nobody has the id of the path, and the body is empty: what is beyond the gate says so.
    expect([200, 404, 422]).toContain(answer.status)
  })
})

describe('a user cannot become an administrator', () => {
  let street: Street
  beforeAll(async () => {
    street = await openStreet()
  })
  const wishes = {
    role: 'admin',
    app_metadata: { role: 'admin' },
    user_metadata: { role: 'admin' },
    data: { role: 'admin', app_metadata: { role: 'admin' } },
  }

  test('by what is sent with the sign-up', async () => {
    const email = 'wishful@example.com'
    const body = { email, password: 'correct horse battery', ...wishes }
    const answer = await street.call('POST', '/signup', { body })
    expect(answer.status).toBe(200)
    expect(answer.body.user).toMatchObject({
      role: 'authenticated',
      app_metadata: { provider: 'email', providers: ['email'] },
    })
    const token = String(answer.body.access_token)
    expect(claimsOf(token).role).toBe('authenticated')
    expect((await street.call('GET', '/admin/users', { token })).status).toBe(403)
  })

  test('by changing the account', async () => {
    const person = await street.signUp()
    const token = person.access_token
    const changed = await street.call('PUT', '/user', { token, body: wishes })
    expect(changed.status).toBe(200)
    expect(changed.body).toMatchObject({
      role: 'authenticated',
      app_metadata: { provider: 'email', providers: ['email'] },
    })
    const renewed = String((await street.refresh(person.refresh_token)).body.access_token)
    expect(claimsOf(renewed).role).toBe('authenticated')
    for (const mine of [token, renewed])
      expect((await street.call('GET', '/admin/users', { token: mine })).status).toBe(403)
  })
})

describe.each(['service_role', 'supabase_admin', 'anon', 'postgres'])(
  'the role %s is for tokens of services',
  (role) => {
    let street: Street
    beforeAll(async () => {
      street = await openStreet()
    })

    test('and no account is made with it', async () => {
      const answer = await street.call('POST', '/admin/users', {
        token: await street.serviceToken(),
        body: { email: 'robot@example.com', role },
      })
      expect(answer.status).toBe(422)
      expect(answer.body).toMatchObject({
        error_code: 'validation_failed',
        msg: 'role: is reserved for tokens of services.',
      })
      expect(await contentsOf(street.redis)).toEqual({})
    })

    test('and no account gets it', async () => {
      const person = await street.signUp()
      const answer = await street.call('PUT', `/admin/users/${person.user.id}`, {
        token: await street.serviceToken(),
        body: { role },
      })
      expect(answer.status).toBe(422)
      expect(await street.redis.look('HGET', `user:${person.user.id}`, 'role')).toBe(
        'authenticated',
      )
      expect((await street.call('GET', '/user', { token: person.access_token })).status).toBe(200)
    })
  },
)
