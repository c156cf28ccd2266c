/** Owns which tokens a granted session gets. Knows nothing of how they are signed. */

import type { Account } from './account.ts'
import type { Ports } from './ports.ts'
import type { GrantedSession } from './session-port.ts'
import { seconds } from './token.ts'

export interface IssuedTokens {
  accessToken: string
  refreshToken: string
  /** Seconds from now, and seconds since the epoch. */
  expiresIn: number
  expiresAt: number
  /** Epoch ms at which the session ends if it is not refreshed again. */
  sessionEndsAt: number
  account: Account
}

export async function issueTokens(
  { accessTokens, refreshTokens }: Pick<Ports, 'accessTokens' | 'refreshTokens'>,
  session: GrantedSession,
  now: number,
): Promise<IssuedTokens> {
  const access = await accessTokens.sign(session, now)
  return {
    accessToken: access.text,
    refreshToken: refreshTokens.mint({
      subject: session.account.id,
      session: session.id,
      status: session.status,
      generation: session.generation,
    }),
    expiresIn: Math.max(seconds(access.expiresAt) - seconds(now), 0),
    expiresAt: seconds(access.expiresAt),
    sessionEndsAt: session.endsAt,
    account: session.account,
  }
}
