/** Lists that come too old to be relied on: what they say of endings counts all the same, and an older one takes none back. */

import { expect, test } from 'vitest'
import { ask, type Line, lineTo, listGuard } from '../support/guards.ts'
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

test('a copy from when STATUS_LIST_TTL was an hour brings nobody back whom a newer list has ended', async () => {
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
  expect((await after.call('POST', '/logout', { token })).status).toBe(200)
  pass(31)
  expect(await ask(guard, token)).toBe('revoked')

  isOld = true
  for (let i = 0; i < 3; i++) {
    pass(31)
    expect(await ask(guard, token)).toBe('revoked')
    // The copy does for the others, for as long as it was signed for.
    expect(await ask(guard, living)).toBe('passes')
  }
})
