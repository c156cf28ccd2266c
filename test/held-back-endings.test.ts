/** The ending of one session, on its way to Redis while its asker is logged out: what was let in before is not done after. */

import { describe, expect, test } from 'vitest'
import { endSessions } from '../src/store/session-scripts.ts'
import { tokenId } from './support/devices.ts'
import { holdBack, withAnswersLost } from './support/on-the-way.ts'
import { blacklistOf } from './support/owner-records.ts'
import { entriesOf } from './support/redis-contents.ts'
import { claimsOf, openStreet, type Street } from './support/street.ts'

async function openTwo() {
  const street = await openStreet()
  const laptop = await street.signUp()
  const phone = await street.signIn(laptop)
  const session = String(claimsOf(phone.access_token).sid)
  const end = () => street.call('DELETE', `/sessions/${session}`, { token: laptop.access_token })
  const works = async (token: string) =>
    (await street.call('GET', '/user', { token })).status === 200
  const endings = async () =>
    (await entriesOf(street.redis, `audit:${laptop.user.id}`)).filter(
      ({ action }) => action === 'session_ended',
    )
  return { street, laptop, phone, end, works, endings }
}

const logouts: [string, (street: Street, token: string) => Promise<unknown>][] = [
  ['logged out', (street, token) => street.call('POST', '/logout?scope=local', { token })],
  [
    'revoked alone',
    (street, token) =>
      street.call('POST', '/revoke', {
        body: new URLSearchParams({ token }).toString(),
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      }),
  ],
]

describe.each(logouts)('asked for with a token that is %s meanwhile', (_, logout) => {
  test('ends nothing, and says that the token works no more', async () => {
    const { street, laptop, phone, end, works, endings } = await openTwo()
    const held = holdBack(endSessions)
    const answer = end()
    await held.caught
    await logout(street, laptop.access_token)
    held.release()

    expect(await answer).toMatchObject({ status: 401, body: { error_code: 'session_not_found' } })
    expect(await works(phone.access_token)).toBe(true)
    expect(await endings()).toEqual([])
  })
})

test('of the own session, with a token that is revoked alone meanwhile: ends nothing either', async () => {
  const { street, laptop, works } = await openTwo()
  const { access_token: token } = laptop
  const held = holdBack(endSessions)
  const answer = street.call('DELETE', `/sessions/${claimsOf(token).sid}`, { token })
  await held.caught
  const [, revoke] = logouts[1] ?? []
  await revoke?.(street, token)
  held.release()

  expect(await answer).toMatchObject({ status: 401, body: { error_code: 'session_not_found' } })
  const next = await street.refresh(laptop.refresh_token)
  expect(await works(String(next.body.access_token))).toBe(true)
})

test('whose answer is lost, and the asker is logged out before it is sent again: done, and told so', async () => {
  const { street, laptop, phone, end, works, endings } = await openTwo()
  const answer = await withAnswersLost(endSessions, end, () =>
    street.call('POST', '/logout?scope=local', { token: laptop.access_token }),
  )
  expect(answer).toMatchObject({ status: 200, body: { sessions_ended: 1 } })
  expect(await works(phone.access_token)).toBe(false)
  expect(await endings()).toHaveLength(1)
})

test('which has ended meanwhile: there is no such session, and nothing is written down', async () => {
  const { street, laptop, phone, end, works, endings } = await openTwo()
  const held = holdBack(endSessions)
  const answer = end()
  await held.caught
  await street.call('POST', '/logout?scope=local', { token: phone.access_token })
  held.release()

  expect(await answer).toMatchObject({ status: 404, body: { error_code: 'session_unknown' } })
  expect(await works(laptop.access_token)).toBe(true)
  expect(await endings()).toEqual([])
})

test('which is the asker’s own: ended, its refresh token and its access token too', async () => {
  const { street, laptop, works, endings } = await openTwo()
  const { access_token: token, refresh_token } = laptop
  const answer = await street.call('DELETE', `/sessions/${String(claimsOf(token).sid)}`, { token })
  expect(answer).toMatchObject({ status: 200, body: { scope: 'session', sessions_ended: 1 } })
  expect(await works(token)).toBe(false)
  // For whoever goes by the token alone.
  expect(Object.keys(await blacklistOf(street))).toEqual([tokenId(token)])
  expect((await street.refresh(refresh_token)).status).toBe(400)
  expect(await endings()).toHaveLength(1)
})

test('is seen through by the runtime, whether or not its asker waits for the answer', async () => {
  const { street, laptop, works } = await openTwo()
  const kept: Promise<unknown>[] = []
  const context = {
    waitUntil: (work: Promise<unknown>) => void kept.push(work),
    passThroughOnException: () => {},
    props: {},
  }
  const headers = { Authorization: `Bearer ${laptop.access_token}` }
  expect((await street.app.request('/user', { headers }, {}, context)).status).toBe(200)
  expect(kept).toEqual([])

  const held = holdBack(endSessions)
  const answer = street.app.request('/logout?scope=local', { method: 'POST', headers }, {}, context)
  await held.caught
  expect(kept).toHaveLength(1)
  held.release()
  await kept[0]

  expect(await works(laptop.access_token)).toBe(false)
  expect((await answer).status).toBe(200)
})

test('of the others, whose answer is lost and who signs in before it is sent again: the newcomer stays', async () => {
  const { street, laptop, phone, works } = await openTwo()
  let newcomer = ''
  const answer = await withAnswersLost(
    endSessions,
    () => street.call('POST', '/logout?scope=others', { token: laptop.access_token }),
    async () => {
      newcomer = (await street.signIn(laptop)).access_token
    },
  )
  expect(answer.status).toBe(200)
  expect(await works(phone.access_token)).toBe(false)
  expect(await works(newcomer)).toBe(true)
  const entries = await entriesOf(street.redis, `audit:${laptop.user.id}`)
  expect(entries.filter(({ action }) => action === 'logout')).toHaveLength(1)
})

test('of all devices by a replaced cookie, whose answer is lost: refused each time, and never told as done', async () => {
  const { street, laptop, phone, works } = await openTwo()
  await street.refresh(phone.refresh_token)
  street.clock.pass(31)
  const answer = await withAnswersLost(endSessions, () =>
    street.call('POST', '/logout?scope=global', {
      headers: {
        Origin: 'http://localhost',
        'Sec-Fetch-Site': 'same-origin',
        'X-Curfew-Transport': 'cookie',
        Cookie: `__Host-curfew-refresh=${phone.refresh_token}`,
      },
    }),
  )
  expect(answer).toMatchObject({ status: 400, body: { error_code: 'refresh_token_not_found' } })
  expect([await works(laptop.access_token), await works(phone.access_token)]).toEqual([true, false])
})
