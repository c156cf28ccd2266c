/** Owns what policy asks of the world to limit calls, and what it means when that does not work. Which quotas there are, policy.ts says. */

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

/**
 * A limiter that cannot count stops what it protects from guessing, and never what only ends or carries on a session:
 * the script behind those still has to be confirmed.
 */
export const WHEN_LIMITER_IS_DOWN: Record<QuotaName, 'go_on' | 'stop'> = {
  logout: 'go_on',
  refresh: 'go_on',
  sign_in_account: 'stop',
  sign_in_address: 'stop',
  sign_up_address: 'stop',
  reauthenticate: 'stop',
  // A new password may be what ends a thief's session.
  change_account: 'go_on',
}
