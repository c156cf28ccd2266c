/** Signing in at the real cost of a password: time tells nobody who has an account, and hashing is no fault of Redis. */

import { expect, test } from 'vitest'
import { SCRYPT } from '../src/domain/policy.ts'
import { openStreet, PASSWORD } from './support/street.ts'

test('an unknown address takes as long as a wrong password', async () => {
  const street = await openStreet({ scrypt: SCRYPT, env: { LIMIT_SIGN_IN_ACCOUNT: '100/300' } })
  const person = await street.signUp()
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
      const { status } = await street.call('POST', '/token?grant_type=password', {
        body: { email, password: 'not the password' },
        ip: `198.51.100.${10 + run}`,
      })
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

// Hashes keep the isolate's one thread busy, so that what Redis has long answered is heard late.
test('of people who sign up and in at the same time, nobody is told that Redis was late', async () => {
  const street = await openStreet({ scrypt: SCRYPT, redisTimeout: 80 })
  const five = Array.from({ length: 5 }, (_, i) => i)
  const people = await Promise.all(five.map(() => street.signUp()))
  const answers = await Promise.all(
    people.map(({ email }, i) =>
      street.call('POST', '/token?grant_type=password', {
        body: { email, password: PASSWORD },
        ip: `198.51.100.${10 + i}`,
      }),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual(five.map(() => 200))
})
