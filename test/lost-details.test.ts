/** A session whose details are lost: nobody can say when its password was proven, so nothing that needs a proof is done in it. */

import { expect, test } from 'vitest'
import { inWords } from './support/devices.ts'
import { contentsOf } from './support/redis-contents.ts'
import { claimsOf, openStreet, PASSWORD } from './support/street.ts'

const calls: [string, string, object | undefined][] = [
  ['the end of the account', 'DELETE', undefined],
  ['the end of the account, with the password', 'DELETE', { current_password: PASSWORD }],
  ['another address', 'PUT', { email: 'elsewhere@example.com' }],
  [
    'another address, with the password',
    'PUT',
    { email: 'elsewhere@example.com', current_password: PASSWORD },
  ],
]

test.each(calls)('%s', async (_, method, body) => {
  const street = await openStreet()
  const laptop = await street.signUp()
  const phone = await street.signIn(laptop)
  const { sid } = claimsOf(laptop.access_token)
  expect(await street.redis.look('DEL', `session:${sid}:detail`)).toBe(1)
  await street.settled()
  const kept = () => contentsOf(street.redis, { without: ['limit:'] })
  const before = await kept()

  const answer = await street.call(method, '/user', { token: laptop.access_token, body })

  expect(inWords(answer)).toBe('401 session_not_found')
  await street.settled()
  expect(await kept()).toEqual(before)
  expect((await street.call('GET', '/user', { token: phone.access_token })).status).toBe(200)
})
