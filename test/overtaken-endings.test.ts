/** Endings that something overtakes between their look-up and their script: whoever knows the password cannot keep an account open by signing in, by changing it, or by endings of his own. */

import { describe, expect, test } from 'vitest'
import { changeAccount, removeAccount } from '../src/store/account-scripts.ts'
import { endAllOf } from '../src/store/operator-scripts.ts'
import type { Script } from '../src/store/script.ts'
import { endSessions } from '../src/store/session-scripts.ts'
import { inWords } from './support/devices.ts'
import { overtaking } from './support/on-the-way.ts'
import { type Answer, openStreet, PASSWORD, type Person, type Street } from './support/street.ts'
import { freshMoment, holdDate, turnTo } from './support/turned-date.ts'

interface Scene {
  street: Street
  owner: Person
  service: string
}

async function openScene(): Promise<Scene> {
  const street = await openStreet()
  return { street, owner: await street.signUp(), service: await street.serviceToken() }
}

const SAFE = 'a new and better password'
const endings: [string, Script, (scene: Scene) => Promise<Answer>][] = [
  [
    'POST /logout?scope=others',
    endSessions,
    ({ street, owner }) =>
      street.call('POST', '/logout?scope=others', { token: owner.access_token }),
  ],
  [
    'POST /logout/all',
    endSessions,
    ({ street, owner }) => street.call('POST', '/logout/all', { token: owner.access_token }),
  ],
  [
    'PUT /user with a password',
    changeAccount,
    ({ street, owner }) =>
      street.call('PUT', '/user', { token: owner.access_token, body: { password: SAFE } }),
  ],
  [
    'DELETE /user',
    removeAccount,
    ({ street, owner }) => street.call('DELETE', '/user', { token: owner.access_token }),
  ],
  [
    'POST /admin/users/:id/logout',
    endAllOf,
    ({ street, owner, service }) =>
      street.call('POST', `/admin/users/${owner.user.id}/logout`, { token: service }),
  ],
  [
    'PUT /admin/users/:id with a ban',
    changeAccount,
    ({ street, owner, service }) =>
      street.call('PUT', `/admin/users/${owner.user.id}`, {
        token: service,
        body: { ban_duration: '1h' },
      }),
  ],
  [
    'DELETE /admin/users/:id',
    removeAccount,
    ({ street, owner, service }) =>
      street.call('DELETE', `/admin/users/${owner.user.id}`, { token: service }),
  ],
]

const CONFLICT = { status: 503, body: { error_code: 'conflict' } }

describe.each(endings)('%s', (_, script, end) => {
  test('is overtaken by one sign-in, and by none after that', async () => {
    const scene = await openScene()
    const { street, owner } = scene
    const signIn = () =>
      street.call('POST', '/token?grant_type=password', {
        body: { email: owner.email, password: owner.password },
      })
    const { answer, comers } = await overtaking(script, () => end(scene), signIn)

    expect(comers).toMatchObject([{ status: 200 }, CONFLICT])
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    const thief = String(comers[0]?.body.access_token)
    expect((await street.call('GET', '/user', { token: thief })).status).toBe(401)
  })
})

const comeIn = ({ street, owner }: Scene) =>
  street.call('POST', '/token?grant_type=password', {
    body: { email: owner.email, password: owner.password },
  })

/** What a thief may do for free, each time with a session of its own when there is one to be had. */
const moves: [string, (scene: Scene, token: string, number: number) => Promise<Answer>][] = [
  [
    'changes of the data that end the others',
    ({ street }, token, number) =>
      street.call('PUT', '/user', { token, body: { data: { number }, logout: 'others' } }),
  ],
  [
    'endings of his own',
    ({ street }, token) => street.call('POST', '/logout?scope=others', { token }),
  ],
]
const orders = endings.filter(([call]) => call.includes('/admin/'))

for (const [what, move] of moves)
  test.each(orders)(`${what} and sign-ins do not hold off %s`, async (_, script, end) => {
    const scene = await openScene()
    const { street, owner } = scene
    let thief: string = owner.access_token
    const { answer } = await overtaking(
      script,
      () => end(scene),
      async () => {
        const before = await move(scene, thief, Math.random())
        const inside = await comeIn(scene)
        if (inside.status === 200) thief = String(inside.body.access_token)
        return before.status
      },
    )
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    expect((await street.call('GET', '/user', { token: thief })).status).toBe(401)
  })

test.each(orders)('new passwords do not hold off %s', async (_, script, end) => {
  const scene = await openScene()
  const { street, owner } = scene
  const { access_token: token } = owner
  let present = owner.password
  const { answer, comers } = await overtaking(
    script,
    () => end(scene),
    async () => {
      const next = `word ${crypto.randomUUID()}`
      const body = { password: next, current_password: present }
      const { status } = await street.call('PUT', '/user', { token, body })
      present = next
      return status
    },
  )
  expect(comers[0]).toBe(200)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  expect((await street.call('GET', '/user', { token })).status).toBe(401)
})

test('an ending that is done does not let sign-ins in while another one still keeps them out', async () => {
  const scene = await openScene()
  const { street, owner, service } = scene
  const thief = await street.signIn(owner)
  const statuses: number[] = []
  await overtaking(
    endAllOf,
    () => street.call('POST', `/admin/users/${owner.user.id}/logout`, { token: service }),
    async () => {
      const own = await street.call('POST', '/logout?scope=others', { token: thief.access_token })
      const inside = await comeIn(scene)
      statuses.push(own.status, inside.status)
    },
  )
  // The door closes once the first of them has overtaken the ending; his own then opens nothing.
  expect(statuses).toEqual([200, 200, 200, 503])
})

