/** Sign-ins that meet an ending: each session was opened before it and is over, or after it and works. Nothing in between. */

import { describe, expect, test, vi } from 'vitest'
import { changeAccount, removeAccount } from '../src/store/account-scripts.ts'
import { endAllOf } from '../src/store/operator-scripts.ts'
import type { Script } from '../src/store/script.ts'
import { endSessions, openSession } from '../src/store/session-scripts.ts'
import { type Device, deviceOf, inWords, judge, newestAccess } from './support/devices.ts'
import { holdBack } from './support/on-the-way.ts'
import {
  type Chance,
  type Course,
  courseOf,
  expectOutcomes,
  granted,
  openRaces,
  race,
  rounds,
  signIn,
} from './support/racing.ts'
import { type Entry, entriesOf } from './support/redis-contents.ts'
import { type Answer, openStreet, type Person, pause, type Street } from './support/street.ts'

// Many rounds take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const NEW_PASSWORD = 'battery horse correct'

/** The account's log is written in the scripts' order, so it tells what came before what. */
async function orderOf(street: Street, id: string) {
  const log = await entriesOf(street.redis, `audit:${id}`)
  const at = (wanted: Partial<Entry>): number =>
    log.findLastIndex((entry) =>
      Object.entries(wanted).every(([field, value]) => entry[field] === value),
    )
  return {
    opened: (device: Device) => at({ action: 'login', session: device.session }),
    last: (action: string) => at({ action }),
  }
}

describe('sign-ins that meet an ending', () => {
  const SIGN_INS = 3

  interface Meeting {
    street: Street
    chance: Chance
    course: Course
    person: Person
    /** Where the ending is asked for. */
    laptop: Device
  }

  async function meet(
    { street, chance, course, person }: Meeting,
    ending: () => Promise<Answer>,
  ): Promise<{ ended: Answer; signedIn: Answer[] }> {
    const signIns = Array.from({ length: SIGN_INS }, () => () => signIn(street, person.email))
    const [ended, ...signedIn] = await race(street, chance, [ending, ...signIns], course)
    if (!ended) throw new Error('an ending was asked for')
    return { ended, signedIn }
  }

  /** What was opened before the ending is over, what was opened after it works, and nothing is in between. */
  async function expectInOrder({ street, person }: Meeting, action: string, devices: Device[]) {
    const order = await orderOf(street, person.user.id)
    const seen = new Set<string>()
    for (const device of devices) {
      const expected = order.opened(device) < order.last(action) ? 'ended' : 'lives'
      seen.add(expected)
      expect(await judge(street, device)).toBe(expected)
    }
    return seen
  }

  async function repeat(count: number, round: (meeting: Meeting) => Promise<void>) {
    const { street, chance } = await openRaces()
    for (let i = 0; i < rounds(count); i++) {
      const person = await street.signUp()
      await round({ street, chance, course: courseOf(i), person, laptop: deviceOf(person) })
    }
  }

  test('global: what was opened before is over, what was opened after works', async () => {
    const seen = new Set<string>()
    await repeat(16, async (meeting) => {
      const { street, laptop } = meeting
      const token = newestAccess(laptop)
      const { ended, signedIn } = await meet(meeting, () =>
        street.call('POST', '/logout?scope=global', { token }),
      )
      expect(ended.status).toBe(200)
      const verdicts = await expectInOrder(meeting, 'logout', signedIn.map(granted))
      for (const verdict of verdicts) seen.add(verdict)
      expect(await judge(street, laptop)).toBe('ended')
    })
    expectOutcomes(seen, ['ended', 'lives'])
  })

  test('others: what was opened before is over, what was opened after works, and this one', async () => {
    const seen = new Set<string>()
    await repeat(16, async (meeting) => {
      const { street, laptop } = meeting
      const token = newestAccess(laptop)
      const { ended, signedIn } = await meet(meeting, () =>
        street.call('POST', '/logout?scope=others', { token }),
      )
      expect(ended.status).toBe(200)
      const devices = signedIn.map(granted)
      const verdicts = await expectInOrder(meeting, 'logout', devices)
      for (const verdict of verdicts) seen.add(verdict)
      expect(await judge(street, laptop)).toBe('lives')
    })
    expectOutcomes(seen, ['ended', 'lives'])
  })

  test('everyone: each session works or is over, access and refresh alike', async () => {
    await repeat(12, async (meeting) => {
      const { street, laptop } = meeting
      const token = await street.serviceToken()
      const { ended, signedIn } = await meet(meeting, () =>
        street.call('POST', '/admin/logout', { token }),
      )
      expect(ended.status).toBe(200)
      for (const device of signedIn.map(granted))
        expect(await judge(street, device)).toBeOneOf(['ended', 'lives'])
      expect(await judge(street, laptop)).toBe('ended')
    })
  })

  /** Sign-ins that must not outlive the ending: refused, or over. */
  async function expectNoneLives(street: Street, signedIn: Answer[], refusals: string[]) {
    for (const answer of signedIn) {
      expect(inWords(answer)).toBeOneOf(['200', ...refusals])
      if (answer.status === 200) expect(await judge(street, granted(answer))).toBe('ended')
    }
  }

  test('a new password: no session that was opened with the old one lives', async () => {
    const seen = new Set<string>()
    await repeat(16, async (meeting) => {
      const { street, person, laptop } = meeting
      const { ended, signedIn } = await meet(meeting, () =>
        street.call('PUT', '/user', {
          token: newestAccess(laptop),
          body: { password: NEW_PASSWORD },
        }),
      )
      expect(ended.status, JSON.stringify(ended.body)).toBe(200)
      for (const answer of signedIn) seen.add(inWords(answer))
      await expectNoneLives(street, signedIn, ['400 invalid_credentials'])
      expect(await judge(street, laptop)).toBe('lives')
      expect(inWords(await signIn(street, person.email))).toBe('400 invalid_credentials')
      expect(inWords(await signIn(street, person.email, NEW_PASSWORD))).toBe('200')
    })
    expectOutcomes(seen, ['200', '400 invalid_credentials'])
  })

  test('a new email address: no session that was opened with the old one lives', async () => {
    await repeat(16, async (meeting) => {
      const { street, person, laptop } = meeting
      const { ended, signedIn } = await meet(meeting, () =>
        street.call('PUT', '/user', {
          token: newestAccess(laptop),
          body: { email: `new-${person.email}` },
        }),
      )
      expect(ended.status, JSON.stringify(ended.body)).toBe(200)
      await expectNoneLives(street, signedIn, ['400 invalid_credentials'])
      expect(await judge(street, laptop)).toBe('lives')
      expect(inWords(await signIn(street, `new-${person.email}`))).toBe('200')
    })
  })

  test('a ban: no session lives', async () => {
    await repeat(12, async (meeting) => {
      const { street, person, laptop } = meeting
      const token = await street.serviceToken()
      const { ended, signedIn } = await meet(meeting, () =>
        street.call('PUT', `/admin/users/${person.user.id}`, {
          token,
          body: { ban_duration: '24h' },
        }),
      )
      expect(ended.status).toBe(200)
      await expectNoneLives(street, signedIn, ['400 user_banned'])
      expect(await judge(street, laptop)).toBe('ended')
    })
  })

  test('a deleted account: no session lives, and nothing of the account comes back', async () => {
    await repeat(12, async (meeting) => {
      const { street, person, laptop } = meeting
      const { ended, signedIn } = await meet(meeting, () =>
        street.call('DELETE', '/user', { token: newestAccess(laptop) }),
      )
      expect(ended.status).toBe(200)
      await expectNoneLives(street, signedIn, ['400 invalid_credentials'])
      expect(await judge(street, laptop)).toBe('ended')
      const { id } = person.user
      const keys = [`user:${id}`, `token_version:${id}`, `sessions:${id}`]
      expect(await street.redis.look('EXISTS', ...keys)).toBe(0)
    })
  })
})

