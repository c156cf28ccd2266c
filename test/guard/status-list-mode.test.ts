/** The status-list mode by itself: when a list is fetched, what is kept, and which lists it does not go by. */

import { deflateRawSync, deflateSync } from 'node:zlib'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { generateSigningKey } from '../../src/crypto/signing-keys.ts'
import { bitAt } from '../../src/crypto/verify-status-list.ts'
import { forge, unsigned } from '../support/forging.ts'
import { ask, bearer, lineTo, listGuard } from '../support/guards.ts'
import { type KeyedStreet, openKeyedStreet } from '../support/keyed-street.ts'
import { listOf, statusOf } from '../support/status-lists.ts'
import { openStreet } from '../support/street.ts'

const isList = ({ url }: Request) => url.includes('/statuslists/')
const asList = (text: string) =>
  new Response(text, { headers: { 'Content-Type': 'application/statuslist+jwt' } })
const never = new Promise<never>(() => {})

describe('a list is fetched', () => {
  test('once, however many requests wait for it on a cold guard; the keys too', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const line = lineTo(street)
    const guard = listGuard(street, line)
    const all = await Promise.all(Array.from({ length: 50 }, () => ask(guard, token)))
    expect(new Set(all)).toEqual(new Set(['passes']))
    expect([line.keys(), line.lists()]).toEqual([1, 1])
  })

  test('once for everyone in it, and kept from then on', async () => {
    const street = await openStreet()
    const people = [await street.signUp(), await street.signUp(), await street.signUp()]
    const line = lineTo(street)
    const guard = listGuard(street, line)
    for (let i = 0; i < 14; i++) {
      for (const { access_token } of people) expect(await ask(guard, access_token)).toBe('passes')
      street.clock.pass(0.5)
    }
    expect([line.keys(), line.lists()]).toEqual([1, 1])
  })

  test('again after half of its life, in the background: nobody waits, and the answer is the old list’s', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    let gate: Promise<unknown> = Promise.resolve()
    let open = () => {}
    const line = lineTo(street, (request) =>
      isList(request) ? (gate.then(() => street.fetch(request)) as Promise<Response>) : null,
    )
    const guard = listGuard(street, line)
    await ask(guard, token)
    await street.call('POST', '/logout', { token })
    street.clock.pass(16)
    gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const begun: Promise<unknown>[] = []
    const waitUntil = (work: Promise<unknown>) => void begun.push(work)
    for (let i = 0; i < 20; i++) {
      expect(await guard.check(bearer(token), { waitUntil })).toMatchObject({ ok: true })
      street.clock.pass(0.1)
    }
    expect([line.lists(), begun.length]).toEqual([2, 1])

    open()
    await Promise.all(begun)
    expect(await ask(guard, token)).toBe('revoked')
    expect(line.lists()).toBe(2)
  })

  test('anew when it has lapsed: once, however many wait', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const line = lineTo(street)
    const guard = listGuard(street, line)
    await ask(guard, token)
    await street.call('POST', '/logout', { token })
    street.clock.pass(31)
    const all = await Promise.all(Array.from({ length: 50 }, () => ask(guard, token)))
    expect(new Set(all)).toEqual(new Set(['revoked']))
    expect(line.lists()).toBe(2)
  })

  test('by another when the first one dies with its request', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    let fetches = 0
    const line = lineTo(street, (request) => (isList(request) && ++fetches === 1 ? never : null))
    const guard = listGuard(street, line, { timeout: 1000, now: () => Date.now() })
    // Neither what it waits for nor its timers come any more.
    const timers = vi.spyOn(globalThis, 'setTimeout').mockReturnValue(0 as never)
    const first = ask(guard, token)
    for (let turn = 0; line.lists() === 0 && turn < 10_000; turn++)
      await new Promise((resolve) => setImmediate(resolve))
    timers.mockRestore()
    expect(line.lists()).toBe(1)
    const others = await Promise.all(Array.from({ length: 20 }, () => ask(guard, token)))
    expect(new Set(others)).toEqual(new Set(['passes']))
    expect(line.lists()).toBe(2)
    expect(await Promise.race([first, 'still waiting'])).toBe('still waiting')
  })

  test('not for half a second from an issuer that just failed', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const line = lineTo(street, (request) =>
      isList(request) ? new Response(null, { status: 500 }) : null,
    )
    const guard = listGuard(street, line)
    for (let i = 0; i < 20; i++) expect(await ask(guard, token)).toBe('unknown')
    expect(line.lists()).toBe(1)
    street.clock.pass(0.499)
    expect(await ask(guard, token)).toBe('unknown')
    expect(line.lists()).toBe(1)
    street.clock.pass(0.001)
    expect(await ask(guard, token)).toBe('unknown')
    expect(line.lists()).toBe(2)
  })

  test('from a cache that only has an old one: twice a second, not with every request', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const { text } = await listOf(street, token)
    const line = lineTo(street, (request) => (isList(request) ? asList(text) : null))
    const guard = listGuard(street, line)
    street.clock.pass(16)
    for (let i = 0; i < 20; i++) expect(await ask(guard, token)).toBe('passes')
    expect(line.lists()).toBe(1)
    street.clock.pass(0.5)
    for (let i = 0; i < 20; i++) expect(await ask(guard, token)).toBe('passes')
    expect(line.lists()).toBe(2)
  })
})

