/** What ends a session writes it down, whichever call finishes it. */

import { expect, test } from 'vitest'
import { post } from './support/oauth-clients.ts'
import { entriesOf } from './support/redis-contents.ts'
import { claimsOf, openStreet } from './support/street.ts'

async function openScene() {
  const street = await openStreet()
  const laptop = await street.signUp()
  const phone = await street.signIn(laptop)
  const session = String(claimsOf(phone.access_token).sid)
  const actions = async () =>
    (await entriesOf(street.redis, `audit:${laptop.user.id}`)).map((entry) => entry.action)
  return { street, laptop, phone, session, actions }
}

test('the end of another session whose mark was lost, by its owner', async () => {
  const { street, laptop, session, actions } = await openScene()
  await street.redis.look('DEL', `session:${session}`)
  const answer = await street.call('DELETE', `/sessions/${session}`, { token: laptop.access_token })
  expect(answer.status).toBe(200)
  expect(await actions()).toContain('session_ended')
})

test('the same by an operator', async () => {
  const { street, laptop, session, actions } = await openScene()
  await street.redis.look('DEL', `session:${session}`)
  const answer = await street.call('DELETE', `/admin/users/${laptop.user.id}/sessions/${session}`, {
    token: await street.serviceToken(),
  })
  expect(answer.status).toBe(200)
  expect(await actions()).toContain('session_ended')
})

test('another session, its ending cut short, and repeated until it is confirmed', async () => {
  const { street, laptop, session, actions } = await openScene()
  const end = () => street.call('DELETE', `/sessions/${session}`, { token: laptop.access_token })
  await street.redis.fail({ kind: 'cut', cut: { refuses: 'what needs room', after: 0 } })
  expect((await end()).status).toBe(503)
  await street.redis.heal()
  expect((await end()).status).toBe(200)
  expect(await actions()).toContain('session_ended')
})

test('a logout in a full database, repeated until it is confirmed', async () => {
  const { street, phone, actions } = await openScene()
  const end = () => street.call('POST', '/logout?scope=local', { token: phone.access_token })
  await street.redis.fail({ kind: 'cut', cut: { refuses: 'what needs room', after: 0 } })
  expect((await end()).status).toBe(503)
  await street.redis.heal()
  expect((await end()).status).toBe(200)
  expect(await actions()).toContain('logout')
})

test('a logout everywhere in a full database, repeated until it is confirmed', async () => {
  const { street, phone, actions } = await openScene()
  const end = () => street.call('POST', '/logout/all', { token: phone.access_token })
  await street.redis.fail({ kind: 'cut', cut: { refuses: 'writes', after: 12 } })
  const first = await end()
  await street.redis.heal()
  const second = await end()
  expect([first.status, second.status]).toEqual([503, 200])
  expect(await actions()).toContain('logout')
})

test('a logout by a Worker whose clock is ahead of the session’s end', async () => {
  const { street, phone, session, actions } = await openScene()
  const { services } = street
  street.clock.now += services.rules.sessions.idle + 60_000
  const answer = await street.call('POST', '/logout?scope=local', { token: phone.access_token })
  street.clock.now -= 120_000
  expect(answer.status).toBe(200)
  expect(await street.redis.look('EXISTS', `session:${session}`)).toBe(0)
  expect(await actions()).toContain('logout')
})

test.each([0, 1, 2, 3, 4, 5, 6, 7])(
  'an access token alone, its ending cut short after %i writes, and repeated until it is confirmed',
  async (after) => {
    const { street, phone, actions } = await openScene()
    const revoke = () => post(street, '/revoke', { token: phone.access_token })
    await street.redis.fail({ kind: 'cut', cut: { refuses: 'writes', after } })
    await revoke()
    await street.redis.heal()
    expect((await revoke()).status).toBe(200)
    expect((await street.call('GET', '/user', { token: phone.access_token })).status).toBe(401)
    expect(await actions()).toContain('token_revoked')
  },
)
