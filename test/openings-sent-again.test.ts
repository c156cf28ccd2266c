/** Sign-ups and sign-ins whose answer is lost, and which are sent again after their session has ended: told as failed, and nobody is in. */

import { expect, test } from 'vitest'
import { openSession } from '../src/store/session-scripts.ts'
import { inWords } from './support/devices.ts'
import { withAnswersLost } from './support/on-the-way.ts'
import { keysOf, sessionsOf } from './support/redis-contents.ts'
import { openStreet, PASSWORD } from './support/street.ts'

test('a sign-in, while its user is logged out everywhere', async () => {
  const street = await openStreet()
  const { email, access_token: token, user } = await street.signUp()
  const answer = await withAnswersLost(
    openSession,
    () =>
      street.call('POST', '/token?grant_type=password', { body: { email, password: PASSWORD } }),
    async () => expect((await street.call('POST', '/logout/all', { token })).status).toBe(200),
  )
  expect(inWords(answer)).toBe('400 invalid_credentials')
  expect(await sessionsOf(street.redis, user.id)).toEqual([])
  expect(await keysOf(street.redis, 'session:*')).toEqual([])
  await street.signIn({ email })
})

test('a sign-up, while everyone is logged out', async () => {
  const street = await openStreet()
  const body = { email: 'once@example.com', password: PASSWORD }
  const answer = await withAnswersLost(
    openSession,
    () => street.call('POST', '/signup', { body }),
    async () => {
      const token = await street.serviceToken()
      expect((await street.call('POST', '/admin/logout', { token })).status).toBe(200)
    },
  )
  expect(inWords(answer)).toBe('422 user_already_exists')
  // The account is there, so its owner signs in.
  await street.signIn(body)
})
