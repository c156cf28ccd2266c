/** Owns the sending of one queued logout: with which token or cookie, and what its answer makes of it. Never says when to send it. */

import type { LogoutBody } from '../contract/answers.ts'
import { type Api, type ApiResult, isTemporary, requestTokens, unreached } from './api.ts'
import { type LogoutQueue, type QueuedLogout, waitsForCookie } from './logout-queue.ts'
import { type Ended, isEnded, nothingToEnd, resultOf, signedOut, tooOld } from './logout-result.ts'
import type { Renewal } from './renewal.ts'
import type { Session } from './session.ts'
import type { SessionData, SessionStorage } from './session-storage.ts'
import type { Settings } from './settings.ts'
import { backoff } from './timers.ts'
import type { LogoutResult } from './types.ts'

export interface LogoutSender {
  /**
   * Sends it, and keeps it queued while it may go better later. If refused, sends it again with a new token for `former`. One
   * request at a time for each logout: a caller meanwhile gets the same result. Begins in a microtask, not at once.
   * `isGuess`: it is not known whether there is anything to end. `after`: waits for this first.
   */
  send(
    queued: QueuedLogout,
    former?: SessionData | null,
    isGuess?: boolean,
    after?: Promise<unknown>,
  ): Promise<LogoutResult>
  /** Whether this page has sent it and waits for the answer. */
  isUnderWay(name: string): boolean
  /** The session that would send it is not the one that is signed in here. */
  isOfAnother(queued: QueuedLogout): boolean
}

export function createLogoutSender(
  { now }: Settings,
  api: Api,
  stored: SessionStorage,
  session: Session,
  renewal: Renewal,
  queue: LogoutQueue,
  /** Adds the access token of whoever is signed in, and after a 401 tries once more with a new one: see fetch.ts. */
  fetch: typeof globalThis.fetch,
  /** The queue is another one now. */
  changed: () => void,
): LogoutSender {
  /** The requests under way, by their logouts' names in the queue. */
  const underWay = new Map<string, Promise<LogoutResult>>()

  const isOfAnother = ({ sessionId }: QueuedLogout): boolean =>
    !!sessionId && sessionId !== session.held?.sessionId

  /** Whether it waits for a cookie that is, or may be, another session's by now: if it were sent, it would end that one. */
  const hasLostCookie = (queued: QueuedLogout) => {
    const { name, pause, cookieOf } = queued
    const isUnsaved = queue.isUnsaved(name)
    const present = stored.cookieOf() ?? (isUnsaved ? session.cookieOf : undefined)
    // It was not known whose the cookie is, and the storage was emptied since: a later sign-in may have replaced the cookie.
    const isBlind = !isUnsaved && pause > 0 && !cookieOf && !stored.read()
    return waitsForCookie(queued) && (present ? present !== cookieOf : isBlind)
  }

  async function send(
    queued: QueuedLogout,
    former?: SessionData | null,
    isGuess = false,
  ): Promise<LogoutResult> {
    const { name, scope, ticket, cookieOf, sessionId, until, tokenUntil = until } = queued
    if (sessionId && (isOfAnother(queued) || renewal.isDue(0))) await renewal.renew()
    // An expired token can still end its own session, but not the others that were asked for.
    const isTooOld = now() >= tokenUntil
    const reach = isTooOld ? 'local' : scope
    // So a logout of the others waits until a token can be had that has not expired.
    const isTooEarly = sessionId && renewal.isDue(0)
    const ask = (): Promise<ApiResult<Ended>> | ApiResult<Ended> => {
      if (isTooEarly) return unreached
      // isOfAnother once more: somebody else may have signed in while this waited for a token.
      if (hasLostCookie(queued) || isOfAnother(queued)) return signedOut
      if (isTooOld && former?.refreshToken) return tooOld
      return api<LogoutBody>('POST', `/logout?scope=${reach}`, {
        token: queued.token ?? former?.accessToken,
        body: (ticket || cookieOf) && { ticket, session: cookieOf },
        // With a token, its own or the one that `fetch` adds, it goes without the cookie: that may be another session's by now.
        own: !queued.token && !sessionId && 'cookie',
        keepalive: true,
        send: sessionId ? fetch : undefined,
        isOurs: isEnded,
      })
    }
    let answer = await ask()
    // Only its own session was ended: the token had expired, or its session ended before while others of the user live.
    if (answer.ok && scope !== 'local' && answer.value.scope === 'local') answer = tooOld
    if (answer.ok) {
      queue.remove(name)
      if (scope !== 'local') queue.clearGivenUp()
    } else if (isTemporary(answer.error)) {
      const pause = backoff(queued.pause, answer.error)
      queue.putBack({ ...queued, ticket: answer.ticket ?? ticket, pause, due: now() + pause })
    } else if (former?.refreshToken) {
      // The token has expired; or the key that signed it was taken away, and the session lives on.
      const body = { refresh_token: former.refreshToken }
      const fresh = await requestTokens(api, '/token?grant_type=refresh_token', body, now)
      if (fresh.ok) {
        queued.token = fresh.value.accessToken
        queued.tokenUntil &&= fresh.value.expiresAt * 1000
        queue.putBack(queued)
      }
      return send(queued)
    } else if (isGuess && answer !== signedOut && answer.error.status === 401) {
      // The service says that there is nothing to end: no cookie, or one whose session has ended.
      queue.remove(name)
      if (scope === 'local') answer = nothingToEnd
    } else {
      // Also if the cookie is gone: a lost answer may have cleared it, and have been a 503 whose ticket was lost with it.
      queue.giveUp(queued)
    }
    changed()
    return resultOf(scope, answer, queue.isUnsaved(name) ? null : Math.min(tokenUntil, until))
  }

  return {
    send(queued, former, isGuess, after = Promise.resolve()) {
      const { name } = queued
      const sent =
        underWay.get(name) ??
        after.then(() => send(queued, former, isGuess)).finally(() => underWay.delete(name))
      underWay.set(name, sent)
      return sent
    },
    isUnderWay: (name) => underWay.has(name),
    isOfAnother,
  }
}
