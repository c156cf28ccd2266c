/** A database whose nearest replica hears of everything late: who is asked decides when a logout is known, never whether it is. */

import { describe, expect, test } from 'vitest'
import { claimsOf, openStreet, type Street } from './support/street.ts'

/** Milliseconds, of real time: it is Redis that is late. */
const LATE = 400

const ask = async (street: Street, token: string): Promise<number> =>
  (await street.call('GET', '/user', { token })).status

/** Milliseconds until the token is answered so. */
async function until(street: Street, token: string, status: number): Promise<number> {
  const start = Date.now()
  while ((await ask(street, token)) !== status) {
    if (Date.now() - start > 10 * LATE) throw new Error(`not ${status} after ${10 * LATE} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return Date.now() - start
}

describe('READ_CONSISTENCY=primary, the standard', () => {
  test('a new session works at once', async () => {
    const street = await openStreet({ lateMs: LATE })
    const person = await street.signUp()
    expect(await ask(street, person.access_token)).toBe(200)
    const refreshed = await street.refresh(person.refresh_token)
    expect(await ask(street, String(refreshed.body.access_token))).toBe(200)
  })

  test.each(['/logout', '/logout?scope=local', '/logout/all'])(
    'after POST %s the token is refused at once',
    async (path) => {
      const street = await openStreet({ lateMs: LATE })
      const { access_token: token } = await street.signUp()
      expect(await ask(street, token)).toBe(200)
      await street.call('POST', path, { token })
      expect(await ask(street, token)).toBe(401)
    },
  )

  test('so is one of a session that was ended from another', async () => {
    const street = await openStreet({ lateMs: LATE })
    const laptop = await street.signUp()
    const [phone, tablet] = [await street.signIn(laptop), await street.signIn(laptop)]
    const token = laptop.access_token
    await street.call('DELETE', `/sessions/${claimsOf(phone.access_token).sid}`, { token })
    expect(await ask(street, phone.access_token)).toBe(401)
    await street.call('POST', '/logout?scope=others', { token })
    expect(await ask(street, tablet.access_token)).toBe(401)
    expect(await ask(street, token)).toBe(200)
  })

  test('so are a service, a banned user, and everyone', async () => {
    const street = await openStreet({ lateMs: LATE })
    const operator = await street.serviceToken()
    const [banned, other] = [await street.signUp(), await street.signUp()]
    const order = (method: string, path: string, body?: object) =>
      street.call(method, path, { token: operator, body })
    expect(
      (await order('PUT', `/admin/users/${banned.user.id}`, { ban_duration: '1h' })).status,
    ).toBe(200)
    expect(await ask(street, banned.access_token)).toBe(401)
    expect((await order('POST', '/admin/logout')).status).toBe(200)
    expect(await ask(street, other.access_token)).toBe(401)
    await street.call('POST', '/logout', { token: operator })
    expect((await order('GET', '/admin/users')).status).toBe(401)
  })

  test('what is shown is what is there now', async () => {
    const street = await openStreet({ lateMs: LATE })
    const person = await street.signUp()
    const token = person.access_token
    await street.call('PUT', '/user', { token, body: { data: { note: 'new' } } })
    expect((await street.call('GET', '/user', { token })).body.user_metadata).toEqual({
      note: 'new',
    })
    await street.signIn(person)
    const { body } = await street.call('GET', '/sessions', { token })
    expect(body.sessions).toHaveLength(2)
  })
})

describe('READ_CONSISTENCY=replica, and its price', () => {
  const openLateStreet = () => openStreet({ lateMs: LATE, env: { READ_CONSISTENCY: 'replica' } })

  test('a logged-out token works on until the replica has heard of it, and not for longer', async () => {
    const street = await openLateStreet()
    const { access_token: token } = await street.signUp()
    await until(street, token, 200)
    const answer = await street.call('POST', '/logout', { token })
    expect(answer.body).toMatchObject({ message: 'Logout successful', sessions_ended: 1 })
    expect(await ask(street, token)).toBe(200)
    const took = await until(street, token, 401)
    expect(took).toBeGreaterThan(LATE / 2)
    expect(await ask(street, token)).toBe(401)
  })

  test('a token that is revoked before the replica has heard of its session stays revoked, and that session goes on', async () => {
    const street = await openLateStreet()
    const { access_token: token, refresh_token } = await street.signUp()
    const answer = await street.call('POST', '/revoke', {
      body: `token=${token}`,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    })
    expect(answer.status).toBe(200)
    // Until the replica has heard of both.
    await new Promise((resolve) => setTimeout(resolve, 2 * LATE))
    expect(await ask(street, token)).toBe(401)
    expect((await street.refresh(refresh_token)).status).toBe(200)
  })

  test('a new session works only when the replica has heard of it', async () => {
    const street = await openLateStreet()
    const { access_token: token } = await street.signUp()
    expect(await ask(street, token)).toBe(401)
    await until(street, token, 200)
  })

  test('the logout itself is right at once: its refresh token is dead, and a repeat finds nothing left', async () => {
    const street = await openLateStreet()
    const person = await street.signUp()
    const token = person.access_token
    await until(street, token, 200)
    await street.call('POST', '/logout', { token })
    expect((await street.refresh(person.refresh_token)).status).toBe(400)
    expect((await street.call('POST', '/logout', { token })).body).toMatchObject({
      sessions_ended: 0,
    })
  })

  test('a session that is older than the logout and unknown to the replica is ended with the others', async () => {
    const street = await openLateStreet()
    const laptop = await street.signUp()
    const phone = await street.signIn(laptop)
    const answer = await street.call('POST', '/logout?scope=others', { token: laptop.access_token })
    expect(answer.body).toMatchObject({ scope: 'others', sessions_ended: 1 })
    expect((await street.refresh(phone.refresh_token)).status).toBe(400)
    // Until the replica has heard of all three.
    await new Promise((resolve) => setTimeout(resolve, 2 * LATE))
    expect(await ask(street, laptop.access_token)).toBe(200)
    expect(await ask(street, phone.access_token)).toBe(401)
  })

  test('what changes something asks the primary once more: an ended session changes nothing', async () => {
    const street = await openLateStreet()
    const person = await street.signUp()
    const token = person.access_token
    await until(street, token, 200)
    await street.call('POST', '/logout?scope=local', { token })
    expect(await ask(street, token)).toBe(200)
    for (const [method, path, body] of [
      ['PUT', '/user', { data: { note: 'too late' } }],
      ['PUT', '/user', { password: 'another fine phrase', current_password: person.password }],
      ['POST', '/reauthenticate', { password: person.password }],
      ['DELETE', '/user', { current_password: person.password }],
    ] as const) {
      const answer = await street.call(method, path, { token, body })
      expect(answer.status, `${method} ${path}`).toBe(401)
      expect(answer.body.error_code).toBe('session_not_found')
    }
    await street.signIn(person)
  })
})
