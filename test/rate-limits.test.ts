/** What is counted, per whom, when it is enough, and how an answer tells of it: to the second. */

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { endSessions, openSession } from '../src/store/session-scripts.ts'
import { holdBack } from './support/on-the-way.ts'
import { type Answer, openStreet, PASSWORD, type Person, type Street } from './support/street.ts'
import { type Quota, readRateLimits } from './support/structured-fields.ts'
import { freshMoment, holdDate, turnTo } from './support/turned-date.ts'

holdDate()

/** 100 s after the beginning of a window of 5 minutes. */
async function openStreetAt(seconds = 100, env: Record<string, string> = {}): Promise<Street> {
  const street = await openStreet({ env })
  turnTo(street, freshMoment(seconds))
  return street
}

const logout = (
  street: Street,
  { access_token: token }: { access_token: string },
  path = '/logout?scope=others',
) => street.call('POST', path, { token })

const wrongPassword = (street: Street, email: string, ip: string) =>
  street.call('POST', '/token?grant_type=password', { body: { email, password: 'wrong' }, ip })

const quotaOf = (answer: Answer, name: string): Quota => {
  const found = readRateLimits(answer.headers).find((quota) => quota.name === name)
  if (!found) throw new Error(`nothing is told of ${name}`)
  return found
}

/** A 429 in every detail. */
function expectRefused(street: Street, answer: Answer, name: string): number {
  expect(answer.status, JSON.stringify(answer.body)).toBe(429)
  const seconds = Number(answer.headers.get('Retry-After'))
  expect(Number.isInteger(seconds) && seconds > 0).toBe(true)
  const msg = `Too many calls. Try again in ${seconds} s.`
  const { error, error_description, logout_ticket, ...body } = answer.body
  expect(body).toEqual({ code: 429, error_code: 'over_request_rate_limit', msg })
  if (error !== undefined)
    expect([error, error_description]).toEqual(['temporarily_unavailable', msg])
  const quota = quotaOf(answer, name)
  expect(quota).toMatchObject({ r: 0 })
  expect(seconds).toBeGreaterThanOrEqual(quota.t)
  expect(answer.headers.get('X-RateLimit-Limit')).toBe(String(quota.q))
  expect(answer.headers.get('X-RateLimit-Remaining')).toBe('0')
  expect(answer.headers.get('X-RateLimit-Reset')).toBe(
    String(Math.floor(street.clock.now / 1000) + quota.t),
  )
  return seconds
}

