/** Owns the noticing that nobody is there: in all tabs together, with a warning first. Ends nothing by itself. */

import type { Cupboard } from './cupboard.ts'
import type { Page } from './page.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'

export interface Idle {
  open(page: Page, signal: AbortSignal): void
  /** Looks at the clock: warns, or calls `leave`. */
  check(): void
  /** Whether nobody was there for so long that a session must not be taken up again. */
  isOver(): boolean
  /** Somebody is here, and said so. */
  touch(): void
  stop(): void
}

/** Where the tabs keep when somebody last did something: epoch ms. */
export const ACTIVE = 'active'

const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'scroll']
/** Milliseconds between two writings of it. */
const THROTTLE = 1000
/** A timer counts no time asleep, so it looks at the clock at least this often. */
const LOOK = 30_000

export function createIdle(
  { idle, now }: Settings,
  store: Store,
  local: Cupboard,
  leave: () => void,
): Idle {
  let timer: ReturnType<typeof setTimeout> | undefined
  const lastActive = () => local.get<number>(ACTIVE) ?? now()
  const left = () => (idle ? lastActive() + idle.after - now() : Number.POSITIVE_INFINITY)

  const its: Idle = {
    open(page, signal) {
      if (!idle) return
      const act = () => {
        if (store.get().status !== 'signed_in') return
        // Once the warning is up only an answer to it counts; and whoever comes back too late is not let in by coming.
        if (left() <= idle.warnFor) return its.check()
        if (now() - lastActive() >= THROTTLE || local.get(ACTIVE) === null) local.set(ACTIVE, now())
      }
      for (const sign of SIGNS)
        page.window.addEventListener(sign, act, { signal, passive: true, capture: true })
      its.check()
    },
    isOver: () => left() <= 0,
    check() {
      clearTimeout(timer)
      if (!idle) return
      if (store.get().status !== 'signed_in') return store.set({ idleWarning: null })
      if (local.get(ACTIVE) === null) local.set(ACTIVE, now())
      const rest = left()
      if (rest <= 0) return leave()
      const endsAt = now() + rest
      if (rest > idle.warnFor) store.set({ idleWarning: null })
      else if (store.get().idleWarning?.endsAt !== endsAt) store.set({ idleWarning: { endsAt } })
      const next = rest > idle.warnFor ? rest - idle.warnFor : rest
      timer = setTimeout(its.check, Math.min(next, LOOK))
    },
    touch() {
      if (!idle) return
      local.set(ACTIVE, now())
      its.check()
    },
    stop: () => clearTimeout(timer),
  }
  return its
}
