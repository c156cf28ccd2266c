/** Accounts whose making is cut short, so that nothing of it is undone: no address is taken by one who cannot sign in. */

import { expect, test } from 'vitest'
import { inWords } from './support/devices.ts'
import { GENEROUS } from './support/quotas.ts'
import { keysOf } from './support/redis-contents.ts'
import { type Answer, openStreet, PASSWORD, type Street } from './support/street.ts'

/** More writes than any of these calls makes. */
const MOST_WRITES = 40

const makings: [string, string, (street: Street, body: object) => Promise<Answer>][] = [
  [
    'a sign-up',
    '422 user_already_exists',
    (street, body) => street.call('POST', '/signup', { body }),
  ],
  [
    "an operator's",
    '422 email_exists',
    async (street, body) =>
      street.call('POST', '/admin/users', {
        token: await street.serviceToken(),
        body: { ...body, email_confirm: true },
      }),
  ],
]

test.each(makings)('%s, after each of its writes', async (_, taken, make) => {
  const street = await openStreet({ env: { ...GENEROUS, PASSWORD_BLOCKLIST: 'off' } })
  let after = 0
  for (let isCut = true; isCut; after++) {
    expect(after, 'cuts').toBeLessThan(MOST_WRITES)
    const body = { email: `cut-after-${after}@example.com`, password: PASSWORD }
    await street.redis.fail({ kind: 'cut', cut: { refuses: 'writes', after } })
    const first = await make(street, body)
    await street.redis.heal()
    isCut = first.status === 503
    // It may be there by now, and then it is whole.
    const again = await make(street, body)
    expect(inWords(again), `after ${after}`).toBeOneOf(['200', taken])
    const signIn = await street.call('POST', '/token?grant_type=password', { body })
    expect(inWords(signIn), `after ${after}`).toBe('200')
  }
  expect(after).toBeGreaterThan(4)
})

test.each(makings)('%s, for which there is no room, leaves nothing', async (_, taken, make) => {
  const street = await openStreet({ env: { ...GENEROUS, PASSWORD_BLOCKLIST: 'off' } })
  const token = await street.serviceToken()
  const isOf = (email: string) => street.call('GET', `/admin/users?filter=${email}`, { token })
  let after = 0
  let isMade = false
  for (; !isMade; after++) {
    expect(after, 'cuts').toBeLessThan(MOST_WRITES)
    const body = { email: `no-room-after-${after}@example.com`, password: PASSWORD }
    await street.redis.fail({ kind: 'cut', cut: { refuses: 'what needs room', after } })
    const made = await make(street, body)
    await street.redis.heal()
    const [found] = (await isOf(body.email)).body.users as unknown[]
    isMade = found !== undefined
    if (isMade) expect(inWords(await make(street, body)), `after ${after}`).toBe(taken)
    else {
      expect(made.status, `after ${after}`).toBe(503)
      const lists = ['emails', 'users', 'token_version:*', 'user:*', 'email:*', 'audit:*']
      const left = await Promise.all(lists.map((pattern) => keysOf(street.redis, pattern)))
      expect(left.flat(), `after ${after}`).toEqual([])
    }
  }
  expect(after).toBeGreaterThan(3)
})

const dealings: [string, (street: Street, path: string, token: string) => Promise<Answer>][] = [
  ['deleted', (street, path, token) => street.call('DELETE', path, { token })],
  [
    'given another address',
    (street, path, token) =>
      street.call('PUT', path, { token, body: { email: 'elsewhere@example.com' } }),
  ],
]

