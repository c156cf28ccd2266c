/** Accounts whose making is cut short, so that nothing of it is undone: no address is taken by one who cannot sign in. */

import { expect, test } from 'vitest'
import { inWords } from './support/devices.ts'
import { GENEROUS } from './support/quotas.ts'
import { type Answer, openStreet, PASSWORD, type Street } from './support/street.ts'

const makings: [string, string, (street: Street, body: object) => Promise<Answer>][] = [
  [
    'a sign-up',
    '422 user_already_exists',
    (street, body) => street.call('POST', '/signup', { body }),
  ],
  [
    "an operator's",
    '422 email_exists',
    async (street, body) =>
      street.call('POST', '/admin/users', {
        token: await street.serviceToken(),
        body: { ...body, email_confirm: true },
      }),
  ],
]

test.each(makings)('%s, after each of its writes', async (_, taken, make) => {
  const street = await openStreet({ env: { ...GENEROUS, PASSWORD_BLOCKLIST: 'off' } })
  let after = 0
  for (let isCut = true; isCut; after++) {
    const body = { email: `cut-after-${after}@example.com`, password: PASSWORD }
    await street.redis.fail({ kind: 'cut', cut: { refuses: 'writes', after } })
    const first = await make(street, body)
    await street.redis.heal()
    isCut = first.status === 503
    // It may be there by now, and then it is whole.
    const again = await make(street, body)
    expect(inWords(again), `after ${after}`).toBeOneOf(['200', taken])
    const signIn = await street.call('POST', '/token?grant_type=password', { body })
    expect(inWords(signIn), `after ${after}`).toBe('200')
  }
  expect(after).toBeGreaterThan(4)
})
