/** Owns the sign-in with email and password. An unknown address and a wrong password look the same from outside. */

import type { AuditAction } from '../contract/audit-actions.ts'
import { isBanned, spellEmail } from './account.ts'
import { admitInTurn, uncountOnFault } from './admit.ts'
import type { AuditEvent } from './audit.ts'
import { type IssuedTokens, issueTokens } from './issue.ts'
import { networkOf } from './network.ts'
import type { Origin } from './origin.ts'
import { drawPlace } from './place.ts'
import type { Ports } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import { hashingOnce, retryWhenOvertaken } from './retry.ts'
import type { Rules } from './rules.ts'

/** Nobody's id: an address without an account is looked up like any other, so that it takes the same time. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

type SignInPorts = Omit<Ports, 'auditLog'>

/** Three round trips: limiters and email address, account and sessions, the script that opens. */
export async function signIn(
  ports: SignInPorts,
  rules: Rules,
  input: { email: string; password: string; client: string },
  origin: Origin,
  now: number,
): Promise<Result<IssuedTokens, Refusal>> {
  const { accounts, sessions, limiter, journal } = ports
  const passwords = hashingOnce(ports.passwords)
  // Not judged: a later rule must keep nobody out, and what is no address is counted and takes its time like any other.
  const email = spellEmail(input.email)
  const [limited, id] = await Promise.all([
    // A call that is refused for its IP address must not use up the quota of the account that it names.
    admitInTurn(
      limiter,
      { quota: 'sign_in_address', identity: networkOf(origin.ip) },
      { quota: 'sign_in_account', identity: email },
    ),
    accounts.idOf(email),
  ])
  if (limited) return refuse(limited)

  const session = ports.newId()
  const event = (action: AuditAction, detail = ''): AuditEvent => ({
    ...origin,
    action,
    at: now,
    subject: id ?? '',
    actor: action === 'login' ? (id ?? '') : '',
    session: action === 'login' ? session : '',
    detail,
  })

  /** In everyone's log; of a password that was right it says what kept its owner out. */
  const turnAway = (
    reason: 'credentials_wrong' | 'email_not_confirmed' | 'user_banned',
  ): Result<never, Refusal> => {
    journal.record(event('login_failed', reason === 'credentials_wrong' ? '' : reason))
    return refuse({ reason })
  }

  const uncount = () => limiter.giveBack('sign_in_account', email)
  return retryWhenOvertaken(async () => {
    const looked = id ?? NOBODY
    const [account, members, list] = await Promise.all([
      accounts.byId(looked),
      sessions.members(looked),
      sessions.currentStatusList(),
    ])
    const verdict = passwords.verify(input.password, account?.passwordHash ?? null, now)
    const { matches, outdated } = await uncountOnFault(verdict, uncount)
    // The account's email address may have been changed since the id was looked up by it.
    if (!account || account.email !== email || !matches) return turnAway('credentials_wrong')
    // The password was right, so the call was no guess.
    uncount()
    if (account.confirmedAt === null) return turnAway('email_not_confirmed')
    if (isBanned(account, now)) return turnAway('user_banned')
    const rehashed = outdated ? await passwords.hash(input.password, now) : null
    const outcome = await sessions.open(
      { account, members, rehashed },
      { id: session, client: input.client, place: drawPlace(ports, rules.statusList, list) },
      event('login'),
    )
    switch (outcome.kind) {
      case 'opened':
        return ok(await issueTokens(ports, outcome.session, now))
      case 'banned':
        return turnAway('user_banned')
      case 'gone':
        return turnAway('credentials_wrong')
      case 'overtaken':
        return refuse({ reason: 'overtaken' })
    }
  })
}
