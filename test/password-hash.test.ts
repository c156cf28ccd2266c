/** Passwords at their real cost: what is kept of them, and that time tells nobody who has an account. */

import { beforeAll, describe, expect, test } from 'vitest'
import { createPasswords } from '../src/crypto/password-hash.ts'
import { SCRYPT } from '../src/domain/policy.ts'
import { contentsOf } from './support/redis-contents.ts'
import { CHEAP, openStreet, PASSWORD, type Person, type Street } from './support/street.ts'

describe('at the cost of the policy', () => {
  let street: Street
  let person: Person
  beforeAll(async () => {
    street = await openStreet({ scrypt: SCRYPT, env: { LIMIT_SIGN_IN_ACCOUNT: '100/300' } })
    person = await street.signUp()
  })

  const signIn = (email: string, password: string, number: number) =>
    street.call('POST', '/token?grant_type=password', {
      body: { email, password },
      ip: `198.51.100.${number}`,
    })

  test('a person signs in, and Redis holds nothing of the password but its hash', async () => {
    expect((await signIn(person.email, PASSWORD, 1)).status).toBe(200)
    const hash = await street.redis.look('HGET', `user:${person.user.id}`, 'password')
    expect(hash).toMatch(/^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/)
    await street.settled()
    const contents = JSON.stringify(await contentsOf(street.redis))
    expect(contents).not.toContain(PASSWORD)
    expect(contents.split('scrypt$')).toHaveLength(2)
  })

  test('an unknown address takes as long as a wrong password', async () => {
    /** The clock of workerd moves with I/O, so it is read after some. */
    const time = async (): Promise<number> => {
      await street.redis.look('PING')
      return Date.now()
    }
    const spent = { wrong: [] as number[], unknown: [] as number[] }
    for (let run = 0; run < 7; run++)
      for (const kind of ['wrong', 'unknown'] as const) {
        const email = kind === 'wrong' ? person.email : `nobody-${run}@example.com`
        const started = await time()
        const { status } = await signIn(email, 'not the password', 10 + run)
        spent[kind].push((await time()) - started)
        expect(status).toBe(400)
      }
    const median = (list: number[]) => list.toSorted((a, b) => a - b)[3] ?? 0
    const ratio = median(spent.unknown) / median(spent.wrong)
    expect(ratio).toBeGreaterThan(0.5)
    expect(ratio).toBeLessThan(2)
    // Both did the work: without it a call takes a few milliseconds.
    expect(median(spent.unknown)).toBeGreaterThan(20)
  })
})

describe('a hash', () => {
  const passwords = createPasswords(CHEAP)

  test('is another one every time, and knows its password', async () => {
    const [one, two] = [await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)]
    expect(one).not.toBe(two)
    for (const hash of [one, two])
      expect(await passwords.verify(PASSWORD, hash)).toEqual({ matches: true, outdated: false })
  })

  test('knows no other password', async () => {
    const hash = await passwords.hash(PASSWORD)
    for (const wrong of ['', ` ${PASSWORD}`, PASSWORD.toUpperCase()])
      expect((await passwords.verify(wrong, hash)).matches).toBe(false)
  })

  test('of another cost still knows its password, and is outdated', async () => {
    const hash = await createPasswords({ N: 4, r: 1, p: 2 }).hash(PASSWORD)
    expect(await passwords.verify(PASSWORD, hash)).toEqual({ matches: true, outdated: true })
  })

  test('that is none matches nothing', async () => {
    const whole = await passwords.hash(PASSWORD)
    for (const text of [null, '', 'scrypt', `${PASSWORD}`, whole.slice(0, -4), `b${whole}`])
      expect((await passwords.verify(PASSWORD, text)).matches).toBe(false)
  })
})