describe('logout: 20 in 5 minutes per user', () => {
  test('the 21st is refused, whichever session it comes from, and ends nothing', async () => {
    const street = await openStreetAt()
    const laptop = await street.signUp()
    const others = []
    for (let i = 0; i < 10; i++) others.push(await street.signIn(laptop))
    for (const [i, session] of others.entries()) {
      const answer = await logout(street, session, '/logout?scope=local')
      expect(answer.body).toMatchObject({ sessions_ended: 1 })
      expect(readRateLimits(answer.headers)).toEqual([
        { name: 'logout', q: 20, w: 300, r: 19 - i, t: 200 },
      ])
    }
    const phone = await street.signIn(laptop)
    for (let i = 0; i < 10; i++) expect((await logout(street, laptop)).status).toBe(200)
    await street.settled()
    const before = await street.redis.look('XLEN', `audit:${laptop.user.id}`)

    for (const path of ['/logout', '/logout?scope=local', '/logout?scope=others', '/logout/all'])
      expectRefused(street, await logout(street, laptop, path), 'logout')
    await street.settled()
    expect(await street.redis.look('XLEN', `audit:${laptop.user.id}`)).toBe(before)
    expect((await street.call('GET', '/user', { token: laptop.access_token })).status).toBe(200)
    // It was ended by one of the twenty, not by one of the refused.
    expect((await street.call('GET', '/user', { token: phone.access_token })).status).toBe(401)
  })

  test('leaves every other user alone', async () => {
    const street = await openStreetAt()
    const [busy, calm] = [await street.signUp(), await street.signUp()]
    for (let i = 0; i < 20; i++) await logout(street, busy)
    expectRefused(street, await logout(street, busy), 'logout')
    const answer = await logout(street, calm)
    expect(answer.status).toBe(200)
    expect(quotaOf(answer, 'logout').r).toBe(19)
  })

  test('is not spent by calls that are refused with 401', async () => {
    const street = await openStreetAt()
    const person = await street.signUp()
    const forged = `${person.access_token.slice(0, -8)}AAAAAAAA`
    await street.settled()
    await street.redis.forget()
    for (let i = 0; i < 25; i++)
      for (const token of [undefined, forged]) {
        const answer = await street.call('POST', '/logout', { token })
        expect(answer.status).toBe(401)
        expect(answer.headers.get('RateLimit')).toBeNull()
      }
    expect(await street.redis.requests()).toEqual([])
    expect(quotaOf(await logout(street, person), 'logout').r).toBe(19)
  })

  test('is not spent by a token whose session has ended, however many calls come at once', async () => {
    const street = await openStreetAt()
    const owner = await street.signUp()
    const thief = await street.signIn(owner)
    expect((await logout(street, owner)).body.sessions_ended).toBe(1)
    expect((await logout(street, thief)).body.sessions_ended).toBe(0)
    await street.settled()
    const flood = Array.from({ length: 60 }, () => logout(street, thief))
    const answer = await logout(street, owner)
    expect(answer.status).toBe(200)
    expect(quotaOf(answer, 'logout')).toMatchObject({ q: 20, r: 18 })
    const statuses = new Set((await Promise.all(flood)).map(({ status }) => status))
    expect(statuses).toEqual(new Set([200, 429]))
  })

  test('a token whose session has ended spends that session’s, so it cannot be sent without end', async () => {
    const street = await openStreetAt()
    const owner = await street.signUp()
    const thief = await street.signIn(owner)
    expect((await logout(street, owner)).body.sessions_ended).toBe(1)
    const cookie = () =>
      street.call('POST', '/logout?scope=global', {
        headers: {
          Origin: 'http://localhost',
          'X-Curfew-Transport': 'cookie',
          Cookie: `__Host-curfew-refresh=${thief.refresh_token}`,
        },
      })
    for (let i = 0; i < 20; i++) {
      expect((await cookie()).status).toBe(200)
      await street.settled()
    }
    expectRefused(street, await cookie(), 'logout')
    expect(quotaOf(await logout(street, owner), 'logout')).toMatchObject({ q: 20, r: 18 })
  })

  test('after Retry-After exactly one more is allowed, and a second earlier none', async () => {
    const street = await openStreetAt(100)
    const person = await street.signUp()
    for (let i = 0; i < 20; i++) await logout(street, person)
    const burst = street.clock.now

    const seconds = expectRefused(street, await logout(street, person), 'logout')
    // The window ends in 200 s, and the moment after it is the first in which the 20 of it weigh less than 20.
    expect(seconds).toBe(201)
    turnTo(street, burst + (seconds - 1) * 1000)
    expectRefused(street, await logout(street, person), 'logout')
    turnTo(street, burst + seconds * 1000)
    expect((await logout(street, person)).status).toBe(200)

    // And so on: a twentieth of the window, 15 s, for each.
    const next = expectRefused(street, await logout(street, person), 'logout')
    expect(next).toBe(15)
    turnTo(street, burst + (seconds + next - 1) * 1000)
    expectRefused(street, await logout(street, person), 'logout')
    turnTo(street, burst + (seconds + next) * 1000)
    expect((await logout(street, person)).status).toBe(200)
    expectRefused(street, await logout(street, person), 'logout')
  })

  test('a window that turns while a call is denied makes nobody wait for another one', async () => {
    const street = await openStreetAt(299, { LIMIT_LOGOUT: '3/300' })
    const person = await street.signUp()
    for (let i = 0; i < 3; i++) await logout(street, person)
    const held = holdBack(endSessions)
    const denied = logout(street, person, '/logout?scope=local')
    await held.caught
    turnTo(street, street.clock.now + 2000)
    held.release()
    const answer = await denied
    expect(answer.status).toBe(429)
    expect(answer.headers.get('Retry-After')).toBe('1')
  })

  test('two windows later everything is there again', async () => {
    const street = await openStreetAt()
    const person = await street.signUp()
    for (let i = 0; i < 20; i++) await logout(street, person)
    turnTo(street, street.clock.now + 600_000)
    expect(quotaOf(await logout(street, person), 'logout').r).toBe(19)
  })

  test('whatever was called when, Retry-After is right to the second', async () => {
    // A fixed sequence that looks like chance: the same calls at every run.
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let round = 0; round < 5; round++) {
      const street = await openStreetAt(random(300), {
        LIMIT_LOGOUT: '6/60',
        ACCESS_TOKEN_TTL: '3600',
      })
      const person = await street.signUp()
      let refusals = 0
      for (let calls = 0; refusals < 4; calls++) {
        // Far more calls than it takes to be refused four times.
        expect(calls, `round ${round}`).toBeLessThan(200)
        const answer = await logout(street, person)
        if (answer.status === 200) {
          turnTo(street, street.clock.now + random(9000))
          continue
        }
        refusals++
        const seconds = expectRefused(street, answer, 'logout')
        const refusedAt = street.clock.now
        if (seconds > 1) {
          turnTo(street, refusedAt + (seconds - 1) * 1000)
          expect((await logout(street, person)).status, `round ${round}`).toBe(429)
        }
        turnTo(street, refusedAt + seconds * 1000)
        expect((await logout(street, person)).status, `round ${round}`).toBe(200)
      }
    }
  })
})

