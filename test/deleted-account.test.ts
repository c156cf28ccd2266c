/** An account that is deleted from one of its own sessions: of no session anything stays, neither of that one nor of the others. */

import { expect, test } from 'vitest'
import { openAdministrator } from './support/operators.ts'
import { keysOf } from './support/redis-contents.ts'
import { claimsOf, openStreet, PASSWORD, type Person } from './support/street.ts'

const deletions: [string, (admin: Person) => [string, object?]][] = [
  ['by its owner', () => ['/user', { current_password: PASSWORD }]],
  ['by an administrator, whose own it is', ({ user }) => [`/admin/users/${user.id}`]],
]

test.each(deletions)('%s', async (_, call) => {
  const street = await openStreet()
  const admin = await openAdministrator(street)
  const phone = await street.signIn(admin)
  const sessions = [admin, phone].map(({ access_token }) => String(claimsOf(access_token).sid))
  for (const session of sessions)
    expect(await keysOf(street.redis, `*${session}*`)).toEqual([
      `session:${session}`,
      `session:${session}:detail`,
    ])

  const [path, body] = call(admin)
  const answer = await street.call('DELETE', path, { token: admin.access_token, body })

  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  await street.settled()
  for (const session of sessions) expect(await keysOf(street.redis, `*${session}*`)).toEqual([])
  expect(await keysOf(street.redis, `*${admin.user.id}*`)).toEqual([`audit:${admin.user.id}`])
})
