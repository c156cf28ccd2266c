/** Logging out with tokens that are no good any more, or never were: it is idempotent and cannot be used against its owner. */

import { Buffer } from 'node:buffer'
import { generateKeyPair, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { digests } from '../src/crypto/digest.ts'
import { PASSES_AFTER_EXPIRY } from '../src/domain/policy.ts'
import {
  type Device,
  deviceOf,
  inWords,
  judge,
  newestAccess,
  renewed,
  tokenId,
} from './support/devices.ts'
import { forge } from './support/forging.ts'
import { type KeyedStreet, openKeyedStreet } from './support/keyed-street.ts'
import { post } from './support/oauth-clients.ts'
import { blacklistOf } from './support/owner-records.ts'
import { type Contents, contentsOf, entriesOf, keysOf } from './support/redis-contents.ts'
import { claimsOf, openStreet, type Person, type Street } from './support/street.ts'

const LOGOUTS = [
  '/logout',
  '/logout?scope=local',
  '/logout?scope=others',
  '/logout?scope=global',
  '/logout/all',
]
const ACCESS_TTL = 900
/** So that what counts is the session alone. */
const LASTING_PROOF = { REAUTHENTICATION_TTL: '86400' }

/** All but the limiter's counters. */
const kept = ({ redis }: Street): Promise<Contents> => contentsOf(redis, { without: ['limit:'] })

interface Scene {
  street: Street
  person: Person
  laptop: Device
  phone: Device
}

async function openScene(env: Record<string, string> = {}): Promise<Scene> {
  const street = await openStreet({ env })
  const person = await street.signUp()
  const phone = deviceOf(await street.signIn(person))
  await street.settled()
  return { street, person, laptop: deviceOf(person), phone }
}

describe('a token that is none of ours', () => {
  const segment = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const parts = (token: string) => {
    const [header = '', payload = '', signature = ''] = token.split('.')
    return { header, payload, signature }
  }
  const bearer = (token: string) => `Bearer ${token}`

  type Forge = (street: KeyedStreet, person: Person) => string | Promise<string>
  const forgeries: { name: string; code: 'bad_jwt' | 'no_authorization'; header: Forge }[] = [
    { name: 'an empty header', code: 'no_authorization', header: () => '' },
    { name: 'no token behind Bearer', code: 'no_authorization', header: () => 'Bearer ' },
    {
      name: 'another scheme',
      code: 'no_authorization',
      header: (_, { access_token }) => `Basic ${access_token}`,
    },
    {
      name: 'no scheme',
      code: 'no_authorization',
      header: (_, { access_token }) => access_token,
    },
    {
      name: 'something behind the token',
      code: 'no_authorization',
      header: (_, { access_token }) => `Bearer ${access_token} ${access_token}`,
    },
    { name: 'no JWT at all', code: 'bad_jwt', header: () => bearer('nonsense') },
    {
      name: 'a token longer than any of ours',
      code: 'bad_jwt',
      header: (_, { access_token }) => bearer(access_token + 'A'.repeat(4096)),
    },
    {
      name: 'a token without its signature',
      code: 'bad_jwt',
      header(_, { access_token }) {
        const { header, payload } = parts(access_token)
        return bearer(`${header}.${payload}.`)
      },
    },
    {
      name: 'a token that says it needs none',
      code: 'bad_jwt',
      header(_, { access_token }) {
        const { payload } = parts(access_token)
        return bearer(`${segment({ alg: 'none', typ: 'at+jwt' })}.${payload}.`)
      },
    },
    {
      name: 'a token with one bit of its signature flipped',
      code: 'bad_jwt',
      header(_, { access_token }) {
        const { header, payload, signature } = parts(access_token)
        const bytes = Buffer.from(signature, 'base64url')
        bytes.writeUInt8(bytes.readUInt8(10) ^ 1, 10)
        return bearer(`${header}.${payload}.${bytes.toString('base64url')}`)
      },
    },
    {
      name: 'a token whose subject was changed',
      code: 'bad_jwt',
      header(_, { access_token }) {
        const { header, signature } = parts(access_token)
        const payload = segment({ ...claimsOf(access_token), sub: crypto.randomUUID() })
        return bearer(`${header}.${payload}.${signature}`)
      },
    },
    {
      name: "a token signed with somebody's key under the id of ours",
      code: 'bad_jwt',
      async header({ key }, { access_token }) {
        const { privateKey } = await generateKeyPair('ES256')
        const token = await new SignJWT(claimsOf(access_token))
          .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
          .sign(privateKey)
        return bearer(token)
      },
    },
    {
      name: 'a token that brings its own key along',
      code: 'bad_jwt',
      async header({ key: { d: _private, ...jwk } }, { access_token }) {
        const { privateKey } = await generateKeyPair('ES256')
        const token = await new SignJWT(claimsOf(access_token))
          .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'unknown', jwk })
          .sign(privateKey)
        return bearer(token)
      },
    },
    {
      name: 'a token signed with our public key as if that were a shared secret',
      code: 'bad_jwt',
      async header({ key: { d: _private, ...jwk } }, { access_token }) {
        const token = await new SignJWT(claimsOf(access_token))
          .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: jwk.kid })
          .sign(Buffer.from(JSON.stringify(jwk)))
        return bearer(token)
      },
    },
    {
      name: 'a token of ours for another service',
      code: 'bad_jwt',
      header: async (street, { access_token }) =>
        bearer(await forge(access_token, street.key, { claims: { aud: 'another' } })),
    },
    {
      name: 'a token of another issuer with our key',
      code: 'bad_jwt',
      header: async (street, { access_token }) =>
        bearer(
          await forge(access_token, street.key, { claims: { iss: 'https://other.example.com' } }),
        ),
    },
    {
      name: 'a token of ours of another type',
      code: 'bad_jwt',
      header: async (street, { access_token }) =>
        bearer(await forge(access_token, street.key, { header: { typ: 'JWT' } })),
    },
    {
      name: 'a token of ours that names no session and is no service',
      code: 'bad_jwt',
      header: async (street, { access_token }) =>
        bearer(await forge(access_token, street.key, { claims: { sid: undefined } })),
    },
    {
      name: 'a refresh token',
      code: 'bad_jwt',
      header: (_, { refresh_token }) => bearer(refresh_token),
    },
  ]

  test.each(forgeries)('$name: refused on every logout, and nobody notices', async (forgery) => {
    const street = await openKeyedStreet()
    const person = await street.signUp()
    await street.settled()
    const before = await contentsOf(street.redis)
    await street.redis.forget()
    const Authorization = await forgery.header(street, person)

    for (const path of LOGOUTS) {
      const answer = await street.call('POST', path, { headers: { Authorization } })
      expect(answer.status, path).toBe(401)
      expect(answer.body, path).toMatchObject({ code: 401, error_code: forgery.code })
      expect(answer.headers.get('WWW-Authenticate'), path).toMatch(
        forgery.code === 'bad_jwt' ? /^Bearer error="invalid_token"/ : /^Bearer realm="curfew"$/,
      )
      expect(answer.headers.get('RateLimit'), path).toBeNull()
    }

    await street.settled()
    expect(await street.redis.requests()).toEqual([])
    expect(await contentsOf(street.redis)).toEqual(before)
    expect(await judge(street, deviceOf(person))).toBe('lives')
  })

  test('a token in the query or the body is not read', async () => {
    const { street, person } = await openScene()
    const token = person.access_token
    await street.redis.forget()

    const inQuery = await street.call('POST', `/logout?access_token=${token}&token=${token}`)
    const inBody = await street.call('POST', '/logout', { body: { token, access_token: token } })

    expect([inWords(inQuery), inWords(inBody)]).toEqual([
      '401 no_authorization',
      '401 no_authorization',
    ])
    expect(await street.redis.requests()).toEqual([])
  })

  test('a good token signed again with our own key works, so each of these failed for its own reason', async () => {
    const street = await openKeyedStreet()
    const person = await street.signUp()
    const token = await forge(person.access_token, street.key)
    expect((await street.call('POST', '/logout?scope=local', { token })).body).toMatchObject({
      sessions_ended: 1,
    })
  })
})

