/** Owns the renewing of tokens: when, by which tab, and what becomes of an answer that comes too late. */

import { type Api, isTemporary, requestTokens } from './api.ts'
import type { Session } from './session.ts'
import type { SessionData, SessionStorage } from './session-storage.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'
import type { TabLock } from './tab-lock.ts'
import { backoff, pause, type Timers } from './timers.ts'

export interface Renewal {
  /** Renews the tokens, one attempt at a time in all tabs together. Resolves when that is over, whatever came of it. */
  renew(): Promise<unknown>
  /**
   * Whether the access token has less than `left` seconds left; without a number, whether it is time for another. While it is not
   * known who is here: whether a cookie may tell.
   */
  isDue(left?: number): boolean
  /** Sets the timer for the next one. */
  plan(): void
}

export const REFRESH = 'refresh'

/** Seconds before the end of an access token at which another is asked for. */
const LEAD = 60
/** Milliseconds. */
const LEAST_PAUSE = 5_000
const LOOK = 60_000
/** How many times, 50 ms apart, a tab looks whether it has heard of the tokens that another tab has just been given. */
const HEARING = 10

export function createRenewal(
  { now, cookie, storage }: Settings,
  store: Store,
  timers: Timers,
  api: Api,
  withLock: TabLock,
  stored: SessionStorage,
  session: Session,
  /** For the session that was replaced by a sign-in of whose answer only the cookie came. */
  endReplaced: (former: SessionData) => void,
  /** Whether a logout of this session waits to be sent. */
  isLeaving: (sessionId: string) => boolean,
): Renewal {
  let underWay: Promise<unknown> | null = null
  let retryIn = 0
  /**
   * The access token whose renewal had no answer, or a temporary refusal: the service may have replaced the refresh token, and
   * gives the new one again only for a while. So a renewal is due.
   */
  let lostFor: string | undefined

  async function attempt(epoch: number, token?: string, marked?: number): Promise<void> {
    const onlyCookie = session.catchUp()
    const isOver = () => session.epoch !== epoch
    const isRenewed = () => session.held?.accessToken !== token && !renewal.isDue()
    // Another tab may have been given new tokens while this one waited for the lock.
    if (session.canHear() && stored.read()?.expiresAt !== marked)
      for (let i = 0; i < HEARING && !isRenewed(); i++) await pause(50)
    const { held } = session
    if (isOver() || isRenewed() || !(held || onlyCookie || renewal.isDue())) return
    const body = held?.refreshToken ? { refresh_token: held.refreshToken } : {}
    const answer = await requestTokens(api, '/token?grant_type=refresh_token', body, now)
    session.catchUp()
    // Signed out meanwhile, here or in another tab: what came is for nobody.
    if (isOver()) return
    if (!answer.ok && isTemporary(answer.error)) {
      retryIn = backoff(retryIn, answer.error)
      lostFor = held?.accessToken
      return
    }
    retryIn = 0
    // The storage was emptied, so that nothing said that its cookie is still there: the logout is what counts.
    if (answer.ok && isLeaving(answer.value.sessionId)) return session.end('logout')
    if (answer.ok) {
      session.keep(answer.value)
      if (held && held.sessionId !== answer.value.sessionId) endReplaced(held)
      return
    }
    // Refused before the access token had expired: somebody ended the session. After that, its age may have. If only the
    // id is stored, a cookie that goes when the browser closes may be gone, which is neither: no reason is given.
    const expiresAt = held?.expiresAt ?? (storage === 'session' ? null : stored.read()?.expiresAt)
    session.end(expiresAt ? (now() < expiresAt * 1000 ? 'elsewhere' : 'expired') : null)
  }

  const renewal: Renewal = {
    renew() {
      const token = session.held?.accessToken
      session.catchUp()
      const { epoch } = session
      const marked = stored.read()?.expiresAt
      underWay ??= withLock(REFRESH, () => attempt(epoch, token, marked)).finally(() => {
        underWay = null
        renewal.plan()
      })
      return underWay
    },
    isDue(left = session.held?.accessToken === lostFor ? 1e9 : LEAD) {
      const held = session.held
      return held
        ? now() >= (held.expiresAt - left) * 1000
        : cookie && store.get().status === 'loading'
    },
    plan() {
      const { expiresAt = 0 } = session.held ?? {}
      const until = Math.max((expiresAt - LEAD) * 1000 - now(), LEAST_PAUSE)
      // A timer counts no time asleep, so it looks at the clock again every minute.
      const ms = (renewal.isDue() && retryIn) || Math.min(until, LOOK)
      timers.set(REFRESH, ms, () => (renewal.isDue() ? renewal.renew() : renewal.plan()))
    },
  }
  return renewal
}
