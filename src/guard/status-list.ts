/** Owns the status-list mode: which lists are kept, and what their bits mean. */

import type { KeyOf } from '../crypto/published-keys.ts'
import { statusListUri } from '../crypto/verify-access-token.ts'
import { bitAt, type VerifiedStatusList, verifyStatusList } from '../crypto/verify-status-list.ts'
import { belongsToSession } from '../domain/token.ts'
import type { Mode } from './guard.ts'
import { createShelf, type Shelf } from './shelf.ts'

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

/** Lists kept at once; the one that was asked for longest ago makes room. Each may have a million sessions. */
const LISTS_MAX = 16

export function createStatusListMode(options: StatusListModeOptions): Mode {
  const { issuer, url, keyOf, fetch, timeout, now } = options
  const shelves = new Map<string, Shelf<VerifiedStatusList>>()

  async function fetchList(uri: string): Promise<VerifiedStatusList> {
    const response = await fetch(uri, {
      headers: { Accept: 'application/statuslist+jwt' },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    })
    if (response.status !== 200) throw new TypeError(`The status list answered ${response.status}.`)
    // As bytes: some runtimes warn of a text whose type does not say so.
    const text = new TextDecoder().decode(await response.arrayBuffer()).trim()
    return verifyStatusList(text, { uri, issuer, keyOf })
  }

  function shelfOf(uri: string): Shelf<VerifiedStatusList> {
    const shelf =
      shelves.get(uri) ??
      createShelf({
        timeout,
        now,
        fetch: async () => {
          const value = await fetchList(uri)
          const { issuedAt, ttl, expiresAt } = value
          return { value, madeAt: issuedAt, dueAt: issuedAt + ttl, lapsesAt: expiresAt }
        },
      })
    shelves.delete(uri)
    shelves.set(uri, shelf)
    const [oldest] = shelves.keys()
    if (shelves.size > LISTS_MAX && oldest !== undefined) shelves.delete(oldest)
    return shelf
  }

  return async (token, _now, waitUntil) => {
    // A service's token stands in no list, so its end cannot be known here: strict mode knows it.
    if (!belongsToSession(token)) throw new TypeError('A service token needs the strict mode.')
    const list = await shelfOf(statusListUri(url, token.status.list)).take(waitUntil)
    const ended = bitAt(list.bits, token.status.index)
    if (ended === null) throw new TypeError('The status list has no such place.')
    return !ended && !list.revokedTokens.has(token.id)
  }
}
