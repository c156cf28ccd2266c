/** Owns how a decision starts again after another change overtook its look-up. Never hashes the same password again for it. */

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
 * Passwords for all attempts of one decision: each is hashed, and compared with a hash, once. Hashing is slow: if every attempt
 * hashed anew, the sign-ins in between could overtake them all.
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
