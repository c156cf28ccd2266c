/** Owns the check of a token whose signature was verified: expiry, then the one rule of revocation.ts. Fails closed. */

import { isOperator } from './account.ts'
import { type Revocations, stillWorks } from './liveness.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import { type AccessToken, belongsToSession, isExpired, type SessionToken } from './token.ts'

/** A token of ours, if it still works. One round trip. */
export async function requireLive(
  { sessions }: { sessions: Revocations },
  token: AccessToken,
  now: number,
): Promise<Result<AccessToken, Refusal>> {
  if (isExpired(token, now)) return refuse({ reason: 'token_expired' })
  return (await stillWorks(sessions, token, now)) ? ok(token) : refuse({ reason: 'token_revoked' })
}

/** For what belongs to a person: a service token has no account and no sessions of its own. */
export function requireSession(token: AccessToken): Result<SessionToken, Refusal> {
  return belongsToSession(token) ? ok(token) : refuse({ reason: 'token_bad' })
}

export function requireOperatorRole(token: AccessToken): Result<AccessToken, Refusal> {
  return isOperator(token.role) ? ok(token) : refuse({ reason: 'role_missing' })
}
