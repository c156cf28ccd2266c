/** Owns the marking of a session as reauthenticated. */

import { eventBy } from './audit.ts'
import type { Origin } from './origin.ts'
import type { Ports } from './ports.ts'
import { provePassword } from './prove-password.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import { retryWhenOvertaken } from './retry.ts'
import type { SessionToken } from './token.ts'

/** Answers the moment from which the proof counts, epoch ms. The next refreshed access token has it as `auth_time`. */
export async function reauthenticate(
  ports: Pick<Ports, 'accounts' | 'sessions' | 'limiter' | 'passwords'>,
  { token, password }: { token: SessionToken; password: string },
  origin: Origin,
  now: number,
): Promise<Result<number, Refusal>> {
  return retryWhenOvertaken(async () => {
    const account = await ports.accounts.byId(token.subject)
    if (!account) return refuse({ reason: 'token_revoked' })
    const wrong = await provePassword(ports, account, password, now)
    if (wrong) return refuse(wrong)
    const event = eventBy(token, 'user_reauthenticated', origin, now)
    const outcome = await ports.sessions.reauthenticate(token, account.passwordHash ?? '', event)
    switch (outcome) {
      case 'marked':
        return ok(now)
      case 'revoked':
        return refuse({ reason: 'token_revoked' })
      case 'overtaken':
        // The hash is another one: of a new password, or of this one anew, as a sign-in makes it where the cost has changed.
        return refuse({ reason: 'overtaken' })
    }
  })
}
