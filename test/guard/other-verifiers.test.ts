/** Verifiers that we did not write, beside the guard: what they make of our tokens, lists and keys; and the guard's keys when they change. */

import { getListFromStatusListJWT, getStatusListFromJWT } from '@sd-jwt/jwt-status-list'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { generateSigningKey } from '../../src/crypto/signing-keys.ts'
import { forge } from '../support/forging.ts'
import { ask, lineTo, listGuard, strictGuard } from '../support/guards.ts'
import { openKeyedStreet } from '../support/keyed-street.ts'
import { listOf, statusOf } from '../support/status-lists.ts'
import { claimsOf, openStreet, type Street } from '../support/street.ts'

const keysOf = (street: Street) =>
  createRemoteJWKSet(new URL('https://auth.example.com/.well-known/jwks.json'), {
    [customFetch]: (url, init) => street.fetch(new Request(url, init as RequestInit)),
  })

describe('@sd-jwt/jwt-status-list', () => {
  test('finds the place in our token, and the end of the session in our list', async () => {
    const street = await openStreet({ env: { STATUS_LIST_SIZE: '1024' } })
    const person = await street.signUp()
    const other = await street.signIn(person)
    const { idx, uri } = getStatusListFromJWT(person.access_token)
    expect({ idx, uri }).toEqual(statusOf(person.access_token))

    const statuses = async () => {
      const list = getListFromStatusListJWT((await listOf(street, person.access_token)).text)
      expect(list.getBitsPerStatus()).toBe(1)
      return [person, other].map(({ access_token }) =>
        list.getStatus(getStatusListFromJWT(access_token).idx),
      )
    }
    expect(await statuses()).toEqual([0, 0])
    await street.call('POST', '/logout?scope=local', { token: person.access_token })
    expect(await statuses()).toEqual([1, 0])
    await street.call('POST', '/admin/logout', { token: await street.serviceToken() })
    expect(await statuses()).toEqual([1, 1])
  })

  test('counts exactly the sessions that ended', async () => {
    const street = await openStreet({ env: { STATUS_LIST_SIZE: '1024' } })
    const person = await street.signUp()
    for (let i = 0; i < 20; i++) await street.signIn(person)
    const gone = await street.signUp()
    await street.call('POST', '/logout?scope=others', { token: person.access_token })
    await street.call('DELETE', '/user', { token: gone.access_token })
    const list = getListFromStatusListJWT((await listOf(street, person.access_token)).text)
    expect(list.statusList.filter((status) => status === 1)).toHaveLength(21)
    expect(list.statusList).toHaveLength(1024)
  })
})

describe('jose', () => {
  test('verifies token and list with the keys that we publish', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const currentDate = new Date(street.clock.now)
    const keys = keysOf(street)
    const issuer = 'https://auth.example.com'
    const verified = await jwtVerify(token, keys, {
      typ: 'at+jwt',
      issuer,
      audience: 'authenticated',
      currentDate,
    })
    expect(verified.payload.status).toEqual({ status_list: statusOf(token) })
    const { text } = await listOf(street, token)
    const list = await jwtVerify(text, keys, {
      typ: 'statuslist+jwt',
      issuer,
      subject: statusOf(token).uri,
      currentDate,
      maxTokenAge: '30 s',
    })
    expect(list.payload.ttl).toBe(15)
  })
})

