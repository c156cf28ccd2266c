/** Calls that meet: whatever the order in which Redis hears of them, what was ended stays ended, and one of two wins. */

import { describe, expect, test, vi } from 'vitest'
import { openSession } from '../src/store/session-scripts.ts'
import { deviceOf, inWords, judge, newestAccess, tokenId } from './support/devices.ts'
import { holdBack } from './support/on-the-way.ts'
import {
  atOnce,
  type Course,
  courseOf,
  expectOutcomes,
  granted,
  openDevice,
  openRaces,
  race,
  rounds,
  signIn,
} from './support/racing.ts'
import { entriesOf, keysOf, textsOf } from './support/redis-contents.ts'
import { openStreet, PASSWORD, type Person } from './support/street.ts'

// Hundreds of rounds take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

describe('fifty refreshes of one token at once', () => {
  test('are all answered with the same next token, after one rotation', async () => {
    const { street } = await openRaces()
    const person = await street.signUp()
    const device = deviceOf(person)

    const answers = await Promise.all(
      Array.from({ length: atOnce(50) }, () => street.refresh(person.refresh_token)),
    )

    expect([...new Set(answers.map(inWords))]).toEqual(['200'])
    const [next, ...others] = new Set(answers.map(({ body }) => String(body.refresh_token)))
    expect(others).toEqual([])
    expect(next).not.toBe(person.refresh_token)
    const detail = `session:${device.session}:detail`
    expect(await street.redis.look('HGET', detail, 'generation')).toBe('1')
    device.accessTokens.push(...answers.map(({ body }) => String(body.access_token)))
    device.refreshTokens.push(next ?? '')
    expect(new Set(device.accessTokens.map(tokenId)).size).toBe(answers.length + 1)
    expect(await judge(street, device)).toBe('lives')
  })
})

describe('a refresh that meets a logout', () => {
  const LANES = atOnce(4)

  test.each(['local', 'global'])('%s: nothing that was handed out works', async (scope) => {
    const { street, chance } = await openRaces()
    const other = deviceOf(await street.signUp())
    const people: Person[] = []
    for (let lane = 0; lane < LANES; lane++) people.push(await street.signUp())
    const seen = new Set<string>()

    const meet = async (person: Person, course: Course) => {
      const device = await openDevice(street, person)
      const logout = () =>
        street.call('POST', `/logout?scope=${scope}`, { token: newestAccess(device) })
      const refresh = () => street.refresh(device.refreshTokens[0] ?? '')
      const [refreshed, ended] = await race(street, chance, [refresh, logout], course)
      if (!refreshed || !ended) throw new Error('two calls were made')
      expect(ended.status).toBe(200)
      expect(ended.body.sessions_ended).not.toBe(0)
      seen.add(inWords(refreshed))
      if (refreshed.status === 200) {
        device.accessTokens.push(String(refreshed.body.access_token))
        device.refreshTokens.push(String(refreshed.body.refresh_token))
      }
      for (const token of device.accessTokens)
        expect(inWords(await street.call('GET', '/user', { token }))).toBe('401 session_not_found')
      for (const token of device.refreshTokens)
        expect(inWords(await street.refresh(token))).toBe('400 refresh_token_not_found')
    }
    for (let round = 0; round < rounds(100) / LANES; round++) {
      const course = courseOf(round)
      await Promise.all(people.map((person) => meet(person, course)))
    }

    expectOutcomes(seen, ['200', '400 refresh_token_not_found'])
    expect(await judge(street, other)).toBe('lives')
  })
})

