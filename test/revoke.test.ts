/** POST /revoke (RFC 7009): what ends, what does not, and who may end it. */

import { beforeAll, describe, expect, test } from 'vitest'
import { bitAt } from '../src/crypto/verify-status-list.ts'
import { ACCESS_TOKEN_TTL, PASSES_AFTER_EXPIRY } from '../src/domain/policy.ts'
import { ask, lineTo, listGuard } from './support/guards.ts'
import {
  API,
  BACKEND,
  BACKEND_NEXT,
  basic,
  type Caller,
  CLIENTS,
  post,
  postText,
  SPA,
} from './support/oauth-clients.ts'
import { entriesOf } from './support/redis-contents.ts'
import { countOf, listOf, statusOf } from './support/status-lists.ts'
import { claimsOf, openStreet, type Person, type Street } from './support/street.ts'

let street: Street
beforeAll(async () => {
  street = await openStreet({ env: { CLIENTS } })
})

const signIn = async (
  person: { email: string; password: string },
  caller: Caller | null = null,
) => {
  const { email, password } = person
  const answer = await post(street, '/token', { grant_type: 'password', email, password }, caller)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return { access: String(answer.body.access_token), refresh: String(answer.body.refresh_token) }
}
const refresh = (refresh_token: string, caller: Caller | null = null) =>
  post(street, '/token', { grant_type: 'refresh_token', refresh_token }, caller)
const works = async (token: string) => (await street.call('GET', '/user', { token })).status === 200
const revoke = (token: string, caller: Caller | null = null) =>
  post(street, '/revoke', { token }, caller)

