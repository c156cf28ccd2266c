/** What ends a session writes it down, whichever call finishes it. */

import { expect, test } from 'vitest'
import { blacklistToken } from '../src/store/token-scripts.ts'
import { post } from './support/oauth-clients.ts'
import { withAnswersLost } from './support/on-the-way.ts'
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

test('a session whose mark was lost, by its refresh, once', async () => {
  const { street, phone, session, actions } = await openScene()
  await street.redis.look('DEL', `session:${session}`)
  for (let times = 0; times < 2; times++)
    expect((await street.refresh(phone.refresh_token)).status).toBe(400)
  expect((await actions()).filter((action) => action === 'session_ended')).toHaveLength(1)
})

test('not one that ended by itself, where a Worker’s clock and Redis’ own differ by a moment', async () => {
  const { street, phone, session, actions } = await openScene()
  const ends = Number(
    ((await street.redis.look('GET', `session:${session}`)) as string).split(' ').at(-1),
  )
  street.clock.now = ends - 3000
  await street.redis.look('DEL', `session:${session}`, `session:${session}:detail`)
  expect((await street.refresh(phone.refresh_token)).status).toBe(400)
  expect(await actions()).not.toContain('session_ended')
})

test('what the end of everyone has ended is not written down as ended again', async () => {
  const { street, laptop, phone, session, actions } = await openScene()
  const before = await actions()
  await street.call('POST', '/admin/logout', { token: await street.serviceToken() })
  expect((await street.refresh(laptop.refresh_token)).status).toBe(400)
  const logout = await street.call('POST', '/logout?scope=local', { token: phone.access_token })
  expect(logout.status).toBe(200)
  expect(await street.redis.look('EXISTS', `session:${session}`)).toBe(0)
  expect(await actions()).toEqual(before)
})

test('a logout everywhere by a session that has lost its mark: of that one only, by another name', async () => {
  const { street, phone, session, actions } = await openScene()
  await street.redis.look('DEL', `session:${session}`)
  const answer = await street.call('POST', '/logout/all', { token: phone.access_token })
  expect(answer.body).toMatchObject({ scope: 'local', sessions_ended: 0 })
  const all = await actions()
  expect(all).toContain('session_ended')
  expect(all).not.toContain('logout')
})

test.each([0, 1, 2, 3, 4, 5, 6])(
  "a service's token, its ending cut short after %i writes, and repeated until it is confirmed",
  async (after) => {
    const { street } = await openScene()
    const token = await street.serviceToken()
    const logout = () => street.call('POST', '/logout', { token })
    await street.redis.fail({ kind: 'cut', cut: { refuses: 'writes', after } })
    await logout()
    await street.redis.heal()
    expect((await logout()).status).toBe(200)
    const told = (await entriesOf(street.redis, 'audit')).map(({ action }) => action)
    expect(told).toContain('token_revoked')
  },
)

test('an access token alone, after many sessions that were given up by their refresh tokens', async () => {
  const { street, laptop, actions } = await openScene()
  for (let times = 0; times < 12; times++) {
    const { refresh_token } = await street.signIn(laptop)
    expect((await post(street, '/revoke', { token: refresh_token })).status).toBe(200)
  }
  const before = (await actions()).length
  expect((await post(street, '/revoke', { token: laptop.access_token })).status).toBe(200)
  expect((await actions()).slice(before)).toEqual(['token_revoked'])
})

test('a session that is given up by a replaced refresh token: that is no theft, and not told as one', async () => {
  const { street, phone, session, actions } = await openScene()
  expect((await street.refresh(phone.refresh_token)).status).toBe(200)
  street.clock.pass(60)
  expect((await post(street, '/revoke', { token: phone.refresh_token })).status).toBe(200)
  expect(await street.redis.look('EXISTS', `session:${session}`)).toBe(0)
  expect((await actions()).at(-1)).toBe('token_revoked')
})

test('an access token alone, whose answer is lost, once', async () => {
  const { street, phone, actions } = await openScene()
  const revoke = () => post(street, '/revoke', { token: phone.access_token })
  expect((await withAnswersLost(blacklistToken, revoke)).status).toBe(200)
  expect((await actions()).filter((action) => action === 'token_revoked')).toHaveLength(1)
})