describe('a token that was revoked already', () => {
  const endings = [
    { how: 'by itself', path: '/logout?scope=local' },
    { how: 'with all others', path: '/logout?scope=global' },
  ]

  test.each(endings.flatMap((ending) => LOGOUTS.map((again) => ({ ...ending, again }))))(
    '$how: $again succeeds, and changes nothing',
    async ({ path, again }) => {
      const { street, person, laptop, phone } = await openScene()
      const token = newestAccess(laptop)
      expect((await street.call('POST', path, { token })).status).toBe(200)
      const still = deviceOf(await street.signIn(person))
      await street.settled()
      const before = await kept(street)

      const answer = await street.call('POST', again, { token })

      expect(answer.status).toBe(200)
      expect(answer.body).toMatchObject({ sessions_ended: 0 })
      await street.settled()
      expect(await kept(street)).toEqual(before)
      expect(await judge(street, laptop)).toBe('ended')
      expect(await judge(street, phone)).toBe(path.endsWith('local') ? 'lives' : 'ended')
      expect(await judge(street, still)).toBe('lives')
    },
  )
})

test.each(['local', 'global'])(
  'a logout with the scope %s blacklists its access token for as long as that lives, and no longer',
  async (scope) => {
    const { street, laptop } = await openScene()
    const token = newestAccess(laptop)
    await street.call('POST', `/logout?scope=${scope}`, { token })
    const blacklist = await blacklistOf(street)
    expect(blacklist).toEqual({ [tokenId(token)]: { why: 'logout', seconds: expect.any(Number) } })
    // Redis' clock runs on while the test's stands still.
    expect(blacklist[tokenId(token)]?.seconds).toBeGreaterThan(ACCESS_TTL - 60)
    expect(blacklist[tokenId(token)]?.seconds).toBeLessThanOrEqual(ACCESS_TTL)
  },
)

