/** A call that starts again is counted once, one that was none is not counted, and nobody pays for another. */

import { expect, test, vi } from 'vitest'
import { Overload } from '../src/domain/fault.ts'
import { changeAccount, removeAccount } from '../src/store/account-scripts.ts'
import type { Script } from '../src/store/script.ts'
import { endSessions, openSession } from '../src/store/session-scripts.ts'
import { post } from './support/oauth-clients.ts'
import { holdBack, overtaking } from './support/on-the-way.ts'
import { claimsOf, openStreet, PASSWORD, type Person, type Street } from './support/street.ts'
import { freshMoment, holdDate, turnTo } from './support/turned-date.ts'

holdDate()

async function openStreetAt(env: Record<string, string>): Promise<Street> {
  const street = await openStreet({ env })
  turnTo(street, freshMoment(100))
  return street
}

const comeIn =
  (street: Street, { email, password }: Person) =>
  () =>
    street.call('POST', '/token?grant_type=password', { body: { email, password } })

test('a logout that is overtaken by a sign-in', async () => {
  const street = await openStreetAt({ LIMIT_LOGOUT: '1/300' })
  const person = await street.signUp()
  const { answer, comers } = await overtaking(
    endSessions,
    () => street.call('POST', '/logout/all', { token: person.access_token }),
    comeIn(street, person),
  )
  expect(comers.length).toBeGreaterThan(1)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  expect(answer.headers.get('RateLimit')).toContain('"logout";r=0')
})

test('a plain logout by a token that was revoked alone, which then ends its own session only', async () => {
  const street = await openStreetAt({ LIMIT_LOGOUT: '1/300' })
  const person = await street.signUp()
  const other = await street.signIn(person)
  await post(street, '/revoke', { token: person.access_token })

  const answer = await street.call('POST', '/logout', { token: person.access_token })

  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  expect(answer.body).toMatchObject({ scope: 'local', sessions_ended: 1 })
  expect(answer.headers.get('RateLimit')).toBe('"logout";r=0;t=200')
  await street.settled()
  // The token was dead, so its call is not the user's.
  expect((await street.call('POST', '/logout', { token: other.access_token })).status).toBe(200)
})

test('such a logout is given back once, though its session ends in between', async () => {
  const street = await openStreetAt({ LIMIT_LOGOUT: '1/300' })
  const person = await street.signUp()
  const [one, other] = [await street.signIn(person), await street.signIn(person)]
  await post(street, '/revoke', { token: person.access_token })
  const operator = await street.serviceToken()
  const session = `/admin/users/${person.user.id}/sessions/${claimsOf(person.access_token).sid}`
  let attempts = 0

  const { answer } = await overtaking(
    endSessions,
    () => street.call('POST', '/logout', { token: person.access_token }),
    async () => ++attempts === 2 && street.call('DELETE', session, { token: operator }),
  )

  expect(attempts).toBe(2)
  expect(answer.body).toMatchObject({ scope: 'local', sessions_ended: 0 })
  await street.settled()
  const logout = async (token: string) =>
    (await street.call('POST', '/logout?scope=local', { token })).status
  expect([await logout(one.access_token), await logout(other.access_token)]).toEqual([200, 429])
})

test('a new password that is overtaken by a sign-in', async () => {
  const street = await openStreetAt({ LIMIT_CHANGE_ACCOUNT: '1/300' })
  const person = await street.signUp()
  const { answer, comers } = await overtaking(
    changeAccount,
    () =>
      street.call('PUT', '/user', {
        token: person.access_token,
        body: { password: 'another fine phrase' },
      }),
    comeIn(street, person),
  )
  expect(comers.length).toBeGreaterThan(1)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
})

const proofs: [string, Script, 'PUT' | 'DELETE', object][] = [
  ['the end of the account', removeAccount, 'DELETE', { current_password: PASSWORD }],
  [
    'a new password',
    changeAccount,
    'PUT',
    { password: 'another fine phrase', current_password: PASSWORD },
  ],
  [
    'a new password, which is compared with the present one',
    changeAccount,
    'PUT',
    { password: 'another fine phrase' },
  ],
]
test.each(proofs)(
  'the proof of a password for %s that is overtaken by a sign-in',
  async (_, script, method, body) => {
    const street = await openStreetAt({ LIMIT_REAUTHENTICATE: '1/300' })
    const person = await street.signUp()
    const { answer, comers } = await overtaking(
      script,
      () => street.call(method, '/user', { token: person.access_token, body }),
      comeIn(street, person),
    )
    expect(comers.length).toBeGreaterThan(1)
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  },
)

