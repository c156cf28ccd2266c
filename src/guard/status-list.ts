/** Owns the status-list mode: which lists are kept, and what their bits mean. */

import { SIGNED_LIST_TYPE } from '../contract/media-types.ts'
import type { KeyOf } from '../crypto/verify-access-token.ts'
import { statusListUri } from '../crypto/verify-access-token.ts'
import {
  bitAt,
  TEXT_MAX,
  type VerifiedStatusList,
  verifyStatusList,
  withEndsOf,
} from '../crypto/verify-status-list.ts'
import { belongsToSession, type SessionToken } from '../domain/token.ts'
import { NeverKnown } from './decision.ts'
import type { Mode } from './mode.ts'
import { createPublishedCache, type PublishedCache } from './published-cache.ts'
import { fetchText } from './published-text.ts'

export interface StatusListModeOptions {
  issuer: string
  /** Where the issuer is reached. */
  url: string
  fetch: typeof fetch
  /** Milliseconds that one fetch may take. */
  timeout: number
  now: () => number
  keyOf: KeyOf
}

/** Lists kept at once; the one that was asked for longest ago makes room. With the default size that is two million sessions. */
const LISTS_MAX = 16

export function createStatusListMode(options: StatusListModeOptions): Mode {
  const { issuer, url, keyOf, fetch, timeout, now } = options
  const caches = new Map<string, PublishedCache<VerifiedStatusList>>()

  async function fetchList(uri: string): Promise<{ list: VerifiedStatusList; age: number }> {
    const { text, headers } = await fetchText({
      uri,
      accept: SIGNED_LIST_TYPE,
      what: 'The status list',
      timeout,
      bytesMax: TEXT_MAX,
      fetch,
    })
    const list = await verifyStatusList(text.trim(), { uri, issuer, keyOf })
    return { list, age: ageOf(headers) }
  }

  function cacheOf(uri: string): PublishedCache<VerifiedStatusList> {
    const cache =
      caches.get(uri) ??
      createPublishedCache({
        timeout,
        now,
        join: withEndsOf,
        fetch: async () => {
          const askedAt = now()
          const { list, age } = await fetchList(uri)
          const { issuedAt, ttl, expiresAt } = list
          // By a clock that is behind, issuedAt lies ahead: a list must not be relied on for longer because of that.
          const begins = Math.min(issuedAt, askedAt - age)
          return {
            value: list,
            madeAt: issuedAt,
            dueAt: begins + ttl,
            lapsesAt: begins + (expiresAt - issuedAt),
          }
        },
      })
    caches.delete(uri)
    caches.set(uri, cache)
    const [oldest] = caches.keys()
    if (caches.size > LISTS_MAX && oldest !== undefined) caches.delete(oldest)
    return cache
  }

  return async (token, _now, waitUntil) => {
    // A service's token stands in no list, so its end cannot be known here: strict mode knows it.
    if (!belongsToSession(token)) throw new NeverKnown('A service token needs the strict mode.')
    const cache = cacheOf(statusListUri(url, token.status.list))
    try {
      return !hasEnded(token, await cache.take(waitUntil))
    } catch (fault) {
      // An end is for good, so a token that the last list calls ended stays refused, even with `onFault: 'open'`.
      const last = cache.last()
      if (last && hasEnded(token, last)) return false
      throw fault
    }
  }
}

/** RFC 9111 section 5.1: milliseconds that an answer has been in caches for. */
function ageOf(headers: Headers): number {
  const age = headers.get('Age') ?? ''
  return /^\d{1,9}$/.test(age) ? Number(age) * 1000 : 0
}

/** Throws when the list is too short to have the token's place. */
function hasEnded({ id, status }: SessionToken, list: VerifiedStatusList): boolean {
  const ended = bitAt(list.bits, status.index)
  if (ended === null) throw new TypeError('The status list has no such place.')
  return ended || list.revokedTokens.has(id)
}