describe('the promise', () => {
  test('a refresh token ends its session, access tokens too; an access token that token alone', async () => {
    const one = await street.signUp()
    const another = await street.signUp()
    const ada = [await signIn(one), await signIn(one), await signIn(one)] as const
    const [phone, laptop, tablet] = ada
    const bob = { access: another.access_token, refresh: another.refresh_token }
    const older = { access: one.access_token, refresh: one.refresh_token }
    const renewed = await refresh(phone.refresh)
    const next = {
      access: String(renewed.body.access_token),
      refresh: String(renewed.body.refresh_token),
    }
    const all = [older, phone, next, laptop, tablet, bob]
    const access = () => Promise.all(all.map((pair) => works(pair.access)))
    expect(await access()).toEqual([true, true, true, true, true, true])

    const first = await revoke(next.refresh)
    expect(first.status).toBe(200)
    expect(first.body).toEqual({})
    expect(first.headers.get('Cache-Control')).toBe('no-store')
    expect(await access()).toEqual([true, false, false, true, true, true])

    expect((await revoke(laptop.access)).status).toBe(200)
    expect(await access()).toEqual([true, false, false, false, true, true])

    // Each refresh token once, at the very end, since it changes what it tells.
    const refreshed: number[] = []
    for (const pair of all) refreshed.push((await refresh(pair.refresh)).status)
    expect(refreshed).toEqual([200, 400, 400, 200, 200, 200])
    expect(await works(laptop.access)).toBe(false)
  })

  test.each(['/logout', '/logout?scope=local'])(
    'an access token that was revoked alone can still end its own session: %s',
    async (path) => {
      const person = await street.signUp()
      const other = await street.signIn(person)
      expect((await revoke(person.access_token)).status).toBe(200)
      const answer = await street.call('POST', path, { token: person.access_token })
      expect(answer.status).toBe(200)
      expect(answer.body).toMatchObject({ scope: 'local', sessions_ended: 1 })
      expect((await refresh(person.refresh_token)).status).toBe(400)
      expect(await works(other.access_token)).toBe(true)
    },
  )

  test.each(['/logout?scope=global', '/logout?scope=others', '/logout/all'])(
    'and is refused where it would have to end more: %s',
    async (path) => {
      const person = await street.signUp()
      const other = await street.signIn(person)
      expect((await revoke(person.access_token)).status).toBe(200)
      const answer = await street.call('POST', path, { token: person.access_token })
      expect(answer.status).toBe(401)
      expect(answer.body.error_code).toBe('session_not_found')
      expect((await refresh(person.refresh_token)).status).toBe(200)
      expect(await works(other.access_token)).toBe(true)
    },
  )

  test('a session that gives up one access token after the other washes nothing out of the log', async () => {
    const person = await street.signUp()
    for (let i = 0; i < 14; i++) {
      const { body } = await refresh(person.refresh_token)
      const token = String(body.access_token)
      expect((await revoke(token)).status).toBe(200)
      expect(await works(token)).toBe(false)
    }
    const told = async (log: string) =>
      (await entriesOf(street.redis, log)).filter(
        ({ action, subject }) => action === 'token_revoked' && subject === person.user.id,
      ).length
    expect(await told(`audit:${person.user.id}`)).toBe(10)
    expect(await told('audit')).toBe(14)
  })

  test('an access token that finds its list full of them ends its session, and the list grows no further', async () => {
    const crowded = await openStreet()
    const person = await crowded.signUp()
    const phone = await crowded.signIn(person)
    const { idx, uri } = statusOf(phone.access_token)
    const list = uri.split('/').at(-1)
    const until = crowded.clock.now + 600_000
    const others = Array.from({ length: 1000 }, (_, i) => [until, `token-${i}`])
    await crowded.redis.look('ZADD', `statuslist:${list}:tokens`, ...others.flat())

    const answer = await post(crowded, '/revoke', { token: phone.access_token }, null)

    expect(answer.status).toBe(200)
    const { claims, bits } = await listOf(crowded, phone.access_token)
    expect(claims.revoked_tokens).toHaveLength(1000)
    expect(bitAt(bits, idx)).toBe(true)
    expect(countOf(bits)).toBe(1)
    const call = (token: string) => crowded.call('GET', '/user', { token })
    expect((await call(phone.access_token)).status).toBe(401)
    expect((await crowded.refresh(phone.refresh_token)).status).toBe(400)
    expect((await call(person.access_token)).status).toBe(200)
    const { body } = await crowded.call('GET', '/user/events', { token: person.access_token })
    expect(body.events).toMatchObject([
      { action: 'session_ended', session: claimsOf(phone.access_token).sid, by: 'unknown' },
      { action: 'login' },
      { action: 'user_signedup' },
    ])

    // Those that nobody takes any more make room.
    crowded.clock.pass(601)
    const again = await crowded.signIn(person)
    expect((await post(crowded, '/revoke', { token: again.access_token }, null)).status).toBe(200)
    expect((await listOf(crowded, again.access_token)).claims.revoked_tokens).toHaveLength(1)
    expect((await crowded.refresh(again.refresh_token)).status).toBe(200)
  })

  test('a refresh token of an older generation ends the session as well', async () => {
    const person = await street.signUp()
    const { body } = await street.refresh(person.refresh_token)
    street.clock.pass(3600)
    await street.refresh(String(body.refresh_token))
    const { access } = await signIn(person)
    expect((await revoke(person.refresh_token)).status).toBe(200)
    expect((await street.refresh(String(body.refresh_token))).status).toBe(400)
    expect(await works(access)).toBe(true)
  })

  test('a revoked token is not revived by the refresh that its session still has', async () => {
    const person = await street.signUp()
    await revoke(person.access_token)
    const renewed = await street.refresh(person.refresh_token)
    expect(await works(String(renewed.body.access_token))).toBe(true)
    expect(await works(person.access_token)).toBe(false)
  })

  test('a refresh at the same time as the revocation leaves nothing that works', async () => {
    for (let round = 0; round < 5; round++) {
      const person = await street.signUp()
      const answers = await Promise.all([
        street.refresh(person.refresh_token),
        revoke(person.refresh_token),
        street.refresh(person.refresh_token),
      ])
      expect(answers[1].status).toBe(200)
      for (const { body } of [answers[0], answers[2], { body: { ...person } }]) {
        if (typeof body.access_token !== 'string') continue
        expect(await works(body.access_token)).toBe(false)
        expect((await street.refresh(String(body.refresh_token))).status).toBe(400)
      }
    }
  })

  test('each is in the audit log, once, and says which client it was', async () => {
    const person = await street.signUp()
    const { access, refresh: token } = await signIn(person, API)
    for (let i = 0; i < 2; i++) await revoke(access, API)
    for (let i = 0; i < 2; i++) await revoke(token, API)
    const { body } = await street.call(
      'GET',
      `/admin/audit?user=${person.user.id}&action=token_revoked`,
      {
        token: await street.serviceToken(),
      },
    )
    const session = claimsOf(access).sid
    expect(body.entries).toMatchObject([
      { detail: 'refresh token', actor: 'client:api', session },
      { detail: 'access token', actor: 'client:api', session },
    ])
  })
})

