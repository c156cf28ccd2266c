/** Texts that are no access token of ours: all are refused by the guard alone, without asking for a list or Redis. */

import { exportSPKI, importJWK } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { generateSigningKey } from '../../src/crypto/signing-keys.ts'
import { encode, forge, headerOf, hs256, unsigned } from '../support/forging.ts'
import { ask, bearer, type Line, lineTo, listGuard, strictGuard } from '../support/guards.ts'
import { type KeyedStreet, openKeyedStreet } from '../support/keyed-street.ts'
import { listOf } from '../support/status-lists.ts'
import { claimsOf } from '../support/street.ts'

let street: KeyedStreet
let token: string
let refreshToken: string
let line: Line
beforeAll(async () => {
  street = await openKeyedStreet()
  const person = await street.signUp()
  token = person.access_token
  refreshToken = person.refresh_token
  line = lineTo(street)
})

const withHeader = (header: object) => forge(token, street.key, { header })
const withClaims = (claims: object) => forge(token, street.key, { claims })

const withPlace = (idx: unknown, list: string = crypto.randomUUID()) =>
  withClaims({
    status: { status_list: { idx, uri: `https://auth.example.com/statuslists/${list}` } },
  })

/** HMAC with our public key as its secret: what a verifier falls for that lets the token choose. */
const confused = (secret: string) =>
  forge(token, hs256(new TextEncoder().encode(secret)), { header: { alg: 'HS256' } })

function publicJwk() {
  const { d: _private, ...jwk } = street.key
  return jwk
}

const texts: [string, () => string | Promise<string>][] = [
  ['alg none', () => forge(token, unsigned, { header: { alg: 'none' } })],
  ['alg NONE', () => forge(token, unsigned, { header: { alg: 'NONE' } })],
  ['no alg', () => forge(token, unsigned, { header: { alg: undefined } })],
  ['our signature cut off', () => `${token.split('.').slice(0, 2).join('.')}.`],
  ['HS256 with our public JWK as secret', () => confused(JSON.stringify(publicJwk()))],
  [
    'HS256 with our public PEM as secret',
    async () => {
      const key = await importJWK(publicJwk(), 'ES256', { extractable: true })
      return key instanceof Uint8Array ? '' : confused(await exportSPKI(key))
    },
  ],
  [
    'RS256 said, ES256 signed',
    async () =>
      (await withHeader({})).replace(/^[^.]+/, encode({ ...headerOf(token), alg: 'RS256' })),
  ],
  [
    'ES384 said',
    async () =>
      (await withHeader({})).replace(/^[^.]+/, encode({ ...headerOf(token), alg: 'ES384' })),
  ],
  ['typ JWT', () => withHeader({ typ: 'JWT' })],
  ['typ of a list', () => withHeader({ typ: 'statuslist+jwt' })],
  ['typ of a logout token', () => withHeader({ typ: 'logout+jwt' })],
  ['no typ', () => withHeader({ typ: undefined })],
  ['another audience', () => withClaims({ aud: 'other' })],
  ['no audience', () => withClaims({ aud: undefined })],
  ['another issuer', () => withClaims({ iss: 'https://evil.example.com' })],
  ['our issuer with a slash', () => withClaims({ iss: 'https://auth.example.com/' })],
  ['no issuer', () => withClaims({ iss: undefined })],
  ['no subject', () => withClaims({ sub: undefined })],
  ['no expiry', () => withClaims({ exp: undefined })],
  ['an expiry that is a text', () => withClaims({ exp: '9999999999' })],
  ['no jti', () => withClaims({ jti: undefined })],
  ['no status', () => withClaims({ status: undefined })],
  ['a place before the first', () => withPlace(-1)],
  ['a place between two', () => withPlace(0.5)],
  ['a place that is a text', () => withPlace('0')],
  ['a list below a list', () => withPlace(0, `${crypto.randomUUID()}/more`)],
  ['no session', () => withClaims({ sid: undefined })],
  ['the service’s role in a session', () => withClaims({ role: 'service_role' })],
  ['an unknown kid', () => withHeader({ kid: 'unknown' })],
  ['no kid', () => withHeader({ kid: undefined })],
  ['a kid that is a path', () => withHeader({ kid: '../../dev/null' })],
  ['another key under our kid', async () => forge(token, await generateSigningKey())],
  ['an unknown critical field', () => withHeader({ crit: ['x'], x: true })],
  ...(['jwk', 'jku', 'x5u', 'x5c'] as const).map((field): [string, () => Promise<string>] => [
    `another key that it brings along as ${field}`,
    async () => {
      const key = await generateSigningKey()
      const url = 'https://evil.example.com/keys'
      const value = { jwk: { ...key, d: undefined }, jku: url, x5u: url, x5c: ['MIIB'] }[field]
      return forge(token, key, { header: { kid: key.kid, [field]: value } })
    },
  ]),
  ['a refresh token', () => refreshToken],
  ['a status list', async () => (await listOf(street, token)).text],
  [
    'a status list that says it is an access token',
    async () =>
      forge((await listOf(street, token)).text, street.key, {
        header: { typ: 'at+jwt' },
        claims: { aud: 'authenticated' },
      }),
  ],
  [
    'another’s claims under our signature',
    () =>
      `${token.split('.')[0]}.${encode({ ...claimsOf(token), sub: 'x' })}.${token.split('.')[2]}`,
  ],
  ['a token with a dot too many', () => `${token}.x`],
  ['an encrypted token', () => `${token}.x.y`],
  ['a word', () => 'undefined'],
  ['dots', () => '..'],
  ['1 MB', () => 'x'.repeat(2 ** 20)],
  ['1 MB that begins as a token', () => `${token}${'x'.repeat(2 ** 20)}`],
  ['1 MB of claims, signed by us', () => withClaims({ padding: 'x'.repeat(2 ** 20) })],
  ['a header of 1 MB, signed by us', () => withHeader({ padding: 'x'.repeat(2 ** 20) })],
]

