/** A session whose owner never comes back: what it wrote goes by itself, at the latest when its time is over. */

import { expect, test } from 'vitest'
import { claimsOf, openStreet } from './support/street.ts'

const IDLE = 7 * 86_400

test.each([
  ['as it was begun by a sign-up', false],
  ['as it was begun by a sign-in', true],
])('%s', async (_, signsIn) => {
  const street = await openStreet()
  const person = await street.signUp()
  const { access_token } = signsIn ? await street.signIn(person) : person
  const { sid } = claimsOf(access_token)
  for (const key of [`session:${sid}`, `session:${sid}:detail`]) {
    const left = Number(await street.redis.look('PTTL', key)) / 1000
    expect(left, key).toBeLessThanOrEqual(IDLE)
    expect(left, key).toBeGreaterThan(IDLE - 60)
  }
})
