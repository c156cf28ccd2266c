/** Bad input to every reader of signed texts, past the endpoints: none takes what was not signed for it, and none throws what it does not say. */

import { deflateSync } from 'node:zlib'
import fc, { type Arbitrary } from 'fast-check'
import { errors } from 'jose'
import { beforeAll, expect, inject, test } from 'vitest'
import { readKeys } from '../../src/crypto/published-keys.ts'
import { STATUS_LIST_TYPE, verifyStatusList } from '../../src/crypto/verify-status-list.ts'
import { createGuard, type Guard } from '../../src/guard/index.ts'
import { forge } from '../support/forging.ts'
import { type KeyedStreet, openKeyedStreet } from '../support/keyed-street.ts'
import { listOf, statusOf } from '../support/status-lists.ts'
import { ISSUER, type Person } from '../support/street.ts'
import { mutation } from './credentials.ts'
import { forgeries, mutate, saysTheSame } from './forgeries.ts'
import { oddText } from './values.ts'

/** As many texts for each reader. */
const { requests: numRuns, seed, replay } = inject('fuzz')

let street: KeyedStreet
let person: Person
let guard: Guard
let list: string

beforeAll(async () => {
  street = await openKeyedStreet()
  person = await street.signUp()
  list = (await listOf(street, person.access_token)).text
  guard = createGuard({
    issuer: ISSUER,
    keys: { keys: street.services.publicJwks },
    now: () => street.clock.now,
    fetch: async (input, init) => street.fetch(new Request(input, init)),
  })
})

/** What becomes of a good text, and any other text. */
type Wrong = { how: string } | { text: string }

const bytesOfLength = (lengths: number[]): Arbitrary<string> =>
  fc
    .constantFrom(...lengths)
    .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))
    .map((bytes) => Buffer.from(bytes).toString('base64url'))

const wrong = (forged: Arbitrary<string> | null): Arbitrary<Wrong> =>
  fc.oneof(
    { weight: 5, arbitrary: mutation.map((how) => ({ how })) },
    ...(forged ? [{ weight: 3, arbitrary: forged.map((how) => ({ how })) }] : []),
    {
      weight: 2,
      arbitrary: fc
        .oneof(
          oddText,
          bytesOfLength([0, 1, 57, 88, 89, 90, 121]),
          fc
            .array(bytesOfLength([0, 2, 32, 64, 200]), { maxLength: 6 })
            .map((all) => all.join('.')),
          fc
            .tuple(fc.jsonValue(), fc.jsonValue())
            .map((parts) => parts.map((part) => btoa(encodeURI(JSON.stringify(part)))).join('.')),
        )
        .map((text) => ({ text })),
    },
  )

const spoil = async (real: string, how: Wrong): Promise<string> =>
  'how' in how ? mutate(real, how.how, street.key) : how.text

/** These are of a shape that the service might sign: only Redis knows of such a session, and a status list only of its place. */
const SHAPELY = ['sid_unknown', 'sid_odd']
const forged = fc
  .constantFrom(...Object.keys(forgeries).filter((name) => !SHAPELY.includes(name)))
  .map((name) => `as-${name}`)

async function hold(arbitrary: Arbitrary<Wrong>, holds: (how: Wrong) => Promise<void>) {
  if (replay !== null) return
  await fc.assert(fc.asyncProperty(arbitrary, holds), { numRuns, seed })
}

test('the service takes no access token that it did not sign as one', async () => {
  const { verify } = street.services.ports.accessTokens
  const real = person.access_token
  expect((await verify(real))?.subject).toBe(person.user.id)
  await hold(wrong(forged.filter((how) => how !== 'as-expired')), async (how) => {
    const text = await spoil(real, how)
    const token = await verify(text)
    if (token && !saysTheSame(text, real)) throw new Error(`It took ${text}`)
  })
})

