/** The end of a single token at a guard whose clock is late, or which tolerates that: it holds as long as the token might pass. */

import { describe, expect, test } from 'vitest'
import {
  ACCESS_TOKEN_TTL,
  CLOCK_LAG_MAX,
  CLOCK_TOLERANCE_MAX,
  PASSES_AFTER_EXPIRY,
  SERVICE_TOKEN_TTL,
  STATUS_LIST_TTL,
} from '../../src/domain/policy.ts'
import { tokenId } from '../support/devices.ts'
import { ask, lineTo, listGuard, strictGuard } from '../support/guards.ts'
import { post } from '../support/oauth-clients.ts'
import { listOf, statusOf } from '../support/status-lists.ts'
import { claimsOf, openStreet, type Street } from '../support/street.ts'

const modes = [
  { mode: 'strict', make: strictGuard },
  { mode: 'status-list', make: listGuard },
]
const tolerant = { clockTolerance: CLOCK_TOLERANCE_MAX }

async function revoke(street: Street, token: string): Promise<void> {
  expect((await post(street, '/revoke', { token }, null)).status).toBe(200)
}

/** Redis goes by its own clock, which nobody turns: what it has left is what it is asked for. */
async function expectKept(street: Street, token: string, seconds: number): Promise<void> {
  const left = Number(await street.redis.look('PTTL', `blacklist:${tokenId(token)}`))
  expect(left).toBeGreaterThan((seconds - 60) * 1000)
}

/** A guard as tolerant as can be, its clock as far behind as can be: nowhere does a token pass for longer. */
const lateTolerant = (street: Street) => ({
  ...tolerant,
  now: () => street.clock.now - (CLOCK_LAG_MAX - 1) * 1000,
})

describe.each(modes)('$mode', ({ make }) => {
  test('an access token that was revoked alone is refused by a guard that tolerates and is late, until it expires there too', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const guard = make(street, lineTo(street), lateTolerant(street))
    street.clock.pass(ACCESS_TOKEN_TTL + CLOCK_TOLERANCE_MAX + 1)
    expect(await ask(guard, token)).toBe('passes')

    await revoke(street, token)

    street.clock.pass(STATUS_LIST_TTL + 1)
    expect(await ask(guard, token)).toBe('revoked')
    street.clock.pass(CLOCK_LAG_MAX - STATUS_LIST_TTL - 4)
    expect(await ask(guard, token)).toBe('revoked')
    street.clock.pass(2)
    expect(await ask(guard, token)).toBe('expired')
    // Redis keeps it by a clock of its own, which nobody turns: by its time, the token is new.
    await expectKept(street, token, PASSES_AFTER_EXPIRY - CLOCK_TOLERANCE_MAX - 1)
  })

  test('an access token that was revoked alone is refused until its time is over by every clock', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const guard = make(street, lineTo(street), tolerant)
    expect(await ask(guard, token)).toBe('passes')

    await revoke(street, token)

    await expectKept(street, token, ACCESS_TOKEN_TTL + PASSES_AFTER_EXPIRY)
    // The session goes on, so nothing but the token's own end is there to be known.
    street.clock.pass(ACCESS_TOKEN_TTL + 1)
    expect(await ask(guard, token)).toBe('revoked')
    street.clock.pass(CLOCK_TOLERANCE_MAX - 2)
    expect(await ask(guard, token)).toBe('revoked')
    street.clock.pass(1)
    expect(await ask(guard, token)).toBe('expired')
  })

  test('one that has just expired can still be revoked', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const guard = make(street, lineTo(street), tolerant)
    street.clock.pass(ACCESS_TOKEN_TTL + 1)
    expect(await ask(guard, token)).toBe('passes')

    await revoke(street, token)

    street.clock.pass(31)
    expect(await ask(guard, token)).toBe('revoked')
  })
})

test('a list names an ended token for as long as somebody may take it, whichever ends after it', async () => {
  const street = await openStreet()
  const { access_token: early, refresh_token } = await street.signUp()
  street.clock.pass(ACCESS_TOKEN_TTL - 100)
  const { body } = await street.refresh(refresh_token)
  const late = String(body.access_token)
  const list = statusOf(late).uri.split('/').at(-1)
  const left = async () =>
    Number(await street.redis.look('PTTL', `statuslist:${list}:tokens`)) / 1000
  await revoke(street, early)
  expect(await left()).toBeGreaterThan(40 + PASSES_AFTER_EXPIRY)
  await revoke(street, late)
  const life = ACCESS_TOKEN_TTL + PASSES_AFTER_EXPIRY
  expect(await left()).toBeGreaterThan(life - 60)

  const other = await openStreet({ redis: street.redis })
  other.clock.now = street.clock.now
  const again = await other.signUp()
  other.clock.pass(ACCESS_TOKEN_TTL - 100)
  await revoke(other, again.access_token)
  expect(await left()).toBeGreaterThan(life - 60)
  expect(await left()).toBeLessThanOrEqual(life)
})

test('and no longer, though nobody ends another one since', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  await revoke(street, token)
  const named = async () => (await listOf(street, token)).claims.revoked_tokens
  street.clock.pass(ACCESS_TOKEN_TTL + PASSES_AFTER_EXPIRY - 1)
  expect(await named()).toEqual([claimsOf(token).jti])
  street.clock.pass(2)
  expect(await named()).toBeUndefined()
})