describe('a token that has expired', () => {
  const narrow = ['/logout', '/logout?scope=local']
  test.each(narrow)('%s ends the session that it names, and no more', async (path) => {
    const { street, person, laptop, phone } = await openScene(LASTING_PROOF)
    street.clock.pass(ACCESS_TTL)
    const later = await renewed(street, phone)
    const version = await street.redis.look('GET', `token_version:${person.user.id}`)
    const token = newestAccess(laptop)
    expect(inWords(await street.call('GET', '/user', { token }))).toBe('401 token_expired')

    const answer = await street.call('POST', path, { token })

    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      message: 'Logout successful',
      timestamp: new Date(street.clock.now).toISOString(),
      scope: 'local',
      sessions_ended: 1,
    })
    expect(await street.redis.look('GET', `token_version:${person.user.id}`)).toBe(version)
    // An expired token needs no blacklisting.
    expect(await blacklistOf(street)).toEqual({})
    expect((await entriesOf(street.redis, `audit:${person.user.id}`)).at(-1)).toMatchObject({
      action: 'logout',
      detail: 'local',
      session: laptop.session,
    })
    expect(inWords(await street.refresh(laptop.refreshTokens[0] ?? ''))).toBe(
      '400 refresh_token_not_found',
    )
    expect(await judge(street, later)).toBe('lives')
  })

  test('of a session that has newer tokens ends those too', async () => {
    const { street, laptop } = await openScene(LASTING_PROOF)
    street.clock.pass(ACCESS_TTL)
    const later = await renewed(street, laptop)
    await street.call('POST', '/logout', { token: newestAccess(laptop) })
    expect(await judge(street, later)).toBe('ended')
  })

  test('of a session that has ended succeeds, and changes nothing', async () => {
    const { street, laptop } = await openScene(LASTING_PROOF)
    street.clock.pass(ACCESS_TTL)
    await street.call('POST', '/logout', { token: newestAccess(laptop) })
    await street.settled()
    const before = await kept(street)

    const again = await street.call('POST', '/logout', { token: newestAccess(laptop) })

    expect(again.status).toBe(200)
    expect(again.body).toMatchObject({ scope: 'local', sessions_ended: 0 })
    await street.settled()
    expect(await kept(street)).toEqual(before)
  })

  const wide = ['/logout?scope=others', '/logout?scope=global', '/logout/all']
  test.each(wide)('%s is refused, and nothing changes', async (path) => {
    const { street, laptop, phone } = await openScene(LASTING_PROOF)
    street.clock.pass(ACCESS_TTL)
    const before = await contentsOf(street.redis)
    await street.redis.forget()

    const answer = await street.call('POST', path, { token: newestAccess(laptop) })

    expect(answer.status).toBe(401)
    expect(answer.body).toEqual({
      code: 401,
      error_code: 'token_expired',
      msg: 'The token has expired. Refresh it, or sign in again.',
    })
    expect(answer.headers.get('WWW-Authenticate')).toBe(
      'Bearer error="invalid_token", error_description="The token has expired"',
    )
    await street.settled()
    expect(await street.redis.requests()).toEqual([])
    expect(await contentsOf(street.redis)).toEqual(before)
    for (const { refreshTokens } of [laptop, phone])
      expect((await street.refresh(refreshTokens[0] ?? '')).status).toBe(200)
  })
})

