/** Metadata and passwords that are odd but well-formed JSON: nothing that may be kept can keep its owner out. */

import { describe, expect, test } from 'vitest'
import { METADATA_DEPTH } from '../src/contract/metadata.ts'
import { type Answer, openStreet, PASSWORD, type Street } from './support/street.ts'

/** As text, a field, lists and a text, so many levels deep in all. By hand, for JSON.stringify is what it could break. */
const nested = (levels: number): string =>
  `{"a":${'['.repeat(levels - 1)}"deep"${']'.repeat(levels - 1)}}`

interface Writing {
  call: string
  /** The metadata comes in the place of `null`. */
  write: (street: Street, metadata: string) => Promise<Answer>
}

const email = () => `${crypto.randomUUID()}@example.com`
const send = (
  street: Street,
  [method, path]: [string, string],
  body: object,
  metadata: string,
  token?: string,
) =>
  street.call(method, path, {
    token,
    body: JSON.stringify(body).replace('null', metadata),
    headers: { 'Content-Type': 'application/json' },
  })

const writings: Writing[] = [
  {
    call: 'POST /signup',
    write: (street, metadata) =>
      send(
        street,
        ['POST', '/signup'],
        { email: email(), password: PASSWORD, data: null },
        metadata,
      ),
  },
  {
    call: 'PUT /user',
    async write(street, metadata) {
      const { access_token: token } = await street.signUp()
      return send(street, ['PUT', '/user'], { data: null }, metadata, token)
    },
  },
  {
    call: 'POST /admin/users',
    write: async (street, metadata) =>
      send(
        street,
        ['POST', '/admin/users'],
        { email: email(), user_metadata: null },
        metadata,
        await street.serviceToken(),
      ),
  },
  {
    call: 'PUT /admin/users/:id',
    async write(street, metadata) {
      const { user } = await street.signUp()
      return send(
        street,
        ['PUT', `/admin/users/${user.id}`],
        { app_metadata: null },
        metadata,
        await street.serviceToken(),
      )
    },
  },
]

test.each(writings)('$call takes metadata of so many levels and no more', async ({ write }) => {
  const street = await openStreet()
  expect((await write(street, nested(METADATA_DEPTH))).status).toBe(200)
  for (const levels of [METADATA_DEPTH + 1, 7000, 30_000])
    expect((await write(street, nested(levels))).status, String(levels)).toBe(422)
})

test.each(writings)('$call takes no number that would be kept as null', async ({ write }) => {
  const street = await openStreet()
  for (const number of ['1e999', '-1e999', '[{"b":[2e308]}]']) {
    const { status, body } = await write(street, `{"a":${number}}`)
    expect(status, number).toBe(422)
    expect(body.msg).toContain('must have no number beyond what a double can hold')
  }
  expect((await write(street, '{"a":[1.7976931348623157e308,-0,1e-999]}')).status).toBe(200)
})

test('the deepest that is kept comes with every token', async () => {
  const street = await openStreet()
  const person = await street.signUp()
  const data = JSON.parse(nested(METADATA_DEPTH))
  await street.call('PUT', '/user', { token: person.access_token, body: { data } })
  const signedIn = await street.signIn(person)
  expect(signedIn.user.user_metadata).toEqual(data)
  expect((await street.refresh(signedIn.refresh_token)).body.user).toMatchObject({
    user_metadata: data,
  })
})

describe('a password with half a character', () => {
  test('is refused, since all of them would be one', async () => {
    const street = await openStreet()
    const body = { email: email(), password: '\ud800'.repeat(8) }
    const answer = await street.call('POST', '/signup', {
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    })
    expect(answer.status).toBe(422)
    expect(answer.body.msg).toContain('well-formed')
    expect(await street.redis.look('ZCARD', 'users')).toBe(0)
  })

  test('so is the character that stands for bytes nobody could read', async () => {
    const street = await openStreet()
    const body = `email=${email()}&password=${'%E4'.repeat(12)}`
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const answer = await street.call('POST', '/token?grant_type=password', { body, headers: form })
    expect(answer.status).toBe(400)
    expect(answer.body.msg).toContain('well-formed')
  })

  test('is none when both halves are there', async () => {
    const street = await openStreet()
    const body = { email: email(), password: '\u{1f511}'.repeat(8) }
    expect((await street.call('POST', '/signup', { body })).status).toBe(200)
  })
})