describe('a sign-in that comes between the look-up of an ending and its script', () => {
  const byUser =
    (method: string, path: string, body?: object) => async (street: Street, person: Person) =>
      street.call(method, path, { token: person.access_token, body })
  const byOperator =
    (method: string, path = '') =>
    async (street: Street, { user }: Person) =>
      street.call(method, `/admin/users/${user.id}${path}`, { token: await street.serviceToken() })
  const endings: [string, Script, (street: Street, person: Person) => Promise<Answer>][] = [
    ['a logout of all devices', endSessions, byUser('POST', '/logout/all')],
    ['a new password', changeAccount, byUser('PUT', '/user', { password: NEW_PASSWORD })],
    ['a deletion by its user', removeAccount, byUser('DELETE', '/user')],
    ['a deletion by an operator', removeAccount, byOperator('DELETE')],
    ['a logout by an operator', endAllOf, byOperator('POST', '/logout')],
  ]

  test.each(endings)('of %s: is over with the others', async (_, script, end) => {
    const street = await openStreet()
    const person = await street.signUp()
    const held = holdBack(script)
    const answer = end(street, person)
    await held.caught
    const late = deviceOf(await street.signIn(person))
    held.release()

    const { status, body } = await answer
    expect(status, JSON.stringify(body)).toBe(200)
    if ('sessions_ended' in body) expect(body.sessions_ended).toBe(2)
    expect(await judge(street, late)).toBe('ended')
  })
})

test('a sign-up that another one overtakes hashes its password once', async () => {
  const street = await openStreet()
  const hash = vi.spyOn(street.services.ports.passwords, 'hash')
  // Both are the first of all, and would begin the list.
  const held = holdBack(openSession)
  const late = street.signUp()
  await held.caught
  await street.signUp()
  held.release()
  await late
  expect(hash).toHaveBeenCalledTimes(2)
})

test('when everyone was logged out and signs in again at once, each password is compared once', async () => {
  const street = await openStreet()
  const people = []
  for (let i = 0; i < 8; i++) people.push(await street.signUp())
  await street.call('POST', '/admin/logout', { token: await street.serviceToken() })
  const { passwords } = street.services.ports
  const { verify } = passwords
  let compared = 0
  // One after the other, so that the first begins the new list while the rest still compare.
  vi.spyOn(passwords, 'verify').mockImplementation(async (...given) => {
    await pause(5 * ++compared)
    return verify(...given)
  })
  const sessions = await Promise.all(people.map((person) => street.signIn(person)))
  expect(new Set(sessions.map(({ access_token }) => access_token)).size).toBe(8)
  expect(compared).toBe(8)
})
