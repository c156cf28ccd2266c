/** Lists that come too old to be relied on: what they say of endings counts all the same, and an older one takes none back. */

import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { forge } from '../support/forging.ts'
import { ask, type Line, lineTo, listGuard } from '../support/guards.ts'
import { openKeyedStreet } from '../support/keyed-street.ts'
import { post } from '../support/oauth-clients.ts'
import { listOf, statusOf } from '../support/status-lists.ts'
import { openStreet, type Street } from '../support/street.ts'

const isList = (request: Request) => request.url.includes('/statuslists/')

/** A cache on the way: it answers with its first copy of each list, and says how old that is. */
function behindCache(street: Street, source: Street, isAsked = () => true): Line {
  const copies = new Map<string, { text: string; at: number }>()
  return lineTo(street, async (request) => {
    if (!isList(request)) return null
    const copy = copies.get(request.url) ?? {
      text: await (await source.fetch(request)).text(),
      at: street.clock.now,
    }
    copies.set(request.url, copy)
    const age = String(Math.floor((street.clock.now - copy.at) / 1000))
    return isAsked() ? new Response(copy.text, { headers: { Age: age } }) : null
  })
}

async function loggedOut() {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  expect((await street.call('POST', '/logout', { token })).status).toBe(200)
  return { street, token }
}

test('by a clock that is ahead by more than a list holds, who has ended stays refused even where a fault lets pass', async () => {
  const { street, token } = await loggedOut()
  const { access_token: living } = await street.signUp()
  const ahead = { onFault: 'open', now: () => street.clock.now + 40_000 } as const
  const guard = listGuard(street, lineTo(street), ahead)
  for (let i = 0; i < 3; i++) {
    expect(await ask(guard, token)).toBe('revoked')
    expect(await ask(guard, living)).toBe('passes unchecked')
    street.clock.pass(5)
  }
})

test('from a cache that holds a list for a minute, a guard that has just begun knows who ended before that', async () => {
  const { street, token } = await loggedOut()
  const line = behindCache(street, street)
  expect(await ask(listGuard(street, line, { onFault: 'open' }), token)).toBe('revoked')
  street.clock.pass(60)
  expect(await ask(listGuard(street, line, { onFault: 'open' }), token)).toBe('revoked')
})

test('a list that lapses at the very moment at which it comes is too old already', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const { text, claims } = await listOf(street, token)
  street.clock.now = claims.exp * 1000
  const line = lineTo(street, (request) => (isList(request) ? new Response(text) : null))
  expect(await ask(listGuard(street, line), token)).toBe('unknown')
})

test.each(['soon', '1e9', '5, 5', '0x10000'])(
  'an Age of %j is as none: the list holds, and is fetched once',
  async (age) => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const { text } = await listOf(street, token)
    const line = lineTo(street, (request) =>
      isList(request) ? new Response(text, { headers: { Age: age } }) : null,
    )
    const guard = listGuard(street, line)
    for (let i = 0; i < 2; i++) expect(await ask(guard, token)).toBe('passes')
    expect(line.lists()).toBe(1)
  },
)

const endings: [string, (street: Street, token: string) => Promise<{ status: number }>][] = [
  ['logged out', (street, token) => street.call('POST', '/logout', { token })],
  ['revoked alone', (street, token) => post(street, '/revoke', { token }, null)],
]

test.each(endings)(
  'a copy from when STATUS_LIST_TTL was an hour brings nobody back who was %s by a newer list',
  async (_, end) => {
    const before = await openStreet({ env: { STATUS_LIST_TTL: '3600' } })
    const { access_token: token } = await before.signUp()
    const { access_token: living } = await before.signUp()
    const after = await openStreet({ redis: before.redis, env: { STATUS_LIST_TTL: '30' } })
    after.clock.now = before.clock.now
    const pass = (seconds: number) => {
      before.clock.pass(seconds)
      after.clock.pass(seconds)
    }
    let isOld = false
    const guard = listGuard(
      after,
      behindCache(after, before, () => isOld),
    )
    expect(await ask(guard, token)).toBe('passes')
    pass(10)
    expect((await end(after, token)).status).toBe(200)
    pass(31)
    expect(await ask(guard, token)).toBe('revoked')

    isOld = true
    for (let i = 0; i < 3; i++) {
      pass(31)
      expect(await ask(guard, token)).toBe('revoked')
      // The copy does for the others, for as long as it was signed for.
      expect(await ask(guard, living)).toBe('passes')
    }
  },
)