describe.each(texts)('%s', (_, make) => {
  test('is refused in both modes, even with onFault open: 401, and nothing but the keys was asked for', async () => {
    const text = await make()
    await street.settled()
    line.forget()
    await street.redis.forget()
    for (const guard of [strictGuard, listGuard]) {
      const decision = await guard(street, line, { onFault: 'open' }).check(bearer(text))
      expect(decision).toMatchObject({
        ok: false,
        reason: 'bad',
        answer: {
          status: 401,
          headers: {
            'WWW-Authenticate':
              'Bearer error="invalid_token", error_description="The token is not valid"',
          },
          body: { code: 401, error_code: 'bad_jwt' },
        },
      })
    }
    expect(line.asked.filter((path) => path !== '/.well-known/jwks.json')).toEqual([])
    expect(await street.redis.requests()).toEqual([])
  })
})

test('the same token, signed again and otherwise unharmed, passes', async () => {
  for (const guard of [strictGuard, listGuard])
    expect(await guard(street, line).check(bearer(await withClaims({})))).toMatchObject({
      ok: true,
    })
})

test('an expired token is told of as such, and its list is not asked for', async () => {
  const expired = await withClaims({ exp: Math.floor(street.clock.now / 1000) - 6 })
  line.forget()
  for (const guard of [strictGuard, listGuard])
    expect(await guard(street, line).check(bearer(expired))).toMatchObject({
      reason: 'expired',
    })
  expect(line.lists()).toBe(0)
})

test('a token that passed is refused once its key’s id is another key’s', async () => {
  const street = await openKeyedStreet()
  const { key } = street
  const { access_token: seen } = await street.signUp()
  const { d: _private, ...other } = { ...(await generateSigningKey()), kid: key.kid }
  let keys: readonly object[] = street.services.publicJwks
  const changing = lineTo(street, ({ url }) =>
    url.includes('jwks') ? Response.json({ keys }) : null,
  )
  const guards = [strictGuard, listGuard].map((guard) => guard(street, changing))
  const check = () => Promise.all(guards.map((guard) => ask(guard, seen)))
  expect(await check()).toEqual(['passes', 'passes'])
  keys = [other]
  street.clock.pass(601)
  expect(await check()).toEqual(['bad', 'bad'])
})