test.each(dealings)(
  'what a sign-up left behind is %s, and its address stays with whoever has it by now',
  async (_, deal) => {
    const street = await openStreet({ env: { PASSWORD_BLOCKLIST: 'off' } })
    const token = await street.serviceToken()
    const body = { email: 'twice@example.com', password: PASSWORD }
    const found = async (): Promise<string[]> => {
      const { users } = (await street.call('GET', '/admin/users', { token })).body
      return (users as { id: string; email: string }[])
        .filter(({ email }) => email === body.email)
        .map(({ id }) => id)
    }
    // As far as the account's hash, and no further.
    let left: string[] = []
    for (let after = 0; left.length === 0; after++) {
      expect(after, 'cuts').toBeLessThan(MOST_WRITES)
      await street.redis.fail({ kind: 'cut', cut: { refuses: 'writes', after } })
      expect((await street.call('POST', '/signup', { body })).status).toBe(503)
      await street.redis.heal()
      left = await found()
    }
    const person = await street.signUp(body.email)
    expect(await found()).toEqual(expect.arrayContaining([...left, person.user.id]))

    const dealt = await deal(street, `/admin/users/${left[0]}`, token)
    expect(inWords(dealt)).toBe('200')
    expect(await found()).toEqual([person.user.id])
    // Nobody else may have it, and its owner gets in.
    expect(inWords(await street.call('POST', '/signup', { body }))).toBe('422 user_already_exists')
    expect((await street.signIn(person)).user.id).toBe(person.user.id)
  },
)

test('a new address for which there is no room stays free', async () => {
  const street = await openStreet({ env: { ...GENEROUS, PASSWORD_BLOCKLIST: 'off' } })
  const token = await street.serviceToken()
  let after = 0
  for (let isCut = true; isCut; after++) {
    expect(after, 'cuts').toBeLessThan(MOST_WRITES)
    const email = `moved-after-${after}@example.com`
    const person = await street.signUp()
    await street.redis.fail({ kind: 'cut', cut: { refuses: 'what needs room', after } })
    await street.call('PUT', '/user', { token: person.access_token, body: { email } })
    await street.redis.heal()
    const { body } = await street.call('GET', `/admin/users/${person.user.id}`, { token })
    isCut = body.email !== email
    if (!isCut) break
    const { total } = (await street.call('GET', `/admin/users?filter=${email}`, { token })).body
    expect(total, `after ${after}`).toBe(0)
    // Whoever has it may sign up with it, and whoever wanted it tries again with another one or goes on as before.
    expect((await street.signUp(email)).user.id, `after ${after}`).not.toBe(person.user.id)
    expect((await street.signIn(person)).user.id, `after ${after}`).toBe(person.user.id)
  }
  expect(after).toBeGreaterThan(2)
})

const changes: [string, object][] = [
  ['data', { data: { theme: 'dark' } }],
  ['a new password', { password: 'battery horse correct' }],
]

test.each(changes)(
  '%s for which there is no room takes no address from its owner',
  async (_, body) => {
    const street = await openStreet({ env: { ...GENEROUS, PASSWORD_BLOCKLIST: 'off' } })
    const token = await street.serviceToken()
    let after = 0
    for (let isDone = false; !isDone; after++) {
      expect(after, 'cuts').toBeLessThan(MOST_WRITES)
      const person = await street.signUp()
      await street.redis.fail({ kind: 'cut', cut: { refuses: 'what needs room', after } })
      const changed = await street.call('PUT', '/user', { token: person.access_token, body })
      await street.redis.heal()
      isDone = changed.status === 200
      expect(inWords(changed), `after ${after}`).toBeOneOf(['200', '503 service_unavailable'])

      const { users } = (await street.call('GET', `/admin/users?filter=${person.email}`, { token }))
        .body
      expect(users, `after ${after}`).toMatchObject([{ id: person.user.id }])
      const again = await street.call('POST', '/signup', {
        body: { email: person.email, password: PASSWORD },
      })
      expect(inWords(again), `after ${after}`).toBe('422 user_already_exists')
    }
    expect(after).toBeGreaterThan(2)
  },
)

test('a change of the address that was cut short after any of its writes goes through when it is asked again', async () => {
  const street = await openStreet({ env: { ...GENEROUS, PASSWORD_BLOCKLIST: 'off' } })
  let after = 0
  for (let isCut = true; isCut; after++) {
    expect(after, 'cuts').toBeLessThan(MOST_WRITES)
    const email = `moved-again-after-${after}@example.com`
    const person = await street.signUp()
    const move = () => street.call('PUT', '/user', { token: person.access_token, body: { email } })
    await street.redis.fail({ kind: 'cut', cut: { refuses: 'writes', after } })
    isCut = (await move()).status === 503
    await street.redis.heal()
    expect(inWords(await move()), `after ${after}`).toBe('200')
    expect((await street.signIn({ email })).user.id, `after ${after}`).toBe(person.user.id)
  }
  expect(after).toBeGreaterThan(4)
})
