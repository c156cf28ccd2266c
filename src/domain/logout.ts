/** Owns which sessions a logout ends. Knows nothing of HTTP or Redis. Safe to repeat. */

import type { LogoutScope } from '../contract/answers.ts'
import { admit } from './admit.ts'
import { untilSettled } from './again.ts'
import { type AuditEvent, eventBy } from './audit.ts'
import { StoreFault } from './fault.ts'
import type { EndOutcome, Ports, SessionMember } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import type { Rules } from './rules.ts'
import type { Origin } from './session.ts'
import {
  type AccessToken,
  belongsToSession,
  deadEverywhereAt,
  isExpired,
  type SessionToken,
} from './token.ts'

export interface Ending {
  scope: LogoutScope
  /** 0 when there was none to end. */
  ended: number
}

export type LogoutPorts = Pick<Ports, 'sessions' | 'limiter'>

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
  const event = eventBy(token, 'logout', origin, now, scope)
  return endSessions(ports, { payer, scope, event }, (members) =>
    end(ports, token, scope, members, event, now),
  )
}

/** The counted, repeated asking around an ending, whatever proves that it may be asked for. */
export function endSessions(
  ports: LogoutPorts,
  { payer, scope, event }: { payer: string; scope: LogoutScope; event: AuditEvent },
  ask: (members: SessionMember[]) => Promise<EndOutcome>,
): Promise<Result<Ending, Refusal>> {
  let admitted = false
  return untilSettled<Ending>(async () => {
    // The look-up runs beside the limiter: two round trips in all, whatever the scope.
    const lookUp = async () => (scope === 'local' ? [] : ports.sessions.members(event.subject))
    const [refusal, found] = await Promise.all([
      admitted ? null : admit(ports.limiter, 'logout', payer),
      lookUp().catch(faultOnly),
    ])
    if (refusal) return refuse(refusal)
    admitted = true
    // They leave together, so what stops the limiter may have stopped the look-up too: a dead limiter must not stop a logout.
    const outcome = await ask(found ?? (await lookUp()))
    switch (outcome.kind) {
      case 'overtaken':
        return refuse({ reason: 'overtaken' })
      case 'already':
        // A dead token must not use up the quota of the user who got rid of it.
        ports.limiter.giveBack('logout', payer)
        return ok({ scope, ended: 0 })
      case 'revoked':
        ports.limiter.giveBack('logout', payer)
        return refuse({ reason: 'token_revoked' })
      case 'reused':
        return refuse({ reason: 'refresh_token_reused' })
      case 'ended':
        return ok({ scope, ended: outcome.count })
    }
  })
}

function end(
  { sessions }: LogoutPorts,
  token: SessionToken,
  scope: LogoutScope,
  members: SessionMember[],
  event: AuditEvent,
  now: number,
): Promise<EndOutcome> {
  switch (scope) {
    case 'local':
      return sessions.endOwn(token, event, now)
    case 'others':
      return sessions.endOthers(token, members, event, now)
    case 'global':
      return sessions.endAll(token, members, event, now)
  }
}

function faultOnly(error: unknown): null {
  if (error instanceof StoreFault) return null
  throw error
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
  if (deadEverywhereAt(token) > now) await sessions.blacklist(token, event, now)
  return ok({ scope: 'local', ended: 0 })
}
