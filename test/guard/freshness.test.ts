/** maxAge to the millisecond, and by which clock tolerance. */

import { expect, test } from 'vitest'
import { ask, lineTo, listGuard, strictGuard } from '../support/guards.ts'
import { openStreet } from '../support/street.ts'

test.each([
  ['by default', undefined, 305],
  ['without any tolerance', 0, 300],
  ['with a minute', 60, 360],
])(
  'a sign-in of five minutes ago is fresh up to that and the tolerance: %s',
  async (_, clockTolerance, last) => {
    const street = await openStreet()
    // Tokens tell whole seconds.
    street.clock.now = Math.ceil(street.clock.now / 1000) * 1000
    const { access_token: token } = await street.signUp()
    const guards = [strictGuard, listGuard].map((make) =>
      make(street, lineTo(street), { maxAge: 300, clockTolerance }),
    )
    street.clock.pass(last)
    for (const guard of guards) expect(await ask(guard, token)).toBe('passes')
    street.clock.pass(0.001)
    for (const guard of guards) expect(await ask(guard, token)).toBe('stale')
  },
)

test('a route that wants a sign-in of this very moment gets it, though its guard allows five minutes', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  street.clock.pass(2)
  for (const make of [strictGuard, listGuard]) {
    const guard = make(street, lineTo(street), { maxAge: 300, clockTolerance: 0 })
    expect(await ask(guard, token, { maxAge: 0 })).toBe('stale')
  }
})
