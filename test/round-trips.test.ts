/** What a call costs: the HTTP requests to Redis, one after the other, and the commands in each. More than the budget fails. */

import { beforeAll, describe, expect, test } from 'vitest'
import { digests } from '../src/crypto/digest.ts'
import { type RedisRoute, redisRoutes, type Shot } from './support/redis-routes.ts'
import { scripts } from './support/scripts.ts'
import { behindLimiter } from './support/scripts-behind-limiter.ts'
import { type Answer, openStreet, PASSWORD, type Person, type Street } from './support/street.ts'

const scriptNames = new Map(
  [...scripts].flatMap(([name, source]) => [
    [digests.sha1Hex(source), name],
    [digests.sha1Hex(behindLimiter({ source }).source), `limit + ${name}`],
  ]),
)
/** Scripts by their names; the one that is not ours is the limiter's. A script that is sent whole is told apart. */
function nameOf(command: string): string {
  const [verb = '', hash] = command.split(' ')
  if (hash === undefined) return verb
  const name = scriptNames.get(hash) ?? 'limit'
  return verb === 'EVALSHA' ? name : `${verb} ${name}`
}

/** Everything that a call asked of Redis, what came after its answer included. */
async function asked(street: Street, call: () => Promise<unknown>): Promise<string[][]> {
  await street.settled()
  await street.redis.forget()
  await call()
  await street.settled()
  return (await street.redis.requests()).map(({ commands }) => commands.map(nameOf))
}

const send = (street: Street, { method, path, call }: Shot) => street.call(method, path, call)

/** The second call of a kind: the first one finds Redis without its scripts. */
async function askedWhenWarm(street: Street, { prepare }: RedisRoute): Promise<string[][]> {
  const [first, second] = [await prepare(street), await prepare(street)]
  expect((await send(street, first)).status).toBe(200)
  return asked(street, async () => expect((await send(street, second)).status).toBe(200))
}

/** One after the other; what comes after the answer is not in it. */
const BUDGETS: Record<string, number> = {
  'POST /signup': 2,
  'POST /token?grant_type=password': 3,
  'POST /token?grant_type=refresh_token': 1,
  'POST /logout': 2,
  'POST /logout?scope=local': 1,
  'POST /logout?scope=others': 2,
  'POST /logout?scope=global': 2,
  'POST /logout/all': 2,
  'POST /logout of a service': 1,
  'GET /user': 1,
  'PUT /user': 4,
  'DELETE /user': 4,
  'POST /reauthenticate': 4,
  'GET /sessions': 2,
  'DELETE /sessions/:id': 2,
  'GET /admin/users': 3,
  'POST /admin/users': 2,
  'GET /admin/users/:id': 2,
  'PUT /admin/users/:id': 3,
  'DELETE /admin/users/:id': 3,
  'GET /admin/users/:id/sessions': 4,
  'DELETE /admin/users/:id/sessions/:session': 3,
  'POST /admin/users/:id/logout': 3,
  'POST /admin/logout': 2,
  'GET /admin/audit': 2,
}

test('every call that asks something of Redis has a budget, and none has more than its list says', () => {
  expect(Object.fromEntries(redisRoutes.map(({ name, trips }) => [name, trips.length]))).toEqual(
    BUDGETS,
  )
})

