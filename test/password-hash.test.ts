/** Passwords: what is kept of them, at their real cost too, and what a hash knows. */

import { beforeAll, describe, expect, test } from 'vitest'
import { createHashingTurns } from '../src/crypto/hashing-turns.ts'
import { createPasswords } from '../src/crypto/password-hash.ts'
import { Overload } from '../src/domain/fault.ts'
import { HASHING_WAIT_MS, SCRYPT } from '../src/domain/policy.ts'
import { contentsOf } from './support/redis-contents.ts'
import { CHEAP, openStreet, PASSWORD, type Person, pause, type Street } from './support/street.ts'

const turns = createHashingTurns({ now: () => 0, pause }, CHEAP)

describe('at the cost of the policy', () => {
  let street: Street
  let person: Person
  beforeAll(async () => {
    street = await openStreet({ scrypt: SCRYPT })
    person = await street.signUp()
  })

  test('a person signs in, and Redis holds nothing of the password but its hash', async () => {
    await street.signIn(person)
    const hash = await street.redis.look('HGET', `user:${person.user.id}`, 'password')
    expect(hash).toMatch(/^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/)
    await street.settled()
    const contents = JSON.stringify(await contentsOf(street.redis))
    expect(contents).not.toContain(PASSWORD)
    expect(contents.split('scrypt$')).toHaveLength(2)
  })
})

describe('a hash', () => {
  const passwords = createPasswords(CHEAP, turns)

  test('is another one every time, and knows its password', async () => {
    const [one, two] = [await passwords.hash(PASSWORD, 0), await passwords.hash(PASSWORD, 0)]
    expect(one).not.toBe(two)
    for (const hash of [one, two])
      expect(await passwords.verify(PASSWORD, hash, 0)).toEqual({ matches: true, outdated: false })
  })

  test('knows no other password', async () => {
    const hash = await passwords.hash(PASSWORD, 0)
    for (const wrong of ['', ` ${PASSWORD}`, PASSWORD.toUpperCase()])
      expect((await passwords.verify(wrong, hash, 0)).matches).toBe(false)
  })

  // Little enough to be quick, and enough for scrypt to be let have another p.
  const present = { N: 16, r: 8, p: 1 }
  test.each([
    { what: 'N', cost: { ...present, N: 32 } },
    { what: 'r', cost: { ...present, r: 4 } },
    { what: 'p', cost: { ...present, p: 2 } },
  ])('of another $what still knows its password, and is outdated', async ({ cost }) => {
    const hash = await createPasswords(cost, turns).hash(PASSWORD, 0)
    expect(await createPasswords(present, turns).verify(PASSWORD, hash, 0)).toEqual({
      matches: true,
      outdated: true,
    })
  })

  test('that is none matches nothing', async () => {
    const whole = await passwords.hash(PASSWORD, 0)
    for (const text of [null, '', 'scrypt', `${PASSWORD}`, whole.slice(0, -4), `b${whole}`])
      expect((await passwords.verify(PASSWORD, text, 0)).matches).toBe(false)
  })
})

describe('turns at hashing', () => {
  test('are those of the requests that began first, one at a time', async () => {
    const turns = createHashingTurns({ now: () => 0, pause }, SCRYPT)
    const order: string[] = []
    let atOnce = 0
    let most = 0
    // As in Node, where a hash takes its time elsewhere.
    const hash = (since: number) =>
      turns.take(since, async () => {
        most = Math.max(most, ++atOnce)
        await pause(60)
        atOnce--
        order.push(`of ${since}`)
      })
    await Promise.all([hash(3), hash(2), hash(4), hash(1)])
    expect(order).toEqual(['of 3', 'of 1', 'of 2', 'of 4'])
    expect(most).toBe(1)
  })

  test('come in time or not at all, from the beginning of the request on', async () => {
    let now = 0
    const turns = createHashingTurns({ now: () => now, pause }, SCRYPT)
    const first = turns.take(0, () => pause(20))
    now = HASHING_WAIT_MS
    const late = turns.take(-1, async () => 'hashed')
    const inTime = turns.take(0, async () => 'hashed')
    await expect(late).rejects.toThrow(Overload)
    expect(await inTime).toBe('hashed')
    await first
  })

  test('of requests that the runtime gave up keep no other one waiting for ever', async () => {
    let paused = 0
    const time = {
      now: () => 0,
      pause: (ms: number) => (paused++ < 2 ? new Promise<void>(() => {}) : pause(ms)),
    }
    const turns = createHashingTurns(time, SCRYPT)
    await turns.take(0, async () => 'hashed')
    void turns.take(0, async () => 'hashed')
    expect(await turns.take(0, async () => 'hashed')).toBe('hashed')
  })
})
