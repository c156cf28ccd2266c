/** Signing in at the real cost of a password: time tells nobody who has an account, and hashing keeps nobody waiting for long. */

import { scryptSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { SCRYPT } from '../src/domain/policy.ts'
import { openTimeLimit } from '../src/store/time-limit.ts'
import { openStreet, PASSWORD, pause, type Street } from './support/street.ts'

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

/** From an address of its own, so that only the account's quota counts. */
const signIn = (street: Street, email: string, caller: number) =>
  street.call('POST', '/token?grant_type=password', {
    body: { email, password: PASSWORD },
    ip: `198.51.100.${10 + caller}`,
  })

const times = <Value>(count: number, make: (i: number) => Value): Value[] =>
  Array.from({ length: count }, (_, i) => make(i))

test('time in which the isolate hears nothing, for it hashes, is no time in which Redis is late', async () => {
  const parts = 8
  const limit = openTimeLimit(parts * 20)
  const ended = openTimeLimit(parts)
  ended.end()
  for (let hash = 0; hash < 3; hash++)
    scryptSync('password', 'salt', 32, { ...SCRYPT, maxmem: 2 ** 26 })
  await pause(1)
  expect(limit.signal.aborted).toBe(false)
  await pause(2 * parts * 20)
  expect(limit.signal.aborted).toBe(true)
  expect(ended.signal.aborted).toBe(false)
})

test('a logout beside a burst of sign-ins waits for some of their hashes, and not for all', async () => {
  const street = await openStreet({ scrypt: SCRYPT })
  const person = await street.signUp()
  const { passwords } = street.services.ports
  let hashed = 0
  const guesses = times(8, async () => {
    await passwords.verify('a guess', null, street.clock.now)
    hashed++
  })
  await guesses[0]
  const logout = await street.call('POST', '/logout', { token: person.access_token })
  expect(logout.status).toBe(200)
  expect(hashed).toBeLessThan(6)
  await Promise.all(guesses)
})

test('a password that cannot be hashed in time is refused, with nothing written and no guess counted', async () => {
  const street = await openStreet({
    scrypt: SCRYPT,
    env: { LIMIT_SIGN_IN_ACCOUNT: '5/86400' },
  })
  const person = await street.signUp()
  await street.settled()
  const before = street.logs.length
  const asked = times(5, (i) => signIn(street, person.email, i))
  // Once one of them is in, the time of those that still wait for their turn is over.
  await Promise.race(asked)
  street.clock.pass(2)
  const answers = await Promise.all(asked)
  await street.settled()

  const late = answers.filter(({ status }) => status !== 200)
  expect(late.length).toBeGreaterThan(0)
  expect(late.length).toBeLessThan(5)
  for (const { status, headers, body } of late) {
    expect([status, headers.get('Retry-After')]).toEqual([503, '2'])
    expect(body).toMatchObject({
      error_code: 'service_unavailable',
      error: 'temporarily_unavailable',
      msg: 'Too many passwords are being checked at the moment. Nothing was changed; try again shortly.',
    })
  }
  const reasons = street.logs.slice(before).map(({ reason }) => reason)
  expect(reasons.filter((reason) => reason !== null)).toEqual(late.map(() => 'hashing_overload'))
  const sessions = await street.redis.look('ZCARD', `sessions:${person.user.id}`)
  expect(sessions).toBe(1 + 5 - late.length)

  const guess = { body: { email: person.email, password: 'not the password' } }
  const path = '/token?grant_type=password'
  for (let i = 0; i < 5; i++) expect((await street.call('POST', path, guess)).status).toBe(400)
  expect((await street.call('POST', path, guess)).status).toBe(429)
})