describe('the issuer’s keys at the guard', () => {
  test('are fetched when first needed, and again in the background after five minutes', async () => {
    const street = await openStreet()
    const person = await street.signUp()
    const line = lineTo(street)
    const guard = strictGuard(street, line)
    expect(line.keys()).toBe(0)
    for (let minute = 0; minute < 12; minute++) {
      expect(await ask(guard, person.access_token)).toBe('passes')
      street.clock.pass(60)
    }
    expect(line.keys()).toBe(3)
  })

  test('outlast an issuer that cannot be reached for a while, but not for good', async () => {
    const street = await openStreet()
    const person = await street.signUp()
    let down = false
    const line = lineTo(street, () => (down ? new Response(null, { status: 502 }) : null))
    const guard = strictGuard(street, line)
    expect(await ask(guard, person.access_token)).toBe('passes')
    down = true
    for (let minute = 0; minute < 10; minute++) {
      expect(await ask(guard, person.access_token)).toBe('passes')
      street.clock.pass(60)
    }
    expect(await ask(guard, person.access_token)).toBe('unknown')
  })

  test('that were long on their way are gone by no longer for that', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    let down = false
    const line = lineTo(street, async (request) => {
      if (down) return new Response(null, { status: 502 })
      const answer = await street.fetch(request)
      street.clock.pass(5)
      return answer
    })
    const guard = strictGuard(street, line)
    const asked = street.clock.now
    expect(await ask(guard, token)).toBe('passes')
    down = true
    street.clock.now = asked + 599_000
    expect(await ask(guard, token)).toBe('passes')
    street.clock.pass(1)
    expect(await ask(guard, token)).toBe('unknown')
  })

  test('that were long on their way let no token in that expired meanwhile', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const line = lineTo(street, async (request) => {
      const answer = await street.fetch(request)
      street.clock.pass(2)
      return answer
    })
    street.clock.now = Number(claimsOf(token).exp) * 1000 - 1000
    expect(await ask(strictGuard(street, line, { clockTolerance: 0 }), token)).toBe('expired')
  })

  test('that are new are fetched at once when a token names one; older tokens go on', async () => {
    const street = await openKeyedStreet()
    const { key } = street
    const person = await street.signUp()
    const next = await generateSigningKey()
    const rotated = await openStreet({
      env: { SIGNING_KEYS: JSON.stringify({ keys: [next, key] }) },
      redis: street.redis,
    })
    for (const make of [strictGuard, listGuard]) {
      let service: Street = street
      const line = lineTo(street, (request) => service.fetch(request))
      const guard = make(street, line)
      expect(await ask(guard, person.access_token)).toBe('passes')
      street.clock.pass(20)
      service = rotated
      const { access_token: newer } = await rotated.signIn(person)
      expect(await ask(guard, newer)).toBe('passes')
      expect(await ask(guard, person.access_token)).toBe('passes')
      expect(line.keys()).toBe(2)
    }
  })

  test('that were taken back are refused ten minutes later at the latest', async () => {
    const street = await openKeyedStreet()
    const { key } = street
    const { access_token: token } = await street.signUp()
    const rotated = await openStreet({
      env: { SIGNING_KEYS: JSON.stringify({ keys: [await generateSigningKey()] }) },
      redis: street.redis,
    })
    let service: Street = street
    const guard = strictGuard(
      street,
      lineTo(street, (request) => service.fetch(request)),
    )
    expect(await ask(guard, token)).toBe('passes')
    service = rotated
    street.clock.pass(301)
    await ask(guard, token)
    expect(await ask(guard, token)).toBe('bad')
    expect(await ask(guard, await forge(token, key))).toBe('bad')
  })

  test('are not asked for again by made-up key ids, one after the other or all at once', async () => {
    const street = await openKeyedStreet()
    const { key } = street
    const { access_token: token } = await street.signUp()
    const line = lineTo(street)
    const guard = listGuard(street, line)
    await ask(guard, token)
    const strangers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => forge(token, key, { header: { kid: `made-up-${i}` } })),
    )
    for (const stranger of strangers) {
      expect(await ask(guard, stranger)).toBe('bad')
      street.clock.pass(0.1)
    }
    expect(line.keys()).toBe(1)

    street.clock.pass(10.001)
    const answers = await Promise.all(strangers.map((stranger) => ask(guard, stranger)))
    expect(new Set(answers)).toEqual(new Set(['bad']))
    expect(line.keys()).toBe(2)
    expect(await ask(guard, token)).toBe('passes')
  })

  test('may be given instead: then nobody is asked', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const line = lineTo(street)
    const keys = { keys: street.services.publicJwks }
    expect(await ask(strictGuard(street, line, { keys }), token)).toBe('passes')
    expect(line.asked).toEqual([])
  })
})
