/** Calls that meet: whatever the order in which Redis hears of them, what an ending ended stays ended. */

import { describe, expect, onTestFailed, test } from 'vitest'
import { type Device, deviceOf, inWords, judge, newestAccess, tokenId } from './support/devices.ts'
import { type Chance, chanceOf, expectOutcomes, newSeed, race, rounds } from './support/racing.ts'
import { type Entry, entriesOf, textsOf } from './support/redis-contents.ts'
import {
  type Answer,
  openStreet,
  PASSWORD,
  type Person,
  type Street,
  type StreetOptions,
} from './support/street.ts'

const NEW_PASSWORD = 'battery horse correct'

/** Races are not about quotas. */
const GENEROUS = Object.fromEntries(
  [
    'LOGOUT',
    'SIGN_IN_ACCOUNT',
    'SIGN_IN_ADDRESS',
    'SIGN_UP_ADDRESS',
    'REAUTHENTICATE',
    'REFRESH',
  ].map((name) => [`LIMIT_${name}`, '100000/300']),
)

async function openRaces(options: StreetOptions = {}) {
  const seed = newSeed()
  onTestFailed(() => console.log(`The seed of this race was ${seed}.`))
  const street = await openStreet({ ...options, env: { ...GENEROUS, ...options.env } })
  return { street, chance: chanceOf(seed) }
}

const signIn = (street: Street, email: string, password = PASSWORD): Promise<Answer> =>
  street.call('POST', '/token?grant_type=password', { body: { email, password } })

/** A sign-in that may not be refused, as the device that it opened. */
async function openDevice(street: Street, person: Person): Promise<Device> {
  return granted(await signIn(street, person.email))
}

function granted({ status, body }: Answer): Device {
  expect(status, JSON.stringify(body)).toBe(200)
  return deviceOf({
    access_token: String(body.access_token),
    refresh_token: String(body.refresh_token),
  })
}

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

describe('fifty refreshes of one token at once', () => {
  test('are all answered with the same next token, after one rotation', async () => {
    const { street } = await openRaces()
    const person = await street.signUp()
    const device = deviceOf(person)

    const answers = await Promise.all(
      Array.from({ length: rounds(50) }, () => street.refresh(person.refresh_token)),
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
  const LANES = 4

  test.each(['local', 'global'])('%s: nothing that was handed out works', async (scope) => {
    const { street, chance } = await openRaces()
    const other = deviceOf(await street.signUp())
    const people: Person[] = []
    for (let lane = 0; lane < LANES; lane++) people.push(await street.signUp())
    const seen = new Set<string>()

    const meet = async (person: Person) => {
      const device = await openDevice(street, person)
      const logout = () =>
        street.call('POST', `/logout?scope=${scope}`, { token: newestAccess(device) })
      const refresh = () => street.refresh(device.refreshTokens[0] ?? '')
      const [refreshed, ended] = await race(street, chance, [refresh, logout])
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
    for (let round = 0; round < rounds(200) / LANES; round++) await Promise.all(people.map(meet))

    expectOutcomes(seen, ['200', '400 refresh_token_not_found'])
    expect(await judge(street, other)).toBe('lives')
  })
})

describe('two logouts at once', () => {
  test.each(['local', 'global', 'others'])(
    '%s: both succeed, one ends what there is, and it is written down once',
    async (scope) => {
      const { street, chance } = await openRaces()
      for (let round = 0; round < rounds(20); round++) {
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
    for (let round = 0; round < rounds(20); round++) {
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

describe('sign-ins that meet an ending', () => {
  const SIGN_INS = 3

  interface Meeting {
    street: Street
    chance: Chance
    person: Person
    /** Where the ending is asked for. */
    laptop: Device
  }

  async function meet(
    { street, chance, person }: Meeting,
    ending: () => Promise<Answer>,
  ): Promise<{ ended: Answer; signedIn: Answer[] }> {
    const signIns = Array.from({ length: SIGN_INS }, () => () => signIn(street, person.email))
    const [ended, ...signedIn] = await race(street, chance, [ending, ...signIns])
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
      await round({ street, chance, person, laptop: deviceOf(person) })
    }
  }

  test('global: what was opened before is over, what was opened after works', async () => {
    const seen = new Set<string>()
    await repeat(30, async (meeting) => {
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
    await repeat(30, async (meeting) => {
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
    await repeat(20, async (meeting) => {
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
    await repeat(30, async (meeting) => {
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
    await repeat(30, async (meeting) => {
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
    await repeat(20, async (meeting) => {
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
    await repeat(20, async (meeting) => {
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

describe('two changes of one account at once', () => {
  test('new passwords from two devices: one of them stands, and the device that set it stays', async () => {
    const { street, chance } = await openRaces()
    for (let round = 0; round < rounds(20); round++) {
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

    const answers = await race(
      street,
      chance,
      Array.from({ length: 20 }, (_, i) => () => {
        const body = { email: i % 2 ? email : email.toUpperCase(), password: PASSWORD }
        return street.call('POST', '/signup', { body })
      }),
      2,
    )

    const [winner, ...more] = answers.filter(({ status }) => status === 200)
    expect(more).toEqual([])
    expect(
      answers.map(inWords).filter((words) => words === '422 user_already_exists'),
    ).toHaveLength(19)
    if (!winner) throw new Error('nobody won')
    const users = textsOf(await street.redis.look('ZRANGE', 'users', 0, -1))
    expect(winner.body.user).toMatchObject({ id: users[0], email })
    expect(users).toHaveLength(1)
    expect(await street.redis.look('ZCARD', 'emails')).toBe(1)
    expect(await street.redis.look('KEYS', 'user:*')).toEqual([`user:${users[0]}`])
    expect(await street.redis.look('KEYS', 'session:*:detail')).toHaveLength(1)
    expect(await entriesOf(street.redis, `audit:${users[0]}`)).toMatchObject([
      { action: 'user_signedup' },
    ])
    expect(await judge(street, granted(winner))).toBe('lives')
  })
})