describe('asks Redis exactly this, in this order', () => {
  let street: Street
  beforeAll(async () => {
    street = await openStreet()
  })

  for (const route of redisRoutes)
    test(`${route.name}: ${route.trips.length}`, async () => {
      expect(await askedWhenWarm(street, route)).toEqual([...route.trips, ...route.afterwards])
    })

  test('a wrong password costs as many as an address that nobody has', async () => {
    const { email } = await street.signUp()
    const trySignIn = (address: string) => () =>
      street.call('POST', '/token?grant_type=password', {
        body: { email: address, password: 'not the password' },
      })
    await asked(street, trySignIn(email))
    const wrong = await asked(street, trySignIn(email))
    expect(wrong).toEqual([
      ['limit', 'readValues'],
      ['readHashes', 'readRange', 'readValues'],
      ['recordAlone'],
    ])
    expect(await asked(street, trySignIn(`no-${email}`))).toEqual(wrong)
  })

  test('a call that the limiter refuses asks it, looks up when to come back, and does nothing else', async () => {
    const full = await openStreet({ env: { LIMIT_LOGOUT: '1/300' } })
    const { access_token: token } = await full.signUp()
    await full.call('POST', '/logout?scope=others', { token })
    const call = () => full.call('POST', '/logout?scope=others', { token })
    expect(await asked(full, async () => expect((await call()).status).toBe(429))).toEqual([
      ['limit', 'readRange'],
      ['readValues'],
    ])
  })

  test('one that carries its change is told when to come back in the same trip', async () => {
    const full = await openStreet({ env: { LIMIT_LOGOUT: '1/300', LIMIT_REFRESH: '1/300' } })
    const person = await full.signUp()
    const { access_token: token } = person
    await full.call('POST', '/logout?scope=others', { token })
    await full.refresh(person.refresh_token)
    const calls: [string, () => Promise<Answer>][] = [
      ['endSessions', () => full.call('POST', '/logout?scope=local', { token })],
      ['rotateSession', () => full.refresh(person.refresh_token)],
    ]
    // Once before, so that Redis knows the scripts.
    for (const [, call] of calls) await call()
    for (const [script, call] of calls)
      expect(await asked(full, async () => expect((await call()).status).toBe(429))).toEqual([
        [`limit + ${script}`],
      ])
  })

  test('/health: one SET', async () => {
    expect(await asked(street, () => street.call('GET', '/health'))).toEqual([['SET']])
  })
})

describe('the check of a token is one command', () => {
  const service = (street: Street) => street.serviceToken()
  const person = async (street: Street) => (await street.signUp()).access_token

  test.each([
    ['a person', 'primary', '/user/events', person, 'readValues'],
    ['a service', 'primary', '/admin/users', service, 'readValues'],
    ['a person', 'replica', '/user/events', person, 'MGET'],
    ['a service', 'replica', '/admin/users', service, 'MGET'],
  ] as const)('of %s, with READ_CONSISTENCY=%s', async (_, consistency, path, tokenOf, command) => {
    const street = await openStreet({ env: { READ_CONSISTENCY: consistency } })
    const token = await tokenOf(street)
    await street.call('GET', path, { token })
    const [check] = await asked(street, async () =>
      expect((await street.call('GET', path, { token })).status).toBe(200),
    )
    expect(check).toEqual([command])
  })
})

