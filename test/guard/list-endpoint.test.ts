/** GET /statuslists/:id as its readers see it (draft-ietf-oauth-status-list section 8): fields, caching, coding, and what is no list. */

import { gunzipSync } from 'node:zlib'
import { calculateJwkThumbprint, importJWK, jwtVerify } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { headerOf } from '../support/forging.ts'
import { post } from '../support/oauth-clients.ts'
import { countOf, listOf, statusOf } from '../support/status-lists.ts'
import { claimsOf, openStreet, type Person, type Street } from '../support/street.ts'

let street: Street
let person: Person
let uri: string
beforeAll(async () => {
  street = await openStreet()
  person = await street.signUp()
  uri = statusOf(person.access_token).uri
})

const get = (headers: Record<string, string> = {}, query = '', method = 'GET') =>
  street.fetch(new Request(uri + query, { method, headers }))
const textOf = async (response: Response) => new TextDecoder().decode(await response.arrayBuffer())

describe('a list', () => {
  test('is a compact JWS of its own type, for whoever asks', async () => {
    const response = await get({ Accept: 'application/statuslist+jwt' })
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe('application/statuslist+jwt')
    expect(response.headers.get('Content-Encoding')).toBeNull()
    const text = await textOf(response)
    const [jwk] = street.services.publicJwks
    if (!jwk) throw new Error('no key')
    const { protectedHeader } = await jwtVerify(text, await importJWK(jwk, 'ES256'), {
      typ: 'statuslist+jwt',
      currentDate: new Date(street.clock.now),
    })
    expect(protectedHeader).toEqual({
      alg: 'ES256',
      typ: 'statuslist+jwt',
      kid: await calculateJwkThumbprint(jwk),
    })
  })

  test('says what it is about, from when, until when, and when to ask again', async () => {
    const { claims, bits } = await listOf(street, person.access_token)
    const now = Math.floor(street.clock.now / 1000)
    expect(claims).toEqual({
      iss: 'https://auth.example.com',
      sub: uri,
      iat: expect.any(Number),
      exp: claims.iat + 30,
      ttl: 15,
      status_list: { bits: 1, lst: expect.stringMatching(/^[A-Za-z0-9_-]+$/) },
    })
    expect(now - claims.iat).toBeLessThan(7.5)
    expect(now - claims.iat).toBeGreaterThanOrEqual(0)
    expect(bits.length).toBe(2 ** 18 / 8)
    expect(countOf(bits)).toBe(0)
  })

  test('is never gone by for longer than STATUS_LIST_TTL after its bits were read', async () => {
    for (const ttl of [4, 5, 30, 3600]) {
      const open = await openStreet({ env: { STATUS_LIST_TTL: String(ttl) } })
      const { access_token } = await open.signUp()
      for (let i = 0; i < 8; i++) {
        const { claims } = await listOf(open, access_token)
        expect(claims.exp - open.clock.now / 1000).toBeLessThanOrEqual(ttl)
        // A fresh copy has something left of its life, even out of a cache that kept it as long as it may.
        expect(claims.exp - open.clock.now / 1000).toBeGreaterThan(ttl / 2)
        open.clock.pass(ttl / 7)
      }
    }
  })

  test('may be kept by caches for a quarter of its life, and read by any page', async () => {
    for (const headers of [{}, { Origin: 'https://anyone.example.org' }]) {
      const response = await get(headers)
      expect(response.headers.get('Cache-Control')).toBe('public, max-age=7')
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
      expect(response.headers.get('Vary')).toContain('Accept-Encoding')
      expect(response.headers.get('Vary')).toContain('Origin')
      expect(response.headers.get('Set-Cookie')).toBeNull()
      await response.arrayBuffer()
    }
  })

  test('answers HEAD with the same fields and no body', async () => {
    const [full, head] = [await get(), await get({}, '', 'HEAD')]
    expect(head.status).toBe(200)
    expect(await textOf(head)).toBe('')
    for (const name of ['Content-Type', 'Cache-Control', 'ETag', 'Vary'])
      expect(head.headers.get(name)).toBe(full.headers.get(name))
    await full.arrayBuffer()
  })
})

