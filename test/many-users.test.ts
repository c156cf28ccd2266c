/** More accounts than are read from Redis at a time. */

import { expect, test } from 'vitest'
import { openStreet } from './support/street.ts'

test('one page of them has every one, newest first', async () => {
  const street = await openStreet()
  const token = await street.serviceToken()
  const made: string[] = []
  for (let number = 0; number < 201; number++) {
    street.clock.pass(0.001)
    const body = { email: `person-${number}@example.com` }
    const answer = await street.call('POST', '/admin/users', { token, body })
    expect(answer.status).toBe(200)
    made.unshift(String(answer.body.id))
  }
  const list = await street.call('GET', '/admin/users?per_page=1000', { token })
  const ids = (list.body.users as { id: string }[]).map(({ id }) => id)
  expect(ids).toEqual(made)
  expect(list.headers.get('X-Total-Count')).toBe('201')
  const found = await street.call('GET', '/admin/users?filter=person-&per_page=1000', { token })
  expect(found.body.users).toHaveLength(201)
})
