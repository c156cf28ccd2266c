/** The documented API's own list of tests, by behaviour. */

import { beforeAll, describe, expect, test } from 'vitest'
import { openStreet, type Street } from './support/street.ts'

describe('Logout, as documented', () => {
  let street: Street
  const account = { email: 'test@example.com', password: 'password123' }
  const signIn = () =>
    street.call('POST', '/token', { body: { grant_type: 'password', ...account } })

  beforeAll(async () => {
    street = await openStreet({ env: { PASSWORD_BLOCKLIST: 'off' } })
    expect((await street.call('POST', '/signup', { body: account })).status).toBe(200)
  })

  test('succeeds with a valid token', async () => {
    const { body: session } = await signIn()
    const answer = await street.call('POST', '/logout', { token: String(session.access_token) })
    expect(answer.status).toBe(200)
    expect(answer.body).toHaveProperty('message')
    expect(answer.body.message).toContain('successful')
    expect(answer.body.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  test('succeeds when JSON is announced and nothing is sent, as in the documented call', async () => {
    const { body: session } = await signIn()
    const answer = await street.call('POST', '/logout', {
      token: String(session.access_token),
      headers: { 'Content-Type': 'application/json' },
    })
    expect(answer.status).toBe(200)
  })

  test('fails without a token', async () => {
    const answer = await street.call('POST', '/logout')
    expect(answer.status).toBe(401)
    expect(answer.body).toMatchObject({ code: 401, error_code: 'no_authorization' })
    expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer/)
  })

  test('invalidates refresh tokens', async () => {
    const { body: session } = await signIn()
    await street.call('POST', '/logout', { token: String(session.access_token) })
    const refreshed = await street.call('POST', '/token', {
      body: { grant_type: 'refresh_token', refresh_token: session.refresh_token },
    })
    expect(refreshed.status).toBe(400)
  })

  test('invalidates the access token on protected routes', async () => {
    const { body: session } = await signIn()
    const token = String(session.access_token)
    expect((await street.call('GET', '/user', { token })).status).toBe(200)
    await street.call('POST', '/logout', { token })
    const refused = await street.call('GET', '/user', { token })
    expect(refused.status).toBe(401)
    expect(refused.body).toEqual({
      code: 401,
      error_code: 'session_not_found',
      msg: 'Token has been invalidated',
    })
  })

  test('handles a logout from all devices', async () => {
    const { body: phone } = await signIn()
    const { body: laptop } = await signIn()
    const answer = await street.call('POST', '/logout/all', { token: String(phone.access_token) })
    expect(answer.status).toBe(200)
    expect(answer.body.message).toContain('all devices')
    expect((await street.call('GET', '/user', { token: String(laptop.access_token) })).status).toBe(
      401,
    )
  })

  test('succeeds again when the token is invalid already', async () => {
    const { body: session } = await signIn()
    const token = String(session.access_token)
    await street.call('POST', '/logout', { token })
    const again = await street.call('POST', '/logout', { token })
    expect(again.status).toBe(200)
    expect(again.body).toMatchObject({ sessions_ended: 0 })
  })
})
