/** Owns the starting again of a decision whose look-up was overtaken by another change. */

import { ATTEMPTS } from './policy.ts'
import type { Refusal } from './refusal.ts'
import { type Result, refuse } from './result.ts'

/** Runs the decision until it is not overtaken; gives up, with nothing changed, after a few attempts. */
export async function untilSettled<Value>(
  decide: () => Promise<Result<Value, Refusal>>,
): Promise<Result<Value, Refusal>> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const result = await decide()
    if (result.ok || result.error.reason !== 'overtaken') return result
  }
  return refuse({ reason: 'overtaken' })
}
