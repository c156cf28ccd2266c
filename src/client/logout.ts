/** Owns logging out: here first and always, then on the server, and again until it confirms. Never waits for a lock. */

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
  /** How often somebody here has left, whether or not anybody was known to be signed in. */
  readonly leavings: number
  perform(scope: LogoutScope, because: 'logout' | 'idle'): Promise<LogoutResult>
  /** Sends again what waits. `event`: something has changed, so it may go before its time. */
  flush(event?: boolean): void
  /** Sends what waits for the cookie, or lets another page do so, before somebody signs in and has another; why not, when it could not. */
  flushCookieLogouts(): Promise<AuthError | undefined>
  /** Ends a session that another one has replaced in this browser. */
  endReplaced(former: SessionData): void
  /** The others of this session were ended by another request, so what waits for that waits no more. */
  endedOthers(sessionId: string | undefined): void
  /** Somebody has signed in: what was given up before that is not said any more. */
  clearGivenUp(): void
  /** Tells the state whether anything is not confirmed or was given up, and sets the timer. */
  updateState(): void
}

/**
 * Milliseconds. No session lives longer with the service's own default of SESSION_ABSOLUTE_TTL. This one's is not known here,
 * so what is not confirmed by then may live on, and is said to be given up.
 */
const LIFE = 30 * 24 * 3600_000
const FIRST_ATTEMPT = 15_000
/** Milliseconds. The service ends every request within three seconds; the rest is for the way. */
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
  /** In the name of whoever is signed in, and once more if the token did not work. */
  fetch: typeof globalThis.fetch,
): Logout {
  /** Milliseconds until it is due: never longer than when it was put, so a clock that was set back does not hold it up. */
  const left = ({ due, pause }: QueuedLogout) => {
    const ms = due - now()
    return ms > (pause || FIRST_ATTEMPT) ? 0 : ms
  }

  /** Those under way, by their names in the queue. */
  const underWay = new Map<string, Promise<LogoutResult>>()

  /** The end of the others that waits for this session. */
  const othersOf = (id: string | undefined) =>
    queue.all().filter(({ sessionId }) => sessionId && sessionId === id)

  /** The cookie is another session's by now, and ends that one if it is sent. */
  const hasLostCookie = (queued: QueuedLogout) => {
    const { name, pause, cookieOf } = queued
    const isUnsaved = queue.isUnsaved(name)
    const present = stored.cookieOf() ?? (isUnsaved ? session.cookieOf : undefined)
    // Of one that nobody knows, where the storage was emptied, it may be by now.
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

  /** One request at a time for each: whoever asks meanwhile is told the same. Begins in a moment, not at once. */
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

  /** Asks once, and keeps it in the queue while it is worth it. Once more with a new token, where `former` can still be given one. */
  async function send(
    queued: QueuedLogout,
    former?: SessionData | null,
    /** It is not known whether there is anything to end. */
    isGuess = false,
  ): Promise<LogoutResult> {
    const { name, scope, ticket, cookieOf, sessionId, until, tokenUntil = until } = queued
    if (sessionId && (isOfAnother(queued) || renewal.isDue(0))) await renewal.renew()
    // An expired token still ends its own session, and no more: that is not what was asked for.
    const isTooOld = now() >= tokenUntil
    const reach = isTooOld ? 'local' : scope
    // Nor does it end others, so those wait for one that can be had.
    const isTooEarly = sessionId && renewal.isDue(0)
    const ask = (): Promise<ApiResult<Ended>> | ApiResult<Ended> => {
      if (isTooEarly) return unreached
      // Also where somebody else came while this waited for a token.
      if (hasLostCookie(queued) || isOfAnother(queued)) return signedOut
      if (isTooOld && former?.refreshToken) return tooOld
      return api<LogoutBody>('POST', `/logout?scope=${reach}`, {
        token: queued.token ?? former?.accessToken,
        body: (ticket || cookieOf) && { ticket, session: cookieOf },
        // What holds a token, or has its session fetch one, is sent without the cookie: that may be another session's by now.
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
      // The service says that there is none: no cookie, or one whose session has ended.
      queue.remove(name)
      if (scope === 'local') answer = nothingToEnd
    } else {
      // Also where an answer that was lost took the cookie away: that may have been a 503 too, whose ticket is lost with it.
      queue.giveUp(queued)
    }
    logout.updateState()
    return resultOf(scope, answer, queue.isUnsaved(name) ? null : Math.min(tokenUntil, until))
  }

  /** The session that would send it is not the one that is signed in here. */
  const isOfAnother = ({ sessionId }: QueuedLogout) =>
    sessionId && sessionId !== session.held?.sessionId

  /** Nobody can send it any more. Of a session that another tab has for itself, or that is kept in another way, that is not known. */
  const isGone = (queued: QueuedLogout) =>
    isOfAnother(queued) &&
    // Another tab may have begun it, and this one not have heard of that yet.
    queued.sessionId !== stored.read()?.sessionId &&
    store.get().status !== 'loading' &&
    (queue.isUnsaved(queued.name) || (stored.isShared && queued.cookie === cookie))

  /** `event`: also before its time, unless it is the first attempt that has not been answered. */
  async function sendDue(event?: boolean): Promise<void> {
    for (const { name } of queue.all()) {
      // Another may have been at it meanwhile.
      const queued = queue.all().find((one) => one.name === name)
      if (!queued || isOfAnother(queued)) continue
      if (left(queued) <= 0 || (event && queued.pause)) await once(queued)
    }
    logout.updateState()
  }

  /** Nobody is signed in here, so what is left to do is what waits. Claims no more than that asked for. */
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
      // Whom another tab has let in or out, and this one has not heard of yet.
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
        // What had ended before, had another reason.
        if (store.get().status !== 'signed_out') session.end(because)
        return sendWaiting(scope)
      }
      // The end of the others was wished for too, and waits for this session: together that is everywhere.
      const own = (held ?? record)?.sessionId
      const part = staysHere ? [] : othersOf(own)
      if (part[0]) scope = 'global'
      const leaving = staysHere ? null : held
      // Beside a session, the cookie may be of a sign-in that was not answered: each is then ended by what is surely its own.
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
      const restSent = rest && once(rest, () => send(rest, null, true))
      // Queued before anybody is told of it, so that whoever asks again then finds it.
      if (!staysHere) session.end(because, scope === 'global')
      logout.updateState()
      const [result, ofRest] = await Promise.all([sent, restSent])
      // Told as what was asked for, also where only the rest is not confirmed.
      return result.ok && ofRest && !ofRest.ok ? { ...ofRest, scope } : result
    },

    flush(event) {
      // Also sets the timer once more, since another tab may be at it.
      logout.updateState()
      void withLock(QUEUE, () => sendDue(event), true)
    },

    async flushCookieLogouts() {
      const waiting = () => queue.all().filter(waitsForCookie)
      // The answer to another page's own request takes the cookie away, and must not come after the sign-in.
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
      // At once: the page may be left for its sign-in page now, and the next one says so.
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
