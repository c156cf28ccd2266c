/** POST /introspect (RFC 7662): what is said of which token, and to whom. */

import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { CLIENT_SECRET_MAX_LENGTH } from '../src/contract/client-limits.ts'
import { CLIENT_SECRET_MIN_LENGTH } from '../src/domain/client.ts'
import { API, BACKEND, CLIENTS, post, postText, SPA } from './support/oauth-clients.ts'
import { claimsOf, ISSUER, openStreet, type Street } from './support/street.ts'

let street: Street
beforeAll(async () => {
  street = await openStreet({ env: { CLIENTS } })
})

const ask = (token: string, caller: typeof API | typeof SPA | null = API, on = street) =>
  post(on, '/introspect', { token }, caller)

/** Exactly this, and nothing that tells one reason from another. */
const expectInactive = async (token: string, caller = API) => {
  const answer = await ask(token, caller)
  expect(answer.status).toBe(200)
  expect(answer.body).toEqual({ active: false })
}

const openBackendSession = async () => {
  const { email, password } = await street.signUp()
  const form = { grant_type: 'password', email, password }
  const { body } = await post(street, '/token', form, BACKEND)
  return { access: String(body.access_token), refresh: String(body.refresh_token) }
}
const refreshAsBackend = async (refresh_token: string) => {
  const form = { grant_type: 'refresh_token', refresh_token }
  const { body } = await post(street, '/token', form, BACKEND)
  return String(body.refresh_token)
}

describe('an access token', () => {
  test('that works: whose it is, and until when', async () => {
    const person = await street.signUp()
    const claims = claimsOf(person.access_token)
    const answer = await ask(person.access_token)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.headers.get('Content-Type')).toContain('application/json')
    expect(answer.body).toEqual({
      active: true,
      client_id: 'curfew',
      username: person.email,
      token_type: 'Bearer',
      exp: claims.exp,
      iat: claims.iat,
      nbf: claims.iat,
      sub: person.user.id,
      aud: 'authenticated',
      iss: ISSUER,
      jti: claims.jti,
      sid: claims.sid,
      auth_time: claims.auth_time,
      role: 'authenticated',
    })
  })

  test('of a later moment than the sign-in: from when it holds', async () => {
    const person = await street.signUp()
    street.clock.pass(60)
    const { body } = await street.refresh(person.refresh_token)
    const now = Math.floor(street.clock.now / 1000)
    expect((await ask(String(body.access_token))).body).toMatchObject({
      iat: now,
      nbf: now,
      auth_time: now - 60,
    })
  })

  test('of a service: without a session and a name', async () => {
    const { body } = await ask(await street.serviceToken())
    expect(body).toMatchObject({ active: true, sub: 'service_role', client_id: 'service_role' })
    expect(body).not.toHaveProperty('sid')
    expect(body).not.toHaveProperty('username')
  })

  const endings: [string, (token: string, user: string) => Promise<{ status: number }>][] = [
    ['a logout', (token) => street.call('POST', '/logout?scope=local', { token })],
    ['a logout of all', (token) => street.call('POST', '/logout/all', { token })],
    ['a revocation', (token) => post(street, '/revoke', { token })],
    [
      'an operator',
      async (_, user) =>
        street.call('POST', `/admin/users/${user}/logout`, {
          token: await street.serviceToken(),
        }),
    ],
    [
      'a ban',
      async (_, user) =>
        street.call('PUT', `/admin/users/${user}`, {
          token: await street.serviceToken(),
          body: { ban_duration: '1h' },
        }),
    ],
    [
      'everyone’s logout',
      async () => street.call('POST', '/admin/logout', { token: await street.serviceToken() }),
    ],
  ]
  test.each(endings)('is not active from the first question after %s', async (_, end) => {
    const person = await street.signUp()
    expect((await ask(person.access_token)).body.active).toBe(true)
    expect((await end(person.access_token, person.user.id)).status).toBe(200)
    await expectInactive(person.access_token)
  })

  test('is not active once it has expired', async () => {
    const { access_token } = await street.signUp()
    street.clock.pass(899)
    expect((await ask(access_token)).body.active).toBe(true)
    street.clock.pass(1)
    await expectInactive(access_token)
  })

  test.each([
    ['garbage', () => 'x'],
    ['none', () => `${btoa('{"alg":"none","typ":"at+jwt"}')}.${btoa('{"sub":"x"}')}.`],
    ['another signature', (token: string) => `${token.slice(0, -6)}AAAAAA`],
  ])('that is none of ours (%s): Redis is not asked', async (_, change) => {
    const { access_token } = await street.signUp()
    await street.settled()
    await street.redis.forget()
    await expectInactive(change(access_token))
    expect(await street.redis.requests()).toEqual([])
  })
})

