/** Owns logging out: here first and always, then on the server, again until it confirms. Here it never waits for a lock. */

import type { LogoutBody } from '../contract/answers.ts'
import { type Api, type ApiResult, isTemporary, requestTokens, unreached } from './api.ts'
import { type LogoutQueue, QUEUE, type QueuedLogout, waitsForCookie } from './logout-queue.ts'
import { type Ended, isEnded, nothingToEnd, resultOf, signedOut, tooOld } from './logout-result.ts'
import type { Renewal } from './renewal.ts'
import type { Session } from './session.ts'
import type { SessionData, SessionStorage } from './session-storage.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'
import type { TabLock } from './tab-lock.ts'
import { backoff, pause, type Timers } from './timers.ts'
import type { AuthError, LogoutResult, LogoutScope } from './types.ts'

export interface Logout {
  /** Counts the logouts of this device, `local` or `global`, whether or not anybody was known to be signed in. */
  readonly leavings: number
  perform(scope: LogoutScope, because: 'logout' | 'idle'): Promise<LogoutResult>
  /** Sends the waiting logouts that are due. `event`: something has changed, so those that are not due go too. */
  flush(event?: boolean): void
  /**
   * Before a sign-in replaces the cookie: sends the logouts that wait for it, or waits until another page has done so. Resolves
   * to the error if one still waits.
   */
  flushCookieLogouts(): Promise<AuthError | undefined>
  /** Ends a session that another one has replaced in this browser. */
  endReplaced(former: SessionData): void
  /** Another request has ended the other sessions: a logout of the others that waits for `sessionId` is done. */
  endedOthers(sessionId: string | undefined): void
  /** Somebody has signed in: what was given up before that is not said any more. */
  clearGivenUp(): void
  /** Gives up what nobody can send, tells the state what is not confirmed or was given up, and sets the timer. */
  updateState(): void
}

/**
 * Milliseconds: the default of SESSION_ABSOLUTE_TTL, so usually no session lives longer. What this service has set is not known
 * here, so a logout that is not confirmed by then is said to be given up: its session may live on.
 */
const LIFE = 30 * 24 * 3600_000
const FIRST_ATTEMPT = 15_000
/** Milliseconds in which any logout is answered: the service ends every request within three seconds; the rest is for the way. */
const ANSWERED = 5_000
/** Milliseconds for which a first attempt is taken to go well. */
const QUIET = 1_000

