/** How long a session lasts and how many there may be. Here the service's clock is turned and Redis' own is not, so nothing lapses there: the service goes by the mark. */

import { describe, expect, test } from 'vitest'
import { PASSES_AFTER_EXPIRY } from '../src/domain/policy.ts'
import { openSession } from '../src/store/session-scripts.ts'
import {
  type Device,
  deviceOf,
  inWords,
  judge,
  newestAccess,
  newestRefresh,
  renewed,
} from './support/devices.ts'
import { forge } from './support/forging.ts'
import { type KeyedStreet, openKeyedStreet } from './support/keyed-street.ts'
import { overtaking } from './support/on-the-way.ts'
import { GENEROUS } from './support/quotas.ts'
import { contentsOf, entriesOf, sessionsOf } from './support/redis-contents.ts'
import { claimsOf, openStreet, type Person } from './support/street.ts'

/** Seconds. */
const ACCESS = 100
const IDLE = 200
const ABSOLUTE = 500
const LIVES = {
  ACCESS_TOKEN_TTL: String(ACCESS),
  SESSION_IDLE_TTL: String(IDLE),
  SESSION_ABSOLUTE_TTL: String(ABSOLUTE),
}
const DAY = 86_400

interface Scene {
  street: KeyedStreet
  person: Person
  device: Device
  /** An access token of this session that itself would work for a day: what is left of a longer ACCESS_TOKEN_TTL. */
  lasting: string
  get: (token: string) => Promise<string>
}

async function openScene(absolute = ABSOLUTE): Promise<Scene> {
  const street = await openKeyedStreet({
    env: { ...LIVES, SESSION_ABSOLUTE_TTL: String(absolute) },
  })
  // On a whole second, so that tokens' times and ours are the same.
  street.clock.now = Math.floor(street.clock.now / 1000) * 1000
  const person = await street.signUp()
  const exp = Number(claimsOf(person.access_token).iat) + DAY
  const lasting = await forge(person.access_token, street.key, { claims: { exp } })
  const get = async (token: string) => inWords(await street.call('GET', '/user', { token }))
  await street.settled()
  return { street, person, device: deviceOf(person), lasting, get }
}

const isKept = async ({ street, device }: Scene): Promise<boolean> =>
  (await street.redis.look('EXISTS', `session:${device.session}`)) === 1

describe('a session that is not used', () => {
  test('can be refreshed up to the last moment of its idle time', async () => {
    const { street, person } = await openScene()
    street.clock.pass(IDLE - 0.001)
    expect((await street.refresh(person.refresh_token)).status).toBe(200)
  })

  test('cannot be refreshed any more when its idle time is over, and nothing is written', async () => {
    const scene = await openScene()
    const { street, person } = scene
    street.clock.pass(IDLE)
    const before = await contentsOf(street.redis, { without: ['limit:'] })

    const answer = await street.refresh(person.refresh_token)

    expect(inWords(answer)).toBe('400 refresh_token_not_found')
    await street.settled()
    expect(await contentsOf(street.redis, { without: ['limit:'] })).toEqual(before)
    // Redis has not dropped it: the mark's own end was what counted.
    expect(await isKept(scene)).toBe(true)
  })

  test('is refused on verification too, whatever the token says of its own end', async () => {
    const scene = await openScene()
    const { street, lasting, get } = scene
    street.clock.pass(IDLE - 0.001)
    expect(await get(lasting)).toBe('200')
    street.clock.pass(0.001)
    expect(await get(lasting)).toBe('401 session_not_found')
    expect(await isKept(scene)).toBe(true)
  })

  test('has nothing left to end: a logout with such a token succeeds, and changes nothing', async () => {
    const { street, lasting } = await openScene()
    street.clock.pass(IDLE + PASSES_AFTER_EXPIRY)
    const before = await contentsOf(street.redis, { without: ['limit:'] })

    const answer = await street.call('POST', '/logout/all', { token: lasting })

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ sessions_ended: 0 })
    await street.settled()
    expect(await contentsOf(street.redis, { without: ['limit:'] })).toEqual(before)
  })

  test('is not in the list of devices, and is not counted by a logout', async () => {
    const { street, person, device } = await openScene()
    street.clock.pass(IDLE)
    const later = deviceOf(await street.signIn(person))
    const token = newestAccess(later)

    const list = await street.call('GET', '/sessions', { token })
    const answer = await street.call('POST', '/logout/all', { token })

    expect(list.body.sessions).toMatchObject([{ id: later.session }])
    expect(JSON.stringify(list.body)).not.toContain(device.session)
    expect(answer.body).toMatchObject({ sessions_ended: 1 })
  })

  test('is still in its user’s set as long as it may pass anywhere, and no longer than the next logout', async () => {
    const { street, person, device } = await openScene(IDLE + PASSES_AFTER_EXPIRY + 2 * IDLE)
    const there = () => sessionsOf(street.redis, person.user.id)
    street.clock.pass(IDLE)
    let later = deviceOf(await street.signIn(person))
    expect(await there()).toEqual([device.session, later.session])
    for (let over = 0; over < PASSES_AFTER_EXPIRY; over += IDLE - 1) {
      street.clock.pass(IDLE - 1)
      later = await renewed(street, later)
    }
    const token = newestAccess(later)
    expect((await street.call('POST', '/logout?scope=local', { token })).status).toBe(200)
    expect(await there()).toEqual([])
  })

  test('a refresh begins its idle time anew', async () => {
    const { street, device, lasting, get } = await openScene()
    street.clock.pass(IDLE - 1)
    const later = await renewed(street, device)
    street.clock.pass(IDLE - 1)
    expect(await get(lasting)).toBe('200')
    expect((await street.refresh(newestRefresh(later))).status).toBe(200)
  })

  test('a use without a refresh does not', async () => {
    const { street, person, lasting, get } = await openScene()
    street.clock.pass(IDLE - 1)
    expect(await get(lasting)).toBe('200')
    street.clock.pass(1)
    expect(await get(lasting)).toBe('401 session_not_found')
    expect((await street.refresh(person.refresh_token)).status).toBe(400)
  })
})