describe('the token of a session that has ended', () => {
  const WIDE = ['/logout', '/logout?scope=others', '/logout?scope=global', '/logout/all']

  test.each(WIDE)('%s ends no other session, and does not say so', async (path) => {
    const { street, laptop, phone } = await openScene()
    await street.call('POST', '/logout?scope=others', { token: newestAccess(phone) })

    const answer = await street.call('POST', path, { token: newestAccess(laptop) })

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      message: 'Logout successful',
      scope: 'local',
      sessions_ended: 0,
    })
    expect(await judge(street, phone)).toBe('lives')
  })

  test.each([
    ['/logout?scope=others', 'others', 'Logout successful'],
    ['/logout/all', 'global', 'Logged out from all devices'],
  ])('%s is told as it was asked when there is none', async (path, scope, message) => {
    const { street, laptop } = await openScene()
    const token = newestAccess(laptop)
    await street.call('POST', '/logout/all', { token })
    const again = await street.call('POST', path, { token })
    expect(again.body).toMatchObject({ message, scope, sessions_ended: 0 })
  })

  test.each(['local', 'others', 'everyone'])(
    '/logout/all?scope=%s is refused, and ends nothing: it knows no other reach than its own',
    async (scope) => {
      const { street, laptop, phone } = await openScene()
      const path = `/logout/all?scope=${scope}`
      const answer = await street.call('POST', path, { token: newestAccess(laptop) })
      expect(answer.status).toBe(400)
      expect(answer.body.error_code).toBe('validation_failed')
      for (const device of [laptop, phone]) expect(await judge(street, device)).toBe('lives')
      const own = await street.call('POST', '/logout/all?scope=global', {
        token: newestAccess(laptop),
      })
      expect(own.body).toMatchObject({ scope: 'global', sessions_ended: 2 })
    },
  )

  test('is answered as local while a Worker with a slower clock still lets in another session', async () => {
    const env = { ACCESS_TOKEN_TTL: '3600', SESSION_IDLE_TTL: '3700' }
    const right = await openStreet({ env })
    const ahead = await openStreet({ env, redis: right.redis })
    const phone = await right.signUp()
    right.clock.pass(600)
    const laptop = await right.signIn(phone)
    await right.call('POST', '/logout?scope=local', { token: laptop.access_token })
    right.clock.pass(2950)
    ahead.clock.now = right.clock.now + 200_000
    const told = await ahead.call('POST', '/logout/all', { token: laptop.access_token })
    expect(told.body).toMatchObject({ scope: 'local', sessions_ended: 0 })
    expect((await right.call('GET', '/user', { token: phone.access_token })).status).toBe(200)
  })

  test('is answered as global once everyone was logged out: no other session lives then', async () => {
    const { street, laptop } = await openScene()
    await street.call('POST', '/admin/logout', { token: await street.serviceToken() })
    const answer = await street.call('POST', '/logout/all', { token: newestAccess(laptop) })
    expect(answer.body).toMatchObject({ scope: 'global', sessions_ended: 0 })
  })
})

describe('a scope that is none', () => {
  const scopes = ['everyone', 'LOCAL', '', 'global,local', 'local%00']
  test.each(scopes)('%j is refused, and nothing changes', async (scope) => {
    const { street, laptop, phone } = await openScene()
    const before = await contentsOf(street.redis)
    await street.redis.forget()

    const answer = await street.call('POST', `/logout?scope=${scope}`, {
      token: newestAccess(laptop),
    })

    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ code: 400, error_code: 'validation_failed' })
    await street.settled()
    expect(await street.redis.requests()).toEqual([])
    expect(await contentsOf(street.redis)).toEqual(before)
    for (const device of [laptop, phone]) expect(await judge(street, device)).toBe('lives')
  })
})

