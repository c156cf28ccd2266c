/** Owns the status-list mode: which lists are kept, when one is asked for, and how long it may be gone by. */

import type { KeyOf } from '../crypto/remote-keys.ts'
import { statusListUri } from '../crypto/verify-access-token.ts'
import { bitAt, type VerifiedStatusList, verifyStatusList } from '../crypto/verify-status-list.ts'
import { belongsToSession } from '../domain/token.ts'
import type { Mode } from './guard.ts'

export interface StatusListModeOptions {
  issuer: string
  keyOf: KeyOf
  fetch: typeof fetch
  /** Milliseconds that one fetch may take. */
  timeout: number
  now: () => number
}

/** Lists kept at once; the one that was asked for longest ago makes room. Each may have a million sessions. */
const LISTS_MAX = 16
/** Milliseconds between two looks at whether another request has fetched the list meanwhile. */
const LOOK_AGAIN_MS = 10
/** Milliseconds for which an issuer that just failed is left alone. */
const RETRY_MS = 500

interface Shelf {
  list: VerifiedStatusList | null
  /** Epoch ms at which some request began to fetch it; null when none does. Plain data: requests of a Worker share no promises. */
  fetchingSince: number | null
  /** Epoch ms at which a fetch last failed. */
  failedAt: number
}

export function createStatusListMode(options: StatusListModeOptions): Mode {
  const { issuer, keyOf, fetch, timeout, now } = options
  const shelves = new Map<string, Shelf>()

  async function fetchList(uri: string, shelf: Shelf): Promise<VerifiedStatusList> {
    shelf.fetchingSince = now()
    try {
      const response = await fetch(uri, {
        headers: { Accept: 'application/statuslist+jwt' },
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout),
      })
      if (response.status !== 200)
        throw new TypeError(`The status list answered ${response.status}.`)
      // As bytes: some runtimes warn of a text whose type does not say so.
      const text = new TextDecoder().decode(await response.arrayBuffer()).trim()
      const list = await verifyStatusList(text, { uri, issuer, keyOf })
      if (list.expiresAt <= now()) throw new TypeError('The status list is too old.')
      // An older copy out of some cache must not replace a newer one.
      if (!shelf.list || shelf.list.issuedAt <= list.issuedAt) shelf.list = list
      return shelf.list
    } catch (error) {
      shelf.failedAt = now()
      throw error
    } finally {
      shelf.fetchingSince = null
    }
  }

  /** A list that may be gone by now. One request fetches it, the others look again until it is there. */
  async function listFor(
    uri: string,
    waitUntil: ((work: Promise<unknown>) => void) | undefined,
  ): Promise<VerifiedStatusList> {
    const shelf = shelfOf(uri)
    const deadline = now() + 2 * timeout
    for (;;) {
      const { list } = shelf
      if (list && list.expiresAt > now()) {
        const isDue = now() >= list.issuedAt + list.ttl
        if (isDue && !isFetching(shelf) && !hasJustFailed(shelf)) renew(uri, shelf, waitUntil)
        return list
      }
      if (hasJustFailed(shelf)) throw new TypeError('The status list could not be had just now.')
      if (!isFetching(shelf)) return fetchList(uri, shelf)
      if (now() > deadline) throw new TypeError('The status list was not there in time.')
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  }

  /** A fetch that was given up with its request must not keep the others waiting for good. */
  const isFetching = ({ fetchingSince }: Shelf): boolean =>
    fetchingSince !== null && now() - fetchingSince <= timeout

  const hasJustFailed = ({ failedAt }: Shelf): boolean => now() - failedAt < RETRY_MS

  function renew(
    uri: string,
    shelf: Shelf,
    waitUntil: ((work: Promise<unknown>) => void) | undefined,
  ): void {
    // What fails now is tried again by the next check; the list that is here holds until it lapses.
    const renewal = fetchList(uri, shelf).catch(() => {})
    waitUntil?.(renewal)
  }

  function shelfOf(uri: string): Shelf {
    const shelf = shelves.get(uri) ?? { list: null, fetchingSince: null, failedAt: 0 }
    shelves.delete(uri)
    shelves.set(uri, shelf)
    const [oldest] = shelves.keys()
    if (shelves.size > LISTS_MAX && oldest !== undefined) shelves.delete(oldest)
    return shelf
  }

  return async (token, _now, waitUntil) => {
    // A service's token stands in no list, so its end cannot be known here: strict mode knows it.
    if (!belongsToSession(token)) throw new TypeError('A service token needs the strict mode.')
    const list = await listFor(statusListUri(issuer, token.status.list), waitUntil)
    const ended = bitAt(list.bits, token.status.index)
    if (ended === null) throw new TypeError('The status list has no such place.')
    return !ended && !list.revokedTokens.has(token.id)
  }
}