describe('a session that is used all the time', () => {
  /** Refreshed for as long as it goes: 50 s are left. */
  async function openLate() {
    const scene = await openScene()
    const { street } = scene
    let { device } = scene
    for (const wait of [150, 150, 150]) {
      street.clock.pass(wait)
      device = await renewed(street, device)
    }
    return { ...scene, device, left: ABSOLUTE - 450 }
  }

  test('gets access tokens that end when it does', async () => {
    const { street, person, device, left } = await openLate()
    const answer = await street.refresh(newestRefresh(device))
    const end = Number(claimsOf(person.access_token).iat) + ABSOLUTE
    expect(answer.body).toMatchObject({ expires_in: left, expires_at: end })
    expect(claimsOf(String(answer.body.access_token)).exp).toBe(end)
  })

  test('is told its end in the list of devices', async () => {
    const { street, device, left } = await openLate()
    const list = await street.call('GET', '/sessions', { token: newestAccess(device) })
    expect(list.body.sessions).toMatchObject([
      { id: device.session, expires_at: new Date(street.clock.now + left * 1000).toISOString() },
    ])
  })

  test('works up to its last moment', async () => {
    const { street, device, lasting, get, left } = await openLate()
    street.clock.pass(left - 0.001)
    expect(await get(newestAccess(device))).toBe('200')
    expect(await get(lasting)).toBe('200')
  })

  test('can be refreshed as long as it works', async () => {
    const { street, device, left } = await openLate()
    street.clock.pass(left - 10)
    const answer = await street.refresh(newestRefresh(device))
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ expires_in: 10 })
  })

  test('ends all the same: no refresh, no access, whatever a token says of its own end', async () => {
    const scene = await openLate()
    const { street, device, lasting, get, left } = scene
    street.clock.pass(left)
    expect(await get(newestAccess(device))).toBe('401 token_expired')
    expect(await get(lasting)).toBe('401 session_not_found')
    expect(inWords(await street.refresh(newestRefresh(device)))).toBe('400 refresh_token_not_found')
    expect(await isKept(scene)).toBe(true)
  })
})