describe('two logouts at once', () => {
  test.each(['local', 'global', 'others'])(
    '%s: both succeed, one ends what there is, and it is written down once',
    async (scope) => {
      const { street, chance } = await openRaces()
      for (let round = 0; round < rounds(12); round++) {
        const person = await street.signUp()
        const token = person.access_token
        if (scope === 'others') await openDevice(street, person)
        const logout = () => street.call('POST', `/logout?scope=${scope}`, { token })

        const answers = await race(street, chance, [logout, logout])

        expect(answers.map(inWords)).toEqual(['200', '200'])
        expect(answers.map(({ body }) => body.sessions_ended).toSorted()).toEqual([0, 1])
        const log = await entriesOf(street.redis, `audit:${person.user.id}`)
        const written = log.filter(({ action }) => action === 'logout')
        // The one that logs others out still works, so its second call is a logout too.
        expect(written).toHaveLength(scope === 'others' ? 2 : 1)
      }
    },
  )

  test('of two devices, each the others: one stays', async () => {
    const { street, chance } = await openRaces()
    for (let round = 0; round < rounds(12); round++) {
      const person = await street.signUp()
      const devices = [deviceOf(person), await openDevice(street, person)]

      const answers = await race(
        street,
        chance,
        devices.map((device) => () => {
          return street.call('POST', '/logout?scope=others', { token: newestAccess(device) })
        }),
      )

      expect(answers.map(inWords)).toEqual(['200', '200'])
      expect(answers.map(({ body }) => body.sessions_ended).toSorted()).toEqual([0, 1])
      const verdicts = []
      for (const device of devices) verdicts.push(await judge(street, device))
      expect(verdicts.toSorted()).toEqual(['ended', 'lives'])
    }
  })
})

describe('two changes of one account at once', () => {
  test('new passwords from two devices: one of them stands, and the device that set it stays', async () => {
    const { street, chance } = await openRaces()
    for (let round = 0; round < rounds(12); round++) {
      const person = await street.signUp()
      const devices = [deviceOf(person), await openDevice(street, person)]
      const passwords = ['one staple battery', 'two staple battery']

      const answers = await race(
        street,
        chance,
        devices.map((device, i) => () => {
          const body = { password: passwords[i] }
          return street.call('PUT', '/user', { token: newestAccess(device), body })
        }),
      )

      const won = answers.findIndex(({ status }) => status === 200)
      expect(answers.map(inWords).toSorted()).toEqual(['200', '401 session_not_found'])
      for (const [i, device] of devices.entries()) {
        expect(await judge(street, device)).toBe(i === won ? 'lives' : 'ended')
        expect(inWords(await signIn(street, person.email, passwords[i]))).toBe(
          i === won ? '200' : '400 invalid_credentials',
        )
      }
    }
  })
})

describe('twenty sign-ups of one address at once', () => {
  test('make one account, and tell the others that it is taken', async () => {
    const { street, chance } = await openRaces()
    const email = 'wanted@example.com'
    const crowd = atOnce(20)
    // The first of all begins the first status list, for which the others would start again before their addresses meet.
    const first = await street.signUp()

    const answers = await race(
      street,
      chance,
      Array.from({ length: crowd }, (_, i) => () => {
        const body = { email: i % 2 ? email : email.toUpperCase(), password: PASSWORD }
        return street.call('POST', '/signup', { body })
      }),
    )

    const [winner, ...more] = answers.filter(({ status }) => status === 200)
    expect(more).toEqual([])
    expect(
      answers.map(inWords).filter((words) => words === '422 user_already_exists'),
    ).toHaveLength(crowd - 1)
    if (!winner) throw new Error('nobody won')
    const { id } = winner.body.user as { id: string }
    const users = [first.user.id, id].toSorted()
    expect(winner.body.user).toMatchObject({ email })
    expect(textsOf(await street.redis.look('ZRANGE', 'users', 0, -1)).toSorted()).toEqual(users)
    expect(await street.redis.look('ZCARD', 'emails')).toBe(2)
    expect(await keysOf(street.redis, 'user:*')).toEqual(users.map((user) => `user:${user}`))
    expect(await keysOf(street.redis, 'session:*:detail')).toHaveLength(2)
    expect(await entriesOf(street.redis, `audit:${id}`)).toMatchObject([
      { action: 'user_signedup' },
    ])
    expect(await judge(street, granted(winner))).toBe('lives')
  })
})

test('a sign-up whose address is taken on its way to Redis is told so, and makes nothing', async () => {
  const street = await openStreet()
  await street.signUp()
  const email = 'wanted@example.com'
  const held = holdBack(openSession)
  const late = street.call('POST', '/signup', { body: { email, password: PASSWORD } })
  await held.caught
  const winner = await street.signUp(email)
  held.release()

  expect(inWords(await late)).toBe('422 user_already_exists')
  expect(await street.redis.look('ZCARD', 'users')).toBe(2)
  expect(await keysOf(street.redis, 'session:*:detail')).toHaveLength(2)
  expect(await judge(street, deviceOf(winner))).toBe('lives')
})
