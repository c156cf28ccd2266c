/** Owns the starting again of a decision whose look-up was overtaken by another change, and what is not done again then. */

import { ATTEMPTS } from './policy.ts'
import type { Passwords } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { type Result, refuse } from './result.ts'

/** Runs the decision until it is not overtaken; gives up, with nothing changed, after a few attempts. */
export async function retryWhenOvertaken<Value>(
  decide: () => Promise<Result<Value, Refusal>>,
): Promise<Result<Value, Refusal>> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const result = await decide()
    if (result.ok || result.error.reason !== 'overtaken') return result
  }
  return refuse({ reason: 'overtaken' })
}

/**
 * Passwords for all attempts of one decision: each is hashed, and compared with a hash, once. It takes its time, and while
 * every attempt took it anew, sign-ins could overtake them all.
 */
export function hashingOnce({ hash, verify }: Passwords): Passwords {
  const hashes = new Map<string, ReturnType<Passwords['hash']>>()
  const verdicts = new Map<string, ReturnType<Passwords['verify']>>()
  return {
    hash(password, since) {
      const made = hashes.get(password) ?? hash(password, since)
      hashes.set(password, made)
      return made
    },
    verify(password, against, since) {
      const question = JSON.stringify([password, against])
      const verdict = verdicts.get(question) ?? verify(password, against, since)
      verdicts.set(question, verdict)
      return verdict
    },
  }
}