describe('the most sessions of one user', () => {
  async function openFull() {
    const street = await openStreet({ env: { SESSIONS_PER_USER: '3' } })
    const other = deviceOf(await street.signUp())
    const person = await street.signUp()
    const first = deviceOf(person)
    street.clock.pass(60)
    const second = deviceOf(await street.signIn(person))
    street.clock.pass(60)
    const third = deviceOf(await street.signIn(person))
    street.clock.pass(60)
    await street.settled()
    return { street, other, person, id: person.user.id, first, second, third }
  }

  test('one more ends the one that was unused for longest, and no other', async () => {
    const { street, other, person, id, first, second, third } = await openFull()
    // Used since, so the second is the one.
    const used = await renewed(street, first)

    const fourth = deviceOf(await street.signIn(person))

    expect((await sessionsOf(street.redis, id)).toSorted()).toEqual(
      [used, third, fourth].map(({ session }) => session).toSorted(),
    )
    expect(await judge(street, second)).toBe('ended')
    for (const device of [used, third, fourth, other])
      expect(await judge(street, device)).toBe('lives')
  })

  test('the log says so, next to the sign-in, in the account as in the realm', async () => {
    const { street, person, id, first } = await openFull()

    const fourth = await street.signIn(person)

    const happened = {
      actor: id,
      at: String(street.clock.now),
      detail: '',
      device: 'Unknown device',
      ip: expect.any(String),
      place: '',
      request_id: expect.any(String),
      subject: id,
    }
    const expected = [
      { ...happened, action: 'session_evicted', session: first.session },
      { ...happened, action: 'login', session: claimsOf(fourth.access_token).sid },
    ]
    await street.settled()
    const account = await entriesOf(street.redis, `audit:${id}`)
    const realm = await entriesOf(street.redis, 'audit')
    expect(account.slice(-2)).toEqual(expected)
    expect(realm.slice(-2)).toEqual(expected)
  })

  test('one that is over by itself makes room, and is not told of as ended by that', async () => {
    const street = await openStreet({ env: { ...LIVES, SESSIONS_PER_USER: '1' } })
    const person = await street.signUp()
    const first = deviceOf(person)
    street.clock.pass(IDLE)
    expect(await sessionsOf(street.redis, person.user.id)).toEqual([first.session])

    const second = deviceOf(await street.signIn(person))

    expect(await sessionsOf(street.redis, person.user.id)).toEqual([second.session])
    const log = await entriesOf(street.redis, `audit:${person.user.id}`)
    expect(log.map(({ action }) => action)).toEqual(['user_signedup', 'login'])
  })

  test('a session that was ended makes room without another one going', async () => {
    const { street, person, id, first, second, third } = await openFull()
    await street.call('POST', '/logout?scope=local', { token: newestAccess(third) })

    await street.signIn(person)

    for (const device of [first, second]) expect(await judge(street, device)).toBe('lives')
    const actions = (await entriesOf(street.redis, `audit:${id}`)).map(({ action }) => action)
    expect(actions).not.toContain('session_evicted')
  })

  async function openFullOf(most: number) {
    const street = await openStreet({ env: { ...GENEROUS, SESSIONS_PER_USER: String(most) } })
    const person = await street.signUp()
    // Each later than the one before, or chance would say which of them goes first.
    const signIn = () => {
      street.clock.pass(1)
      return street.signIn(person)
    }
    for (let session = 1; session < most; session++) await signIn()
    return { street, person, signIn }
  }

  test('where fewer are allowed from now on, the next sign-in ends as many as are too many', async () => {
    const { street, person } = await openFullOf(20)
    const fewer = await openStreet({ env: { SESSIONS_PER_USER: '2' }, redis: street.redis })
    fewer.clock.now = street.clock.now
    const last = deviceOf(await fewer.signIn(person))
    const left = await sessionsOf(street.redis, person.user.id)
    expect(left).toHaveLength(2)
    expect(left).toContain(last.session)
    expect(await judge(fewer, last)).toBe('lives')
  })

  test('a few sign-ins that come in between and make room too do not overtake another one', async () => {
    const { street, person, signIn } = await openFullOf(10)
    const { comers } = await overtaking(openSession, signIn, async () => {
      for (let other = 0; other < 7; other++) await signIn()
    })
    expect(comers).toHaveLength(1)
    expect(await sessionsOf(street.redis, person.user.id)).toHaveLength(10)
  })
})

test('what is over by this clock only is ended by an operator with the others, and not counted as one', async () => {
  const street = await openStreet({ env: LIVES })
  const person = await street.signUp()
  street.clock.pass(IDLE + 1)
  await street.signIn(person)
  const { id } = person.user
  expect(await sessionsOf(street.redis, id)).toHaveLength(2)
  const token = await street.serviceToken()
  const answer = await street.call('POST', `/admin/users/${id}/logout`, { token })
  expect(answer).toMatchObject({ status: 200, body: { sessions_ended: 1 } })
  expect(await sessionsOf(street.redis, id)).toEqual([])
})

test('what is over by the clock of one Worker is ended for another whose clock is behind', async () => {
  const behind = await openStreet({ env: LIVES })
  const ahead = await openStreet({ env: LIVES, redis: behind.redis })
  const person = await behind.signUp()
  const begun = behind.clock.now
  for (const seconds of [150, 300, 450]) {
    behind.clock.now = begun + seconds * 1000
    Object.assign(person, (await behind.refresh(person.refresh_token)).body)
  }
  behind.clock.now = begun + (ABSOLUTE - 3) * 1000
  ahead.clock.now = begun + (ABSOLUTE + 2) * 1000
  const other = await ahead.signIn(person)
  const ask = async () => (await behind.call('GET', '/user', { token: person.access_token })).status
  expect(await ask()).toBe(200)
  const token = other.access_token
  const answer = await behind.call('POST', '/logout?scope=others', { token })
  expect(answer.status).toBe(200)
  expect(answer.body.sessions_ended).toBe(1)
  expect(await ask()).toBe(401)
})
