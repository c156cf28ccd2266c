/** An operator's order on its way to Redis while the account is deleted: there is no such account, and nothing of it comes back. */

import { expect, test } from 'vitest'
import { changeAccount, removeAccount } from '../src/store/account-scripts.ts'
import { endAllOf, endOneOf } from '../src/store/operator-scripts.ts'
import type { Script } from '../src/store/script.ts'
import { inWords } from './support/devices.ts'
import { holdBack } from './support/on-the-way.ts'
import { dump } from './support/redis-dump.ts'
import { claimsOf, openStreet, type Person } from './support/street.ts'

interface Order {
  what: string
  script: Script
  method: string
  path?: (person: Person) => string
  body?: object
  refusal?: string
}

const orders: Order[] = [
  { what: 'a ban', script: changeAccount, method: 'PUT', body: { ban_duration: '1h' } },
  { what: 'a role', script: changeAccount, method: 'PUT', body: { role: 'editor' } },
  {
    what: 'a password',
    script: changeAccount,
    method: 'PUT',
    body: { password: 'battery horse correct' },
  },
  {
    what: 'an address',
    script: changeAccount,
    method: 'PUT',
    body: { email: 'elsewhere@example.com' },
  },
  { what: 'metadata', script: changeAccount, method: 'PUT', body: { app_metadata: { a: 1 } } },
  { what: 'its deletion', script: removeAccount, method: 'DELETE' },
  { what: 'the end of its sessions', script: endAllOf, method: 'POST', path: () => '/logout' },
  {
    what: 'the end of one of them',
    script: endOneOf,
    method: 'DELETE',
    path: ({ access_token }) => `/sessions/${claimsOf(access_token).sid}`,
    refusal: '404 session_unknown',
  },
]

test.each(orders)('$what', async ({ script, method, path, body, refusal }) => {
  const street = await openStreet()
  const person = await street.signUp()
  const token = await street.serviceToken()
  const account = `/admin/users/${person.user.id}`
  const held = holdBack(script)
  const late = street.call(method, `${account}${path?.(person) ?? ''}`, { token, body })
  await held.caught
  expect((await street.call('DELETE', account, { token })).status).toBe(200)
  const before = await dump(street.redis)
  held.release()

  expect(inWords(await late)).toBe(refusal ?? '404 user_not_found')
  await street.settled()
  expect(await dump(street.redis)).toEqual(before)
  // Whoever comes now is somebody new.
  expect((await street.signUp(person.email)).user.id).not.toBe(person.user.id)
})