describe('sign-in: 10 wrong passwords in 5 minutes per account', () => {
  test('the 11th call is refused, even with the right password', async () => {
    const street = await openStreetAt()
    const { email } = await street.signUp()
    for (let i = 0; i < 10; i++) {
      const answer = await wrongPassword(street, email, `192.0.2.${i}`)
      expect(answer.body).toMatchObject({ error_code: 'invalid_credentials' })
      expect(readRateLimits(answer.headers)).toEqual([
        { name: 'sign-in-address', q: 60, w: 300, r: 59, t: 200 },
        { name: 'sign-in-account', q: 10, w: 300, r: 9 - i, t: 200 },
      ])
    }
    const right = await street.call('POST', '/token?grant_type=password', {
      body: { email, password: PASSWORD },
      ip: '192.0.2.99',
    })
    expectRefused(street, right, 'sign-in-account')
    expect(right.body).not.toHaveProperty('access_token')
  })

  test('a right password gives its call back', async () => {
    const street = await openStreetAt()
    const person = await street.signUp()
    for (let i = 0; i < 30; i++) {
      await street.signIn(person)
      await street.settled()
    }
    const hashed = createHash('sha256').update(person.email).digest('base64url')
    const [counter] = (await street.redis.look(
      'KEYS',
      `limit:sign_in_account:${hashed}:*`,
    )) as string[]
    expect(await street.redis.look('GET', String(counter))).toBe('0')
    expect(
      quotaOf(await wrongPassword(street, person.email, '192.0.2.1'), 'sign-in-account').r,
    ).toBe(9)
  })

  test('a right password gives its call back once, however often the sign-in starts again', async () => {
    const street = await openStreetAt(100, { LIMIT_SIGN_IN_ACCOUNT: '1/300' })
    const person = await street.signUp()
    // The list that is begun in its place overtakes the sign-in.
    await street.redis.look('DEL', 'statuslist')
    const held = holdBack(openSession)
    const late = street.signIn(person)
    await held.caught
    await street.signUp()
    held.release()
    await late
    await street.settled()
    expect((await wrongPassword(street, person.email, '192.0.2.1')).status).toBe(400)
    expect((await wrongPassword(street, person.email, '192.0.2.2')).status).toBe(429)
  })

  test('nine wrong ones and a right one leave one more guess, not ten', async () => {
    const street = await openStreetAt()
    const person = await street.signUp()
    for (let i = 0; i < 9; i++) await wrongPassword(street, person.email, `192.0.2.${i}`)
    await street.signIn(person)
    await street.settled()
    expect((await wrongPassword(street, person.email, '192.0.2.20')).status).toBe(400)
    expect((await wrongPassword(street, person.email, '192.0.2.21')).status).toBe(429)
  })

  test('an address that nobody has is counted just so, in whatever spelling', async () => {
    const street = await openStreetAt(100, { LIMIT_SIGN_IN_ACCOUNT: '3/300' })
    const spellings = ['nobody@example.com', 'NOBODY@example.com', ' nobody@Example.com ']
    for (const [i, email] of spellings.entries())
      expect((await wrongPassword(street, email, `192.0.2.${i}`)).status).toBe(400)
    expectRefused(
      street,
      await wrongPassword(street, 'nobody@example.com', '192.0.2.9'),
      'sign-in-account',
    )
  })

  test('leaves the other accounts alone, and the sessions that are there', async () => {
    const street = await openStreetAt()
    const [victim, other] = [await street.signUp(), await street.signUp()]
    for (let i = 0; i < 12; i++) await wrongPassword(street, victim.email, `192.0.2.${i}`)
    await street.signIn(other)
    expect((await street.call('GET', '/user', { token: victim.access_token })).status).toBe(200)
    expect((await street.refresh(victim.refresh_token)).status).toBe(200)
  })
})

