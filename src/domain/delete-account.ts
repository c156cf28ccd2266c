/** Owns the deletion of one's own account: the password must have been proven lately. */

import { eventBy } from './audit.ts'
import type { Ports } from './ports.ts'
import { requireRecentProof } from './prove-password.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import { retryWhenOvertaken } from './retry.ts'
import type { Rules } from './rules.ts'
import type { Origin } from './session.ts'
import type { SessionToken } from './token.ts'

export async function deleteAccount(
  ports: Pick<Ports, 'accounts' | 'sessions' | 'limiter' | 'passwords'>,
  rules: Rules,
  { token, password }: { token: SessionToken; password: string | undefined },
  origin: Origin,
  now: number,
): Promise<Result<null, Refusal>> {
  // The hash that the password was proven for: another change may have replaced it since.
  let provenFor: string | null | undefined
  return retryWhenOvertaken(async () => {
    const [account, provenAt, members] = await Promise.all([
      ports.accounts.byId(token.subject),
      ports.sessions.authenticatedAt(token.session),
      ports.sessions.members(token.subject),
    ])
    // No time of a proof: the session has ended since the token was checked.
    if (!account || provenAt === null) return refuse({ reason: 'token_revoked' })
    const unproven =
      provenFor === account.passwordHash
        ? null
        : await requireRecentProof(ports, rules, { account, password, provenAt }, now)
    if (unproven) return refuse(unproven)
    provenFor = account.passwordHash
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
