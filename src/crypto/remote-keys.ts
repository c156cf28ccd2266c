/** Owns the keys that an issuer publishes, for verifiers elsewhere. Never takes a key from a token. */

import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose'

export type KeyOf = JWTVerifyGetKey
export type PublishedKeys = JSONWebKeySet

export interface RemoteKeysOptions {
  /** The address of the key set (RFC 7517). */
  uri: string
  fetch: typeof fetch
  /** Milliseconds that one fetch may take. */
  timeout: number
}

/** Fetched when first needed, kept for 10 minutes, asked for anew when a token names a key that is not in it. */
export const remoteKeys = ({ uri, fetch, timeout }: RemoteKeysOptions): KeyOf =>
  createRemoteJWKSet(new URL(uri), {
    timeoutDuration: timeout,
    cacheMaxAge: 600_000,
    // A stranger's made-up key ids cost the issuer one request in this time.
    cooldownDuration: 10_000,
    [customFetch]: (url, init) => fetch(url, init),
  })

export const givenKeys = (keys: PublishedKeys): KeyOf => createLocalJWKSet(keys)
