/** Owns the step that asks a limiter. Never sets a header: the hall's limiter remembers what to print. */

import { type Limiter, WHEN_LIMITER_IS_DOWN } from './limiting.ts'
import type { QuotaName } from './policy.ts'
import type { Refusal } from './refusal.ts'

type Limited = Extract<Refusal, { reason: 'rate_limited' }>

/** Of two refusals the one that lasts longer: whoever comes back at the end of the other is refused again. */
export const longerOf = (one: Limited | null, other: Limited | null): Limited | null =>
  one && other ? (one.retryAfter >= other.retryAfter ? one : other) : (one ?? other)

/** Null when the call may go on. Throws a StoreFault where this quota must not be passed uncounted. */
export async function admit(
  limiter: Limiter,
  quota: QuotaName,
  identity: string,
): Promise<Limited | null> {
  const admission = await limiter.take(quota, identity)
  switch (admission.kind) {
    case 'allowed':
      return null
    case 'denied':
      return { reason: 'rate_limited', retryAfter: admission.retryAfter }
    case 'down':
      if (WHEN_LIMITER_IS_DOWN[quota] === 'stop') throw admission.fault
      return null
  }
}
