/** Owns the noticing of inactivity: in all tabs together, with a warning first. Ends nothing by itself. */

import type { Settings } from './settings.ts'
import type { KeyValueStorage } from './storage.ts'
import type { Store } from './store.ts'
import type { Timers } from './timers.ts'

export interface Idle {
  /** A sign of use, such as a move of the mouse. It does not answer a warning. */
  act(): void
  /** Looks at the clock: warns, or calls `leave`; and sets the timer for the next look. */
  check(): void
  /** Whether the time without a sign of use is over, so that a stored session must not be taken up again. */
  isOver(): boolean
  /** Somebody says that they are here, or signs in: the time starts again, and a warning goes. */
  touch(): void
}

/** The name under which all tabs keep the time of the last sign of use, in epoch ms. Also the timer's. */
const ACTIVE = 'active'

export const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'scroll']
/** Seconds. */
const WARN_FOR = 60
/** Milliseconds between two writes of `ACTIVE`. */
const THROTTLE = 1000
/** Milliseconds. A timer counts no time asleep, so it looks at the clock at least this often. */
const LOOK = 30_000

export function createIdle(
  { idle, now }: Settings,
  store: Store,
  local: KeyValueStorage,
  timers: Timers,
  leave: () => void,
): Idle {
  const { after: seconds = 1e12, warnFor: warning = WARN_FOR } = idle ?? {}
  const after = seconds * 1000
  const warnFor = Math.min(warning * 1000 || 0, after / 2)
  // Where storage does not work, each tab counts for itself, from its first look on: making a client reads no clock.
  let own: number | undefined
  const record = () => {
    own = now()
    local.set(ACTIVE, own)
  }
  const last = () => {
    own ??= now()
    const at = local.get(ACTIVE)
    return typeof at === 'number' ? at : own
  }
  const endsAt = () => {
    // The clock was set back: count from now, not from a time that is yet to come.
    if (last() > now()) record()
    return last() + after
  }

  const its: Idle = {
    act() {
      const left = endsAt() - now()
      // During the warning only `touch` counts. After the end, a sign of use leads to the logout and does not put it off.
      if (left <= warnFor) its.check()
      else if (after - left >= THROTTLE) record()
    },
    isOver: () => now() >= endsAt(),
    check() {
      const { status, idleWarning } = store.get()
      if (!idle || status !== 'signed_in') return
      const end = endsAt()
      const left = end - now()
      const warns = left <= warnFor
      if (left <= 0) return leave()
      const same = idleWarning?.endsAt === end && idleWarning
      store.set({ idleWarning: warns ? same || { endsAt: end, now } : null })
      timers.set(ACTIVE, Math.min(warns ? left : left - warnFor, LOOK), its.check)
    },
    touch() {
      record()
      its.check()
    },
  }
  return its
}
