/** OAuth clients and verifiers that we did not write, unmodified: they find everything by our metadata. */

import { createRemoteJWKSet, customFetch as joseFetch, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { beforeAll, describe, expect, test } from 'vitest'
import { API, BACKEND, CLIENTS, post, SPA } from './support/oauth-clients.ts'
import { ISSUER, openStreet, type Street } from './support/street.ts'

/** A `fetch` into the app instead of over the network; each library types what it passes in its own way. */
type Send = (url: string, init: unknown) => Promise<Response>

const line =
  (street: Street): Send =>
  (url, init) =>
    street.fetch(new Request(url, init as RequestInit))

let street: Street
beforeAll(async () => {
  street = await openStreet({ env: { CLIENTS } })
})

const signIn = async (caller: typeof API | typeof SPA, on = street) => {
  const { email, password } = await on.signUp()
  const { body } = await post(on, '/token', { grant_type: 'password', email, password }, caller)
  return { access: String(body.access_token), refresh: String(body.refresh_token) }
}
const works = async (token: string) => (await street.call('GET', '/user', { token })).status === 200

const requestsOf = async (call: () => Promise<unknown>): Promise<number> => {
  await street.settled()
  await street.redis.forget()
  await call()
  return (await street.redis.requests()).length
}

describe('oauth4webapi', () => {
  const options = {
    [oauth.customFetch]: (url: string, init: unknown) => line(street)(url, init),
  }
  let as: oauth.AuthorizationServer
  beforeAll(async () => {
    const issuer = new URL(ISSUER)
    const response = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' })
    as = await oauth.processDiscoveryResponse(issuer, response)
  })

  const callers: [string, oauth.Client, oauth.ClientAuth, typeof API | typeof SPA][] = [
    ['Basic', { client_id: API.id }, oauth.ClientSecretBasic(API.secret), API],
    [
      'a secret in the body',
      { client_id: BACKEND.id },
      oauth.ClientSecretPost(BACKEND.secret),
      BACKEND,
    ],
    ['no secret', { client_id: SPA.id }, oauth.None(), SPA],
  ]
  test.each(callers)(
    'with %s: refreshes, and revokes both tokens',
    async (_, client, auth, caller) => {
      const first = await signIn(caller)
      const response = await oauth.refreshTokenGrantRequest(
        as,
        client,
        auth,
        first.refresh,
        options,
      )
      const tokens = await oauth.processRefreshTokenResponse(as, client, response)
      expect(tokens.token_type).toBe('bearer')
      expect(await works(tokens.access_token)).toBe(true)

      await oauth.processRevocationResponse(
        await oauth.revocationRequest(as, client, auth, tokens.access_token, options),
      )
      expect(await works(tokens.access_token)).toBe(false)
      expect(await works(first.access)).toBe(true)
      await oauth.processRevocationResponse(
        await oauth.revocationRequest(as, client, auth, String(tokens.refresh_token), options),
      )
      expect(await works(first.access)).toBe(false)

      const again = await oauth.refreshTokenGrantRequest(as, client, auth, first.refresh, options)
      await expect(oauth.processRefreshTokenResponse(as, client, again)).rejects.toMatchObject({
        error: 'invalid_grant',
        status: 400,
      })
    },
  )

  test.each(callers.slice(0, 2))('with %s: introspects', async (_, client, auth, caller) => {
    const { access, refresh } = await signIn(caller)
    const introspect = async (token: string) =>
      oauth.processIntrospectionResponse(
        as,
        client,
        await oauth.introspectionRequest(as, client, auth, token, options),
      )
    expect(await introspect(access)).toMatchObject({
      active: true,
      client_id: caller.id,
      iss: ISSUER,
    })
    expect(await introspect(refresh)).toMatchObject({ active: true, token_type: 'refresh_token' })
    await street.call('POST', '/logout', { token: access })
    expect(await introspect(access)).toEqual({ active: false })
    expect(await introspect(refresh)).toEqual({ active: false })
  })

  test('reads a wrong secret from the challenge and from the body', async () => {
    for (const auth of [
      oauth.ClientSecretBasic('x'.repeat(40)),
      oauth.ClientSecretPost('x'.repeat(40)),
    ]) {
      const client = { client_id: API.id }
      const response = await oauth.introspectionRequest(as, client, auth, 'x', options)
      await expect(oauth.processIntrospectionResponse(as, client, response)).rejects.toMatchObject({
        status: 401,
      })
    }
  })

  test('validates our access tokens (RFC 9068) by our keys, and only those', async () => {
    const { access, refresh } = await signIn(API)
    const validate = (token: string, audience = 'authenticated') =>
      oauth.validateJwtAccessToken(
        as,
        new Request('https://api.example.com/', { headers: { Authorization: `Bearer ${token}` } }),
        audience,
        options,
      )
    expect(await validate(access)).toMatchObject({ iss: ISSUER, client_id: API.id })
    expect(await validate(await street.serviceToken())).toMatchObject({ sub: 'service_role' })
    await expect(validate(access, 'another')).rejects.toThrow()
    await expect(validate(refresh)).rejects.toThrow()
    await expect(validate(`${access.slice(0, -6)}AAAAAA`)).rejects.toThrow()
  })

  test('costs one question to Redis to introspect or refresh, two to revoke', async () => {
    const client = { client_id: API.id }
    const auth = oauth.ClientSecretBasic(API.secret)
    const { access, refresh } = await signIn(API)
    const introspect = () => oauth.introspectionRequest(as, client, auth, access, options)
    const renew = () => oauth.refreshTokenGrantRequest(as, client, auth, refresh, options)
    const revoke = async () => {
      await oauth.revocationRequest(as, client, auth, refresh, options)
      await street.settled()
    }
    expect(await requestsOf(introspect)).toBe(1)
    expect(await requestsOf(renew)).toBe(1)
    expect(await requestsOf(revoke)).toBe(2)
  })
})

describe('openid-client', () => {
  const discover = (caller: typeof API | typeof SPA, issuer = ISSUER, on = street) =>
    openid.discovery(
      new URL(issuer),
      caller.id,
      undefined,
      caller.secret === null ? openid.None() : openid.ClientSecretBasic(caller.secret),
      {
        algorithm: 'oauth2',
        [openid.customFetch]: (url, init) => line(on)(url, init),
      },
    )

  test.each([API, SPA])('$id: finds us, refreshes and revokes', async (caller) => {
    const config = await discover(caller)
    expect(config.serverMetadata().issuer).toBe(ISSUER)
    const { refresh } = await signIn(caller)
    const tokens = await openid.refreshTokenGrant(config, refresh)
    expect(tokens.expiresIn()).toBeGreaterThan(0)
    expect(await works(tokens.access_token)).toBe(true)
    await openid.tokenRevocation(config, String(tokens.refresh_token))
    expect(await works(tokens.access_token)).toBe(false)
    await openid.tokenRevocation(config, String(tokens.refresh_token))
  })

  test('introspects', async () => {
    const config = await discover(API)
    const { access } = await signIn(API)
    expect(await openid.tokenIntrospection(config, access)).toMatchObject({ active: true })
    await openid.tokenRevocation(config, access, { token_type_hint: 'refresh_token' })
    expect(await openid.tokenIntrospection(config, access)).toEqual({ active: false })
  })

  test('is told that a token is another client’s', async () => {
    const config = await discover(API)
    const { access } = await signIn(SPA)
    await expect(openid.tokenRevocation(config, access)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    expect(await works(access)).toBe(true)
  })

  test('signs in by the password grant as RFC 6749 section 4.3.2 has it', async () => {
    const { email, password } = await street.signUp()
    const config = await discover(SPA)
    const tokens = await openid.genericGrantRequest(config, 'password', {
      username: email,
      password,
    })
    expect(await works(tokens.access_token)).toBe(true)
  })

  test('finds an issuer with a path', async () => {
    const issuer = `${ISSUER}/auth/v1`
    const below = await openStreet({ env: { CLIENTS, ISSUER: issuer, BASE_PATH: '/auth/v1' } })
    const config = await discover(SPA, issuer, below)
    const { email, password } = { email: 'ada@example.com', password: 'correct horse battery' }
    const { body } = await below.call('POST', '/auth/v1/signup', {
      body: { email, password, client_id: SPA.id },
    })
    const tokens = await openid.refreshTokenGrant(config, String(body.refresh_token))
    await openid.tokenRevocation(config, tokens.access_token)
    const answer = await below.call('GET', '/auth/v1/user', { token: tokens.access_token })
    expect(answer.status).toBe(401)
  })
})

test('jose’s remote key set verifies our tokens, and fetches the keys once', async () => {
  let fetched = 0
  const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`), {
    [joseFetch]: (url, init) => {
      fetched++
      return line(street)(url, init)
    },
  })
  const rules = { issuer: ISSUER, audience: 'authenticated', typ: 'at+jwt', algorithms: ['ES256'] }
  for (let i = 0; i < 3; i++) {
    const { access } = await signIn(API)
    const { payload } = await jwtVerify(access, keys, rules)
    expect(payload.client_id).toBe(API.id)
  }
  expect(fetched).toBe(1)
})