describe('sign-in: 60 in 5 minutes per address', () => {
  test('right or wrong, for whatever account', async () => {
    const street = await openStreetAt(100, { LIMIT_SIGN_IN_ADDRESS: '4/60' })
    const person = await street.signUp()
    const ip = '192.0.2.50'
    await street.signIn(person, { ip })
    await street.signIn(person, { ip })
    await wrongPassword(street, 'a@example.com', ip)
    const last = await wrongPassword(street, 'b@example.com', ip)
    expect(quotaOf(last, 'sign-in-address')).toMatchObject({ q: 4, w: 60, r: 0 })
    await street.settled()
    expectRefused(street, await wrongPassword(street, 'c@example.com', ip), 'sign-in-address')
    expect((await wrongPassword(street, 'c@example.com', '192.0.2.51')).status).toBe(400)
  })
})

describe('sign-up: 30 in 5 minutes per address', () => {
  const signUp = (street: Street, ip: string, password = PASSWORD) =>
    street.call('POST', '/signup', {
      body: { email: `${crypto.randomUUID()}@example.com`, password },
      ip,
    })

  test('the 31st is refused, and makes no account', async () => {
    const street = await openStreetAt()
    for (let i = 0; i < 30; i++) {
      const answer = await signUp(street, '192.0.2.1')
      expect(answer.status).toBe(200)
      expect(quotaOf(answer, 'sign-up-address')).toEqual({
        name: 'sign-up-address',
        q: 30,
        w: 300,
        r: 29 - i,
        t: 200,
      })
    }
    expectRefused(street, await signUp(street, '192.0.2.1'), 'sign-up-address')
    expect(await street.redis.look('ZCARD', 'users')).toBe(30)
    expect((await signUp(street, '192.0.2.2')).status).toBe(200)
  })

  test('a change of the email counts as well, since it tells who has an account', async () => {
    const street = await openStreetAt(100, { LIMIT_SIGN_UP_ADDRESS: '3/300' })
    const [{ access_token: token }, other] = [await street.signUp(), await street.signUp()]
    const change = (body: object, ip: string) => street.call('PUT', '/user', { token, ip, body })
    for (let i = 0; i < 3; i++)
      expect((await change({ email: other.email }, '192.0.2.9')).body.error_code).toBe(
        'email_exists',
      )
    expectRefused(street, await change({ email: other.email }, '192.0.2.9'), 'sign-up-address')
    expect((await change({ email: 'new@example.com' }, '192.0.2.9')).status).toBe(429)
    expect((await street.call('GET', '/user', { token })).body.email).not.toBe('new@example.com')
    expect((await change({ data: { name: 'Ada' } }, '192.0.2.9')).status).toBe(200)
  })

  test('what is refused for its form is not counted', async () => {
    const street = await openStreetAt(100, { LIMIT_SIGN_UP_ADDRESS: '1/60' })
    for (let i = 0; i < 3; i++)
      expect((await signUp(street, '192.0.2.1', 'short')).status).toBe(422)
    expect((await signUp(street, '192.0.2.1')).status).toBe(200)
  })
})

describe('reauthenticate: 10 in 5 minutes per user', () => {
  const prove = (
    street: Street,
    { access_token: token }: { access_token: string },
    password: string,
  ) => street.call('POST', '/reauthenticate', { token, body: { password } })

  test('the 11th is refused in every session, the right password included', async () => {
    const street = await openStreetAt()
    const laptop = await street.signUp()
    const phone = await street.signIn(laptop)
    for (let i = 0; i < 10; i++) {
      const answer = await prove(street, i % 2 ? laptop : phone, 'wrong')
      expect(answer.body).toMatchObject({ error_code: 'current_password_invalid' })
      expect(quotaOf(answer, 'reauthenticate').r).toBe(9 - i)
    }
    for (const session of [laptop, phone])
      expectRefused(street, await prove(street, session, PASSWORD), 'reauthenticate')
  })

  test('is shared by every place where a password is proven', async () => {
    const street = await openStreetAt(100, { LIMIT_REAUTHENTICATE: '2/60' })
    const person = await street.signUp()
    const token = person.access_token
    await prove(street, person, 'wrong')
    await street.call('DELETE', '/user', { token, body: { current_password: 'wrong' } })
    const change = await street.call('PUT', '/user', {
      token,
      body: { password: 'another fine phrase', current_password: PASSWORD },
    })
    expectRefused(street, change, 'reauthenticate')
    await street.signIn(person)
  })

  test('leaves other users alone', async () => {
    const street = await openStreetAt(100, { LIMIT_REAUTHENTICATE: '1/60' })
    const [one, other] = [await street.signUp(), await street.signUp()]
    await prove(street, one, 'wrong')
    expectRefused(street, await prove(street, one, PASSWORD), 'reauthenticate')
    expect((await prove(street, other, PASSWORD)).status).toBe(200)
  })
})

