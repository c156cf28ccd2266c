/** What a guard has learnt from a list it does not unlearn: an ended token stays refused when no newer list can be had. */

import { describe, expect, test } from 'vitest'
import { ask, lineTo, listGuard } from '../support/guards.ts'
import { post } from '../support/oauth-clients.ts'
import { openStreet, type Person, type Street } from '../support/street.ts'

const STATUS_LIST_TTL = 30

const endings: [string, (street: Street, person: Person) => Promise<{ status: number }>][] = [
  ['logged out', (street, { access_token: token }) => street.call('POST', '/logout', { token })],
  ['revoked alone', (street, { access_token: token }) => post(street, '/revoke', { token }, null)],
]

describe.each(['open', 'closed'] as const)('onFault: %s', (onFault) => {
  test.each(endings)('a token that was %s, and the issuer gone for good', async (_, end) => {
    const street = await openStreet({ env: { STATUS_LIST_TTL: String(STATUS_LIST_TTL) } })
    const person = await street.signUp()
    const other = await street.signUp()
    let down = false
    const line = lineTo(street, () => (down ? Promise.reject(new TypeError('network')) : null))
    const guard = listGuard(street, line, { onFault })
    expect((await end(street, person)).status).toBe(200)
    expect(await ask(guard, person.access_token)).toBe('revoked')

    down = true
    street.clock.pass(STATUS_LIST_TTL + 1)

    for (let i = 0; i < 3; i++) {
      expect(await ask(guard, person.access_token)).toBe('revoked')
      // Of everybody else nothing is known any more.
      expect(await ask(guard, other.access_token)).toBe(
        onFault === 'open' ? 'passes unchecked' : 'unknown',
      )
      street.clock.pass(1)
    }
  })
})
