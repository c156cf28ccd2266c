/** Owns logging out: here first and always, then on the server, again until it confirms. Here it never waits for a lock. */

import { unreached } from './api.ts'
import { type LogoutQueue, QUEUE, type QueuedLogout, waitsForCookie } from './logout-queue.ts'
import { nothingToEnd, resultOf, signedOut } from './logout-result.ts'
import type { LogoutSender } from './logout-sending.ts'
import { REFRESH } from './renewal.ts'
import type { Session } from './session.ts'
import type { SessionData, SessionStorage } from './session-storage.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'
import type { TabLock } from './tab-lock.ts'
import { pause, type Timers } from './timers.ts'
import type { AuthError, LogoutResult, LogoutScope } from './types.ts'

export interface Logout {
  /** Counts the logouts of this device, `local` or `global`, whether or not anybody was known to be signed in. */
  readonly leavings: number
  perform(scope: LogoutScope, because: 'logout' | 'idle'): Promise<LogoutResult>
  /** Sends the waiting logouts that are due. `event`: something has changed, so those that are not due go too. */
  flush(event?: boolean): void
  /**
   * Before a sign-in: sends the logouts that wait for the cookie that it replaces, or waits until another page has done so, and
   * those of all, which would end the session that begins now too. Resolves to the error if one still waits for the cookie.
   */
  flushBeforeSignIn(): Promise<AuthError | undefined>
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
  withLock: TabLock,
  stored: SessionStorage,
  session: Session,
  queue: LogoutQueue,
  { send, isUnderWay, isOfAnother }: LogoutSender,
): Logout {
  /**
   * Milliseconds until it is due. More than its pause means that the clock was set back: then 0, so that it is not held up. Nor is
   * one whose `due` is no number.
   */
  const dueIn = ({ due, pause }: QueuedLogout) => {
    const ms = due - now()
    return ms <= (pause || FIRST_ATTEMPT) ? ms : 0
  }

  /** The logouts of the others that wait for this session. */
  const othersOf = (id: string | undefined) =>
    queue.all().filter(({ sessionId }) => sessionId && sessionId === id)

  /** Queued before it is sent, so that it outlives this page; each by a name of its own, so that no tab overwrites another's. */
  function enqueue(part: Omit<QueuedLogout, 'name' | 'due' | 'until' | 'pause'>): QueuedLogout {
    const name = QUEUE + now() + Math.random()
    const queued = { ...part, name, due: now() + FIRST_ATTEMPT, until: now() + LIFE, pause: 0 }
    queue.put(queued)
    return queued
  }

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
      if (dueIn(queued) <= 0 || (event && queued.pause)) await send(queued)
    }
    logout.updateState()
  }

  /** With nobody signed in here: sends what waits, and gives its result. Never claims a wider scope than that logout had. */
  async function sendWaiting(scope: LogoutScope): Promise<LogoutResult> {
    const waiting = queue.all().filter(({ sessionId }) => !sessionId)
    const results = await Promise.all(waiting.map((queued) => send(queued)))
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
      // With no room for a record, only a logout in this tab says that the cookie is gone or waited for.
      const { status, endedBecause } = store.get()
      const mayBeLeft = record ? record.left : endedBecause !== 'logout'
      const isKnown = held || record?.sessionId || (!staysHere && cookie && mayBeLeft)
      if (!isKnown) {
        if (staysHere) return resultOf(scope, signedOut)
        // A session that had ended before keeps its own reason.
        if (status !== 'signed_out') session.end(because)
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
      const sent = send(queued, leaving, !own)
      const rest = isLeft && enqueue({ scope: 'local' })
      // The cookie may be of this very session. Once that has ended, its token ends no others: so all are ended first. Under the
      // lock of sign-ins: one on its way in another tab may bring its cookie before this is answered, which would take it away.
      const restSent =
        rest &&
        withLock(REFRESH, () => send(rest, null, true, scope === 'global' ? sent : undefined))
      // Queued before the state changes: a listener that logs out again then finds it.
      if (!staysHere) session.end(because, scope === 'global')
      logout.updateState()
      // With nobody known to be here, it answers for what waited before it too.
      if (!own) return sendWaiting(scope)
      const [result, ofRest] = await Promise.all([sent, restSent])
      // The scope that was asked for, even if only the end of the unanswered sign-in is not confirmed.
      return result.ok && ofRest && !ofRest.ok ? { ...ofRest, scope } : result
    },

    flush(event) {
      // Sets the timer anew: if another tab holds the lock, sendDue does not run here.
      logout.updateState()
      void withLock(QUEUE, () => sendDue(event), true)
    },

    async flushBeforeSignIn() {
      const waiting = () => queue.all().filter(waitsForCookie)
      // Another page's first attempt is under way: its answer clears the cookie, so it must come before the sign-in's.
      const isElsewhere = (queued: QueuedLogout) =>
        !queued.pause && dueIn(queued) > FIRST_ATTEMPT - ANSWERED && !isUnderWay(queued.name)
      for (let i = 0; i < ANSWERED / 50 && waiting().some(isElsewhere); i++) await pause(50)
      const mustGo = waiting()[0] || queue.all().some(({ scope }) => scope === 'global')
      const sent = mustGo ? await withLock(QUEUE, () => sendWaiting('local')) : undefined
      return waiting()[0] && (sent?.error ?? unreached.error)
    },

    endReplaced(former) {
      const queued = enqueue({ scope: 'local', token: former.accessToken })
      void send(queued, former)
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
        !queued.pause && dueIn(queued) > FIRST_ATTEMPT - QUIET
      store.set({
        unconfirmed: !waiting.every(isYoung),
        unsaved: waiting.some(({ name }) => queue.isUnsaved(name)),
        givenUp: queue.givenUp(),
      })
      const next = Math.min(
        ...waiting.map((queued) => dueIn(queued) - (isYoung(queued) ? FIRST_ATTEMPT - QUIET : 0)),
      )
      if (waiting[0]) timers.set(QUEUE, Math.max(1000, next), () => logout.flush())
    },
  }
  return logout
}
