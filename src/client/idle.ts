/** Owns the noticing that nobody is there: in all tabs together, with a warning first. Ends nothing by itself. */

import type { Alarms } from './alarms.ts'
import type { Cupboard } from './cupboard.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'

export interface Idle {
  /** Somebody did something. */
  act(): void
  /** Looks at the clock: warns, or calls `leave`. */
  check(): void
  /** Whether nobody was there for so long that a session must not be taken up again. */
  isOver(): boolean
  /** Somebody is here, and said so. */
  touch(): void
}

/** Where the tabs keep when somebody last did something: epoch ms. */
const ACTIVE = 'active'

export const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'scroll']
/** Seconds. */
const WARN_FOR = 60
/** Milliseconds between two writings of it. */
const THROTTLE = 1000
/** A timer counts no time asleep, so it looks at the clock at least this often. */
const LOOK = 30_000

export function createIdle(
  { idle, now }: Settings,
  store: Store,
  local: Cupboard,
  alarms: Alarms,
  leave: () => void,
): Idle {
  const { after: seconds = 1e9, warnFor: warning = WARN_FOR } = idle ?? {}
  const after = seconds * 1000
  const warnFor = Math.min(warning * 1000, after / 2)
  // Where nothing can be kept, each tab counts for itself.
  let own = now()
  const last = () => local.get<number>(ACTIVE) ?? own
  const note = () => {
    own = now()
    local.set(ACTIVE, own)
  }
  const endsAt = () => {
    // The clock was set back: counted from now on, not from a time that is yet to come.
    if (last() > now()) note()
    return last() + after
  }

  const its: Idle = {
    act() {
      const rest = endsAt() - now()
      // Once the warning is up only an answer to it counts; and whoever comes back too late is not let in by coming.
      if (rest <= warnFor) its.check()
      else if (after - rest >= THROTTLE) note()
    },
    isOver: () => now() >= endsAt(),
    check() {
      const { status, idleWarning } = store.get()
      if (!idle || status !== 'signed_in') return
      const end = endsAt()
      const rest = end - now()
      const warns = rest <= warnFor
      if (rest <= 0) return leave()
      const same = idleWarning?.endsAt === end && idleWarning
      store.set({ idleWarning: warns ? same || { endsAt: end } : null })
      alarms.set(ACTIVE, Math.min(warns ? rest : rest - warnFor, LOOK), its.check)
    },
    touch() {
      note()
      its.check()
    },
  }
  return its
}