describe('what is kept', () => {
  test('holds until it lapses when it cannot be renewed, and no longer', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    let down = false
    const line = lineTo(street, (request) =>
      isList(request) && down ? Promise.reject(new TypeError('network')) : null,
    )
    const guard = listGuard(street, line)
    const { claims } = await listOf(street, token)
    await ask(guard, token)
    down = true
    while (street.clock.now < claims.exp * 1000 - 1000) {
      expect(await ask(guard, token)).toBe('passes')
      street.clock.pass(0.9)
    }
    street.clock.now = claims.exp * 1000
    expect(await ask(guard, token)).toBe('unknown')
    down = false
    street.clock.pass(0.5)
    expect(await ask(guard, token)).toBe('passes')
  })

  test('is not replaced by an older copy out of some cache', async () => {
    const street = await openStreet()
    // A moment at which a list begins its life, so that the times below are what they seem.
    street.clock.now = Math.ceil(street.clock.now / 7000) * 7000
    const { access_token: token } = await street.signUp()
    const before = await listOf(street, token)
    await street.call('POST', '/logout', { token })
    street.clock.pass(8)
    let old = false
    const line = lineTo(street, (request) => (old && isList(request) ? asList(before.text) : null))
    const guard = listGuard(street, line)
    expect(await ask(guard, token)).toBe('revoked')
    old = true
    while (street.clock.now < before.claims.exp * 1000) {
      expect(await ask(guard, token)).toBe('revoked')
      street.clock.pass(1)
    }
    expect(line.lists()).toBeGreaterThan(2)
  })

  test('is one list for each address: sixteen, and then the one that was asked for longest ago goes', async () => {
    const street = await openKeyedStreet()
    const { key } = street
    const { access_token: token } = await street.signUp()
    const { text } = await listOf(street, token)
    const tokens: string[] = []
    for (let i = 0; i < 17; i++) {
      const uri = `https://auth.example.com/statuslists/${crypto.randomUUID()}`
      tokens.push(await forge(token, key, { claims: { status: { status_list: { idx: 0, uri } } } }))
    }
    const line = lineTo(street, async (request) =>
      isList(request) ? asList(await forge(text, key, { claims: { sub: request.url } })) : null,
    )
    const guard = listGuard(street, line)
    for (const each of tokens) expect(await ask(guard, each)).toBe('passes')
    expect(line.lists()).toBe(17)
    for (const each of tokens.slice(1)) await ask(guard, each)
    expect(line.lists()).toBe(17)
    await ask(guard, tokens[0] ?? '')
    expect(line.lists()).toBe(18)
  })
})

