/** Owns who is signed in here, and what the tabs tell each other of it. Asks nothing of the server. */

import { claimsOf } from './access-token.ts'
import type { Channel, Page } from './page.ts'
import { isWhole, type SessionData, type SessionStorage } from './session-storage.ts'
import { NOBODY, type Store } from './store.ts'
import type { AuthState, EndedBecause } from './types.ts'

export interface Session {
  readonly held: SessionData | null
  /** Goes up when a session begins or ends: the answer to an earlier request is not for the present one. */
  readonly epoch: number
  /** The session of the latest cookie that this tab knows or has heard of: all there is to go by where nothing can be stored. */
  readonly cookieOf: string | undefined
  /** Takes up the stored session. The state does not show it yet. */
  restore(): SessionData | null
  /** Puts the held session into the state. */
  show(): void
  /** A session was begun or renewed here: stores it, shows it and tells the other tabs. */
  keep(held: SessionData): void
  /** The session was ended here. `everywhere`: all of the user's sessions. `left`: its cookie may still be there. */
  end(because: EndedBecause | null, everywhere?: boolean, left?: boolean): void
  /**
   * Reads the stored record anew: another tab, or a later page of this tab, may have changed it. True when it names a session of
   * which this tab knows only the cookie. Whoever was here before is then shown no more. `isEvent`, for a storage event: still
   * shown while a channel is open, since that is about to tell who it is.
   */
  catchUp(isEvent?: boolean): boolean
  /** Begins to hear the other tabs. */
  open(): void
  /** False where there are no channels: storage events are all there is then. */
  canHear(): boolean
  close(): void
}

/** `held`: signed in, or renewed. Otherwise the session `ended` is over; with `userId`, all of that user's are. */
interface Message {
  held?: SessionData
  ended?: string | undefined
  userId?: string | false | undefined
  because?: EndedBecause | null
}

export function createSession(
  store: Store,
  stored: SessionStorage,
  page: Page | null,
  prefix: string,
): Session {
  let held: SessionData | null = null
  let epoch = 0
  let cookieOf: string | undefined
  let channel: Channel | null | undefined
  /** What another tab has told of a session that the storage did not name yet: a channel may be faster than the storage. */
  let early: SessionData | undefined

  const show = () => held && store.set({ status: 'signed_in', ...held, endedBecause: null })
  const noteCookie = ({ refreshToken, sessionId }: SessionData) => {
    if (!refreshToken) cookieOf = sessionId
  }
  const take = (next: SessionData) => {
    noteCookie(next)
    if (held?.sessionId !== next.sessionId) epoch++
    held = next
    early = undefined
    show()
  }
  const forget = (change: Partial<AuthState>) => {
    epoch++
    held = null
    store.set({ ...NOBODY, ...change })
  }
  const leave = (because: EndedBecause | null) =>
    forget({ status: 'signed_out', endedBecause: because })
  /**
   * Signs this tab out after an ending in another one; a `logout` there is `elsewhere` here. A tab that does not know yet who is
   * there follows too, if tabs share one session.
   */
  const follow = (because: EndedBecause | null = null, isElsewhere = true) => {
    if (!held && !(stored.isShared && store.get().status === 'loading')) return
    if (!stored.isShared) stored.write({ because })
    leave(isElsewhere && because === 'logout' ? 'elsewhere' : because)
  }
  /** Does as another tab's message says. Never posts it again, so nothing echoes. */
  const hear = ({ held: next, ended, userId, because }: Message) => {
    if (next) {
      noteCookie(next)
      const record = stored.read()
      const { sessionId, accessToken = held?.sessionId === next.sessionId && held.accessToken } =
        record ?? {}
      // From before a logout or newer tokens, and heard late? By the service's clock: this browser's may have been set back.
      const isOld = accessToken && claimsOf(next.accessToken).iat < claimsOf(accessToken).iat
      // No record though somebody is held: there was no room to write down whose the cookie is.
      const isUnwritten = !record && held && !next.refreshToken
      if (next.sessionId !== sessionId && !isUnwritten) {
        // A bearer's record holds all of a session, and is newer than what was heard before it.
        if (!next.refreshToken) early = next
        return
      }
      if (isOld) return
      // A sign-in that began after this was told may be on its way: its mark stays.
      stored.write({ ...next, left: record?.left })
      take(next)
    } else {
      // The storage may name that session only after this: it must not come back then.
      if (early?.sessionId === ended || early?.user.id === userId) early = undefined
      if (!held || held.sessionId === ended || held.user.id === userId) follow(because)
    }
  }

  return {
    get held() {
      return held
    },
    get epoch() {
      return epoch
    },
    get cookieOf() {
      return cookieOf
    },
    show,
    restore() {
      const record = stored.read()
      if (isWhole(record)) held ??= record
      return held
    },
    keep(next) {
      stored.write(next)
      take(next)
      channel?.postMessage({ held: next })
    },
    end(because, everywhere = false, left) {
      const message: Message = {
        ended: held?.sessionId ?? cookieOf,
        userId: everywhere && held?.user.id,
        because,
      }
      // A bearer's record that is gone: a later session's had no room. That one has not ended, so no end is written.
      if (!held?.refreshToken || stored.read()) stored.write({ because, left })
      leave(because)
      channel?.postMessage(message)
    },
    catchUp(isEvent) {
      const record = stored.read()
      if (!record) return false
      if (early && early.sessionId === record.sessionId) hear({ held: early })
      if (!record.sessionId) follow(record.because, stored.isShared)
      else if (isWhole(record)) {
        if (record.accessToken !== held?.accessToken) take(record)
      } else if (
        !(isEvent && channel) &&
        held &&
        !held.refreshToken &&
        held.sessionId !== record.sessionId
      )
        forget({ status: 'loading' })
      return record.sessionId !== held?.sessionId
    },
    open() {
      try {
        channel = page?.BroadcastChannel && new page.BroadcastChannel(prefix + stored.name)
      } catch {
        // Where the browser's owner has forbidden storage, some browsers forbid channels too.
      }
      if (channel) channel.onmessage = ({ data }) => hear(data as Message)
    },
    canHear: () => !!channel,
    close() {
      channel?.close()
      channel = null
    },
  }
}
