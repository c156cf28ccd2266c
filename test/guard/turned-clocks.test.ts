/**
 * A guard whose clock is turned back: what it keeps is gone by no longer for that, and it is closed no longer either. And a guard
 * whose clock does not answer epoch milliseconds.
 */

import { expect, test } from 'vitest'
import { ask, bearer, lineTo, listGuard, strictGuard } from '../support/guards.ts'
import { openStreet } from '../support/street.ts'

type Answering = Parameters<typeof lineTo>[1]
const isList = ({ url }: Request) => url.includes('/statuslists/')
const never = new Promise<never>(() => {})

/** A guard whose clock can be turned back by itself, and someone whose tokens it sees. */
async function openGuard(instead?: Answering, make = listGuard, options = {}) {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const line = lineTo(street, instead)
  const late = { seconds: 0 }
  const now = () => street.clock.now - late.seconds * 1000
  const guard = make(street, line, { now, ...options })
  const logOut = async () =>
    expect((await street.call('POST', '/logout', { token })).status).toBe(200)
  return { street, line, late, logOut, check: () => ask(guard, token) }
}

test.each([60, 3600])('by %d s: a list is gone by no longer for that', async (seconds) => {
  const { street, line, late, logOut, check } = await openGuard()
  expect(await check()).toBe('passes')
  await logOut()
  late.seconds = seconds
  street.clock.pass(31)
  expect(await check()).toBe('revoked')
  expect(line.lists()).toBe(2)
})

test('nor is a list that was on its way meanwhile', async () => {
  let open = () => {}
  const gate = new Promise<null>((resolve) => {
    open = () => resolve(null)
  })
  const { street, line, late, logOut, check } = await openGuard((request) =>
    isList(request) ? gate : null,
  )
  const first = check()
  await expect.poll(line.lists).toBe(1)
  late.seconds = 60
  open()
  expect(await first).toBe('unknown')
  street.clock.pass(0.5)
  expect(await check()).toBe('passes')
  await logOut()
  street.clock.pass(31)
  expect(await check()).toBe('revoked')
})

test('nor is a key that is no longer published', async () => {
  let published = true
  const { street, late, check } = await openGuard(
    ({ url }) => (url.includes('jwks') && !published ? Response.json({ keys: [] }) : null),
    strictGuard,
  )
  expect(await check()).toBe('passes')
  published = false
  late.seconds = 3600
  street.clock.pass(601)
  expect(await check()).toBe('bad')
})

test('whoever the last list called ended stays refused, though a new one cannot be had', async () => {
  let down = false
  const { late, logOut, check } = await openGuard(
    (request) => (isList(request) && down ? new Response(null, { status: 500 }) : null),
    listGuard,
    { onFault: 'open' },
  )
  await logOut()
  expect(await check()).toBe('revoked')
  down = true
  late.seconds = 60
  expect(await check()).toBe('revoked')
})

test('an issuer that failed before is asked at once', async () => {
  let down = true
  const { late, check } = await openGuard((request) =>
    isList(request) && down ? new Response(null, { status: 500 }) : null,
  )
  expect(await check()).toBe('unknown')
  down = false
  late.seconds = 60
  expect(await check()).toBe('passes')
})

test('a fetch that died before is waited for no longer', async () => {
  let fetches = 0
  const { line, late, check } = await openGuard((request) =>
    isList(request) && ++fetches === 1 ? never : null,
  )
  void check()
  await expect.poll(line.lists).toBe(1)
  late.seconds = 60
  expect(await check()).toBe('passes')
})

test('by less than a second nothing is fetched again, but little by little it counts', async () => {
  const { line, late, check } = await openGuard()
  for (const [seconds, lists] of [
    [0, 1],
    [0.9, 1],
    [1.8, 2],
  ] as const) {
    late.seconds = seconds
    expect(await check()).toBe('passes')
    expect(line.lists()).toBe(lists)
  }
})

test.each([
  ['seconds', () => Math.floor(Date.now() / 1000)],
  ['microseconds', () => Date.now() * 1000],
  ['no number', () => Number.NaN],
  ['no end', () => Number.POSITIVE_INFINITY],
])('a `now` that answers %s lets nobody in, and the fault says why', async (_, now) => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  for (const make of [strictGuard, listGuard])
    expect(
      await make(street, lineTo(street), { now, onFault: 'open' }).check(bearer(token)),
    ).toMatchObject({
      ok: false,
      reason: 'unknown',
      answer: { status: 503 },
      fault: new TypeError('createGuard: now must answer epoch milliseconds.'),
    })
})
