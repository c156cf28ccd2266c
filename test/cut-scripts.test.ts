/** Scripts that are cut short, and of which nothing is undone: whatever is answered then but a 503 is true. */

import { expect, test } from 'vitest'
import { bitAt } from '../src/crypto/verify-status-list.ts'
import type { Cut } from './support/cut-scripts.ts'
import { deviceOf, renew } from './support/devices.ts'
import { type Ending, endings, type Scene, townOf } from './support/endings.ts'
import { GENEROUS } from './support/quotas.ts'
import { listOf, statusOf } from './support/status-lists.ts'
import { openStreet, type Street } from './support/street.ts'

/** More writes than any of these scripts makes. */
const MOST_WRITES = 60

async function openScene(street: Street, { prepare }: Ending): Promise<Scene> {
  await street.redis.look('FLUSHDB')
  const person = await street.signUp()
  const devices = {
    laptop: deviceOf(person),
    phone: deviceOf(await street.signIn(person)),
    tablet: deviceOf(await street.signIn(person)),
  }
  const { email, password, user } = person
  const alice = { id: user.id, email, password, devices }
  const scene: Scene = { town: townOf(street), alice, bob: alice, ...devices }
  await renew(street, devices.phone)
  await prepare?.(scene)
  return scene
}

/** What still lives of what the ending ends, at the service or by the lists. */
async function survivors(street: Street, { ends, bits }: Ending, scene: Scene): Promise<string[]> {
  const living: string[] = []
  for (const token of new Set(ends(scene)))
    if ((await street.call('GET', '/user', { token })).status !== 401) living.push('a token')
  const named = bits(scene).flatMap(({ accessTokens }) => accessTokens.slice(0, 1))
  // They are all in the first list that there is.
  const list = await listOf(street, scene.alice.devices.laptop.accessTokens[0] ?? '')
  for (const token of named)
    if (bitAt(list.bits, statusOf(token).idx) === false) living.push('a bit')
  return living
}

const ways: { refuses: Cut['refuses']; most: number }[] = [
  { refuses: 'writes', most: MOST_WRITES },
  // Full from the beginning.
  { refuses: 'what needs room', most: 1 },
]

/** These run the script of a row before them in the same way. */
const SAME = ['POST /logout/all', 'POST /logout', 'POST /logout, DEFAULT_LOGOUT_SCOPE=local']

for (const ending of endings.filter(({ call }) => !SAME.includes(call)))
  test(`${ending.call}, cut short after each of its writes`, { timeout: 120_000 }, async () => {
    const street = await openStreet({
      env: { ...GENEROUS, STATUS_LIST_SIZE: '1024', PASSWORD_BLOCKLIST: 'off', ...ending.env },
    })
    const told: string[] = []
    for (const { refuses, most } of ways) {
      let isCut = true
      for (let after = 0; isCut && after < most; after++) {
        const scene = await openScene(street, ending)
        await street.redis.fail({ kind: 'cut', cut: { refuses, after } })
        const first = await ending.act(scene)
        const second = await ending.act(scene)
        await street.redis.heal()
        const third = await ending.act(scene)
        isCut = first.status === 503
        const statuses = [first, second, third].map(({ status }) => status)
        const left = await survivors(street, ending, scene)
        told.push(`${refuses} after ${after}: ${statuses.join(', ')} ${left.join(', ')}`)
      }
      expect(isCut, told.join('; ')).toBe(most === 1)
    }
    expect(told.length, 'cuts').toBeGreaterThan(3)
    expect(told.filter((line) => line.includes(' a '))).toEqual([])
  })