test.each([60, 3600])(
  'by a clock that is %d s late, a list is gone by no longer for that',
  async (late) => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const line = lineTo(street)
    const guard = listGuard(street, line, { now: () => street.clock.now - late * 1000 })
    expect(await ask(guard, token)).toBe('passes')

    expect((await street.call('POST', '/logout', { token })).status).toBe(200)
    street.clock.pass(31)

    expect(await ask(guard, token)).toBe('revoked')
    expect(line.lists()).toBe(2)
  },
)

test('by a clock that is late, a list is renewed after half of its life as by any other', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const line = lineTo(street)
  const guard = listGuard(street, line, { now: () => street.clock.now - 60_000 })
  expect(await ask(guard, token)).toBe('passes')
  street.clock.pass(16)
  expect(await ask(guard, token)).toBe('passes')
  expect(line.lists()).toBe(2)
})

test('a list from an issuer whose clock is ahead is not gone by for longer either', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const ahead = await openStreet({ redis: street.redis })
  ahead.clock.now = street.clock.now + 60_000
  let issuer = ahead
  const line = lineTo(street, (request) => issuer.fetch(request))
  const guard = listGuard(street, line)
  expect(await ask(guard, token)).toBe('passes')
  issuer = street

  expect((await street.call('POST', '/logout', { token })).status).toBe(200)
  street.clock.pass(31)

  expect(await ask(guard, token)).toBe('revoked')
  expect(line.lists()).toBe(2)
  expect(await ask(guard, token)).toBe('revoked')
  expect(line.lists()).toBe(2)
})

test('a service token that has just expired can still be logged out', async () => {
  const street = await openStreet()
  const token = await street.serviceToken()
  const guard = strictGuard(street, lineTo(street), tolerant)
  street.clock.pass(SERVICE_TOKEN_TTL + 1)
  expect(await ask(guard, token)).toBe('passes')

  expect((await street.call('POST', '/logout', { token })).status).toBe(200)

  expect(await ask(guard, token)).toBe('revoked')
})

test('so can one that only a guard which tolerates and is late takes still', async () => {
  const street = await openStreet()
  const token = await street.serviceToken()
  const guard = strictGuard(street, lineTo(street), lateTolerant(street))
  street.clock.pass(SERVICE_TOKEN_TTL + CLOCK_TOLERANCE_MAX + 1)
  expect(await ask(guard, token)).toBe('passes')

  expect((await street.call('POST', '/logout', { token })).status).toBe(200)

  expect(await ask(guard, token)).toBe('revoked')
})

test('a list that a cache held for a while is not relied on for longer by a guard whose clock is late', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const begun = street.clock.now
  const held = 5
  let down = false
  const line = lineTo(street, async (request) => {
    if (!request.url.includes('/statuslists/')) return null
    if (down) throw new TypeError('The network is down.')
    street.clock.now = begun
    const { body, headers } = await street.fetch(request)
    street.clock.pass(held)
    return new Response(body, { headers: { ...Object.fromEntries(headers), Age: String(held) } })
  })
  street.clock.pass(held)
  const guard = listGuard(street, line, {
    // By so much that the list seems to be of the future.
    now: () => street.clock.now - 60_000,
    clockTolerance: CLOCK_TOLERANCE_MAX,
  })
  expect(await ask(guard, token)).toBe('passes')
  down = true
  street.clock.now = begun + (STATUS_LIST_TTL - 1) * 1000
  expect(await ask(guard, token)).toBe('passes')
  street.clock.pass(1)
  expect(await ask(guard, token)).toBe('unknown')
})

test('nor is a list that was long on its way', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  let down = false
  const line = lineTo(street, async (request) => {
    if (!request.url.includes('/statuslists/')) return null
    if (down) throw new TypeError('The network is down.')
    const answer = await street.fetch(request)
    street.clock.pass(5)
    return answer
  })
  const guard = listGuard(street, line, { now: () => street.clock.now - 60_000 })
  const asked = street.clock.now
  expect(await ask(guard, token)).toBe('passes')
  down = true
  street.clock.now = asked + (STATUS_LIST_TTL - 1) * 1000
  expect(await ask(guard, token)).toBe('passes')
  street.clock.pass(1)
  expect(await ask(guard, token)).toBe('unknown')
})

const proofs: [string, (street: Street, refreshed: Record<string, unknown>) => Promise<number>][] =
  [
    [
      'a logout',
      async (street, { access_token }) =>
        (await street.call('POST', '/logout', { token: String(access_token) })).status,
    ],
    [
      'the revocation of the refresh token',
      async (street, { refresh_token }) =>
        (await post(street, '/revoke', { token: String(refresh_token) }, null)).status,
    ],
  ]
test.each(
  proofs.flatMap(([by, end]) => [
    { by, end, guard: 'tolerates that', over: 2, options: () => tolerant },
    {
      by,
      end,
      guard: 'tolerates it and is late',
      over: CLOCK_TOLERANCE_MAX + 2,
      options: lateTolerant,
    },
  ]),
)(
  '$by after the session’s own time reaches a guard that $guard',
  async ({ end, over, options }) => {
    const street = await openStreet({
      env: { SESSION_ABSOLUTE_TTL: '1000', SESSION_IDLE_TTL: '1000' },
    })
    const person = await street.signUp()
    const guard = listGuard(street, lineTo(street), options(street))
    street.clock.pass(500)
    const { body } = await street.refresh(person.refresh_token)
    street.clock.pass(500 + over)
    const token = String(body.access_token)
    expect(await ask(guard, token)).toBe('passes')

    expect(await end(street, body)).toBe(200)

    street.clock.pass(STATUS_LIST_TTL + 1)
    expect(await ask(guard, token)).toBe('revoked')
  },
)
