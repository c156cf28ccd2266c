/** The documents that clients and verifiers find their way by: RFC 8414 metadata, and the keys. */

import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { ISSUER, openStreet, type Street } from './support/street.ts'

const WELL_KNOWN = '/.well-known/oauth-authorization-server'

const readMetadata = async (street: Street, path = WELL_KNOWN) => {
  const answer = await street.call('GET', path)
  expect(answer.status, path).toBe(200)
  return answer
}

describe('metadata', () => {
  test('names every endpoint, and how to say who one is', async () => {
    const { body, headers } = await readMetadata(await openStreet())
    expect(body).toMatchObject({
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/.well-known/jwks.json`,
      token_endpoint: `${ISSUER}/token`,
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
      revocation_endpoint: `${ISSUER}/revoke`,
      revocation_endpoint_auth_methods_supported: [
        'none',
        'client_secret_basic',
        'client_secret_post',
      ],
      introspection_endpoint: `${ISSUER}/introspect`,
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      grant_types_supported: ['password', 'refresh_token'],
      response_types_supported: [],
    })
    expect(headers.get('Cache-Control')).toBe('public, max-age=600')
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
  })

  test('every endpoint that it names is there', async () => {
    const street = await openStreet()
    const { body } = await readMetadata(street)
    for (const [name, value] of Object.entries(body)) {
      if (!/_(endpoint|uri)$/.test(name)) continue
      const { status } = await street.fetch(new Request(String(value), { method: 'OPTIONS' }))
      expect(status, name).not.toBe(404)
      const other = name === 'jwks_uri' ? 'POST' : 'GET'
      const refused = await street.fetch(new Request(String(value), { method: other }))
      expect(refused.status, name).toBe(405)
    }
  })

  test('of an issuer with a path is also where RFC 8414 section 3.1 looks for it', async () => {
    const issuer = `${ISSUER}/auth/v1`
    for (const env of [{ ISSUER: issuer, BASE_PATH: '/auth/v1' }, { ISSUER: issuer }]) {
      const street = await openStreet({ env })
      const base = 'BASE_PATH' in env ? '/auth/v1' : ''
      for (const path of [`${WELL_KNOWN}/auth/v1`, `${base}${WELL_KNOWN}`]) {
        const { body, headers } = await readMetadata(street, path)
        expect(body).toMatchObject({ issuer, token_endpoint: `${issuer}/token` })
        expect(headers.get('X-Request-Id')).toBeTruthy()
        expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
      }
      expect((await street.call('POST', `${WELL_KNOWN}/auth/v1`)).status).toBe(405)
    }
  })

  test('of an issuer without a path, under a base path: at the root too, with the endpoints below', async () => {
    const street = await openStreet({ env: { BASE_PATH: '/auth/v1' } })
    for (const path of [WELL_KNOWN, `/auth/v1${WELL_KNOWN}`]) {
      const { body } = await readMetadata(street, path)
      expect(body).toMatchObject({ issuer: ISSUER, token_endpoint: `${ISSUER}/auth/v1/token` })
    }
    expect((await street.call('GET', '/token')).status).toBe(404)
    expect((await street.call('GET', '/auth/v1/token')).status).toBe(405)
  })

  test('mounted in another app, it is below the path of the mount, and the app can pass it on', async () => {
    const issuer = `${ISSUER}/auth/v1`
    const { app } = await openStreet({ env: { ISSUER: issuer } })
    const site = new Hono()
      .route('/auth/v1', app)
      .get(`${WELL_KNOWN}/auth/v1`, () => app.request(WELL_KNOWN))
    for (const path of [`/auth/v1${WELL_KNOWN}`, `${WELL_KNOWN}/auth/v1`]) {
      const response = await site.request(path)
      expect(response.status, path).toBe(200)
      expect(await response.json()).toMatchObject({ issuer })
    }
  })

  test('mounted as the README has it, it is where RFC 8414 looks for it: the request is handed on', async () => {
    const { services } = await openStreet({ env: { BASE_PATH: '/auth/v1' } })
    const app = createApp(services)
    const bare = new Hono().route('/auth/v1', app)
    expect((await bare.request(WELL_KNOWN)).status).toBe(404)

    const site = new Hono().route('/auth/v1', app).get(WELL_KNOWN, (c) => app.fetch(c.req.raw))
    const response = await site.request(WELL_KNOWN)

    expect(response.status).toBe(200)
    const token_endpoint = `${ISSUER}/auth/v1/token`
    expect(await response.json()).toMatchObject({ issuer: ISSUER, token_endpoint })
    expect(response.headers.get('X-Request-Id')).toBeTruthy()
    expect((await site.request('/auth/v1/token')).status).toBe(405)
  })

  test('the same with a path in the issuer, which the route ends in', async () => {
    const issuer = `${ISSUER}/tenant`
    const { services } = await openStreet({ env: { ISSUER: issuer, BASE_PATH: '/auth/v1' } })
    const app = createApp(services)
    const discovery = `${WELL_KNOWN}/tenant`
    const site = new Hono().route('/auth/v1', app).get(discovery, (c) => app.fetch(c.req.raw))
    const response = await site.request(discovery)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ issuer })
  })
})

test('the keys may be cached, and read by any page; none of them is private', async () => {
  const street = await openStreet()
  const { body, headers } = await street.call('GET', '/.well-known/jwks.json')
  expect(headers.get('Cache-Control')).toBe('public, max-age=600')
  expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
  expect(body.keys).toHaveLength(1)
  expect(JSON.stringify(body)).not.toContain('"d"')
})
