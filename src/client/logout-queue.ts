/** Owns what is kept of logouts that the server has not confirmed: those queued, and a mark of one given up. Never sends any. */

import type { Settings } from './settings.ts'
import type { KeyValueStorage } from './storage.ts'
import type { LogoutScope } from './types.ts'

/**
 * A logout that the server has not confirmed: as little as is needed to ask again, and not for ever. One by cookie holds no
 * secret: the browser has the cookie until the server clears it. A server that cleared it and could not end the session gives a
 * `ticket`, which can do nothing but that. A bearer's logout holds the access token; so does that of a session that a sign-in
 * replaced, whose cookie is gone. Once that token has expired, the logout can only end the token's own session.
 */
export interface QueuedLogout {
  name: string
  scope: LogoutScope
  token?: string | undefined
  /** With `global`: epoch ms at which `token` expires. */
  tokenUntil?: number | undefined
  ticket?: string | undefined
  /**
   * With cookies: the session that the cookie was of when this was queued. This is not sent with a later session's cookie, and
   * names the session to the service, since the cookie may be of a sign-in that nobody here has heard of.
   */
  cookieOf?: string | undefined
  /** With `others`: the session that stays, and must send it; and whether that one's transport is the cookie. */
  sessionId?: string | undefined
  cookie?: boolean | undefined
  /** Epoch ms: not sent before `due`, unless something has changed; given up after `until`. */
  due: number
  until: number
  /** Milliseconds between the last attempt and `due`; 0 while the first attempt is under way. */
  pause: number
}

/** Whether nothing but the cookie, as it was when this was queued, can end the session. */
export const waitsForCookie = ({ token, ticket, sessionId }: QueuedLogout): boolean =>
  !token && !ticket && !sessionId

export interface LogoutQueue {
  /** Those that wait. What is too old is given up. */
  all(): QueuedLogout[]
  put(queued: QueuedLogout): void
  /**
   * As `put`, unless another tab has removed it meanwhile: a logout that is done must not come back. One with a ticket is put
   * back in any case: a ticket ends no other session, and the other tab may have given up for want of it.
   */
  putBack(queued: QueuedLogout): void
  /** It was confirmed, or is part of another one now. */
  remove(name: string): void
  /** It will not be confirmed any more: removes it, and marks its scope as given up. */
  giveUp(queued: QueuedLogout): void
  /** The widest scope of the logouts that were given up, until `clearGivenUp`. */
  givenUp(): LogoutScope | null
  /** What was given up has been ended since, or somebody has signed in. */
  clearGivenUp(): void
  /** Whether only this page has it: it did not fit into the storage, or the session that must send it is this tab's own. */
  isUnsaved(name: string): boolean
}

/** What the names of queued logouts begin with in the storage. Also the name of their lock and of their timer. */
export const QUEUE = 'logout:'
const GIVEN_UP = 'given-up'
/** From the narrowest to the widest. */
const REACH: (LogoutScope | null)[] = [null, 'local', 'others', 'global']
/** A name that is in the storage until somebody empties all of it: that is how this is noticed. */
const KEPT = 'kept'

export function createLogoutQueue(
  { now }: Settings,
  local: KeyValueStorage,
  /** Tabs share one session. */
  isShared: boolean,
): LogoutQueue {
  /**
   * What this page has put. `isNewer`: the storage has an older form of it or none, since it did not fit or other tabs have no
   * use for it. `isThere`: the storage had some form of it after the put.
   */
  const own = new Map<string, { value: unknown; isNewer: boolean; isThere: boolean }>()

  const put = (name: string, value: unknown, isForAll = true) => {
    local.put(KEPT, 1)
    const isNewer = !(isForAll && local.put(name, value))
    own.set(name, { value, isNewer, isThere: local.get(name) !== null })
  }
  const take = <Value>(name: string): Value | null => {
    // Some pages empty the whole storage on a logout. That confirms nothing, so what was there is put back.
    if (!local.get(KEPT))
      for (const [name, { value, isThere }] of own)
        if (isThere && name !== GIVEN_UP) put(name, value)
    const kept = local.get<Value>(name)
    const its = own.get(name)
    if (its?.isNewer && (kept || !its.isThere)) return its.value as Value
    // The storage counts: another tab may have put a newer form, or, if there is none, has seen to it.
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
        const kept = name.startsWith(QUEUE) && take<QueuedLogout>(name)
        if (!kept) return []
        // By the name under which it is there: anything may lie in a browser's storage, and must be removable.
        const queued = { ...kept, name }
        if (queued.until > now()) return [queued]
        queue.giveUp(queued)
        return []
      }),
    // Where each tab has its own session, no other tab could send a logout that waits for this one's, nor know that it lives.
    put: (queued) => put(queued.name, queued, isShared || !queued.sessionId),
    putBack(queued) {
      if (queued.ticket || take(queued.name)) queue.put(queued)
    },
    remove,
    giveUp({ name, scope }) {
      // No mark if another tab has seen to it meanwhile, or if a wider one is there.
      if (take(name) && REACH.indexOf(scope) > REACH.indexOf(queue.givenUp())) put(GIVEN_UP, scope)
      remove(name)
    },
    givenUp() {
      const scope = take<LogoutScope>(GIVEN_UP)
      return REACH.includes(scope) ? scope : null
    },
    clearGivenUp: () => remove(GIVEN_UP),
    isUnsaved: (name) => own.get(name)?.isThere === false,
  }
  return queue
}
