/** Owns the credentials of requests: every kind of token, right and wrong, wherever one can stand. Fills in no token. */

import fc, { type Arbitrary } from 'fast-check'
import type { Caller } from '../../src/contract/operations.ts'
import { API, BACKEND, basic } from '../support/oauth-clients.ts'
import { forgeries } from './forgeries.ts'
import { MARK, oddHeaderText } from './values.ts'

/** Ways in which the text of a token is spoilt; see mutate() in forgeries.ts. */
export const mutation: Arbitrary<string> = fc.oneof(
  fc.tuple(fc.nat(2), fc.nat(5000)).map(([part, bit]) => `flip-${part}-${bit}`),
  fc.nat(90).map((count) => `cut-${count}`),
  fc
    .tuple(fc.nat(900), fc.integer({ min: 0x21, max: 0x7e }))
    .map(([at, code]) => `edit-${at}-${code}`),
  fc.constantFrom('swap', 'twice', 'unsigned', 'long-500', 'long-5000', 'marked'),
)

export const spoiltAccess: Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('person', 'admin', 'service'),
    fc.oneof(
      mutation,
      fc.constantFrom(...Object.keys(forgeries)).map((name) => `as-${name}`),
    ),
  )
  .map(([who, how]) => `*access.${who}.${how}*`)

export const accessText: Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('*access.person*', '*access.admin*', '*access.service*'),
  },
  { weight: 2, arbitrary: fc.constantFrom('*access.gone*', '*access.person.as-expired*') },
  { weight: 4, arbitrary: spoiltAccess },
)

export const refreshText: Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.constant('*refresh.person*') },
  { weight: 2, arbitrary: fc.constantFrom('*refresh.gone*', '*refresh.stale*') },
  { weight: 2, arbitrary: mutation.map((how) => `*refresh.person.${how}*`) },
  { weight: 1, arbitrary: fc.constantFrom('*ticket.person*', '*access.person*') },
)

export const ticketText: Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.constant('*ticket.person*') },
  { weight: 2, arbitrary: mutation.map((how) => `*ticket.person.${how}*`) },
  { weight: 1, arbitrary: fc.constantFrom('*refresh.person*', '*ticket.gone*') },
)

const clientBasic: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(basic(API), basic(BACKEND)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      basic({ id: 'api', secret: MARK }),
      basic({ id: MARK, secret: MARK }),
      basic({ id: 'spa', secret: null }),
      `Basic ${btoa('%zz:%')}`,
      `Basic ${btoa('api')}`,
      `Basic ${MARK}=`,
      'Basic ====',
      'Basic',
    ),
  },
)

const RIGHT: Record<Caller, Arbitrary<string | null>> = {
  anyone: fc.constantFrom(null, '*'),
  client: fc.oneof(
    { weight: 5, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: clientBasic },
  ),
  confidential_client: clientBasic,
  holder: fc.constantFrom('Bearer *access.person*', 'Bearer *access.gone*'),
  person: fc.constantFrom('Bearer *access.person*', 'bearer  *access.person*'),
  operator: fc.constantFrom('Bearer *access.service*', 'Bearer *access.admin*'),
}

/** The Authorization header, or null for none. Mostly one that the operation asks for. */
export const authorization = (caller: Caller): Arbitrary<string | null> =>
  fc.oneof(
    { weight: 14, arbitrary: RIGHT[caller] },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 4, arbitrary: accessText.map((text) => `Bearer ${text}`) },
    { weight: 1, arbitrary: clientBasic },
    {
      weight: 1,
      arbitrary: fc.oneof(
        oddHeaderText,
        oddHeaderText.map((text) => `Bearer ${text}`),
        oddHeaderText.map((text) => `Basic ${text}`),
        fc.constantFrom(
          'Bearer',
          'Bearer ',
          'Bearer *access.person* *access.person*',
          'Bearer *access.person*, Bearer *access.person*',
          'Bearer *refresh.person*',
          'Token *access.person*',
          '*access.person*',
          'DPoP *access.person*',
        ),
      ),
    },
  )
