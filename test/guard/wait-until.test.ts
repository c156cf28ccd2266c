/** What keeps a renewal going after the answer: a waitUntil that works, one that throws, and none, where it may die with its request. */

import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { requireAuth } from '../../src/guard/index.ts'
import { forge } from '../support/forging.ts'
import { ask, bearer, inShort, lineTo, listGuard, strictGuard } from '../support/guards.ts'
import { openKeyedStreet } from '../support/keyed-street.ts'
import { listOf } from '../support/status-lists.ts'
import { openStreet } from '../support/street.ts'

const isList = ({ url }: Request) => url.includes('/statuslists/')

/** As a Worker's: its methods want their object. */
class Context {
  #works: Promise<unknown>[] = []
  waitUntil(work: Promise<unknown>): void {
    this.#works.push(work)
  }
  passThroughOnException(): void {}
  props = {}
  begun(): number {
    return this.#works.length
  }
}

describe('a waitUntil that throws, such as one that was taken off its context', () => {
  test.each([
    { mode: 'strict', make: strictGuard },
    { mode: 'status-list', make: listGuard },
  ])('$mode: keeps nobody out, neither at first nor at a renewal', async ({ make }) => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const guard = make(street, lineTo(street))
    const { waitUntil } = new Context()
    for (const seconds of [0, 16, 31]) {
      street.clock.pass(seconds)
      expect(inShort(await guard.check(bearer(token), { waitUntil }))).toBe('passes')
    }
  })
})

test('a waitUntil that fails later keeps nobody out either, and what it rejects with is nobody’s unhandled rejection', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const unhandled: unknown[] = []
  const note = (event: PromiseRejectionEvent) => {
    event.preventDefault()
    unhandled.push(event.reason)
  }
  addEventListener('unhandledrejection', note)
  const { waitUntil: unbound } = new Context()
  const waitUntil = async (work: Promise<unknown>) => unbound(work)
  const guard = listGuard(street, lineTo(street))
  for (const seconds of [0, 16, 31]) {
    street.clock.pass(seconds)
    expect(inShort(await guard.check(bearer(token), { waitUntil }))).toBe('passes')
  }
  await new Promise((resolve) => setTimeout(resolve))
  removeEventListener('unhandledrejection', note)
  expect(unhandled).toEqual([])
})

describe('a renewal that is still going on when the list lapses', () => {
  /** A guard whose second fetch of the list has begun and does not end, in the last moment of the first one's life. */
  async function openRenewing(waitUntil?: (work: Promise<unknown>) => void) {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const { claims } = await listOf(street, token)
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    let fetches = 0
    const line = lineTo(street, async (request) => {
      if (isList(request) && ++fetches === 2) await gate
      return null
    })
    const guard = listGuard(street, line)
    await ask(guard, token)
    street.clock.now = claims.exp * 1000 - 100
    expect(inShort(await guard.check(bearer(token), { waitUntil }))).toBe('passes')
    expect(line.lists()).toBe(2)
    street.clock.now = claims.exp * 1000
    return { guard, token, line, open }
  }
  const crowd = ({ guard, token }: Awaited<ReturnType<typeof openRenewing>>) =>
    Promise.all(Array.from({ length: 20 }, () => ask(guard, token)))

  test.each([
    ['without waitUntil', undefined],
    ['with one that throws', new Context().waitUntil],
  ])(
    'begun %s, it may have died with its request: one fetches, and nobody waits for it',
    async (_, waitUntil) => {
      const renewing = await openRenewing(waitUntil)
      expect(new Set(await crowd(renewing))).toEqual(new Set(['passes']))
      expect(renewing.line.lists()).toBe(3)
      renewing.open()
    },
  )

  test('begun with waitUntil, it is waited for', async () => {
    const renewing = await openRenewing(() => {})
    const answers = crowd(renewing)
    renewing.open()
    expect(new Set(await answers)).toEqual(new Set(['passes']))
    expect(renewing.line.lists()).toBe(2)
  })
})

test.each([
  ['fails', () => Promise.reject(new TypeError('The socket is gone.'))],
  ['brings a list that is too old by then', () => Promise.resolve(null)],
])(
  'a renewal that was held up while its machine slept, and %s when it wakes, is no failure of now',
  async (_, wake) => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    let awake = () => {}
    const asleep = new Promise<void>((resolve) => {
      awake = resolve
    })
    let fetches = 0
    const line = lineTo(street, async (request) => {
      if (!isList(request) || ++fetches !== 2) return null
      const copy = await street.fetch(request.clone())
      await asleep
      await wake()
      return copy
    })
    const guard = listGuard(street, line)
    await ask(guard, token)
    street.clock.pass(16)
    expect(inShort(await guard.check(bearer(token)))).toBe('passes')
    street.clock.pass(60)
    awake()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(inShort(await guard.check(bearer(token)))).toBe('passes')
    expect(line.lists()).toBe(3)
  },
)

test('a route’s renewal is kept going by the context of its own request', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const line = lineTo(street)
  const api = new Hono().get('/', requireAuth(listGuard(street, line)), (c) => c.text('in'))
  const get = async () => {
    const context = new Context()
    const headers = { Authorization: `Bearer ${token}` }
    const { status } = await api.request('/', { headers }, {}, context)
    return { status, begun: context.begun() }
  }
  // Of the keys and the list, which it waits for; of nothing; and of the list, which is half over.
  expect(await get()).toEqual({ status: 200, begun: 2 })
  expect(await get()).toEqual({ status: 200, begun: 0 })
  street.clock.pass(16)
  expect(await get()).toEqual({ status: 200, begun: 1 })
  expect(line.lists()).toBe(2)
})

test('a fetch for a key that is not known yet is kept going by the request whose token names it', async () => {
  const street = await openKeyedStreet()
  const { access_token: token } = await street.signUp()
  const line = lineTo(street)
  const guard = strictGuard(street, line)
  expect(await ask(guard, token)).toBe('passes')
  street.clock.pass(10.001)
  const context = new Context()
  const waitUntil = (work: Promise<unknown>) => context.waitUntil(work)
  const stranger = await forge(token, street.key, { header: { kid: 'another' } })
  expect(inShort(await guard.check(bearer(stranger), { waitUntil }))).toBe('bad')
  expect([line.keys(), context.begun()]).toEqual([2, 1])
})

test('without waitUntil, what one request waits for is waited for by all, and fetched once', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const line = lineTo(street)
  const guard = listGuard(street, line)
  const decisions = await Promise.all(Array.from({ length: 20 }, () => guard.check(bearer(token))))
  expect(new Set(decisions.map(inShort))).toEqual(new Set(['passes']))
  expect([line.keys(), line.lists()]).toEqual([1, 1])
})
