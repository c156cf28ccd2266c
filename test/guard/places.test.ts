/** Where the guard asks: the primary unless it is told otherwise, and nowhere that a redirect would lead. */

import { expect, inject, test } from 'vitest'
import { createGuard } from '../../src/guard/index.ts'
import { ask, lineTo, listGuard } from '../support/guards.ts'
import { ISSUER, openStreet } from '../support/street.ts'

test('strict: by default the primary, which knows of a logout at once', async () => {
  const street = await openStreet({ lateMs: 400 })
  const { access_token: token } = await street.signUp()
  const guard = createGuard({
    timeout: 10_000,
    issuer: ISSUER,
    fetch: lineTo(street).fetch,
    now: () => street.clock.now,
    mode: 'strict',
    redis: { url: street.redis.url, token: inject('redis').token },
  })
  expect(await ask(guard, token)).toBe('passes')
  expect((await street.call('POST', '/logout', { token })).status).toBe(200)
  expect(await ask(guard, token)).toBe('revoked')
})

test('keys and lists: of the service itself, whoever it may point at', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const seen: [string, string][] = []
  const line = lineTo(street, ({ url, redirect }) => {
    seen.push([new URL(url).pathname.split('/')[1] ?? '', redirect])
    return null
  })
  expect(await ask(listGuard(street, line), token)).toBe('passes')
  expect(seen).toEqual([
    ['.well-known', 'manual'],
    ['statuslists', 'manual'],
  ])
})
