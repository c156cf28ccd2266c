/** Owns what policy asks of a limiter, and what follows when that is down. Never which quotas there are: see policy.ts. */

import type { StoreFault } from './fault.ts'
import type { QuotaName } from './policy.ts'
import type { Prepared } from './prepared.ts'

export type Admission =
  | { kind: 'allowed' }
  | { kind: 'denied'; retryAfter: number }
  | { kind: 'down'; fault: StoreFault }

/** The limiter of one call. However often its decision starts again, the call pays once for each quota and identity. */
export interface Limiter {
  /** Counts one call. Never throws: a limiter that cannot count says so. */
  take(quota: QuotaName, identity: string): Promise<Admission>
  /** Counts one call by two quotas in one step, each time anew. The second admission is null when the first does not allow it. */
  takeInTurn(first: Counted, second: Counted): Promise<[Admission, Admission | null]>
  /**
   * Counts one call and makes the change in the same step, and neither when the call is denied: one round trip. Throws a
   * StoreFault when the change may not have been made.
   */
  takeAndMake<Outcome>(
    quota: ChangeQuota,
    identity: string,
    change: Prepared<Outcome>,
  ): Promise<CountedChange<Outcome>>
  /** Gives one counted call back, after the answer, as long as the window in which it was counted still runs. */
  giveBack(quota: QuotaName, identity: string): void
}

/** By which quota a call is counted, and for whom. */
export interface Counted {
  quota: QuotaName
  identity: string
}

/** What a limiter's counting came to. */
export type Count = AllowedCount | DeniedCount

interface CountFacts {
  quota: QuotaName
  max: number
  /** Seconds. */
  window: number
  remaining: number
  /** Epoch ms at which the present window ends. */
  resetsAt: number
}

export interface AllowedCount extends CountFacts {
  retryAfter: null
}

export interface DeniedCount extends CountFacts {
  /** Seconds until the next call is allowed. */
  retryAfter: number
}

export type CountedChange<Outcome> =
  /** `count` is null when the limiter could not count, or had counted this call before. */
  | { kind: 'made'; count: AllowedCount | null; outcome: Outcome }
  | { kind: 'denied'; count: DeniedCount }

/** What a Limiter stands on. All throw a StoreFault. */
export interface Counter {
  take(quota: QuotaName, identity: string): Promise<Count>
  takeInTurn(first: Counted, second: Counted): Promise<[Count, Count | null]>
  takeAndMake<Outcome>(
    quota: ChangeQuota,
    identity: string,
    change: Prepared<Outcome>,
  ): Promise<CountedChange<Outcome>>
  /** Makes the change alone. */
  make<Outcome>(change: Prepared<Outcome>): Promise<Outcome>
  /** Gives nothing back after `resetsAt`, which is that of the count: a later window would allow one call too many. */
  giveBack(counted: Counted, resetsAt: number): Promise<void>
}

/**
 * A limiter that cannot count stops what it protects from guessing, and never what only ends or carries on a session:
 * the script behind those still has to be confirmed.
 */
export const WHEN_LIMITER_IS_DOWN = {
  logout: 'go_on',
  refresh: 'go_on',
  sign_in_account: 'stop',
  sign_in_address: 'stop',
  sign_up_address: 'stop',
  reauthenticate: 'stop',
  // A new password may be what ends a thief's session.
  change_account: 'go_on',
} as const satisfies Record<QuotaName, 'go_on' | 'stop'>

/** The quotas whose counting may share a step with the change: those that let the change go on when the limiter is down. */
export type ChangeQuota = {
  [Name in QuotaName]: (typeof WHEN_LIMITER_IS_DOWN)[Name] extends 'go_on' ? Name : never
}[QuotaName]
