/** Owns what is kept of logouts that the server has not confirmed: each that is queued, and a mark of what was given up. Sends nothing. */

import type { Settings } from './settings.ts'
import type { KeyValueStorage } from './storage.ts'
import type { LogoutScope } from './types.ts'

/**
 * A logout that the server has not confirmed: as little as is needed to ask again, and not for ever. One that waits for the
 * cookie holds no secret: that stays until the server takes it, and the `ticket` that the server gives when it took the cookie
 * and could not end the session can end it and do nothing else. A bearer's holds the access token, and so does one of a session
 * that a sign-in replaced, whose cookie is gone: once that has expired it can only end its own session, and so can this.
 */
export interface QueuedLogout {
  name: string
  scope: LogoutScope
  token?: string | undefined
  /** With `global`: epoch ms at which `token` expires. */
  tokenUntil?: number | undefined
  ticket?: string | undefined
  /** The session that the cookie was of, where it is the cookie that ends it: not to be sent with the next one's. The service is told, for it may be of a sign-in that nobody here has heard of. */
  cookieOf?: string | undefined
  /** With `others`: the session that stays, which sends it, and whether that one is in a cookie. */
  sessionId?: string | undefined
  cookie?: boolean | undefined
  /** Epoch ms: not to be sent before, unless something has changed; and given up after. */
  due: number
  until: number
  /** Milliseconds between the last attempt and `due`; 0 while the first attempt is under way. */
  pause: number
}

/** Whether the cookie, as it was then, is all that it could be done with. */
export const waitsForCookie = ({ token, ticket, sessionId }: QueuedLogout): boolean =>
  !token && !ticket && !sessionId

export interface LogoutQueue {
  /** Those that wait. What is too old is given up. */
  all(): QueuedLogout[]
  put(queued: QueuedLogout): void
  /**
   * As `put`, unless another tab has seen to it meanwhile: what is done must not come back. But a ticket is not lost, since that
   * ends no other session, and the other tab may have given up without one.
   */
  putBack(queued: QueuedLogout): void
  /** It was confirmed, or is part of another one now. */
  remove(name: string): void
  /** It will not be confirmed any more. */
  giveUp(queued: QueuedLogout): void
  /** The reach of what was given up, and is still to be said. */
  givenUp(): LogoutScope | null
  /** What was given up has been done since, or somebody has signed in. */
  clearGivenUp(): void
  /** Only this page has it: it did not fit into the browser, or its session is this tab's own. */
  isUnsaved(name: string): boolean
}

/** What the names of queued logouts begin with in the browser. Also the name of their lock and of their timer. */
export const QUEUE = 'logout:'
const GIVEN_UP = 'given-up'
/** Is there until somebody empties the browser's whole storage. */
const KEPT = 'kept'

export function createLogoutQueue(
  { now }: Settings,
  local: KeyValueStorage,
  /** Tabs share one session. */
  isShared: boolean,
): LogoutQueue {
  /**
   * What this page has put. `isNewer`: what the browser has is older, or nothing, for it did not fit or is nothing to other tabs.
   * `isThere`: the browser has had a form of it.
   */
  const own = new Map<string, { value: unknown; isNewer: boolean; isThere: boolean }>()

  const put = (name: string, value: unknown, isForAll = true) => {
    local.put(KEPT, 1)
    const isNewer = !(isForAll && local.put(name, value))
    own.set(name, { value, isNewer, isThere: local.get(name) !== null })
  }
  const take = <Value>(name: string): Value | null => {
    // Some pages empty it all on a logout. That confirms nothing.
    if (!local.get(KEPT))
      for (const [name, { value, isThere }] of own)
        if (isThere && name !== GIVEN_UP) put(name, value)
    const kept = local.get<Value>(name)
    const its = own.get(name)
    if (its?.isNewer && (kept || !its.isThere)) return its.value as Value
    // Another tab has put a newer form of it, or has seen to it.
    if (kept && its) its.value = kept
    else own.delete(name)
    return kept
  }
  const remove = (name: string) => {
    own.delete(name)
    local.remove(name)
  }

  const queue: LogoutQueue = {
    all: () =>
      [...new Set([...local.names(), ...own.keys()])].flatMap((name) => {
        const queued = name.startsWith(QUEUE) && take<QueuedLogout>(name)
        if (!queued) return []
        if (queued.until > now()) return [queued]
        queue.giveUp(queued)
        return []
      }),
    // Where each tab has a session of its own, no other could send what waits for this one's, nor know that it lives.
    put: (queued) => put(queued.name, queued, isShared || !queued.sessionId),
    putBack(queued) {
      if (queued.ticket || take(queued.name)) queue.put(queued)
    },
    remove,
    giveUp({ name, scope }) {
      // Unless another tab has seen to it meanwhile.
      if (take(name) && (scope !== 'local' || !queue.givenUp())) put(GIVEN_UP, scope)
      remove(name)
    },
    givenUp: () => take<LogoutScope>(GIVEN_UP),
    clearGivenUp: () => remove(GIVEN_UP),
    isUnsaved: (name) => own.get(name)?.isThere === false,
  }
  return queue
}