test('a change undoes none that was made beside it', async () => {
  const { street, owner, service } = await openScene()
  const { answer } = await overtaking(
    changeAccount,
    () =>
      street.call('PUT', `/admin/users/${owner.user.id}`, {
        token: service,
        body: { ban_duration: '1h' },
      }),
    () => street.call('PUT', '/user', { token: owner.access_token, body: { data: { kept: 1 } } }),
  )
  expect(answer.status).toBe(200)
  const found = await street.call('GET', `/admin/users/${owner.user.id}`, { token: service })
  expect(found.body).toMatchObject({ user_metadata: { kept: 1 }, banned_until: expect.any(String) })
})

test('a deletion that a sign-in overtook keeps nobody out of the account that is made anew', async () => {
  const street = await openStreet()
  const token = await street.serviceToken()
  const account = { id: crypto.randomUUID(), email: 'anew@example.com', password: PASSWORD }
  const body = { ...account, email_confirm: true }
  const make = () => street.call('POST', '/admin/users', { token, body })
  expect((await make()).status).toBe(200)
  const { answer, comers } = await overtaking(
    removeAccount,
    () => street.call('DELETE', `/admin/users/${account.id}`, { token }),
    () => street.call('POST', '/token?grant_type=password', { body: account }),
  )
  expect(comers.map(inWords)).toEqual(['200', '503 conflict'])
  expect(answer.status).toBe(200)

  expect((await make()).status).toBe(200)
  await street.signIn(account)
})

test('a new password rests on the one that was proven', async () => {
  const { street, owner } = await openScene()
  const change = (password: string) =>
    street.call('PUT', '/user', {
      token: owner.access_token,
      body: { password, current_password: owner.password },
    })
  const { answer, comers } = await overtaking(
    changeAccount,
    () => change(SAFE),
    () => change('another password in between'),
  )
  expect(comers).toMatchObject([{ status: 200 }])
  expect(answer).toMatchObject({ status: 400, body: { error_code: 'current_password_invalid' } })
})

describe('the limit of changes', () => {
  // Or a window could end between two calls.
  holdDate()
  async function openLimited(limit: string): Promise<Street> {
    const street = await openStreet({ env: { LIMIT_CHANGE_ACCOUNT: limit } })
    turnTo(street, freshMoment(100))
    return street
  }

  test.each([{ email: 'elsewhere@example.com' }, { password: SAFE }, { logout: 'others' }])(
    'a thief uses up nothing by which the owner gets rid of him: %j',
    async (body) => {
      const street = await openLimited('2/300')
      const owner = await street.signUp()
      const { access_token: thief } = await street.signIn(owner)
      for (let number = 0; number < 3; number++)
        await street.call('PUT', '/user', { token: thief, body: { data: { number } } })
      const done = await street.call('PUT', '/user', { token: owner.access_token, body })
      expect(done.status).toBe(200)
      expect((await street.call('GET', '/user', { token: thief })).status).toBe(401)
    },
  )

  test.each([
    ['data', () => ({})],
    ['data, and the email as it is', ({ email }: Person) => ({ email })],
  ])(
    '%s: what changes and ends nothing is counted for the user, whose sessions cannot wash out the log',
    async (_, beside) => {
      const street = await openLimited('3/300')
      const owner = await street.signUp()
      const statuses: number[] = []
      for (let number = 0; number < 5; number++) {
        const { access_token: token } = await street.signIn(owner)
        const body = { ...beside(owner), data: { number } }
        const answer = await street.call('PUT', '/user', { token, body })
        statuses.push(answer.status)
      }
      expect(statuses).toEqual([200, 200, 200, 429, 429])
      const safe = await street.call('PUT', '/user', {
        token: owner.access_token,
        body: { password: SAFE },
      })
      expect(safe.status).toBe(200)
    },
  )

  test('data beside which the other sessions end is counted for the user as well', async () => {
    const street = await openLimited('2/300')
    const owner = await street.signUp()
    const statuses: number[] = []
    for (let number = 0; number < 4; number++) {
      const { access_token: token } = await street.signIn(owner)
      const body = { data: { number }, logout: 'others' }
      statuses.push((await street.call('PUT', '/user', { token, body })).status)
    }
    expect(statuses).toEqual([200, 200, 429, 429])
  })
})

test('an ending that is over lets people in at once', async () => {
  const scene = await openScene()
  const { street, owner } = scene
  await overtaking(
    endSessions,
    () => street.call('POST', '/logout?scope=others', { token: owner.access_token }),
    () => street.call('POST', '/token?grant_type=password', { body: owner }),
  )
  await street.signIn(owner)
})

test('one that never comes again keeps them out for two seconds at most', async () => {
  const { street, owner } = await openScene()
  const left: number[] = []
  await overtaking(
    endSessions,
    () => street.call('POST', '/logout?scope=others', { token: owner.access_token }),
    async () => {
      left.push(Number(await street.redis.look('PTTL', `closing:${owner.user.id}`)))
      await street.call('POST', '/token?grant_type=password', { body: owner })
    },
  )
  const [before, during = 0] = left
  expect(before).toBe(-2)
  expect(during).toBeGreaterThan(0)
  expect(during).toBeLessThanOrEqual(2_000)
})

test('a door whose closing was cut short, so that it has no time to live, keeps nobody out', async () => {
  const { street, owner } = await openScene()
  await street.redis.look('SADD', `closing:${owner.user.id}`, 'cut-short')
  await street.signIn(owner)
})