describe('200, exactly and without effect', () => {
  const forged = (token: string) =>
    `${token.slice(0, -4)}${token.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`

  test.each<[string, (person: Person) => string]>([
    ['garbage', () => 'garbage'],
    ['another JWT', () => 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.'],
    ['a forged access token', (person) => forged(person.access_token)],
    ['a forged refresh token', (person) => forged(person.refresh_token)],
    ['60 kB', () => 'x'.repeat(60_000)],
  ])('%s: Redis is not asked', async (_, tokenBy) => {
    const person = await street.signUp()
    await street.settled()
    await street.redis.forget()
    expect((await revoke(tokenBy(person))).status).toBe(200)
    expect(await street.redis.requests()).toEqual([])
    expect(await works(person.access_token)).toBe(true)
  })

  test('what was revoked, logged out or has expired', async () => {
    const gone = await street.signUp()
    expect((await revoke(gone.access_token)).status).toBe(200)
    expect((await revoke(gone.access_token)).status).toBe(200)
    await street.call('POST', '/logout/all', { token: (await signIn(gone)).access })
    expect((await revoke(gone.access_token)).status).toBe(200)
    expect((await revoke(gone.refresh_token)).status).toBe(200)
    street.clock.pass(1000)
    expect((await revoke(gone.access_token)).status).toBe(200)
  })

  test.each(['access_token', 'refresh_token', 'something_else', ''])(
    'a hint of %j changes nothing: both kinds are found',
    async (token_type_hint) => {
      const one = await street.signUp()
      expect(
        (await post(street, '/revoke', { token: one.access_token, token_type_hint })).status,
      ).toBe(200)
      expect(await works(one.access_token)).toBe(false)
      expect(
        (await post(street, '/revoke', { token: one.refresh_token, token_type_hint })).status,
      ).toBe(200)
      expect((await street.refresh(one.refresh_token)).status).toBe(400)
    },
  )
})

describe('an access token whose session is over here, of which its list has not heard', () => {
  const bit = async (token: string) => {
    const { bits } = await listOf(street, token)
    return bitAt(bits, statusOf(token).idx)
  }

  test('since its logout was cut short by a full database: is ended there', async () => {
    const { access_token: token, user } = await street.signUp()
    await street.redis.fail({ kind: 'cut', cut: { refuses: 'what needs room', after: 0 } })
    const cut = await street.call('POST', '/logout?scope=local', { token })
    await street.redis.heal()
    expect([cut.status, await bit(token)]).toEqual([503, false])

    expect((await revoke(token)).status).toBe(200)

    expect(await bit(token)).toBe(true)
    const log = await entriesOf(street.redis, `audit:${user.id}`)
    expect(log.at(-1)).toMatchObject({ action: 'token_revoked', detail: 'access token' })
  })

  test('since its time has just come: a guard that tolerates late clocks hears of it', async () => {
    const brief = await openStreet({
      env: { SESSION_ABSOLUTE_TTL: '1200', SESSION_IDLE_TTL: '1000' },
    })
    const person = await brief.signUp()
    brief.clock.pass(600)
    const token = String((await brief.refresh(person.refresh_token)).body.access_token)
    const guard = listGuard(brief, lineTo(brief), { clockTolerance: 300 })
    brief.clock.pass(601)
    expect(await ask(guard, token)).toBe('passes')
    expect((await post(brief, '/revoke', { token }, null)).status).toBe(200)
    brief.clock.pass(31)
    expect(await ask(guard, token)).toBe('revoked')
  })

  test('is not ended by another client; and to revoke an access token twice does not end its session', async () => {
    const lost = await street.signUp()
    await street.redis.look('DEL', `session:${claimsOf(lost.access_token).sid}`)
    expect((await revoke(lost.access_token, SPA)).status).toBe(200)
    expect(await bit(lost.access_token)).toBe(false)
    const person = await street.signUp()
    for (let times = 0; times < 2; times++)
      expect((await revoke(person.access_token)).status).toBe(200)
    expect(await bit(person.access_token)).toBe(false)
    expect((await street.refresh(person.refresh_token)).status).toBe(200)
  })
})

test('an access token that no guard accepts any more ends nothing: its session goes on', async () => {
  const person = await street.signUp()
  street.clock.pass(ACCESS_TOKEN_TTL + PASSES_AFTER_EXPIRY)
  expect((await revoke(person.access_token)).status).toBe(200)
  const renewed = await refresh(person.refresh_token)
  expect(renewed.status).toBe(200)
  expect(await works(String(renewed.body.access_token))).toBe(true)
  const log = await entriesOf(street.redis, `audit:${person.user.id}`)
  expect(log.map(({ action }) => action)).toEqual(['user_signedup'])
})

describe('whose token it is', () => {
  test('is said by the claim client_id, and kept by a refresh', async () => {
    const person = await street.signUp()
    expect(claimsOf(person.access_token).client_id).toBe('curfew')
    for (const caller of [API, BACKEND, SPA]) {
      const tokens = await signIn(person, caller)
      expect(claimsOf(tokens.access).client_id).toBe(caller.id)
      const renewed = await refresh(tokens.refresh, caller)
      expect(claimsOf(String(renewed.body.access_token)).client_id).toBe(caller.id)
    }
  })

  test('is the first party’s, whether the caller names that or not', async () => {
    const { email, password } = await street.signUp()
    const firstParty = { id: 'curfew', secret: null }
    const tokens = await signIn({ email, password }, firstParty)
    expect(claimsOf(tokens.access).client_id).toBe('curfew')
    const { status, body } = await refresh(tokens.refresh)
    expect(status).toBe(200)
    expect((await revoke(String(body.refresh_token), firstParty)).status).toBe(200)
    expect(await works(tokens.access)).toBe(false)
  })

  test('another client can neither revoke nor refresh it, and nothing changes', async () => {
    const person = await street.signUp()
    const tokens = await signIn(person, API)
    for (const caller of [BACKEND, SPA, null]) {
      for (const token of [tokens.access, tokens.refresh]) {
        const refused = await revoke(token, caller)
        expect(refused.status).toBe(400)
        expect(refused.body).toMatchObject({
          error: 'invalid_grant',
          error_code: 'token_of_another_client',
        })
      }
      const refused = await refresh(tokens.refresh, caller)
      expect(refused.status).toBe(400)
      expect(refused.body).toMatchObject({ error: 'invalid_grant' })
    }
    expect(await works(tokens.access)).toBe(true)
    // Still the first generation: nobody's attempt has rotated it, or counted as its reuse.
    street.clock.pass(60)
    const { status, body } = await refresh(tokens.refresh, API)
    expect(status).toBe(200)
    expect((await revoke(String(body.refresh_token), API)).status).toBe(200)
    expect(await works(tokens.access)).toBe(false)
  })

  test('a service token is no client’s: it logs itself out', async () => {
    const token = await street.serviceToken()
    expect((await revoke(token)).body.error).toBe('invalid_grant')
    expect((await street.call('GET', '/admin/users', { token })).status).toBe(200)
  })
})

describe('who calls', () => {
  const wrong: [string, Record<string, string>, string, boolean][] = [
    ['an unknown client', {}, 'client_id=nobody', false],
    ['a confidential client without its secret', {}, 'client_id=api', false],
    ['a wrong secret in the body', {}, `client_id=api&client_secret=${'x'.repeat(40)}`, false],
    ['a public client with a secret', {}, `client_id=spa&client_secret=${'x'.repeat(40)}`, false],
    ['a wrong secret', { Authorization: basic({ id: 'api', secret: BACKEND.secret }) }, '', true],
    ['an unknown id', { Authorization: basic({ id: 'nobody', secret: API.secret }) }, '', true],
    ['no secret', { Authorization: basic({ id: 'api', secret: null }) }, '', true],
    ['no credentials', { Authorization: 'Basic' }, '', true],
    ['more than credentials', { Authorization: `${basic(API)} x` }, '', true],
    // As a proxy joins two fields of one name.
    ['credentials twice', { Authorization: `${basic(API)}, ${basic(API)}` }, '', true],
    ['what is no base64', { Authorization: 'Basic %%%' }, '', true],
    ['what is no form-encoding', { Authorization: `Basic ${btoa('api:%zz')}` }, '', true],
  ]
  test.each(wrong)('%s: 401', async (_, headers, body, challenged) => {
    const person = await street.signUp()
    await street.redis.forget()
    for (const path of ['/revoke', '/introspect', '/token']) {
      const form = `grant_type=refresh_token&refresh_token=${person.refresh_token}&token=${person.access_token}&${body}`
      const answer = await postText(street, path, form, headers)
      expect(answer.status).toBe(401)
      expect(answer.body).toMatchObject({ error: 'invalid_client', error_code: 'invalid_client' })
      expect(answer.headers.get('WWW-Authenticate')).toBe(
        challenged ? 'Basic realm="curfew", charset="UTF-8"' : null,
      )
    }
    expect(await street.redis.requests()).toEqual([])
    expect(await works(person.access_token)).toBe(true)
  })

  test('the secret comes by header or body, not by both', async () => {
    const token = 'unknown'
    const inBody = { token, client_id: API.id, client_secret: API.secret }
    expect((await post(street, '/revoke', inBody)).status).toBe(200)
    expect((await post(street, '/revoke', { token, client_id: API.id }, API)).status).toBe(200)
    for (const form of [inBody, { token, client_id: SPA.id }, { token, client_secret: 'x' }]) {
      const answer = await post(street, '/revoke', form, API)
      expect(answer.status).toBe(400)
      expect(answer.body.error).toBe('invalid_request')
    }
    expect((await post(street, '/revoke', { token, client_secret: 'x' })).status).toBe(400)
  })

  test('both secrets of a client work while one replaces the other', async () => {
    for (const caller of [BACKEND, BACKEND_NEXT])
      expect((await revoke('unknown', caller)).status).toBe(200)
  })

  test.each([
    ['no token', 'token_type_hint=access_token'],
    ['an empty token', 'token='],
    ['a token twice', 'token=a&token=b'],
  ])('%s: 400', async (_, body) => {
    const answer = await postText(street, '/revoke', body)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ error: 'invalid_request', error_code: 'validation_failed' })
  })

  test('another media type is refused, another method too', async () => {
    const json = await street.call('POST', '/revoke', { body: { token: 'x' } })
    expect(json.status).toBe(415)
    expect(json.body.error).toBe('invalid_request')
    const get = await street.call('GET', '/revoke?token=x')
    expect(get.status).toBe(405)
    expect(get.headers.get('Allow')).toBe('POST')
  })
})