test('the ending at the very last place of a list is not taken back by an older copy either', async () => {
  const street = await openKeyedStreet()
  const { key } = street
  const { access_token: real } = await street.signUp()
  const { uri } = statusOf(real)
  const { text } = await listOf(street, real)
  const status = { status_list: { idx: 15, uri } }
  const token = await forge(real, key, { claims: { status } })
  const iat = Math.floor(street.clock.now / 1000)
  const signed = (times: { iat: number; exp: number }, bytes: number[]) => {
    const lst = Buffer.from(deflateSync(Uint8Array.from(bytes))).toString('base64url')
    return forge(text, key, { claims: { ...times, status_list: { bits: 1, lst } } })
  }
  let list = await signed({ iat, exp: iat + 30 }, [0, 128])
  const guard = listGuard(
    street,
    lineTo(street, (request) => (isList(request) ? new Response(list) : null)),
  )
  expect(await ask(guard, token)).toBe('revoked')
  list = await signed({ iat: iat - 60, exp: iat + 3600 }, [0, 0])
  street.clock.pass(31)
  expect(await ask(guard, token)).toBe('revoked')
})

test('two old copies out of a cache, the newer one second, let no ended token back in either', async () => {
  const env = { ACCESS_TOKEN_TTL: '7200' }
  const before = await openStreet({ env: { ...env, STATUS_LIST_TTL: '3600' } })
  const { access_token: token } = await before.signUp()
  const after = await openStreet({
    redis: before.redis,
    env: { ...env, STATUS_LIST_TTL: '30' },
  })
  after.clock.now = before.clock.now
  const pass = (seconds: number) => {
    before.clock.pass(seconds)
    after.clock.pass(seconds)
  }
  const first = (await listOf(before, token)).text
  pass(900)
  const second = (await listOf(before, token)).text
  pass(10)
  expect((await after.call('POST', '/logout', { token })).status).toBe(200)
  let copy: string | null = null
  const line = lineTo(after, (request) =>
    isList(request) && copy !== null ? new Response(copy) : null,
  )
  const guard = listGuard(after, line)
  expect(await ask(guard, token)).toBe('revoked')

  for (const text of [first, second]) {
    copy = text
    // Each is renewed after half of its hour.
    pass(1801)
    for (let i = 0; i < 2; i++) expect(await ask(guard, token)).toBe('revoked')
  }
  expect(line.lists()).toBe(3)
})

describe('a copy that was made in the same step as the list with the ending, before it', () => {
  /** A guard that has heard of the ending, and what a cache took of the list a moment before. */
  async function openScene(onFault: 'open' | 'closed') {
    const street = await openStreet({ env: { STATUS_LIST_TTL: '30' } })
    const { access_token: token } = await street.signUp()
    // To the beginning of a step: lists are dated back to it.
    street.clock.pass(7 - (Math.floor(street.clock.now / 1000) % 7))
    let isOld = false
    const line = behindCache(street, street, () => isOld)
    const before = behindCache(street, street)
    expect(await ask(listGuard(street, before), token)).toBe('passes')
    const guard = listGuard(street, line, { onFault })
    expect(await ask(guard, token)).toBe('passes')
    street.clock.pass(1)
    expect((await street.call('POST', '/logout', { token })).status).toBe(200)
    street.clock.pass(1)
    const knowing = listGuard(street, line, { onFault })
    expect(await ask(knowing, token)).toBe('revoked')
    isOld = true
    return { street, token, guard: knowing }
  }

  test('takes nothing back while the list holds', async () => {
    const { street, token, guard } = await openScene('closed')
    for (let i = 0; i < 4; i++) {
      street.clock.pass(5)
      expect(await ask(guard, token)).toBe('revoked')
    }
  })

  test('nor once it has lapsed, where a fault lets pass', async () => {
    const { street, token, guard } = await openScene('open')
    street.clock.pass(31)
    for (let i = 0; i < 3; i++) {
      expect(await ask(guard, token)).toBe('revoked')
      street.clock.pass(1)
    }
  })
})

test.each(endings)(
  'of two lists of one step, by a clock that finds the first one due, the second refuses a token that was %s between them',
  async (_, end) => {
    const street = await openStreet({ env: { STATUS_LIST_TTL: '30' } })
    const { access_token: token } = await street.signUp()
    street.clock.pass(7 - (Math.floor(street.clock.now / 1000) % 7))
    const line = lineTo(street)
    const guard = listGuard(street, line, { now: () => street.clock.now + 20_000 })
    expect(await ask(guard, token)).toBe('passes')
    expect((await end(street, token)).status).toBe(200)
    street.clock.pass(1)
    // It has the second one fetched in the background.
    await ask(guard, token)

    expect(await ask(guard, token)).toBe('revoked')
    expect(line.lists()).toBe(2)
  },
)

test('after one list of an issuer whose clock was an hour ahead, lists are fetched as seldom as before', async () => {
  const street = await openStreet({ env: { STATUS_LIST_TTL: '30', ACCESS_TOKEN_TTL: '86400' } })
  const { access_token: token } = await street.signUp()
  const line = lineTo(street)
  let { now } = street.clock
  const guard = listGuard(street, line, { now: () => now })
  street.clock.pass(3600)
  expect(await ask(guard, token)).toBe('passes')
  const go = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      now += 1000
      street.clock.now = now
      expect(await ask(guard, token)).toBe('passes')
    }
  }
  await go(60)
  line.forget()
  await go(120)
  expect(line.lists()).toBeLessThan(12)
})
