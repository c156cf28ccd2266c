/** Who is let in: a token of ours, made for this use, in the one header that is read. Anything else is 401, and Redis is not asked. */

import { generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { generateSigningKey, type PrivateJwk } from '../src/crypto/signing-keys.ts'
import {
  compact,
  es256,
  forge,
  hs256,
  publicForms,
  type Signer,
  unsigned,
} from './support/forging.ts'
import { type KeyedStreet, openKeyedStreet } from './support/keyed-street.ts'
import { type Answer, claimsOf, ISSUER, type Person } from './support/street.ts'

const DOORS = [
  ['GET', '/user'],
  ['PUT', '/user'],
  ['DELETE', '/user'],
  ['POST', '/reauthenticate'],
  ['GET', '/sessions'],
  ['DELETE', '/sessions/01234567-89ab-cdef-0123-456789abcdef'],
  ['POST', '/logout'],
  ['POST', '/logout?scope=others'],
  ['POST', '/logout/all'],
  ['GET', '/admin/users'],
  ['POST', '/admin/users'],
  ['POST', '/admin/logout'],
  ['GET', '/admin/audit'],
] as const

let street: KeyedStreet
let person: Person
let claims: Record<string, unknown>
let header: { alg: string; typ: string; kid: string }
let ours: Signer
let stranger: PrivateJwk
beforeAll(async () => {
  street = await openKeyedStreet()
  person = await street.signUp()
  claims = claimsOf(person.access_token)
  header = { alg: 'ES256', typ: 'at+jwt', kid: street.key.kid }
  ours = es256(street.key)
  stranger = await generateSigningKey()
  await street.settled()
})

async function expectTurnedAway(
  headersOf: Record<string, string>,
  expected: { code: string; challenge: string },
): Promise<void> {
  await street.redis.forget()
  for (const [method, path] of DOORS) {
    const answer: Answer = await street.call(method, path, { headers: headersOf })
    const at = `${method} ${path} ${JSON.stringify(answer.body)}`
    expect(answer.status, at).toBe(401)
    expect(Object.keys(answer.body), at).toEqual(['code', 'error_code', 'msg'])
    expect(answer.body.error_code, at).toBe(expected.code)
    expect(answer.headers.get('WWW-Authenticate'), at).toBe(expected.challenge)
  }
  expect(await street.redis.requests()).toEqual([])
}

const BAD = {
  code: 'bad_jwt',
  challenge: 'Bearer error="invalid_token", error_description="The token is not valid"',
}
const MISSING = { code: 'no_authorization', challenge: 'Bearer realm="curfew"' }

const ourOwn = (change: object, head: object = {}) =>
  forge(person.access_token, ours, { claims: change, header: head })

test('a token that is made by hand like ours works, so each of these fails for its own reason', async () => {
  const token = await ourOwn({})
  expect((await street.call('GET', '/user', { token })).status).toBe(200)
})

describe('signed by somebody else, or by nobody', () => {
  type Forge = () => Promise<string>
  const forgeries: [string, Forge][] = [
    ...['none', 'None', 'NONE', 'nOnE', ''].map((alg): [string, Forge] => [
      `alg '${alg}' without a signature`,
      () => compact({ ...header, alg }, claims, unsigned),
    ]),
    ['alg none with our signature', () => compact({ ...header, alg: 'none' }, claims, ours)],
    ['ES256 without a signature', () => compact(header, claims, unsigned)],
    ['the key of a stranger under our key id', () => compact(header, claims, es256(stranger))],
    [
      'the key of a stranger under its own',
      () => compact({ ...header, kid: stranger.kid }, claims, es256(stranger)),
    ],
    ...(['RS256', 'PS256', 'ES384', 'EdDSA'] as const).map((alg): [string, Forge] => [
      `${alg} under our key id`,
      async () => {
        const { privateKey } = await generateKeyPair(alg)
        return new SignJWT(claims).setProtectedHeader({ ...header, alg }).sign(privateKey)
      },
    ]),
    ['our signature under another name', () => compact({ ...header, alg: 'ES384' }, claims, ours)],
    [
      'claims that were changed afterwards',
      async () => {
        const [head, , signature] = (await ourOwn({})).split('.')
        const [, payload] = (await compact(header, { ...claims, role: 'admin' }, unsigned)).split(
          '.',
        )
        return `${head}.${payload}.${signature}`
      },
    ],
    [
      'a header that was changed afterwards',
      async () => {
        const [, payload, signature] = (await ourOwn({})).split('.')
        const [head] = (await compact({ ...header, more: 1 }, {}, unsigned)).split('.')
        return `${head}.${payload}.${signature}`
      },
    ],
  ]
  test.each(forgeries)('%s', async (_, forge) => {
    await expectTurnedAway({ Authorization: `Bearer ${await forge()}` }, BAD)
  })

  test('HS256 with our public key as the secret, in any of its forms', async () => {
    for (const form of await publicForms(street.key))
      for (const head of [header, { alg: 'HS256', typ: 'at+jwt' }]) {
        const token = await compact({ ...head, alg: 'HS256' }, claims, hs256(form))
        await expectTurnedAway({ Authorization: `Bearer ${token}` }, BAD)
      }
  })

  test('a key that the token brings along', async () => {
    const { d: _d, ...jwk } = stranger
    const heads = [
      { jwk },
      { jwk, kid: undefined },
      { jwk, kid: stranger.kid },
      { jku: 'https://evil.example.com/jwks.json', kid: stranger.kid },
      { x5u: 'https://evil.example.com/cert.pem', kid: stranger.kid },
      { x5c: ['MIIB'], kid: stranger.kid },
    ]
    for (const head of heads) {
      const token = await compact({ ...header, ...head }, claims, es256(stranger))
      await expectTurnedAway({ Authorization: `Bearer ${token}` }, BAD)
    }
  })
})

describe('signed by us, but not for this', () => {
  test.each([
    ['no type', { typ: undefined }],
    ['the type of any JWT', { typ: 'JWT' }],
    ['the type of a logout token', { typ: 'logout+jwt' }],
    ['a type that only begins like ours', { typ: 'at+jwt+more' }],
    ['no key id', { kid: undefined }],
    ['an unknown key id', { kid: 'another' }],
    ['an empty key id', { kid: '' }],
    ['a key id that is no text', { kid: 1 }],
    ['a key id with the name of something every object has', { kid: '__proto__' }],
    ['something critical that we do not know', { crit: ['exp'], exp: 1 }],
    ['an empty list of what is critical', { crit: [] }],
    ['an unencoded payload', { crit: ['b64'], b64: false }],
  ])('%s in its header', async (_, head) => {
    await expectTurnedAway({ Authorization: `Bearer ${await ourOwn({}, head)}` }, BAD)
  })

  test.each([
    ['another audience', { aud: 'somebody-else' }],
    ['an audience that only contains ours', { aud: 'authenticated-too' }],
    ['a list of other audiences', { aud: ['a', 'b'] }],
    ['another issuer', { iss: 'https://evil.example.com' }],
    ['our issuer with a slash', { iss: `${ISSUER}/` }],
    ['any nbf, which we never sign: also one long past', { nbf: 1_000_000_000 }],
    ['the role of a service and a session', { role: 'service_role' }],
    [
      'the role of a service, a session and nobody in it',
      { role: 'service_role', sub: 'service_role' },
    ],
    ['an expiry as a text', { exp: '9999999999' }],
    ['an expiry that is none', { exp: null }],
    ['a subject that is a number', { sub: 1 }],
    ['an id that is a list', { jti: ['a'] }],
    ['a session that is a number', { sid: 1 }],
    ['a session that is null', { sid: null }],
    ['a version that is a number', { ver: 1 }],
    ['an address that is an object', { email: {} }],
    ['a role that is a list', { role: ['admin', 'service_role'] }],
    ['a moment of signing in that is a text', { auth_time: '1' }],
  ])('%s in its claims', async (_, change) => {
    await expectTurnedAway({ Authorization: `Bearer ${await ourOwn(change)}` }, BAD)
  })

  test.each([
    'iss',
    'aud',
    'sub',
    'jti',
    'iat',
    'exp',
    'role',
    'client_id',
    'sid',
    'ver',
    'email',
    'auth_time',
  ])('no %s in its claims', async (claim) => {
    await expectTurnedAway({ Authorization: `Bearer ${await ourOwn({ [claim]: undefined })}` }, BAD)
  })

  test('a refresh token', async () => {
    await expectTurnedAway({ Authorization: `Bearer ${person.refresh_token}` }, BAD)
  })

  test('a token that is longer than any of ours', async () => {
    const token = await ourOwn({ more: 'x'.repeat(4096) })
    await expectTurnedAway({ Authorization: `Bearer ${token}` }, BAD)
  })
})

describe('bent', () => {
  const bend: [string, (token: string) => string][] = [
    ['a part less', (token) => token.split('.').slice(0, 2).join('.')],
    ['a part more', (token) => `${token}.AAAA`],
    ['the five parts of an encrypted one', (token) => `${token}.AAAA.AAAA`],
    ['the other base64', (token) => `${token.slice(0, -4)}++//`],
    ['a signature that is cut short', (token) => token.slice(0, -2)],
    [
      'a signature of zeros',
      (token) => `${token.split('.').slice(0, 2).join('.')}.${'A'.repeat(86)}`,
    ],
    ['only dots', () => '..'],
    ['text', () => 'null'],
    ['quotes', (token) => `"${token}"`],
    ['a megabyte', () => 'x'.repeat(1_000_000)],
    ['a megabyte of dots', () => '.'.repeat(1_000_000)],
  ]
  test.each(bend)('%s', async (_, how) => {
    await expectTurnedAway({ Authorization: `Bearer ${how(person.access_token)}` }, BAD)
  })
})

test('the same token in another spelling is the same token, and ends with it', async () => {
  const { access_token: token } = await street.signUp()
  const padded = `${token}==`
  const ask = async () => (await street.call('GET', '/user', { token: padded })).status
  expect(await ask()).toBe(200)
  await street.call('POST', '/logout?scope=local', { token })
  expect(await ask()).toBe(401)
})

describe('the Authorization header', () => {
  const ask = (authorization: string) =>
    street.call('GET', '/user', { headers: { Authorization: authorization } })

  test.each([
    ['Bearer', (token: string) => `Bearer ${token}`],
    ['the scheme in lower case', (token: string) => `bearer ${token}`],
    ['the scheme in capitals', (token: string) => `BEARER ${token}`],
    ['two blanks', (token: string) => `Bearer  ${token}`],
  ])('%s is read', async (_, write) => {
    expect((await ask(write(person.access_token))).status).toBe(200)
  })

  test.each([
    ['nothing', () => ''],
    ['the scheme alone', () => 'Bearer'],
    ['the scheme and a blank', () => 'Bearer '],
    ['the token alone', (token: string) => token],
    ['Basic', (token: string) => `Basic ${btoa(`user:${token}`)}`],
    ['Basic with the token as it is', (token: string) => `Basic ${token}`],
    ['Token', (token: string) => `Token ${token}`],
    ['DPoP', (token: string) => `DPoP ${token}`],
    ['a scheme that only begins like ours', (token: string) => `Bearers ${token}`],
    ['a tab', (token: string) => `Bearer\t${token}`],
    ['no blank', (token: string) => `Bearer:${token}`],
    ['two tokens', (token: string) => `Bearer ${token} ${token}`],
    ['two schemes', (token: string) => `Bearer ${token}, Basic dTpw`],
    ['a megabyte of blanks', () => `Bearer${' '.repeat(1_000_000)}x y`],
  ])('%s is no token', async (_, write) => {
    await expectTurnedAway({ Authorization: write(person.access_token) }, MISSING)
  })

  test('anywhere else a token is not seen', async () => {
    const token = person.access_token
    await street.redis.forget()
    const elsewhere = [
      await street.call('GET', `/user?access_token=${token}`),
      await street.call('GET', `/user?token=${token}&apikey=${token}`),
      await street.call('POST', `/logout?access_token=${token}`),
      await street.call('POST', '/logout', { body: { access_token: token } }),
      await street.call('GET', '/user', {
        headers: { Cookie: `access_token=${token}; token=${token}` },
      }),
      await street.call('GET', '/user', { headers: { apikey: token } }),
      await street.call('GET', '/user', { headers: { 'X-Authorization': `Bearer ${token}` } }),
      await street.call('GET', '/user', { headers: { 'Proxy-Authorization': `Bearer ${token}` } }),
    ]
    for (const answer of elsewhere) {
      expect(answer.status).toBe(401)
      expect(answer.body.error_code).toBe('no_authorization')
    }
    expect(await street.redis.requests()).toEqual([])
    expect((await ask(`Bearer ${token}`)).status).toBe(200)
  })
})
