/** Owns who is signed in here: the one place where a session begins or ends in this tab. Asks nothing of the server. */

import { SIGNED_OUT, type Store } from './store.ts'
import type { Message, Tabs } from './tabs.ts'
import type { EndedBecause } from './types.ts'
import type { Held, Vault } from './vault.ts'

export interface Session {
  held(): Held | null
  /** Goes up when a session begins or ends: what was asked for before that is not for this one. */
  epoch(): number
  /** What rested in the vault, before anybody is told. */
  restore(): Held | null
  /** Shows what is held. */
  show(): void
  /** Begun or renewed here. */
  keep(held: Held): void
  /** Ended here. `everywhere`: all of the user's sessions. */
  end(because: EndedBecause | null, everywhere?: boolean): void
  /** Ended elsewhere, or never begun: the other tabs know it already. */
  leave(because: EndedBecause | null): void
  hear(message: Message): void
  /** Looks at what tabs share. True when there is a session of which only its cookie is known here. */
  catchUp(): boolean
}

export function createSession(store: Store, vault: Vault, tabs: Tabs): Session {
  let held: Held | null = null
  let epoch = 0

  const show = () => {
    if (!held) return
    const { user, accessToken, refreshToken, sessionId, expiresAt } = held
    const status = 'signed_in'
    store.set({ status, user, accessToken, refreshToken, sessionId, expiresAt, endedBecause: null })
  }
  const take = (next: Held) => {
    if (held?.sessionId !== next.sessionId) epoch++
    held = next
    show()
  }
  const leave = (because: EndedBecause | null) => {
    epoch++
    held = null
    store.set({ status: 'signed_out', ...SIGNED_OUT, endedBecause: because })
  }
  /** A logout in another tab did not happen in this one. */
  const follow = (because: EndedBecause | undefined) => {
    if (!vault.isShared) vault.clear('elsewhere')
    leave(!because || because === 'logout' ? 'elsewhere' : because)
  }

  return {
    held: () => held,
    epoch: () => epoch,
    show,
    leave,
    restore() {
      held = vault.read()
      return held
    },
    keep(next) {
      vault.write(next)
      take(next)
      tabs.tell({ held: next })
    },
    end(because, everywhere = false) {
      const ended = held
      vault.clear(because ?? 'expired')
      leave(because)
      tabs.tell({
        ended: ended?.sessionId ?? null,
        userId: (everywhere && ended?.user.id) || null,
        because: because ?? 'expired',
      })
    },
    hear(message) {
      if ('held' in message) {
        const present = vault.isShared ? vault.mark()?.sessionId : held?.sessionId
        // Said before a logout and heard after it: that session is not the present one any more.
        if (message.held.sessionId !== present) return
        if (held && message.held.expiresAt < held.expiresAt) return
        if (!vault.isShared) vault.write(message.held)
        return take(message.held)
      }
      const { ended, userId, because } = message
      if (held ? held.sessionId === ended || held.user.id === userId : isWaiting()) follow(because)
    },
    catchUp() {
      const mark = vault.mark()
      if (mark?.sessionId === null) {
        if (held || isWaiting()) follow(mark.because)
        return false
      }
      const stored = mark && vault.read()
      if (stored && stored.accessToken !== held?.accessToken && stored.refreshToken) take(stored)
      return mark !== null && mark.sessionId !== held?.sessionId
    },
  }

  function isWaiting(): boolean {
    return vault.isShared && store.get().status === 'loading'
  }
}