export function createLogout(
  { cookie, now }: Settings,
  store: Store,
  timers: Timers,
  api: Api,
  withLock: TabLock,
  stored: SessionStorage,
  session: Session,
  renewal: Renewal,
  queue: LogoutQueue,
  /** Adds the access token of whoever is signed in, and after a 401 tries once more with a new one: see fetch.ts. */
  fetch: typeof globalThis.fetch,
): Logout {
  /** Milliseconds until it is due. More than its pause means that the clock was set back: then 0, so that it is not held up. */
  const left = ({ due, pause }: QueuedLogout) => {
    const ms = due - now()
    return ms > (pause || FIRST_ATTEMPT) ? 0 : ms
  }

  /** The requests under way, by their logouts' names in the queue. */
  const underWay = new Map<string, Promise<LogoutResult>>()

  /** The logouts of the others that wait for this session. */
  const othersOf = (id: string | undefined) =>
    queue.all().filter(({ sessionId }) => sessionId && sessionId === id)

  /** Whether it waits for a cookie that is, or may be, another session's by now: if it were sent, it would end that one. */
  const hasLostCookie = (queued: QueuedLogout) => {
    const { name, pause, cookieOf } = queued
    const isUnsaved = queue.isUnsaved(name)
    const present = stored.cookieOf() ?? (isUnsaved ? session.cookieOf : undefined)
    // It was not known whose the cookie is, and the storage was emptied since: a later sign-in may have replaced the cookie.
    const isBlind = !isUnsaved && pause > 0 && !cookieOf && !stored.read()
    return waitsForCookie(queued) && (present ? present !== cookieOf : isBlind)
  }

  /** Queued before it is sent, so that it outlives this page; each by a name of its own, so that no tab overwrites another's. */
  function enqueue(part: Omit<QueuedLogout, 'name' | 'due' | 'until' | 'pause'>): QueuedLogout {
    const name = QUEUE + now() + Math.random()
    const queued = { ...part, name, due: now() + FIRST_ATTEMPT, until: now() + LIFE, pause: 0 }
    queue.put(queued)
    return queued
  }

  /** One request at a time for each logout: a caller meanwhile gets the same result. Begins in a microtask, not at once. */
  function once(queued: QueuedLogout, ask = () => send(queued)): Promise<LogoutResult> {
    const { name } = queued
    const asked =
      underWay.get(name) ??
      Promise.resolve()
        .then(ask)
        .finally(() => underWay.delete(name))
    underWay.set(name, asked)
    return asked
  }

  /** Sends it, and keeps it queued while it may go better later. If refused, sends it again with a new token for `former`. */
  async function send(
    queued: QueuedLogout,
    former?: SessionData | null,
    /** It is not known whether there is anything to end. */
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
    logout.updateState()
    return resultOf(scope, answer, queue.isUnsaved(name) ? null : Math.min(tokenUntil, until))
  }

  /** The session that would send it is not the one that is signed in here. */
  const isOfAnother = ({ sessionId }: QueuedLogout) =>
    sessionId && sessionId !== session.held?.sessionId

  /** Whether nobody can send it any more. False if that is not known: another tab's own session, or one of another transport. */
  const isGone = (queued: QueuedLogout) =>
    isOfAnother(queued) &&
    // Another tab may have begun that session, and this tab not have heard of it yet.
    queued.sessionId !== stored.read()?.sessionId &&
    store.get().status !== 'loading' &&
    (queue.isUnsaved(queued.name) || (stored.isShared && queued.cookie === cookie))

  /** Sends what is due. `event`: also what is not, unless its first attempt is still unanswered. */
  async function sendDue(event?: boolean): Promise<void> {
    for (const { name } of queue.all()) {
      // Read anew: another tab may have sent or changed it meanwhile.
      const queued = queue.all().find((one) => one.name === name)
      if (!queued || isOfAnother(queued)) continue
      if (left(queued) <= 0 || (event && queued.pause)) await once(queued)
    }
    logout.updateState()
  }

  /** With nobody signed in here: sends what waits, and gives its result. Never claims a wider scope than that logout had. */
  async function sendWaiting(scope: LogoutScope): Promise<LogoutResult> {
    const waiting = queue.all().filter(({ sessionId }) => !sessionId)
    const results = await Promise.all(waiting.map((queued) => once(queued)))
    return (
      results.find(({ ok }) => !ok) ??
      results.find((result) => result.scope === scope) ??
      (scope === 'local'
        ? (results[0] ?? resultOf(scope, nothingToEnd))
        : resultOf(scope, signedOut))
    )
  }

  let leavings = 0

  const logout: Logout = {
    get leavings() {
      return leavings
    },

    async perform(scope, because) {
      // Another tab may have signed somebody in or out, and this one not have heard of it yet.
      session.catchUp()
      const held = session.held
      const record = stored.read()
      const staysHere = scope === 'others'
      if (!staysHere) leavings++
      const isKnown =
        held ||
        record?.sessionId ||
        (!staysHere && cookie && (record ? record.left : renewal.isDue()))
      if (!isKnown) {
        if (staysHere) return resultOf(scope, signedOut)
        // A session that had ended before keeps its own reason.
        if (store.get().status !== 'signed_out') session.end(because)
        return sendWaiting(scope)
      }
      // A logout of the others waits for this session: together with this one, that is everywhere.
      const own = (held ?? record)?.sessionId
      const part = staysHere ? [] : othersOf(own)
      if (part[0]) scope = 'global'
      const leaving = staysHere ? null : held
      // The cookie may be of a sign-in whose answer was lost: this session is then ended by its token, that one by the cookie.
      const isLeft = cookie && !staysHere && own && record?.left
      const byToken = cookie && !isLeft ? null : leaving
      const queued = enqueue({
        scope,
        ...(staysHere
          ? { sessionId: own, cookie }
          : cookie && { cookieOf: own ?? (record?.left ? undefined : session.cookieOf) }),
        token: byToken?.accessToken,
        tokenUntil: byToken && scope === 'global' ? byToken.expiresAt * 1000 : undefined,
      })
      for (const { name } of part) queue.remove(name)
      const sent = once(queued, () => send(queued, leaving, !own))
      const rest = isLeft && enqueue({ scope: 'local' })
      // The cookie may be of this very session. Once that has ended, its token ends no others: so all are ended first.
      const first = scope === 'global' ? sent : Promise.resolve()
      const restSent = rest && once(rest, () => first.then(() => send(rest, null, true)))
      // Queued before the state changes: a listener that logs out again then finds it.
      if (!staysHere) session.end(because, scope === 'global')
      logout.updateState()
      const [result, ofRest] = await Promise.all([sent, restSent])
      // The scope that was asked for, even if only the end of the unanswered sign-in is not confirmed.
      return result.ok && ofRest && !ofRest.ok ? { ...ofRest, scope } : result
    },

    flush(event) {
      // Sets the timer anew: if another tab holds the lock, sendDue does not run here.
      logout.updateState()
      void withLock(QUEUE, () => sendDue(event), true)
    },

    async flushCookieLogouts() {
      const waiting = () => queue.all().filter(waitsForCookie)
      // Another page's first attempt is under way: its answer clears the cookie, so it must come before the sign-in's.
      const isElsewhere = (queued: QueuedLogout) =>
        !queued.pause && left(queued) > FIRST_ATTEMPT - ANSWERED && !underWay.has(queued.name)
      for (let i = 0; i < ANSWERED / 50 && waiting().some(isElsewhere); i++) await pause(50)
      const sent = waiting()[0] && (await withLock(QUEUE, () => sendWaiting('local')))
      return waiting()[0] && (sent?.error ?? unreached.error)
    },

    endReplaced(former) {
      const queued = enqueue({ scope: 'local', token: former.accessToken })
      void once(queued, () => send(queued, former))
      logout.updateState()
    },

    endedOthers(sessionId) {
      for (const { name } of othersOf(sessionId)) queue.remove(name)
      queue.clearGivenUp()
    },

    clearGivenUp() {
      queue.clearGivenUp()
      logout.updateState()
    },

    updateState() {
      // Before the state is set: the page may then be left for its sign-in page, which says what was given up.
      for (const queued of queue.all().filter(isGone)) queue.giveUp(queued)
      const waiting = queue.all()
      const isYoung = (queued: QueuedLogout) =>
        !queued.pause && left(queued) > FIRST_ATTEMPT - QUIET
      store.set({
        unconfirmed: !waiting.every(isYoung),
        unsaved: waiting.some(({ name }) => queue.isUnsaved(name)),
        givenUp: queue.givenUp(),
      })
      const next = Math.min(
        ...waiting.map((queued) => left(queued) - (isYoung(queued) ? FIRST_ATTEMPT - QUIET : 0)),
      )
      if (waiting[0]) timers.set(QUEUE, Math.max(1000, next), () => logout.flush())
    },
  }
  return logout
}
