/** Owns the issuer's public keys: kept for a while, fetched anew when a token names one that is not among them. */

import { JSON_TYPE } from '../contract/media-types.ts'
import { type PublishedKeys, readKeys } from '../crypto/published-keys.ts'
import type { KeyOf } from '../crypto/verify-access-token.ts'
import { createPublishedCache, type WaitUntil } from './published-cache.ts'
import { fetchText } from './published-text.ts'

export interface KeysOptions {
  /** The address of the key set (RFC 7517). */
  uri: string
  fetch: typeof fetch
  /** Milliseconds that one fetch may take. */
  timeout: number
  now: () => number
}

/** Milliseconds after which fetched keys are fetched again. */
const DUE_MS = 300_000
/** Milliseconds after which a key that is no longer published is refused. A cache on the way may have kept it as long before. */
const LAPSE_MS = 600_000
/** Milliseconds. An unknown key id has keys fetched anew only if they are older: made-up ids cost one request in that time. */
const UNKNOWN_REST_MS = 10_000
/** Of a key set. One with sixteen keys has some 4 thousand. */
const BYTES_MAX = 64 * 1024

/** Makes a KeyOf for one check: a fetch that it begins is kept going by that check's `waitUntil`. */
export type Keys = (waitUntil: WaitUntil) => KeyOf

export function givenKeys(published: PublishedKeys): Keys {
  const keys = readKeys(published)
  return () => (header, token) => keys.find(header, token)
}

export function remoteKeys({ uri, fetch, timeout, now }: KeysOptions): Keys {
  const cache = createPublishedCache({
    timeout,
    now,
    fetch: async () => {
      const madeAt = now()
      const { text } = await fetchText({
        uri,
        accept: `application/jwk-set+json, ${JSON_TYPE}`,
        what: 'The key set',
        timeout,
        bytesMax: BYTES_MAX,
        fetch,
      })
      const value = readKeys(JSON.parse(text))
      return { value, madeAt, dueAt: madeAt + DUE_MS, lapsesAt: madeAt + LAPSE_MS }
    },
  })
  return (waitUntil) => async (header, token) => {
    const keys = await cache.take(waitUntil)
    if (keys.has(header)) return keys.find(header, token)
    return (await cache.takeNewer(UNKNOWN_REST_MS, waitUntil)).find(header, token)
  }
}
