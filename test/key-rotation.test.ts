/** Rotates the signing keys and the refresh secrets while people are at work: nobody is logged out, no request refused. */

import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { generateSigningKey, type PrivateJwk } from '../src/crypto/signing-keys.ts'
import { planRotation } from '../src/dev/rotation.ts'
import { openChance } from './support/racing.ts'
import { openCase, type RedisCase } from './support/redis-case.ts'
import { claimsOf, ISSUER, openStreet, type Person, type Street } from './support/street.ts'

const MINUTE = 60
const DAY = 24 * 60 * MINUTE
/** Seconds for which our keys may be kept. */
const KEYS_KEPT = 600

const SECRETS = [
  'the-present-secret-that-is-long-enough',
  'the-next-secret-that-is-long-enough-too',
]
const PEOPLE = 6
/** Rounds that everybody gets through while the same instances serve. */
const ROUNDS = 3

let redis: RedisCase
let stages: Record<'before' | 'announced' | 'promoted' | 'retired', Street>
let afterTheft: Street

beforeAll(async () => {
  redis = await openCase()
  const present = await generateSigningKey()
  const { announced, promoted, retired, kid } = await planRotation([present])
  expect(kid).not.toBe(present.kid)
  const [first, second] = SECRETS
  const open = (keys: PrivateJwk[], secrets: string) =>
    openStreet({
      redis,
      env: {
        SIGNING_KEYS: JSON.stringify({ keys }),
        REFRESH_SECRETS: secrets,
        LIMIT_REFRESH: '100000/300',
      },
    })
  stages = {
    before: await open([present], `${first}`),
    announced: await open(announced, `${first},${second}`),
    promoted: await open(promoted, `${second},${first}`),
    retired: await open(retired, `${second}`),
  }
  afterTheft = await open(retired, `${first}`)
})

const pass = (seconds: number) => {
  for (const { clock } of [...Object.values(stages), afterTheft]) clock.pass(seconds)
}
const now = () => stages.before.clock.now

test('in three steps, under load', async () => {
  const chance = openChance()
  let serving: Street[] = [stages.before]
  const any = () => serving[chance.below(serving.length)] ?? stages.before
  const refused: string[] = []
  let requests = 0
  const note = (what: string, status: number) => {
    requests++
    if (status !== 200) refused.push(`${what}: ${status}`)
  }

  /** An API that keeps our keys as long as it may, and does not ask again for one that it does not know. */
  const verifier = { keys: createLocalJWKSet({ keys: [] }), until: 0 }
  const verify = async (token: string) => {
    if (now() >= verifier.until) {
      const { body } = await any().call('GET', '/.well-known/jwks.json')
      verifier.keys = createLocalJWKSet(body as unknown as JSONWebKeySet)
      verifier.until = now() + KEYS_KEPT * 1000
    }
    const rules = { issuer: ISSUER, currentDate: new Date(now()) }
    const good = await jwtVerify(token, verifier.keys, rules).then(
      () => 200,
      () => 401,
    )
    note('verified elsewhere', good)
  }

  const people = await Promise.all(Array.from({ length: PEOPLE }, () => stages.before.signUp()))
  const away = await stages.before.signUp()
  const renew = async (person: Person) => {
    const answer = await any().refresh(person.refresh_token)
    note('refresh', answer.status)
    if (answer.status === 200) Object.assign(person, answer.body)
  }
  const work = async (person: Person) => {
    for (let round = 0; round < ROUNDS; round++) {
      if (person.expires_at * 1000 <= now() + MINUTE * 1000) await renew(person)
      const answer = await any().call('GET', '/user', { token: person.access_token })
      note('user', answer.status)
      await verify(person.access_token)
      await renew(person)
    }
  }
  const workOn = async (...instances: Street[]) => {
    serving = instances
    await Promise.all(people.map(work))
  }
  const { before, announced, promoted, retired } = stages

  await workOn(before)
  // Each deployment reaches one instance after the other, so both kinds serve side by side for a while.
  await workOn(before, announced)
  for (let minutes = 0; minutes < 30; minutes += 10) {
    await workOn(announced)
    pass(10 * MINUTE)
  }
  await workOn(announced, promoted)
  await workOn(promoted)
  // Somebody who was away since before comes back with tokens of the old keys.
  serving = [promoted]
  await renew(away)
  pass(15 * MINUTE)
  await workOn(promoted)
  // The refresh secret takes as long as a session may idle.
  for (let days = 0; days < 9; days += 3) {
    pass(3 * DAY)
    await workOn(promoted)
    await renew(away)
  }
  await workOn(promoted, retired)
  await workOn(retired)
  await renew(away)

  expect(refused).toEqual([])
  expect(requests).toBeGreaterThan(500)
  // They are still in the sessions that they began with.
  for (const person of [...people, away]) {
    const token = person.access_token
    const { body } = await retired.call('GET', '/sessions', { token })
    expect(body.sessions).toMatchObject([{ id: claimsOf(token).sid, current: true }])
  }
})

test('every key is published from its announcement until it is taken away', async () => {
  const kids = async (street: Street) => {
    const { body } = await street.call('GET', '/.well-known/jwks.json')
    return (body.keys as { kid: string }[]).map(({ kid }) => kid)
  }
  const [old = ''] = await kids(stages.before)
  const [made = ''] = await kids(stages.retired)
  expect(await kids(stages.announced)).toEqual([old, made])
  expect(await kids(stages.promoted)).toEqual([made, old])
})

test('without the announcement, instances of before refuse what those of after sign', async () => {
  const person = await stages.promoted.signUp()
  const token = person.access_token
  expect((await stages.before.call('GET', '/user', { token })).status).toBe(401)
  expect((await stages.before.refresh(person.refresh_token)).status).toBe(400)
  expect((await stages.announced.call('GET', '/user', { token })).status).toBe(200)
  expect((await stages.announced.refresh(person.refresh_token)).status).toBe(200)
})

test('a stolen key is taken away at once: every token of it is refused, and nobody signs in again', async () => {
  const person = await stages.before.signUp()
  const refused = await afterTheft.call('GET', '/user', { token: person.access_token })
  expect(refused.status).toBe(401)
  expect(refused.body.error_code).toBe('bad_jwt')
  const { status, body } = await afterTheft.refresh(person.refresh_token)
  expect(status).toBe(200)
  const token = String(body.access_token)
  expect((await afterTheft.call('GET', '/user', { token })).status).toBe(200)
})

test('a logout by a token of a key that was taken away at once ends nothing, and is no success', async () => {
  const person = await stages.before.signUp()
  const call = { token: person.access_token }
  const answer = await afterTheft.call('POST', '/logout', call)
  expect([answer.status, answer.body.error_code]).toEqual([401, 'bad_jwt'])
  expect((await afterTheft.refresh(person.refresh_token)).status).toBe(200)

  const token = await afterTheft.serviceToken()
  expect((await afterTheft.call('POST', '/admin/logout', { token })).status).toBe(200)
  expect((await afterTheft.refresh(person.refresh_token)).status).toBe(400)
})
