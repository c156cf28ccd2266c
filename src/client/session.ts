/** Owns who is signed in here: the one place where a session begins or ends in this tab. Asks nothing of the server. */

import { NOBODY, type Store } from './store.ts'
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
  hear(message: Message): void
  /** Looks at what tabs share. True when there is a session of which only its cookie is known here. */
  catchUp(): boolean
}

export function createSession(store: Store, vault: Vault, tabs: Tabs): Session {
  let held: Held | null = null
  let epoch = 0

  const show = () => held && store.set({ status: 'signed_in', ...held, endedBecause: null })
  const take = (next: Held) => {
    if (held?.sessionId !== next.sessionId) epoch++
    held = next
    show()
  }
  const leave = (because: EndedBecause | null) => {
    epoch++
    held = null
    store.set({ status: 'signed_out', ...NOBODY, endedBecause: because })
  }
  /** A logout in another tab did not happen in this one. */
  const follow = (because: EndedBecause | null = null) => {
    if (!vault.isShared) vault.clear(because)
    leave(because === 'logout' ? 'elsewhere' : because)
  }
  /** A tab that does not know yet who is there is told by what tabs share. */
  const isWaiting = () => vault.isShared && store.get().status === 'loading'

  return {
    held: () => held,
    epoch: () => epoch,
    show,
    restore() {
      held ??= vault.read()
      return held
    },
    keep(next) {
      vault.write(next)
      take(next)
      tabs.tell({ held: next })
    },
    end(because, everywhere) {
      const message = {
        ended: held?.sessionId,
        userId: everywhere && held ? held.user.id : null,
        because,
      }
      vault.clear(because)
      leave(because)
      tabs.tell(message)
    },
    hear({ held: next, ended, userId, because }) {
      if (!next) {
        if (held ? held.sessionId === ended || held.user.id === userId : isWaiting())
          follow(because)
        return
      }
      const present = vault.isShared ? vault.mark() : held
      // Said before a logout, or before newer tokens, and heard after it.
      if (next.sessionId !== present?.sessionId || next.expiresAt < (present.expiresAt ?? 0)) return
      if (!vault.isShared) vault.write(next)
      take(next)
    },
    catchUp() {
      const mark = vault.mark()
      if (!mark) return false
      if (!mark.sessionId) {
        if (held || isWaiting()) follow(mark.because)
        return false
      }
      const stored = vault.read()
      if (stored?.refreshToken && stored.accessToken !== held?.accessToken) take(stored)
      return mark.sessionId !== held?.sessionId
    },
  }
}
