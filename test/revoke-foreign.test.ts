/** What another client gives up once it has ended: nobody's token any more, so it is answered as revoked, and nothing changes. */

import { expect, test } from 'vitest'
import { SESSION_IDLE_TTL } from '../src/domain/policy.ts'
import { API, CLIENTS, post, SPA } from './support/oauth-clients.ts'
import { dump } from './support/redis-dump.ts'
import { openStreet, type Street } from './support/street.ts'

const endings: [string, (street: Street, token: string) => Promise<unknown>][] = [
  ['by its owner', (street, token) => street.call('POST', '/logout?scope=local', { token })],
  [
    'with everyone’s',
    async (street) => street.call('POST', '/admin/logout', { token: await street.serviceToken() }),
  ],
  ['by itself', async (street) => street.clock.pass(SESSION_IDLE_TTL)],
]

test.each(endings)('%s', async (_, end) => {
  const street = await openStreet({ env: { CLIENTS } })
  const { email, password } = await street.signUp()
  const { body } = await post(street, '/token', { grant_type: 'password', email, password }, API)
  const tokens = [String(body.access_token), String(body.refresh_token)]
  for (const token of tokens) {
    const refused = await post(street, '/revoke', { token }, SPA)
    expect(refused).toMatchObject({ status: 400, body: { error_code: 'token_of_another_client' } })
  }
  await end(street, tokens[0] ?? '')
  await street.settled()
  const before = await dump(street.redis)

  for (const token of tokens) {
    const answer = await post(street, '/revoke', { token }, SPA)
    expect([answer.status, answer.body]).toEqual([200, {}])
  }

  await street.settled()
  expect(await dump(street.redis)).toEqual(before)
})
