/** The most sessions of one user where nothing is set: a hundred. */

import { expect, test } from 'vitest'
import { GENEROUS } from './support/quotas.ts'
import { sessionsOf } from './support/redis-contents.ts'
import { claimsOf, openStreet } from './support/street.ts'

test('with one more, the first one ends', async () => {
  const street = await openStreet({ env: GENEROUS })
  const person = await street.signUp()
  street.clock.pass(1)
  for (let signIns = 0; signIns < 99; signIns++) await street.signIn(person)
  const first = async () =>
    (await street.call('GET', '/user', { token: person.access_token })).status
  expect(await sessionsOf(street.redis, person.user.id)).toHaveLength(100)
  expect(await first()).toBe(200)

  await street.signIn(person)

  const left = await sessionsOf(street.redis, person.user.id)
  expect(left).toHaveLength(100)
  expect(left).not.toContain(claimsOf(person.access_token).sid)
  expect(await first()).toBe(401)
})