describe('a list that the guard does not go by', () => {
  let street: KeyedStreet
  let token: string
  let text: string
  beforeAll(async () => {
    street = await openKeyedStreet()
    token = (await street.signUp()).access_token
    text = (await listOf(street, token)).text
  })
  /** A zlib stream as the list. */
  const holding = (zlib: Uint8Array, bits = 1) =>
    forge(text, street.key, {
      claims: { status_list: { bits, lst: Buffer.from(zlib).toString('base64url') } },
    })
  const claiming = (claims: object) => forge(text, street.key, { claims })

  const lists: [string, () => Response | Promise<Response>][] = [
    ['cannot be reached', () => Promise.reject(new TypeError('network'))],
    ['answers 500', () => new Response(null, { status: 500 })],
    ['answers 404', () => new Response(null, { status: 404 })],
    ['answers 206', () => new Response(text, { status: 206 })],
    ['is said to be elsewhere', () => Response.redirect('https://elsewhere.example.com/list')],
    ['is empty', () => new Response('')],
    ['is an HTML page', () => new Response('<html></html>')],
  ]
  const texts: [string, () => string | Promise<string>][] = [
    ['is signed with another key', async () => forge(text, await generateSigningKey())],
    [
      'is signed with a key of its own, which it brings along',
      async () => {
        const key = await generateSigningKey()
        return forge(text, key, { header: { kid: key.kid, jwk: { ...key, d: undefined } } })
      },
    ],
    ['is signed with none', () => forge(text, unsigned, { header: { alg: 'none' } })],
    ['was changed', () => `${text.slice(0, -8)}AAAAAAAA`],
    ['is an access token', () => token],
    ['is typed as an access token', () => forge(text, street.key, { header: { typ: 'at+jwt' } })],
    ['has no type', () => forge(text, street.key, { header: { typ: undefined } })],
    [
      'is about another list',
      () => claiming({ sub: `https://auth.example.com/statuslists/${crypto.randomUUID()}` }),
    ],
    ['is about nothing', () => claiming({ sub: undefined })],
    ['is another issuer’s', () => claiming({ iss: 'https://other.example.com' })],
    ['is nobody’s', () => claiming({ iss: undefined })],
    ['never expires', () => claiming({ exp: undefined })],
    ['was never made', () => claiming({ iat: undefined })],
    ['has no ttl', () => claiming({ ttl: undefined })],
    ['has a ttl of nothing', () => claiming({ ttl: 0 })],
    ['has a ttl that is a text', () => claiming({ ttl: '15' })],
    ['is too old', () => claiming({ exp: Math.floor(street.clock.now / 1000) })],
    ['holds no list', () => claiming({ status_list: undefined })],
    ['holds two bits a session', () => holding(deflateSync(new Uint8Array(2 ** 15)), 2)],
    ['inflates to 64 MB', () => holding(deflateSync(new Uint8Array(64 * 2 ** 20)))],
    ['inflates one byte too far', () => holding(deflateSync(new Uint8Array(2 ** 20 + 1)))],
    ['is not deflated', () => holding(new Uint8Array(100).fill(7))],
    ['is deflated without its frame', () => holding(deflateRawSync(new Uint8Array(2 ** 15)))],
    [
      'is cut off',
      () => holding(deflateSync(Uint8Array.from({ length: 999 }, (_, i) => i)).subarray(0, 200)),
    ],
    ['is no base64url', () => claiming({ status_list: { bits: 1, lst: '***' } })],
    ['has no such place', () => holding(deflateSync(new Uint8Array(0)))],
    ['is 3 MB long', () => claiming({ padding: 'x'.repeat(3 * 2 ** 20) })],
    ['names ended tokens in another form', () => claiming({ revoked_tokens: 'all' })],
    ['names an ended token by a number', () => claiming({ revoked_tokens: [7] })],
  ]
  const all = [
    ...lists,
    ...texts.map(([what, make]) => [what, async () => asList(await make())] as (typeof lists)[0]),
  ]

  test.each(all)('it %s: closed; only onFault open lets the token pass', async (_, answer) => {
    for (const [onFault, expected] of [
      ['closed', 'unknown'],
      ['open', 'passes unchecked'],
    ] as const) {
      const line = lineTo(street, (request) => (isList(request) ? answer() : null))
      expect(await ask(listGuard(street, line, { onFault }), token)).toBe(expected)
      expect(line.lists()).toBe(1)
    }
  })

  test('the same list unharmed is gone by', async () => {
    const line = lineTo(street, async (request) =>
      isList(request) ? asList(await forge(text, street.key)) : null,
    )
    expect(await ask(listGuard(street, line), token)).toBe('passes')
  })

  test('the greatest list that can be configured is gone by', async () => {
    const bits = crypto.getRandomValues(new Uint8Array(65_536))
    const full = new Uint8Array(2 ** 20)
    for (let at = 0; at < full.length; at += bits.length) full.set(crypto.getRandomValues(bits), at)
    full.fill(0, Math.floor(statusOf(token).idx / 8), Math.floor(statusOf(token).idx / 8) + 1)
    const line = lineTo(street, async (request) =>
      isList(request) ? asList(await holding(deflateSync(full))) : null,
    )
    expect(await ask(listGuard(street, line), token)).toBe('passes')
  })
})

