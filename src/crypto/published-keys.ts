/** Owns the reading of a published key set (RFC 7517), for verifiers elsewhere. Fetches none, and takes no key from a token. */

import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTHeaderParameters } from 'jose'
import type { KeyOf } from './verify-access-token.ts'

/** As `/.well-known/jwks.json` answers. */
export interface PublishedKeys {
  keys: readonly object[]
}

interface KeySet {
  /** Whether one of the keys has the id that a token names. */
  has(header: JWTHeaderParameters): boolean
  find: KeyOf
}

/** Throws when it is no key set. */
export function readKeys(published: PublishedKeys): KeySet {
  const set: JSONWebKeySet = { keys: [...published.keys] }
  const find = createLocalJWKSet(set)
  const ids = new Set(set.keys.map(({ kid }) => kid))
  return {
    has: ({ kid }) => ids.has(kid),
    // Our tokens name their key. For a token that names none, jose would try any key that fits.
    find: (header, token) => {
      if (header?.kid === undefined) throw new errors.JWKSNoMatchingKey()
      return find(header, token)
    },
  }
}
