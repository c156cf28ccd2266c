/** Owns the deletion of one's own account: the password must have been proven lately. */

import { eventBy } from './audit.ts'
import type { Origin } from './origin.ts'
import type { Ports } from './ports.ts'
import { provingOnce } from './prove-password.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import { retryWhenOvertaken } from './retry.ts'
import type { Rules } from './rules.ts'
import type { SessionToken } from './token.ts'

export async function deleteAccount(
  ports: Pick<Ports, 'accounts' | 'sessions' | 'limiter' | 'passwords'>,
  rules: Rules,
  { token, password }: { token: SessionToken; password: string | undefined },
  origin: Origin,
  now: number,
): Promise<Result<null, Refusal>> {
  const requireProof = provingOnce(ports, rules, password, now)
  return retryWhenOvertaken(async () => {
    const [account, provenAt, members] = await Promise.all([
      ports.accounts.byId(token.subject),
      ports.sessions.authenticatedAt(token.session),
      ports.sessions.members(token.subject),
    ])
    // No time of a proof: the session has ended since the token was checked.
    if (!account || provenAt === null) return refuse({ reason: 'token_revoked' })
    const unproven = await requireProof(account, provenAt)
    if (unproven) return refuse(unproven)
    const event = eventBy(token, 'user_deleted', origin, now)
    const outcome = await ports.accounts.remove(
      { present: account, members, caller: token, restsOn: { password: true } },
      event,
    )
    switch (outcome) {
      case 'removed':
        return ok(null)
      case 'gone':
      case 'revoked':
        return refuse({ reason: 'token_revoked' })
      case 'overtaken':
        return refuse({ reason: 'overtaken' })
    }
  })
}
