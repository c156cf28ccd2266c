/** Owns the facts about a refresh token's session, and whether they allow an exchange now. Pure; the script has the last word. */

import { isLive, type RevocationFacts, tokenVersion } from './revocation.ts'
import type { SessionLimits } from './session.ts'
import type { RefreshToken } from './token.ts'

/** What Redis knows of the session that a refresh token names, in one snapshot. Times in epoch milliseconds. */
export interface RefreshFacts extends Omit<RevocationFacts, 'blacklisted'> {
  /** Whose session it is: the OAuth client's id. */
  client: string
  generation: number
  rotatedAt: number
  createdAt: number
  authenticatedAt: number
}

/** Whether the token has the present generation, or an older one within the reuse window (parallel tabs, lost answers). */
export function isExchangeable(
  token: RefreshToken,
  facts: RefreshFacts,
  { reuseWindow }: Pick<SessionLimits, 'reuseWindow'>,
  now: number,
): boolean {
  const current = token.generation === facts.generation
  const forgiven = token.generation < facts.generation && now - facts.rotatedAt <= reuseWindow
  return sessionLives(token, facts, now) && (current || forgiven)
}

/** The session is there and the token's subject's: a refresh token carries no version, so the mark's own counts. */
export const sessionLives = (token: RefreshToken, facts: RefreshFacts, now: number): boolean =>
  isLive(
    {
      subject: token.subject,
      version: tokenVersion(facts.userVersion, facts.realmVersion) ?? '',
    },
    { ...facts, blacklisted: null },
    now,
  )
