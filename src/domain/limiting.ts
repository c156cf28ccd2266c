/** Owns what policy asks of the world to limit calls. Which quotas there are, policy.ts says. */

import type { StoreFault } from './fault.ts'
import type { QuotaName } from './policy.ts'

export type Admission =
  | { kind: 'allowed' }
  | { kind: 'denied'; retryAfter: number }
  | { kind: 'down'; fault: StoreFault }

export interface Limiter {
  /** Counts one call. Never throws: a limiter that cannot count says so. */
  take(quota: QuotaName, identity: string): Promise<Admission>
  /** Gives one call back, after the answer. */
  giveBack(quota: QuotaName, identity: string): void
}

/** What a limiter's counting came to. */
export interface Count {
  quota: QuotaName
  max: number
  /** Seconds. */
  window: number
  remaining: number
  /** Epoch ms at which the present window ends. */
  resetsAt: number
  /** Seconds until the next call is allowed; null when this one was. */
  retryAfter: number | null
}

/** What a Limiter stands on. Both throw a StoreFault. */
export interface Counter {
  take(quota: QuotaName, identity: string): Promise<Count>
  giveBack(quota: QuotaName, identity: string): Promise<void>
}