describe('the address of a list', () => {
  test.each([
    ['another host', 'https://evil.example.com/statuslists/'],
    ['a host that begins like ours', 'https://auth.example.com.evil.example/statuslists/'],
    ['another path', 'https://auth.example.com/other/'],
    ['a path that climbs', 'https://auth.example.com/statuslists/../'],
    ['our host without encryption', 'http://auth.example.com/statuslists/'],
  ])('%s: the token is refused, signed by us or not, and nothing is fetched', async (_, prefix) => {
    const street = await openKeyedStreet()
    const { key } = street
    const { access_token: token } = await street.signUp()
    const line = lineTo(street)
    const guard = listGuard(street, line, { onFault: 'open' })
    const uri = prefix + crypto.randomUUID()
    const forged = await forge(token, key, { claims: { status: { status_list: { idx: 0, uri } } } })
    expect(await ask(guard, forged)).toBe('bad')
    expect(line.lists()).toBe(0)
  })

  test('is below the base path where the service is, when the issuer is not', async () => {
    const street = await openStreet({ env: { BASE_PATH: '/auth/v1' } })
    const answer = await street.call('POST', '/auth/v1/signup', {
      body: { email: 'below@example.com', password: 'correct horse battery' },
    })
    const token = String(answer.body.access_token)
    expect(statusOf(token).uri).toMatch(/^https:\/\/auth\.example\.com\/auth\/v1\/statuslists\//)
    const line = lineTo(street)
    const guard = listGuard(street, line, { url: 'https://auth.example.com/auth/v1' })
    expect(await ask(guard, token)).toBe('passes')
    // Without that URL the keys are not found; by one that finds them, but stands in no token, the list is not ours.
    expect(await ask(listGuard(street, line), token)).toBe('unknown')
    const inside = lineTo(street, ({ url }) =>
      street.fetch(new Request(url.replace('http://inside', 'https://auth.example.com'))),
    )
    const wrong = listGuard(street, inside, { url: 'http://inside/auth/v1' })
    expect(await ask(wrong, token)).toBe('bad')
    expect((await street.call('POST', '/auth/v1/logout', { token })).status).toBe(200)
    street.clock.pass(30)
    expect(await ask(guard, token)).toBe('revoked')
  })
})

describe('the order of the bits', () => {
  test('is the draft’s: its vector of sixteen statuses', () => {
    const bits = new Uint8Array([0xb9, 0xa3])
    const statuses = '1001110111000101'
    expect(Array.from(statuses, (_, index) => bitAt(bits, index))).toEqual(
      Array.from(statuses, (status) => status === '1'),
    )
    expect(bitAt(bits, 16)).toBeNull()
  })

  test('as deflated and signed: the draft’s encoded list means the same to a guard', async () => {
    const street = await openKeyedStreet()
    const { key } = street
    const { access_token: token } = await street.signUp()
    const { text } = await listOf(street, token)
    const { uri } = statusOf(token)
    const status_list = { bits: 1, lst: 'eNrbuRgAAhcBXQ' }
    const line = lineTo(street, async (request) =>
      isList(request) ? asList(await forge(text, key, { claims: { status_list } })) : null,
    )
    const guard = listGuard(street, line)
    let said = ''
    for (let idx = 0; idx < 17; idx++) {
      const claims = { status: { status_list: { idx, uri } } }
      const word = await ask(guard, await forge(token, key, { claims }))
      said += { passes: '0', revoked: '1' }[word] ?? '-'
    }
    expect(said).toBe('1001110111000101-')
  })
})