test("the guard lets in by no token but the service's, and always decides", async () => {
  const real = person.access_token
  expect((await guard.checkAuthorization(`Bearer ${real}`)).ok).toBe(true)
  await hold(wrong(forged), async (how) => {
    const text = await spoil(real, how)
    for (const value of [`Bearer ${text}`, text]) {
      const decision = await guard.checkAuthorization(value)
      if (decision.ok ? !saysTheSame(text, real) : decision.answer.status !== 401)
        throw new Error(`${JSON.stringify(decision)} for ${value}`)
    }
  })
})

test('refresh tokens and tickets have one spelling, and one use', async () => {
  const { read, mintTicket, readTicket } = street.services.ports.refreshTokens
  const real = person.refresh_token
  const token = read(real)
  if (!token) throw new TypeError('The refresh token is not read.')
  const ticket = mintTicket({ token, scope: 'global' })
  expect(readTicket(ticket)?.scope).toBe('global')
  await hold(wrong(null), async (how) => {
    const [one, other] = [await spoil(real, how), await spoil(ticket, how)]
    for (const text of [one, other, ticket])
      if (text !== real && read(text)) throw new Error(`It took ${text} for a refresh token`)
    for (const text of [one, other, real])
      if (text !== ticket && readTicket(text)) throw new Error(`It took ${text} for a ticket`)
  })
})

/** Signed by the service's key, and still no list. */
const lists: Record<string, object> = {
  typ: {},
  bits: { status_list: { bits: 2, lst: deflateSync(new Uint8Array(9)).toString('base64url') } },
  lst_number: { status_list: { bits: 1, lst: 5 } },
  lst_none: { status_list: { bits: 1 } },
  lst_letters: { status_list: { bits: 1, lst: '!*zqxmarkxqz' } },
  lst_bytes: { status_list: { bits: 1, lst: 'AAECAwQ' } },
  lst_short: {
    status_list: { bits: 1, lst: deflateSync(new Uint8Array(9)).toString('base64url').slice(0, 6) },
  },
  lst_bomb: {
    status_list: { bits: 1, lst: deflateSync(new Uint8Array(4_000_000)).toString('base64url') },
  },
  list_text: { status_list: 'zqxmarkxqz' },
  list_null: { status_list: null },
  revoked_text: { revoked_tokens: 'zqxmarkxqz' },
  revoked_numbers: { revoked_tokens: [1] },
  ttl_zero: { ttl: 0 },
  ttl_text: { ttl: '30' },
  ttl_none: { ttl: undefined },
  exp_text: { exp: 'zqxmarkxqz' },
  iat_none: { iat: undefined },
  sub: { sub: `${ISSUER}/statuslists/zqxmarkxqz` },
  iss: { iss: 'https://zqxmarkxqz.example' },
}

test('a status list is read whole or not at all', async () => {
  const { uri } = statusOf(person.access_token)
  const keyOf = readKeys({ keys: street.services.publicJwks }).find
  const read = (text: string) => verifyStatusList(text, { uri, issuer: ISSUER, keyOf })
  expect((await read(list)).revokedTokens.size).toBe(0)
  const signed = fc.constantFrom(...Object.keys(lists)).map((name) => `list-${name}`)
  await hold(wrong(signed), async (how) => {
    const name = 'how' in how && how.how.startsWith('list-') ? how.how.slice(5) : null
    const typ = name === 'typ' ? 'at+jwt' : STATUS_LIST_TYPE
    const text =
      name === null
        ? await spoil(list, how)
        : await forge(list, street.key, { header: { typ }, claims: lists[name] ?? {} })
    const outcome = await read(text).catch((error: unknown) => error)
    // What inflates and decodes has errors of its own, of these two kinds.
    const isDeclared =
      outcome instanceof errors.JOSEError ||
      outcome instanceof TypeError ||
      outcome instanceof DOMException
    if (!isDeclared && !(outcome instanceof Error) && !saysTheSame(text, list))
      throw new Error(`It took ${text}`)
    if (outcome instanceof Error && !isDeclared) throw outcome
  })
})
