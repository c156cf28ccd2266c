/** Owns the arithmetic of the sliding window that `@upstash/ratelimit` counts in. Pure. */

import type { Quota } from './policy.ts'

/** Calls that were allowed in the present window, and in the one before. */
export interface WindowsUsed {
  current: number
  previous: number
}

/** The counters as they stand at `now`: once their present window has ended (`endsAt`), it counts as the one before. */
export const usedAt = (used: WindowsUsed, endsAt: number, now: number): WindowsUsed =>
  now < endsAt ? used : { current: 0, previous: used.current }

/**
 * Seconds after which the next call is allowed, if nobody calls meanwhile. The limiter itself only tells where the
 * present window ends, which is too early after a burst: what was used in a window weighs on, less and less, in the next.
 */
export function secondsUntilAllowed(
  { max, window }: Quota,
  used: WindowsUsed,
  now: number,
): number {
  const length = window * 1000
  const elapsed = now % length
  // Allowed when floor((1 - share) * previous) + current < max, where share is how much of the window has passed.
  const share = (previous: number, current: number) => 1 - (max - current) / previous
  const wait =
    used.current < max
      ? share(used.previous, used.current) * length - elapsed
      : length - elapsed + share(used.current, 0) * length
  // The first millisecond after the wait. 1e-6 takes off what floating point adds to a whole number, or it would cost a second.
  const first = Math.floor(wait + 1e-6) + 1
  return Math.max(1, Math.ceil(first / 1000))
}
