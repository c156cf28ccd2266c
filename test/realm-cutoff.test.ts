/** What the realm-wide cutoff leaves behind: sessions that are over are neither counted nor in anyone's way. */

import { expect, test } from 'vitest'
import { API, CLIENTS, post, SPA } from './support/oauth-clients.ts'
import { claimsOf, openStreet } from './support/street.ts'

async function openCutOff(env: Record<string, string> = {}) {
  const street = await openStreet({ env })
  const person = await street.signUp()
  await street.signIn(person)
  await street.signIn(person)
  const admin = await street.serviceToken()
  expect((await street.call('POST', '/admin/logout', { token: admin })).status).toBe(200)
  return { street, person, admin }
}

test('a logout of the others does not count sessions that the cutoff ended', async () => {
  const { street, person } = await openCutOff()
  const { access_token: token } = await street.signIn(person)
  const answer = await street.call('POST', '/logout?scope=others', { token })
  expect(answer.body).toMatchObject({ sessions_ended: 0 })
  expect((await street.call('GET', '/user', { token })).status).toBe(200)
})

test('an operator who ends a user again is told that nothing was left', async () => {
  const { street, person, admin } = await openCutOff()
  const answer = await street.call('POST', `/admin/users/${person.user.id}/logout`, {
    token: admin,
  })
  expect(answer.body).toMatchObject({ sessions_ended: 0 })
})

test('they take no place of the most sessions of one user', async () => {
  const { street, person } = await openCutOff({ SESSIONS_PER_USER: '3' })
  const tokens: string[] = []
  for (let device = 0; device < 3; device++) tokens.push((await street.signIn(person)).access_token)
  for (const token of tokens)
    expect((await street.call('GET', '/user', { token })).status).toBe(200)
  const log = JSON.stringify(await street.redis.look('XRANGE', `audit:${person.user.id}`, '-', '+'))
  expect(log).not.toContain('session_evicted')
})

test('a service token that has expired logs out nothing but itself', async () => {
  const street = await openStreet()
  const token = await street.serviceToken()
  street.clock.pass(3601)
  for (const path of ['/logout?scope=global', '/logout?scope=others', '/logout/all']) {
    const answer = await street.call('POST', path, { token })
    expect(answer.status, path).toBe(401)
    expect(answer.body).toMatchObject({ error_code: 'token_expired' })
  }
  expect((await street.call('POST', '/logout', { token })).status).toBe(200)
})

test('an operator who ends a session of before the cutoff gets a 404, and no log says that it ended then', async () => {
  const { street, person, admin } = await openCutOff()
  const { sid } = claimsOf(person.access_token)
  const path = `/admin/users/${person.user.id}/sessions/${sid}`
  const answer = await street.call('DELETE', path, { token: admin })
  expect(answer).toMatchObject({ status: 404, body: { error_code: 'session_unknown' } })
  const log = await street.redis.look('XRANGE', `audit:${person.user.id}`, '-', '+')
  expect(JSON.stringify(log)).not.toContain('session_ended')
})

test('a refresh token of before it is none any more, so that any client may give it up (RFC 7009 section 2.2)', async () => {
  const street = await openStreet({ env: { CLIENTS } })
  const { email, password } = await street.signUp()
  const form = { grant_type: 'password', email, password }
  const { body } = await post(street, '/token', form, API)
  const revoke = async () =>
    (await post(street, '/revoke', { token: String(body.refresh_token) }, SPA)).status
  expect(await revoke()).toBe(400)
  await street.call('POST', '/admin/logout', { token: await street.serviceToken() })
  expect(await revoke()).toBe(200)
})
