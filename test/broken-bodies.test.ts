/** A body that breaks off: its sender is gone, nothing is changed, and the log calls it no fault of ours. */

import { describe, expect, test } from 'vitest'
import { brokenBody } from './support/broken-body.ts'
import { openStreet, PASSWORD, type Street } from './support/street.ts'

interface Half {
  method: string
  path: string
  headers: Record<string, string>
  body: string
}

const sendHalf = (street: Street, { method, path, headers, body }: Half): Promise<Response> =>
  street.fetch(new Request(`http://localhost${path}`, { method, headers, body: brokenBody(body) }))

const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'
const half = { email: 'half@example.com', password: PASSWORD }

const lengths: [string, (body: string) => Record<string, string>][] = [
  ['of a length that it tells', (body) => ({ 'Content-Length': String(body.length) })],
  ['of unknown length', () => ({})],
]

describe.each(lengths)('a body %s', (_, lengthOf) => {
  test.each([
    ['POST', '/signup', JSON_TYPE, JSON.stringify(half)],
    ['POST', '/token?grant_type=password', JSON_TYPE, JSON.stringify(half)],
    ['PUT', '/user', JSON_TYPE, '{"data":{"half":true}}'],
    ['DELETE', '/user', JSON_TYPE, '{"nothing":"that is read"}'],
    ['POST', '/reauthenticate', JSON_TYPE, JSON.stringify({ password: PASSWORD })],
    ['POST', '/revoke', FORM_TYPE, 'token=something&client_id=curfew'],
  ])('%s %s: 400, and nothing happened', async (method, path, type, body) => {
    const street = await openStreet()
    const person = await street.signUp()
    const token = person.access_token
    await street.settled()
    await street.redis.forget()
    street.logs.length = 0

    const headers = { 'Content-Type': type, Authorization: `Bearer ${token}`, ...lengthOf(body) }
    const answer = await sendHalf(street, { method, path, headers, body })

    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      code: 400,
      error_code: 'body_incomplete',
      msg: 'The body broke off before its end. Nothing was changed.',
    })
    expect(street.logs).toMatchObject([{ level: 'warn', status: 400, reason: 'body_broken' }])
    await street.settled()
    expect(await street.redis.requests()).toEqual([])
    const me = await street.call('GET', '/user', { token })
    expect(me.body).toMatchObject({ email: person.email, user_metadata: {} })
  })
})

test('a logout reads no body that tells its length, so it happens all the same', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const body = '{"nothing":"that is read"}'
  const headers = { Authorization: `Bearer ${token}`, 'Content-Length': String(body.length) }
  const answer = await sendHalf(street, { method: 'POST', path: '/logout', headers, body })
  expect(answer.status).toBe(200)
  expect((await street.call('GET', '/user', { token })).status).toBe(401)
})
