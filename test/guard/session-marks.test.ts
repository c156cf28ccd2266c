/** What strict mode goes by in the mark of a session that is still there: whose it is, its end, and its token version. */

import { expect, test } from 'vitest'
import { forge } from '../support/forging.ts'
import { ask, lineTo, strictGuard } from '../support/guards.ts'
import { openKeyedStreet } from '../support/keyed-street.ts'
import { claimsOf, openStreet } from '../support/street.ts'

test('a session ends at its own time to the millisecond, though the token’s expiry is tolerated for longer', async () => {
  const life = 1000
  const street = await openStreet({
    env: { SESSION_ABSOLUTE_TTL: String(life), SESSION_IDLE_TTL: String(life) },
  })
  const begun = street.clock.now
  const { refresh_token } = await street.signUp()
  const guard = strictGuard(street, lineTo(street))
  street.clock.pass(life / 2)
  const { body } = await street.refresh(refresh_token)
  const token = String(body.access_token)
  street.clock.now = begun + life * 1000 - 1
  expect(await ask(guard, token)).toBe('passes')
  street.clock.now = begun + life * 1000
  expect(await ask(guard, token)).toBe('revoked')
})

test('a session of before a cutoff of everyone stays ended, even for a token with the version of after it', async () => {
  const street = await openKeyedStreet()
  const person = await street.signUp()
  const service = await street.serviceToken()
  expect((await street.call('POST', '/admin/logout', { token: service })).status).toBe(200)
  const { access_token: after } = await street.signIn(person)
  const { ver } = claimsOf(after)
  const guard = strictGuard(street, lineTo(street))
  expect(await ask(guard, after)).toBe('passes')

  const renamed = await forge(person.access_token, street.key, { claims: { ver } })
  expect(await ask(guard, renamed)).toBe('revoked')
})

test('a session that lives is nobody else’s, whatever a token with our signature says', async () => {
  const street = await openKeyedStreet()
  const { access_token: token } = await street.signUp()
  const { access_token: others } = await street.signUp()
  const { sub, ver } = claimsOf(others)
  const guard = strictGuard(street, lineTo(street))
  expect(await ask(guard, token)).toBe('passes')
  expect(await ask(guard, await forge(token, street.key, { claims: { sub, ver } }))).toBe('revoked')
})