describe('nothing is asked of Redis', () => {
  let street: Street
  let person: Person
  beforeAll(async () => {
    street = await openStreet()
    person = await street.signUp()
  })
  const swapLast = (text: string) =>
    text.slice(0, -6) + (text.endsWith('AAAAAA') ? 'B' : 'A').repeat(6)

  test.each([
    ['without a token', () => undefined],
    ['with a token that we did not sign', () => swapLast(person.access_token)],
    ['with an expired token', () => person.access_token],
    ['with a refresh token', () => person.refresh_token],
  ])('%s, on any path that wants one', async (what, tokenOf) => {
    if (what.includes('expired')) street.clock.pass(901)
    for (const { name } of redisRoutes.filter(({ faults }) => faults[0] === 'read')) {
      const [method = '', path = ''] = name.replace(':id', person.user.id).split(' ')
      const found = await asked(street, async () =>
        expect((await street.call(method, path, { token: tokenOf() })).status, name).toBe(401),
      )
      expect(found, name).toEqual([])
    }
  })

  test('by a logout without a token or with a forged one', async () => {
    for (const path of ['/logout', '/logout?scope=others', '/logout/all'])
      for (const token of [undefined, swapLast(person.access_token)])
        expect(
          await asked(street, async () =>
            expect((await street.call('POST', path, { token })).status).toBe(401),
          ),
        ).toEqual([])
  })

  test('by a forged refresh token', async () => {
    for (const token of [swapLast(person.refresh_token), 'nonsense', person.access_token])
      expect(
        await asked(street, async () =>
          expect((await street.refresh(token.slice(0, 512))).status).toBe(400),
        ),
      ).toEqual([])
  })

  test('by what is wrong in form', async () => {
    const calls: [string, string, unknown][] = [
      ['POST', '/signup', { email: 'no address', password: PASSWORD }],
      ['POST', '/signup', { email: 'a@example.com', password: 'short' }],
      ['POST', '/token', { grant_type: 'magic' }],
      ['POST', '/token?grant_type=password', { email: 'a@example.com' }],
      ['POST', '/token?grant_type=refresh_token', {}],
      ['GET', '/nowhere', undefined],
      ['PATCH', '/user', undefined],
      ['GET', '/.well-known/jwks.json', undefined],
      ['GET', '/', undefined],
      ['OPTIONS', '/logout', undefined],
    ]
    for (const [method, path, body] of calls)
      expect(await asked(street, () => street.call(method, path, { body })), path).toEqual([])
  })
})

describe('the cost does not depend on how many sessions there are', () => {
  const SESSIONS = 60
  const paths = ['/logout?scope=global', '/logout?scope=others']

  async function askedWith(street: Street, sessions: number, path: string): Promise<string[][]> {
    const person = await street.signUp()
    for (let i = 1; i < sessions; i++) await street.signIn(person)
    let ended: unknown
    const found = await asked(street, async () => {
      ended = (await street.call('POST', path, { token: person.access_token })).body.sessions_ended
    })
    expect(ended).toBe(path.endsWith('others') ? sessions - 1 : sessions)
    return found
  }

  test.each(paths)(`POST %s: 1 against ${SESSIONS}`, async (path) => {
    const street = await openStreet()
    await askedWith(street, 1, path)
    const few = await askedWith(street, 1, path)
    expect(few).toHaveLength(2)
    expect(await askedWith(street, SESSIONS, path)).toEqual(few)
  })

  test('signing in, past the most sessions that a user may have', async () => {
    const street = await openStreet({ env: { SESSIONS_PER_USER: '3' } })
    const person = await street.signUp()
    await street.signIn(person)
    const first = await asked(street, () => street.signIn(person))
    for (let i = 0; i < 6; i++) await street.signIn(person)
    expect(await asked(street, () => street.signIn(person))).toEqual(first)
    expect(first).toHaveLength(4)
  })
})

describe('commands that walk through the whole database', () => {
  test('are never sent, and no script of ours holds one', async () => {
    const street = await openStreet()
    await street.redis.forget()
    for (const route of redisRoutes) await send(street, await route.prepare(street))
    await street.call('GET', '/admin/users?filter=person', { token: await street.serviceToken() })
    await street.settled()
    const commands = (await street.redis.requests()).flatMap((request) => request.commands)
    expect(commands.length).toBeGreaterThan(redisRoutes.length)
    expect(new Set(commands.map((command) => command.split(' ')[0]))).toEqual(
      new Set(['EVALSHA', 'EVAL']),
    )
    for (const source of scripts.values())
      expect(source).not.toMatch(/'(KEYS|SCAN|FLUSHALL|FLUSHDB|RANDOMKEY)'/i)
  })
})

test('a script that Redis knows and refuses to run is not sent once more as a whole', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const call = () => street.call('GET', '/user', { token })
  expect((await call()).status).toBe(200)
  await street.redis.fail({ kind: 'full' })
  const requests = await asked(street, async () => expect((await call()).status).toBe(503))
  expect(requests).toEqual([['readHashes', 'readValues']])
})
