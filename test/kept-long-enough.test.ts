/** What is remembered of ended tokens and sessions stays in Redis as long as one of them may still pass: nothing that comes later makes that shorter. */

import { expect, test } from 'vitest'
import { PASSES_AFTER_EXPIRY } from '../src/domain/policy.ts'
import { post } from './support/oauth-clients.ts'
import { statusOf } from './support/status-lists.ts'
import { openStreet, type Street } from './support/street.ts'

/** Seconds. */
const ACCESS = 900
const DAY = 86_400

const leftOf = async ({ redis }: Street, key: string): Promise<number> =>
  Number(await redis.look('PTTL', key)) / 1000

const listKey = (token: string): string => `statuslist:${statusOf(token).uri.split('/').at(-1)}`

test('the names of ended access tokens, though one that expires earlier is ended last', async () => {
  const street = await openStreet()
  const first = await street.signUp()
  street.clock.pass(ACCESS - 300)
  const later = String((await street.refresh(first.refresh_token)).body.access_token)
  const names = `${listKey(later)}:tokens`

  for (const token of [later, first.access_token]) {
    expect((await post(street, '/revoke', { token })).status).toBe(200)
    const left = await leftOf(street, names)
    expect(left).toBeGreaterThan(ACCESS + PASSES_AFTER_EXPIRY - 60)
    expect(left).toBeLessThanOrEqual(ACCESS + PASSES_AFTER_EXPIRY)
  }
})

test('a status list, though sessions with a shorter life come into it', async () => {
  const long = await openStreet({ env: { SESSION_ABSOLUTE_TTL: String(30 * DAY) } })
  const { access_token: token } = await long.signUp()
  const short = await openStreet({
    env: { SESSION_IDLE_TTL: String(DAY), SESSION_ABSOLUTE_TTL: String(2 * DAY) },
    redis: long.redis,
  })
  const { access_token: other } = await short.signUp()
  expect(listKey(other)).toBe(listKey(token))

  for (const part of ['', ':taken', ':realm'])
    expect(await leftOf(long, listKey(token) + part), part).toBeGreaterThan(30 * DAY - 60)
})