describe('a tag', () => {
  test('saves the sending of what is known: 304', async () => {
    const first = await get()
    const tag = first.headers.get('ETag') ?? ''
    await first.arrayBuffer()
    expect(tag).toMatch(/^W\/"[A-Za-z0-9_-]+"$/)
    for (const value of [tag, tag.slice(2), `"other", ${tag}`, '*']) {
      const response = await get({ 'If-None-Match': value })
      expect(response.status, value).toBe(304)
      expect(response.headers.get('ETag')).toBe(tag)
      expect(response.headers.get('Cache-Control')).toBe('public, max-age=7')
      expect(await textOf(response)).toBe('')
    }
    for (const value of ['"other"', tag.slice(3, -1), '']) {
      const response = await get({ 'If-None-Match': value })
      expect(response.status, value).toBe(200)
      await response.arrayBuffer()
    }
  })

  test('changes with the first ending, and with the time', async () => {
    const open = await openStreet()
    const owner = await open.signUp()
    const another = await open.signIn(owner)
    const tag = async () => {
      const response = await open.fetch(new Request(statusOf(owner.access_token).uri))
      await response.arrayBuffer()
      return response.headers.get('ETag')
    }
    open.clock.now = Math.ceil(open.clock.now / 7000) * 7000
    const tags = [await tag(), await tag()]
    await open.call('POST', '/logout?scope=local', { token: another.access_token })
    tags.push(await tag())
    open.clock.pass(7)
    tags.push(await tag())
    expect(tags[1]).toBe(tags[0])
    expect(new Set(tags).size).toBe(3)
  })
})

test('the end of one access token changes the ETag too, so that no earlier list passes for this one', async () => {
  const open = await openStreet()
  const { access_token: token } = await open.signUp()
  const get = (tag = '') =>
    open.fetch(new Request(statusOf(token).uri, { headers: { 'If-None-Match': tag } }))
  const before = await get()
  await before.arrayBuffer()
  const tag = before.headers.get('ETag') ?? ''
  expect((await post(open, '/revoke', { token })).status).toBe(200)
  const after = await get(tag)
  expect(after.status).toBe(200)
  expect(claimsOf(await textOf(after)).revoked_tokens).toEqual([claimsOf(token).jti])
})

describe('gzip', () => {
  test.each(['gzip', 'br, gzip', 'GZIP', 'gzip;q=0.5', 'gzip; q=1.0, *;q=0', 'deflate,gzip'])(
    'is sent for Accept-Encoding: %s',
    async (value) => {
      const [plain, zipped] = [await get(), await get({ 'Accept-Encoding': value })]
      expect(zipped.headers.get('Content-Encoding')).toBe('gzip')
      const { claims } = await listOf(street, person.access_token)
      const bytes = new Uint8Array(await zipped.arrayBuffer())
      expect(claimsOf(gunzipSync(bytes).toString())).toEqual(claims)
      await plain.arrayBuffer()
    },
  )

  test.each([
    '',
    'br',
    'identity',
    'gzip;q=0',
    'gzip; q=0.0',
    'br, gzip;q=0.000',
    'gzipped',
    'x-gzip',
  ])('is not sent for Accept-Encoding: %j', async (value) => {
    const response = await get(value === '' ? {} : { 'Accept-Encoding': value })
    expect(response.headers.get('Content-Encoding')).toBeNull()
    expect(headerOf(await textOf(response)).typ).toBe('statuslist+jwt')
  })
})

describe('what is no list', () => {
  const at = (path: string) => street.call('GET', path)
  test('an id that nobody has: 404, and no cache keeps it', async () => {
    const answer = await at(`/statuslists/${crypto.randomUUID()}`)
    expect(answer.status).toBe(404)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
  })

  test.each(['1', 'x'.repeat(36), '..%2f..%2fuser', 'taken'])('the id %s: 400', async (id) => {
    await street.redis.forget()
    expect((await at(`/statuslists/${id}`)).status).toBe(400)
    expect(await street.redis.requests()).toEqual([])
  })

  test('a list as of another time is not kept: 501', async () => {
    const response = await get({}, '?time=1700000000')
    expect(response.status).toBe(501)
    await response.arrayBuffer()
  })

  test('another method: 405', async () => {
    const answer = await street.call('POST', new URL(uri).pathname)
    expect([answer.status, answer.headers.get('Allow')]).toEqual([405, 'GET, HEAD'])
  })

  test.each(['reset', 'hang', 'status-500', 'garbage', 'half-pipeline'] as const)(
    'Redis fails (%s): 503, and no cache keeps it',
    async (kind) => {
      await street.redis.fail({ kind })
      const response = await get()
      await street.redis.heal()
      expect(response.status).toBe(503)
      expect(response.headers.get('Cache-Control')).toBe('no-store')
      await response.arrayBuffer()
    },
  )
})

test('a list is read in one round trip', async () => {
  await (await get()).arrayBuffer()
  await street.settled()
  await street.redis.forget()
  await (await get()).arrayBuffer()
  expect(await street.redis.requests()).toHaveLength(1)
})