describe('refresh: 150 in 5 minutes per session', () => {
  test('one more is refused, the other session of the user is not, and nothing rotates', async () => {
    const street = await openStreetAt(100, { LIMIT_REFRESH: '3/60' })
    const laptop = await street.signUp()
    const phone = await street.signIn(laptop)
    let newest = laptop.refresh_token
    for (let i = 0; i < 3; i++) {
      const answer = await street.refresh(newest)
      expect(readRateLimits(answer.headers)).toEqual([
        { name: 'refresh', q: 3, w: 60, r: 2 - i, t: 20 },
      ])
      newest = String(answer.body.refresh_token)
    }
    const refused = await street.refresh(newest)
    const seconds = expectRefused(street, refused, 'refresh')
    expect((await street.refresh(phone.refresh_token)).status).toBe(200)
    turnTo(street, street.clock.now + seconds * 1000)
    expect((await street.refresh(newest)).status).toBe(200)
  })

  test('the standard is 150, and a forged token is not counted', async () => {
    const street = await openStreetAt()
    const person = await street.signUp()
    await street.refresh(`${person.refresh_token.slice(0, -4)}AAAA`)
    expect(quotaOf(await street.refresh(person.refresh_token), 'refresh')).toMatchObject({
      q: 150,
      w: 300,
      r: 149,
    })
  })
})

describe('what is set is what is counted', () => {
  const settings: [string, string, (street: Street, person: Person) => Promise<Answer>][] = [
    ['LIMIT_LOGOUT', 'logout', (street, person) => logout(street, person)],
    [
      'LIMIT_SIGN_IN_ACCOUNT',
      'sign-in-account',
      (street, { email }) => wrongPassword(street, email, '192.0.2.1'),
    ],
    [
      'LIMIT_SIGN_IN_ADDRESS',
      'sign-in-address',
      (street, { email }) => wrongPassword(street, email, '192.0.2.1'),
    ],
    [
      'LIMIT_SIGN_UP_ADDRESS',
      'sign-up-address',
      (street) =>
        street.call('POST', '/signup', {
          body: { email: `${crypto.randomUUID()}@example.com`, password: PASSWORD },
          ip: '192.0.2.1',
        }),
    ],
    [
      'LIMIT_REAUTHENTICATE',
      'reauthenticate',
      (street, { access_token: token }) =>
        street.call('POST', '/reauthenticate', { token, body: { password: 'wrong' } }),
    ],
    [
      'LIMIT_CHANGE_ACCOUNT',
      'change-account',
      (street, { access_token: token }) =>
        street.call('PUT', '/user', { token, body: { data: { a: 1 } } }),
    ],
    ['LIMIT_REFRESH', 'refresh', (street, { refresh_token }) => street.refresh(refresh_token)],
  ]
  test.each(settings)('%s', async (setting, name, send) => {
    const street = await openStreetAt(105, { [setting]: '2/30' })
    const person = await street.signUp()
    const answers = [await send(street, person), await send(street, person)]
    expect(answers.map((answer) => quotaOf(answer, name))).toEqual([
      { name, q: 2, w: 30, r: 1, t: 15 },
      { name, q: 2, w: 30, r: 0, t: 15 },
    ])
    expect(expectRefused(street, await send(street, person), name)).toBe(16)
  })
})

