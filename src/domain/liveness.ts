/** Owns the question whether a token still works, as it is put to the store. The rule is that of revocation.ts. */

import { isLive, type RevocationFacts } from './revocation.ts'
import { type AccessToken, belongsToSession, type SessionToken } from './token.ts'

/** Who answers a check: the primary; or the nearest replica, late by its delay. */
export type ReadConsistency = 'primary' | 'replica'

/** What the check of a token asks, and nothing else of the store. */
export interface Revocations {
  facts(token: Pick<SessionToken, 'id' | 'session' | 'subject'>): Promise<RevocationFacts>
  isBlacklisted(tokenId: string): Promise<boolean>
}

/** Whether the token still works, by one round trip. A service token belongs to no session, so only the blacklist can end it. */
export async function stillWorks(
  revocations: Revocations,
  token: AccessToken,
  now: number,
): Promise<boolean> {
  return belongsToSession(token)
    ? isLive(token, await revocations.facts(token), now)
    : !(await revocations.isBlacklisted(token.id))
}
