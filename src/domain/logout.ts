/** Owns which sessions a logout ends. Knows nothing of HTTP or Redis. Safe to repeat. */

import type { LogoutScope } from '../contract/answers.ts'
import { admit } from './admit.ts'
import { untilSettled } from './again.ts'
import type { AuditEvent } from './audit.ts'
import type { EndOutcome, Ports } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import type { Rules } from './rules.ts'
import type { Origin } from './session.ts'
import { type AccessToken, belongsToSession, isExpired, type SessionToken } from './token.ts'

export interface Ending {
  scope: LogoutScope
  /** 0 when the token that asked no longer worked: there was nothing left to end. */
  ended: number
}

type LogoutPorts = Pick<Ports, 'sessions' | 'limiter' | 'journal'>

/** `asked` is null for a plain logout, which names no scope. */
export async function logout(
  ports: LogoutPorts,
  rules: Rules,
  { token, asked }: { token: AccessToken; asked: LogoutScope | null },
  origin: Origin,
  now: number,
): Promise<Result<Ending, Refusal>> {
  const expired = isExpired(token, now)
  // Whoever kept an expired token is not proven to be the user: it may end the session that it names, never more.
  if (expired && asked !== null && asked !== 'local') return refuse({ reason: 'token_expired' })
  if (!belongsToSession(token)) return logoutService(ports, token, origin, now)
  const scope = expired ? 'local' : (asked ?? rules.defaultLogoutScope)
  // An expired token spends its own session's quota: whoever kept it must not use up its owner's.
  const payer = expired ? `session:${token.session}` : token.subject
  const event = logoutEvent(token, scope, origin, now)

  let admitted = false
  return untilSettled(async () => {
    // The look-up runs beside the limiter: two round trips in all, whatever the scope.
    const [refusal, members] = await Promise.all([
      admitted ? null : admit(ports.limiter, 'logout', payer),
      scope === 'others' ? ports.sessions.members(token.subject) : [],
    ])
    if (refusal) return refuse(refusal)
    admitted = true
    const outcome = await end(ports, token, scope, members, event, now)
    switch (outcome.kind) {
      case 'overtaken':
        return refuse({ reason: 'overtaken' })
      case 'already':
        // A dead token must not use up the quota of the user who got rid of it.
        ports.limiter.giveBack('logout', payer)
        return ok({ scope, ended: 0 })
      case 'ended':
        ports.journal.record(event)
        return ok({ scope, ended: outcome.count })
    }
  })
}

function end(
  { sessions }: LogoutPorts,
  token: SessionToken,
  scope: LogoutScope,
  members: string[],
  event: AuditEvent,
  now: number,
): Promise<EndOutcome> {
  switch (scope) {
    case 'local':
      return sessions.endOwn(token, event, now)
    case 'others':
      return sessions.endOthers(token, members, event, now)
    case 'global':
      return sessions.endAll(token, event, now)
  }
}

/** A service token belongs to no session: logging it out is the end of that token, recorded in the realm's log in the same step. */
async function logoutService(
  { sessions, limiter }: LogoutPorts,
  token: AccessToken,
  origin: Origin,
  now: number,
): Promise<Result<Ending, Refusal>> {
  const refusal = await admit(limiter, 'logout', `token:${token.id}`)
  if (refusal) return refuse(refusal)
  const event: AuditEvent = {
    ...origin,
    action: 'token_revoked',
    at: now,
    subject: '',
    actor: token.subject,
    session: '',
    detail: 'service token',
  }
  if (!isExpired(token, now)) await sessions.blacklist(token, event, now)
  return ok({ scope: 'local', ended: 0 })
}

const logoutEvent = (
  token: SessionToken,
  scope: LogoutScope,
  origin: Origin,
  now: number,
): AuditEvent => ({
  ...origin,
  action: 'logout',
  at: now,
  subject: token.subject,
  actor: token.subject,
  session: token.session,
  detail: scope,
})