describe('Redis', () => {
  test('is asked twice: what the token is, and the one script', async () => {
    const { access_token, refresh_token } = await street.signUp()
    for (const token of [access_token, refresh_token]) {
      await street.settled()
      await street.redis.forget()
      expect((await revoke(token)).status).toBe(200)
      await street.settled()
      expect(await street.redis.requests()).toHaveLength(2)
    }
  })

  const failures = (['reset', 'hang', 'status-500', 'garbage'] as const).flatMap((kind) =>
    (['access_token', 'refresh_token'] as const).map((which) => ({ kind, which })),
  )
  test.each(failures)(
    'fails ($kind): 503 with Retry-After, and the $which is still alive when it comes back',
    async ({ kind, which }) => {
      const person = await street.signUp()
      await street.redis.fail({ kind })
      const answer = await revoke(person[which])
      expect(answer.status).toBe(503)
      expect(answer.body).toMatchObject({ error: 'temporarily_unavailable' })
      expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
      await street.redis.heal()
      expect(await works(person.access_token)).toBe(true)
      expect((await revoke(person[which])).status).toBe(200)
      expect(await works(person.access_token)).toBe(false)
      expect((await refresh(person.refresh_token)).status).toBe(
        which === 'refresh_token' ? 400 : 200,
      )
    },
  )
})

test('a page of an allowed origin may call', async () => {
  const origin = 'https://app.example.com'
  const open = await openStreet({ env: { CLIENTS, CORS_ORIGINS: origin } })
  const preflight = await open.call('OPTIONS', '/revoke', {
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type',
    },
  })
  expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe(origin)
  expect(preflight.headers.get('Access-Control-Allow-Headers')?.toLowerCase()).toContain(
    'authorization',
  )
  const answer = await postText(open, '/revoke', 'token=x&client_id=spa', { Origin: origin })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(origin)
})
