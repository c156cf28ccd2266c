/** A change, or the proof of a password, on its way to Redis while the account changes: done to the account of then, or not at all. */

import { describe, expect, test, vi } from 'vitest'
import { ATTEMPTS, REAUTHENTICATION_TTL } from '../src/domain/policy.ts'
import { changeAccount, removeAccount } from '../src/store/account-scripts.ts'
import type { Script } from '../src/store/script.ts'
import { markReauthenticated } from '../src/store/session-scripts.ts'
import { inWords } from './support/devices.ts'
import { post } from './support/oauth-clients.ts'
import { holdBack, overtaking, withAnswersLost } from './support/on-the-way.ts'
import { entriesOf } from './support/redis-contents.ts'
import { CHEAP, claimsOf, openStreet, PASSWORD } from './support/street.ts'

const NEW_PASSWORD = 'battery horse correct'

describe('with a password that the same session replaces meanwhile', () => {
  const proof = { current_password: PASSWORD }
  const calls: [string, Script, [string, string, object]][] = [
    [
      'another new password',
      changeAccount,
      ['PUT', '/user', { password: 'one staple battery', ...proof }],
    ],
    [
      'another address',
      changeAccount,
      ['PUT', '/user', { email: 'elsewhere@example.com', ...proof }],
    ],
    ['the end of the account', removeAccount, ['DELETE', '/user', proof]],
    ['a proof', markReauthenticated, ['POST', '/reauthenticate', { password: PASSWORD }]],
  ]

  test.each(calls)('%s is refused', async (_, script, [method, path, body]) => {
    const street = await openStreet()
    const { email, access_token: token } = await street.signUp()
    // The sign-up proved the password too.
    street.clock.pass(REAUTHENTICATION_TTL + 1)
    const held = holdBack(script)
    const late = street.call(method, path, { token, body })
    await held.caught
    const replaced = { password: NEW_PASSWORD, current_password: PASSWORD }
    expect((await street.call('PUT', '/user', { token, body: replaced })).status).toBe(200)
    held.release()

    expect(inWords(await late)).toContain('current_password_invalid')
    expect((await street.call('GET', '/user', { token })).status).toBe(200)
    await street.signIn({ email, password: NEW_PASSWORD })
  })
})

test('an account that is moved to another address while it is deleted leaves neither of them taken', async () => {
  const street = await openStreet()
  const person = await street.signUp()
  const token = await street.serviceToken()
  const path = `/admin/users/${person.user.id}`
  const held = holdBack(removeAccount)
  const late = street.call('DELETE', path, { token })
  await held.caught
  const moved = await street.call('PUT', path, { token, body: { email: 'moved@example.com' } })
  expect(moved.status).toBe(200)
  held.release()

  expect((await late).status).toBe(200)
  await street.signUp(person.email)
  await street.signUp('moved@example.com')
})

test('a proof whose token is given up meanwhile is none for the session, which goes on', async () => {
  const street = await openStreet()
  const { access_token: token, refresh_token } = await street.signUp()
  const { auth_time } = claimsOf(token)
  street.clock.pass(60)
  const held = holdBack(markReauthenticated)
  const late = street.call('POST', '/reauthenticate', { token, body: { password: PASSWORD } })
  await held.caught
  expect((await post(street, '/revoke', { token })).status).toBe(200)
  held.release()

  expect(inWords(await late)).toBe('401 session_not_found')
  const { status, body } = await street.refresh(refresh_token)
  expect(status).toBe(200)
  expect(claimsOf(String(body.access_token)).auth_time).toBe(auth_time)
})

test('a right password is a proof, and counted once, though a sign-in at another cost hashes it anew meanwhile', async () => {
  const street = await openStreet({ env: { LIMIT_REAUTHENTICATE: '1/300' } })
  const deployed = await openStreet({ redis: street.redis, scrypt: { ...CHEAP, N: 2 * CHEAP.N } })
  const person = await street.signUp()
  const prove = () =>
    street.call('POST', '/reauthenticate', {
      token: person.access_token,
      body: { password: PASSWORD },
    })
  const held = holdBack(markReauthenticated)
  const late = prove()
  await held.caught
  await deployed.signIn(person)
  held.release()

  expect(inWords(await late)).toBe('200')
  const log = await entriesOf(street.redis, `audit:${person.user.id}`)
  expect(log.map(({ action }) => action)).toEqual([
    'user_signedup',
    'login',
    'user_reauthenticated',
  ])
})