describe('how an answer tells of it', () => {
  test('of two that are full the one that lasts longer says when to come back', async () => {
    const street = await openStreetAt(100, {
      LIMIT_SIGN_IN_ACCOUNT: '1/60',
      LIMIT_SIGN_IN_ADDRESS: '1/3600',
    })
    await wrongPassword(street, 'a@example.com', '192.0.2.1')
    const answer = await wrongPassword(street, 'a@example.com', '192.0.2.1')
    const wait = expectRefused(street, answer, 'sign-in-address')
    expect(wait).toBeGreaterThan(60)
  })

  test('the old trio speaks for the quota that is nearest to its end', async () => {
    const street = await openStreetAt(100, { LIMIT_SIGN_IN_ADDRESS: '3/60' })
    await wrongPassword(street, 'a@example.com', '192.0.2.1')
    const { headers } = await wrongPassword(street, 'b@example.com', '192.0.2.1')
    expect(headers.get('RateLimit-Policy')).toBe(
      '"sign-in-address";q=3;w=60, "sign-in-account";q=10;w=300',
    )
    expect(headers.get('RateLimit')).toBe('"sign-in-address";r=1;t=20, "sign-in-account";r=9;t=200')
    expect(headers.get('X-RateLimit-Limit')).toBe('3')
    expect(headers.get('X-RateLimit-Remaining')).toBe('1')
    expect(headers.get('X-RateLimit-Reset')).toBe(String(street.clock.now / 1000 + 20))
    expect(headers.get('Retry-After')).toBeNull()
  })

  test('of two that have as much left, for the one that is full again later', async () => {
    const street = await openStreetAt(100, {
      LIMIT_SIGN_IN_ADDRESS: '5/60',
      LIMIT_SIGN_IN_ACCOUNT: '5/300',
    })
    const { headers } = await wrongPassword(street, 'a@example.com', '192.0.2.1')
    expect(headers.get('RateLimit')).toBe('"sign-in-address";r=4;t=20, "sign-in-account";r=4;t=200')
    expect(headers.get('X-RateLimit-Remaining')).toBe('4')
    expect(headers.get('X-RateLimit-Reset')).toBe(String(street.clock.now / 1000 + 200))
  })

  test('a script of another origin may read all of it, of a success and of a refusal', async () => {
    const origin = 'https://app.example.com'
    const street = await openStreetAt(100, { LIMIT_LOGOUT: '1/60', CORS_ORIGINS: origin })
    const person = await street.signUp()
    for (const status of [200, 429]) {
      const { status: found, headers } = await street.call('POST', '/logout?scope=others', {
        token: person.access_token,
        headers: { Origin: origin },
      })
      expect(found).toBe(status)
      const exposed = headers.get('Access-Control-Expose-Headers')?.split(/, */) ?? []
      for (const name of [
        'RateLimit',
        'RateLimit-Policy',
        'X-RateLimit-Limit',
        'X-RateLimit-Remaining',
        'X-RateLimit-Reset',
        'Retry-After',
      ])
        expect(exposed).toContain(name)
      expect(headers.get('Cache-Control')).toBe('no-store')
    }
  })

  test('what is not counted tells nothing', async () => {
    const street = await openStreetAt()
    const { access_token: token } = await street.signUp()
    for (const [method, path] of [
      ['GET', '/user'],
      ['GET', '/sessions'],
      ['GET', '/health'],
      ['GET', '/.well-known/jwks.json'],
      ['GET', '/nowhere'],
    ] as const) {
      const { headers } = await street.call(method, path, { token })
      expect(headers.get('RateLimit'), path).toBeNull()
      expect(headers.get('RateLimit-Policy'), path).toBeNull()
      expect(headers.get('X-RateLimit-Limit'), path).toBeNull()
    }
  })

  test('nobody finds an address or a user in the names of the counters', async () => {
    const street = await openStreetAt()
    const person = await street.signUp()
    await street.signIn(person, { ip: '192.0.2.123' })
    await street.refresh(person.refresh_token)
    await street.call('POST', '/reauthenticate', {
      token: person.access_token,
      body: { password: PASSWORD },
    })
    await logout(street, person)
    const counters = (await street.redis.look('KEYS', 'limit:*')) as string[]
    expect(new Set(counters.map((name) => name.split(':')[1]))).toEqual(
      new Set([
        'sign_up_address',
        'sign_in_account',
        'sign_in_address',
        'refresh',
        'reauthenticate',
        'logout',
      ]),
    )
    for (const name of counters) {
      expect(name).toMatch(/^limit:[a-z_]+:[\w-]{43}:\d+$/)
      const ttl = Number(await street.redis.look('PTTL', name))
      expect(ttl).toBeGreaterThan(0)
      expect(ttl).toBeLessThanOrEqual(2 * 300_000 + 1000)
    }
  })
})
