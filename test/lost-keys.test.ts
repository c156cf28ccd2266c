/** Redis that lost one key after an ending, whichever: no token that was ended works again, but one that was ended by itself. */

import { expect, test, vi } from 'vitest'
import {
  deviceOf,
  devicesOf,
  judge,
  newestAccess,
  type Owner,
  openOwners,
} from './support/devices.ts'
import { endings, townOf } from './support/endings.ts'
import { ask, lineTo, listGuard, strictGuard } from './support/guards.ts'
import { keysOf } from './support/redis-contents.ts'
import { claimsOf, openStreet, type Street } from './support/street.ts'

// Each key is taken away once.
vi.setConfig({ testTimeout: 120_000 })

/** Where any of the tokens is accepted, by guards that have just begun. */
async function accepted(street: Street, accessTokens: string[], refreshTokens: string[]) {
  const strict = strictGuard(street, lineTo(street))
  const byList = listGuard(street, lineTo(street))
  const found = new Set<string>()
  const note = (where: string, isAccepted: boolean) => void (isAccepted && found.add(where))
  await Promise.all([
    ...accessTokens.flatMap((token) => [
      street.call('GET', '/user', { token }).then(({ status }) => note('service', status === 200)),
      ask(strict, token).then((word) => note('strict', word === 'passes')),
      ask(byList, token).then((word) => note('status-list', word === 'passes')),
    ]),
    ...refreshTokens.map((token) =>
      street.refresh(token).then(({ status }) => note('refresh', status === 200)),
    ),
  ])
  return [...found].toSorted()
}

const isOf = (owner: Owner, key: string): boolean =>
  [owner.id, ...devicesOf(owner).map(({ session }) => session)].some((name) => key.includes(name))

/** README.md admits these: the only record of a token that was ended while its session lives. */
const admitted: Record<string, Record<string, string[]>> = {
  'POST /revoke, access token': {
    'blacklist:*': ['service', 'strict'],
    'statuslist:*:tokens': ['status-list'],
  },
}

test.each(endings)('$call', async ({ call, prepare, act, ends, bits, env = {} }) => {
  const street = await openStreet({ env: { STATUS_LIST_SIZE: '1024', ...env } })
  const [alice, bob] = await openOwners(street, 2)
  if (!alice || !bob) throw new Error('two owners were asked for')
  const scene = { town: townOf(street), alice, bob, ...alice.devices }
  await prepare?.(scene)
  expect([200, 400]).toContain((await act(scene)).status)
  await street.settled()
  const accessTokens = ends(scene)
  const refreshTokens = bits(scene).flatMap((device) => device.refreshTokens)

  // Somebody else's keys say nothing of these tokens.
  const isAlone = accessTokens.every((token) => claimsOf(token).sub === alice.id)
  const back: Record<string, string[]> = {}
  for (const key of await keysOf(street.redis)) {
    if (key.startsWith('limit:') || (isAlone && isOf(bob, key))) continue
    // A set whose last member a refused refresh has struck out is gone by itself.
    if ((await street.redis.look('EXISTS', key)) === 0) continue
    await street.redis.look('RENAME', key, 'aside')
    const where = await accepted(street, accessTokens, refreshTokens)
    if (where.length > 0) back[key.replaceAll(/[\da-f-]{36}/g, '*')] = where
    await street.redis.look('RENAME', 'aside', key)
  }
  expect(back).toEqual(admitted[call] ?? {})
})

test('the set of a user’s sessions, lost before a logout of all: only a guard by lists takes the others, until they expire', async () => {
  const street = await openStreet()
  const person = await street.signUp()
  const laptop = deviceOf(person)
  const phone = deviceOf(await street.signIn(person))
  expect(await street.redis.look('DEL', `sessions:${person.user.id}`)).toBe(1)
  const answer = await street.call('POST', '/logout', { token: newestAccess(laptop) })
  expect(answer.status).toBe(200)
  for (const device of [laptop, phone]) expect(await judge(street, device)).toBe('ended')
  const strict = strictGuard(street, lineTo(street))
  const byList = listGuard(street, lineTo(street))
  const said = async ({ accessTokens: [token = ''] }: { accessTokens: string[] }) => [
    await ask(strict, token),
    await ask(byList, token),
  ]
  expect(await said(laptop)).toEqual(['revoked', 'revoked'])
  expect(await said(phone)).toEqual(['revoked', 'passes'])
  street.clock.pass(15 * 60 + 5)
  expect(await said(phone)).toEqual(['expired', 'expired'])
})