test('of two changes of one’s data that meet, neither is lost', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const change = (data: object) => street.call('PUT', '/user', { token, body: { data } })
  const held = holdBack(changeAccount)
  const late = change({ theme: 'dark' })
  await held.caught
  expect((await change({ size: 'large' })).status).toBe(200)
  held.release()

  expect((await late).status).toBe(200)
  const { body } = await street.call('GET', '/user', { token })
  expect(body.user_metadata).toEqual({ theme: 'dark', size: 'large' })
})

test.each(['user_metadata', 'app_metadata'])(
  'of two orders of operators on %s that meet, neither is lost',
  async (field) => {
    const street = await openStreet()
    const { user } = await street.signUp()
    const token = await street.serviceToken()
    const order = (data: object) =>
      street.call('PUT', `/admin/users/${user.id}`, { token, body: { [field]: data } })
    const held = holdBack(changeAccount)
    const late = order({ plan: 'gold' })
    await held.caught
    expect((await order({ seats: 3 })).status).toBe(200)
    held.release()

    expect((await late).status).toBe(200)
    const { body } = await street.call('GET', `/admin/users/${user.id}`, { token })
    expect(body[field]).toMatchObject({ plan: 'gold', seats: 3 })
  },
)

test('an account that is moved to two addresses at once leaves all but one of them free', async () => {
  const street = await openStreet()
  const person = await street.signUp()
  const token = await street.serviceToken()
  const path = `/admin/users/${person.user.id}`
  const moveTo = (email: string) => street.call('PUT', path, { token, body: { email } })
  const held = holdBack(changeAccount)
  const late = moveTo('one@example.com')
  await held.caught
  expect((await moveTo('two@example.com')).status).toBe(200)
  held.release()

  expect((await late).status).toBe(200)
  await street.signIn({ email: 'one@example.com' })
  await street.signUp(person.email)
  await street.signUp('two@example.com')
})

test('a proof whose answer is lost is told as done and written down once, though its session has ended since', async () => {
  const street = await openStreet()
  const { access_token: token, user } = await street.signUp()
  const prove = () =>
    street.call('POST', '/reauthenticate', { token, body: { password: PASSWORD } })
  const answer = await withAnswersLost(markReauthenticated, prove, async () => {
    expect((await street.call('POST', '/logout?scope=local', { token })).status).toBe(200)
  })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  const told = (await entriesOf(street.redis, `audit:${user.id}`)).map(({ action }) => action)
  expect(told).toEqual(['user_signedup', 'user_reauthenticated', 'logout'])
})

test('an order that is overtaken each time is given up as a conflict, and nothing of it is there', async () => {
  const street = await openStreet()
  const { access_token, user } = await street.signUp()
  const path = `/admin/users/${user.id}`
  const token = await street.serviceToken()
  let number = 0
  const { answer, comers } = await overtaking(
    changeAccount,
    () => street.call('PUT', path, { token, body: { app_metadata: { plan: 'gold' } } }),
    () => street.call('PUT', '/user', { token: access_token, body: { data: { n: ++number } } }),
  )

  expect(inWords(answer)).toBe('503 conflict')
  expect(comers.map(({ status }) => status)).toEqual(Array(ATTEMPTS).fill(200))
  const { body } = await street.call('GET', path, { token })
  expect(body.app_metadata).not.toHaveProperty('plan')
  expect(body.user_metadata).toEqual({ n: ATTEMPTS })
})

test('a new password that an operator gives, and that a sign-in overtakes, is hashed once', async () => {
  const street = await openStreet()
  const { email, user } = await street.signUp()
  const token = await street.serviceToken()
  const hash = vi.spyOn(street.services.ports.passwords, 'hash')
  const { answer, comers } = await overtaking(
    changeAccount,
    () =>
      street.call('PUT', `/admin/users/${user.id}`, { token, body: { password: NEW_PASSWORD } }),
    () =>
      street.call('POST', '/token?grant_type=password', { body: { email, password: PASSWORD } }),
  )
  expect(comers.map(inWords)).toEqual(['200', '503 conflict'])
  expect(answer.status).toBe(200)
  expect(hash).toHaveBeenCalledTimes(1)
})