describe('a refresh token', () => {
  test('is active for its own client, as what it is', async () => {
    const { access, refresh } = await openBackendSession()
    const claims = claimsOf(access)
    const { body } = await ask(refresh, BACKEND)
    expect(body).toEqual({
      active: true,
      client_id: 'backend',
      token_type: 'refresh_token',
      sub: claims.sub,
      iss: ISSUER,
      sid: claims.sid,
      iat: claims.iat,
      exp: Number(claims.iat) + 7 * 24 * 3600,
      auth_time: claims.auth_time,
    })
  })

  test('that replaced another: since when it is there', async () => {
    const { access, refresh } = await openBackendSession()
    street.clock.pass(60)
    const { body } = await ask(await refreshAsBackend(refresh), BACKEND)
    const began = Number(claimsOf(access).iat)
    expect(body).toMatchObject({ iat: began + 60, auth_time: began })
  })

  test('is not active for anyone else: an API must not take it for an access token', async () => {
    const { refresh } = await openBackendSession()
    await expectInactive(refresh, API)
    await expectInactive((await street.signUp()).refresh_token, BACKEND)
  })

  test('is active while it would be answered: the one of now, and older ones for 30 s', async () => {
    const { refresh: first } = await openBackendSession()
    const second = await refreshAsBackend(first)
    street.clock.pass(30)
    expect((await ask(first, BACKEND)).body.active).toBe(true)
    street.clock.pass(1)
    await expectInactive(first, BACKEND)
    expect((await ask(second, BACKEND)).body.active).toBe(true)
    // Asking is no use of it: nothing was rotated, and nothing counts as reuse.
    expect(await refreshAsBackend(second)).not.toBe(second)
  })

  test('is not active once its session has ended, by whatever', async () => {
    const one = await openBackendSession()
    await street.call('POST', '/logout?scope=local', { token: one.access })
    await expectInactive(one.refresh, BACKEND)
    const other = await openBackendSession()
    await street.call('POST', '/admin/logout', { token: await street.serviceToken() })
    await expectInactive(other.refresh, BACKEND)
    const idle = await openBackendSession()
    street.clock.pass(7 * 24 * 3600)
    await expectInactive(idle.refresh, BACKEND)
  })
})

describe('who may ask', () => {
  test.each([
    ['nobody in particular', null],
    ['a public client', SPA],
    ['a wrong secret', { id: API.id, secret: BACKEND.secret }],
  ])('%s: 401', async (_, caller) => {
    const { access_token } = await street.signUp()
    await street.settled()
    await street.redis.forget()
    const answer = await post(street, '/introspect', { token: access_token }, caller)
    expect(answer.status).toBe(401)
    expect(answer.body).toMatchObject({ error: 'invalid_client' })
    expect(answer.body).not.toHaveProperty('active')
    expect(await street.redis.requests()).toEqual([])
  })

  test.each([
    [CLIENT_SECRET_MIN_LENGTH - 1, 401],
    [CLIENT_SECRET_MIN_LENGTH, 200],
    [CLIENT_SECRET_MAX_LENGTH, 200],
    [CLIENT_SECRET_MAX_LENGTH + 1, 401],
  ])('whose secret has %i characters: %i, whatever its hash', async (length, status) => {
    const secret = 'x'.repeat(length)
    const hash = createHash('sha256').update(secret).digest('hex')
    const env = { CLIENTS: JSON.stringify([{ id: 'one', secret_sha256: [hash] }]) }
    const open = await openStreet({ env })
    expect((await ask('a token', { id: 'one', secret }, open)).status).toBe(status)
  })

  test('whose one secret stands there twice: 200', async () => {
    const hash = createHash('sha256').update(BACKEND.secret).digest('hex')
    const env = { CLIENTS: JSON.stringify([{ id: 'backend', secret_sha256: [hash, hash] }]) }
    expect((await ask('a token', BACKEND, await openStreet({ env }))).status).toBe(200)
  })

  test('whose secret has letters beyond ASCII: 200, form-encoded, or in UTF-8 as the challenge has it (RFC 7617)', async () => {
    const secret = 'ein Geheimnis für die Prüfung: Größe 100 €'
    const hash = createHash('sha256').update(secret).digest('hex')
    const env = { CLIENTS: JSON.stringify([{ id: 'one', secret_sha256: [hash] }]) }
    const open = await openStreet({ env })
    const { access_token: token } = await open.signUp()
    const inUtf8 = `Basic ${Buffer.from(`one:${secret}`).toString('base64')}`
    const inLatin1 = `Basic ${Buffer.from(`one:${secret}`, 'latin1').toString('base64')}`
    const answers = [
      await ask(token, { id: 'one', secret }, open),
      await postText(open, '/introspect', `token=${token}`, { Authorization: inUtf8 }),
    ]
    for (const { status, body } of answers) {
      expect(status).toBe(200)
      expect(body.active).toBe(true)
    }
    const other = await postText(open, '/introspect', `token=${token}`, { Authorization: inLatin1 })
    expect(other.status).toBe(401)
  })

  test('a token in the place of a secret is none', async () => {
    const { access_token: token } = await street.signUp()
    const answer = await street.call('POST', '/introspect', {
      token,
      body: `token=${token}`,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    })
    expect(answer.status).toBe(401)
    // RFC 9110 section 15.5.2: it says what would do.
    expect(answer.headers.get('WWW-Authenticate')).toBe('Basic realm="curfew", charset="UTF-8"')
  })

  test('no token: 400', async () => {
    const answer = await post(street, '/introspect', {}, API)
    expect(answer.status).toBe(400)
    expect(answer.body.error).toBe('invalid_request')
  })
})

describe('Redis', () => {
  test('is asked once', async () => {
    const { access, refresh } = await openBackendSession()
    for (const token of [access, refresh]) {
      await street.settled()
      await street.redis.forget()
      expect((await ask(token, BACKEND)).body.active).toBe(true)
      const requests = await street.redis.requests()
      expect(requests).toHaveLength(1)
      expect(requests[0]?.commands).toHaveLength(1)
    }
  })

  test.each(['reset', 'hang', 'status-500', 'half-pipeline', 'garbage'] as const)(
    'fails (%s): 503, and neither yes nor no',
    async (kind) => {
      const { access, refresh } = await openBackendSession()
      for (const token of [access, refresh]) {
        await street.redis.fail({ kind })
        const answer = await ask(token, BACKEND)
        await street.redis.heal()
        expect(answer.status).toBe(503)
        expect(answer.body).not.toHaveProperty('active')
        expect(answer.body.error).toBe('temporarily_unavailable')
        expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/)
      }
    },
  )
})