describe('a service token', () => {
  const users = (street: Street, token: string) => street.call('GET', '/admin/users', { token })

  test('is blacklisted by its logout, and refused from then on', async () => {
    const { street, laptop } = await openScene()
    const token = await street.serviceToken()
    const other = await street.serviceToken()
    expect((await users(street, token)).status).toBe(200)

    const answer = await street.call('POST', '/logout', { token })

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ message: 'Logout successful', sessions_ended: 0 })
    const blacklist = await blacklistOf(street)
    expect(Object.keys(blacklist)).toEqual([tokenId(token)])
    // As long as a guard with a late clock may take it.
    const life = 3600 + PASSES_AFTER_EXPIRY
    expect(blacklist[tokenId(token)]?.seconds).toBeGreaterThan(life - 60)
    expect(blacklist[tokenId(token)]?.seconds).toBeLessThanOrEqual(life)
    expect(inWords(await users(street, token))).toBe('401 session_not_found')
    expect((await users(street, other)).status).toBe(200)
    expect(await judge(street, laptop)).toBe('lives')
  })

  test('has its logout written down once', async () => {
    const { street } = await openScene()
    await street.call('POST', '/logout', { token: await street.serviceToken() })
    await street.settled()
    const entries = await entriesOf(street.redis, 'audit')
    expect(entries.filter(({ action }) => action === 'token_revoked')).toMatchObject([
      { actor: 'service_role', subject: '', session: '', detail: 'service token' },
    ])
  })

  test('that was logged out already may be logged out again, and nothing changes', async () => {
    const { street } = await openScene()
    const token = await street.serviceToken()
    await street.call('POST', '/logout', { token })
    await street.settled()
    const before = await kept(street)

    const again = await street.call('POST', '/logout', { token })

    expect(again.status).toBe(200)
    await street.settled()
    expect(await kept(street)).toEqual(before)
  })

  test('that has expired by every clock may be logged out, and nothing is written', async () => {
    const { street } = await openScene()
    const token = await street.serviceToken()
    street.clock.pass(3600 + PASSES_AFTER_EXPIRY)
    const before = await kept(street)

    const answer = await street.call('POST', '/logout', { token })

    expect(answer.status).toBe(200)
    await street.settled()
    expect(await kept(street)).toEqual(before)
  })
})

describe('the quota of the owner', () => {
  const QUOTA = 20

  /** Of one payer, or of all. */
  const counted = async ({ redis }: Street, payer?: string): Promise<number> => {
    const whose = payer === undefined ? '*' : digests.sha256(payer)
    const counters = await keysOf(redis, `limit:logout:${whose}:*`)
    const values = await Promise.all(counters.map((key) => redis.look('GET', key)))
    return values.map(Number).reduce((sum, value) => sum + value, 0)
  }

  test('is not used up by whoever kept a dead token', async () => {
    const { street, laptop, phone } = await openScene()
    const dead = newestAccess(laptop)
    await street.call('POST', '/logout?scope=local', { token: dead })
    await street.settled()
    const owner = String(claimsOf(dead).sub)
    const before = await counted(street, owner)
    expect(before).toBe(1)

    for (let i = 0; i < QUOTA; i++) {
      const answer = await street.call('POST', '/logout/all', { token: dead })
      expect(answer.body).toMatchObject({ sessions_ended: 0 })
      await street.settled()
    }

    expect(await counted(street, owner)).toBe(before)
    const answer = await street.call('POST', '/logout', { token: newestAccess(phone) })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ scope: 'global', sessions_ended: 1 })
  })

  test('is not used up by whoever kept an expired token, who has one of their own', async () => {
    const { street, laptop, phone } = await openScene()
    street.clock.pass(ACCESS_TTL)
    const later = await renewed(street, phone)
    const expired = newestAccess(laptop)

    for (let i = 0; i < QUOTA; i++) {
      const answer = await street.call('POST', '/logout', { token: expired })
      expect(answer.body).toMatchObject({ sessions_ended: i === 0 ? 1 : 0 })
      await street.settled()
    }

    const answer = await street.call('POST', '/logout', { token: newestAccess(later) })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('X-RateLimit-Remaining')).toBe(String(QUOTA - 1))
    expect(answer.body).toMatchObject({ scope: 'global', sessions_ended: 1 })
  })

  test('is not used up by whoever kept a token that was revoked alone', async () => {
    const { street, laptop, phone } = await openScene()
    const dead = newestAccess(laptop)
    await post(street, '/revoke', { token: dead })

    for (let i = 0; i < QUOTA; i++) {
      const answer = await street.call('POST', '/logout/all', { token: dead })
      expect(inWords(answer)).toBe('401 session_not_found')
      await street.settled()
    }

    expect(await counted(street)).toBe(0)
    const answer = await street.call('POST', '/logout', { token: newestAccess(phone) })
    expect(answer.status).toBe(200)
  })

  test('is not used up by refused calls', async () => {
    const { street, laptop } = await openScene()
    for (let i = 0; i < QUOTA; i++)
      await street.call('POST', '/logout?scope=nowhere', { token: newestAccess(laptop) })
    await street.settled()
    expect(await counted(street)).toBe(0)
    expect((await street.call('POST', '/logout', { token: newestAccess(laptop) })).status).toBe(200)
  })
})