test('a sign-up that is overtaken by another', async () => {
  const street = await openStreetAt({ LIMIT_SIGN_UP_ADDRESS: '1/300' })
  const signUp = (ip: string) =>
    street.call('POST', '/signup', {
      body: { email: `${crypto.randomUUID()}@example.com`, password: PASSWORD },
      ip,
    })
  // The first of all begins the list that the late one has not heard of.
  const held = holdBack(openSession)
  const late = signUp('192.0.2.1')
  await held.caught
  expect((await signUp('192.0.2.2')).status).toBe(200)
  held.release()
  const answer = await late
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  expect((await signUp('192.0.2.1')).status).toBe(429)
})

test('a password that could not be compared was no guess', async () => {
  const street = await openStreetAt({ LIMIT_REAUTHENTICATE: '1/300' })
  const { access_token: token } = await street.signUp()
  const prove = () =>
    street.call('POST', '/reauthenticate', { token, body: { password: PASSWORD } })
  vi.spyOn(street.services.ports.passwords, 'verify').mockRejectedValueOnce(new Overload())
  expect((await prove()).status).toBe(503)
  await street.settled()
  expect((await prove()).status).toBe(200)
  expect((await prove()).status).toBe(429)
})

test('of two quotas that are full for a change, the one that lasts longer says when to come back', async () => {
  const street = await openStreetAt({
    LIMIT_CHANGE_ACCOUNT: '1/60',
    LIMIT_SIGN_UP_ADDRESS: '1/3600',
  })
  const [{ access_token: token }, other] = [await street.signUp(), await street.signUp()]
  const change = () =>
    street.call('PUT', '/user', { token, body: { email: other.email }, ip: '192.0.2.9' })
  expect((await change()).body.error_code).toBe('email_exists')
  const refused = await change()
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(60)
})

test('one service that logs its token out again and again keeps no other from it', async () => {
  const street = await openStreetAt({ LIMIT_LOGOUT: '1/300' })
  const [one, other] = [await street.serviceToken(), await street.serviceToken()]
  const logout = async (token: string) => (await street.call('POST', '/logout', { token })).status
  expect([await logout(one), await logout(one)]).toEqual([200, 429])
  expect(await logout(other)).toBe(200)
})

test('a token whose session a logout of all devices has ended pays for itself, from its first call on', async () => {
  const street = await openStreetAt({})
  const owner = await street.signUp()
  const { access_token: thief } = await street.signIn(owner)
  const all = await street.call('POST', '/logout/all', { token: owner.access_token })
  expect(all.body.sessions_ended).toBe(2)
  expect(all.headers.get('RateLimit')).toContain('"logout";r=19')
  const answer = await street.call('POST', '/logout?scope=others', { token: thief })
  expect(answer.body.sessions_ended).toBe(0)
  expect(answer.headers.get('RateLimit')).toContain('"logout";r=19')
})

test('a token of a session that an operator ended pays for itself, as soon as that was seen', async () => {
  const street = await openStreetAt({})
  const owner = await street.signUp()
  const { access_token: thief } = await street.signIn(owner)
  const ended = await street.call(
    'DELETE',
    `/admin/users/${owner.user.id}/sessions/${claimsOf(thief).sid}`,
    { token: await street.serviceToken() },
  )
  expect(ended.status).toBe(200)
  const logout = (token: string) => street.call('POST', '/logout?scope=others', { token })
  expect((await logout(thief)).body.sessions_ended).toBe(0)
  await street.settled()

  // Counted, and not given back yet.
  const held = holdBack(endSessions)
  const again = logout(thief)
  await held.caught
  const answer = await logout(owner.access_token)
  held.release()

  expect((await again).status).toBe(200)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('RateLimit')).toContain('"logout";r=19')
})
