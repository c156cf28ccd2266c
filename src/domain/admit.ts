/** Owns the step that asks a limiter. Never sets a header: http/rate-limit.ts does, by what it has counted. */

import {
  type Admission,
  type ChangeQuota,
  type Counted,
  type Limiter,
  WHEN_LIMITER_IS_DOWN,
} from './limiting.ts'
import type { QuotaName } from './policy.ts'
import type { Prepared } from './prepared.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'

type Limited = Extract<Refusal, { reason: 'rate_limited' }>

/** Of two refusals the one that lasts longer: whoever comes back at the end of the shorter one is refused again. */
export const longerRefusal = (one: Limited | null, other: Limited | null): Limited | null =>
  one && other ? (one.retryAfter >= other.retryAfter ? one : other) : (one ?? other)

/** Null when the call may go on. Throws a StoreFault where this quota must not be passed uncounted. */
export async function admit(
  limiter: Limiter,
  quota: QuotaName,
  identity: string,
): Promise<Limited | null> {
  return limitedBy(quota, await limiter.take(quota, identity))
}

/** Asks two quotas: a call that the first one refuses uses up nothing of the second. */
export async function admitInTurn(
  limiter: Limiter,
  first: Counted,
  second: Counted,
): Promise<Limited | null> {
  const [one, other] = await limiter.takeInTurn(first, second)
  return limitedBy(first.quota, one) ?? (other && limitedBy(second.quota, other))
}

function limitedBy(quota: QuotaName, admission: Admission): Limited | null {
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

/** Waits for a comparison of a password. If it fails (too many wait), nobody has guessed, so `uncount` gives the call back. */
export async function uncountOnFault<Verdict>(
  verdict: Promise<Verdict>,
  uncount: () => void,
): Promise<Verdict> {
  try {
    return await verdict
  } catch (fault) {
    uncount()
    throw fault
  }
}

/** Counts the call, and makes the change if the call may go on, in one round trip. Throws a StoreFault if it is not confirmed. */
export async function admitAndMake<Outcome>(
  limiter: Limiter,
  quota: ChangeQuota,
  identity: string,
  change: Prepared<Outcome>,
): Promise<Result<Outcome, Limited>> {
  const counted = await limiter.takeAndMake(quota, identity, change)
  switch (counted.kind) {
    case 'made':
      return ok(counted.outcome)
    case 'denied':
      return refuse({ reason: 'rate_limited', retryAfter: counted.count.retryAfter })
  }
}
