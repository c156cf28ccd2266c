/** Owns what a logout ends, by whichever proof it is planned to go. Knows nothing of HTTP or Redis. Safe to repeat. */

import type { LogoutScope } from '../contract/scopes.ts'
import { admit } from './admit.ts'
import { type AuditEvent, eventBy } from './audit.ts'
import { StoreFault } from './fault.ts'
import type { LogoutAttempt, LogoutPlan } from './logout-plan.ts'
import type { EndProof, Ports, Reach, SessionMember } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import { retryWhenOvertaken } from './retry.ts'
import type { Origin } from './session.ts'
import { type AccessToken, belongsToSession, deadEverywhereAt, isExpired } from './token.ts'

export interface Ending {
  scope: LogoutScope
  /** 0 when there was none to end. */
  ended: number
}

type LogoutPorts = Pick<Ports, 'sessions' | 'endedSessions' | 'limiter'>

export async function logout(
  ports: LogoutPorts,
  plan: LogoutPlan,
  origin: Origin,
  now: number,
): Promise<Result<Ending, Refusal>> {
  const by = (attempt: LogoutAttempt) =>
    attempt.by === 'access_token'
      ? logoutByAccessToken(ports, attempt, origin, now)
      : logoutByRefreshToken(ports, attempt, origin, now)
  const result = await by(plan.first)
  const isRevokedAlone = !result.ok && result.error.reason === 'token_revoked'
  return isRevokedAlone && plan.fallback ? by(plan.fallback) : result
}

async function logoutByAccessToken(
  ports: LogoutPorts,
  { token, scope }: LogoutAttempt & { by: 'access_token' },
  origin: Origin,
  now: number,
): Promise<Result<Ending, Refusal>> {
  const expired = isExpired(token, now)
  // Whoever kept an expired token is not proven to be the user: it may end the session that it names, never more.
  if (expired && scope !== 'local') return refuse({ reason: 'token_expired' })
  if (!belongsToSession(token)) return logoutService(ports, token, origin, now)
  // An expired token, or one of an ended session, spends that session's quota: whoever kept it must not use up its owner's.
  const isOver = expired || ports.endedSessions.has(token.session)
  const payer = isOver ? `session:${token.session}` : token.subject
  const event = eventBy(token, 'logout', origin, now, scope)
  return endSessions(ports, { token, mustWork: scope !== 'local' }, { payer, scope, event })
}

/**
 * By a refresh token, which is what a browser still has when its access token is gone. Its own session always, however old
 * the token: at worst a thief ends what he stole. More only when the script finds it to be the session's present token; a
 * replaced one is a copy that somebody kept, and ends its session as on a refresh.
 */
function logoutByRefreshToken(
  ports: LogoutPorts,
  { token, scope }: LogoutAttempt & { by: 'refresh_token' },
  origin: Origin,
  now: number,
): Promise<Result<Ending, Refusal>> {
  const event = eventBy(token, 'logout', origin, now, scope)
  // Whether this is the owner is known only after the script, so the session pays, not the user.
  const payer = `session:${token.session}`
  return endSessions(ports, { token, mustWork: scope !== 'local' }, { payer, scope, event })
}

/** The counted, repeated asking around an ending, whatever proves that it may be asked for. */
function endSessions(
  { sessions, endedSessions, limiter }: LogoutPorts,
  proof: EndProof,
  { payer, scope, event }: { payer: string; scope: LogoutScope; event: AuditEvent },
): Promise<Result<Ending, Refusal>> {
  const own = proof.token.session
  let admitted = false
  return retryWhenOvertaken<Ending>(async () => {
    // The look-up runs beside the limiter: two round trips in all, whatever the scope.
    const lookUp = async () => (scope === 'local' ? [] : sessions.members(event.subject))
    const [refusal, found] = await Promise.all([
      admitted ? null : admit(limiter, 'logout', payer),
      lookUp().catch(faultOnly),
    ])
    if (refusal) return refuse(refusal)
    admitted = true
    // They leave together, so what stops the limiter may have stopped the look-up too: a dead limiter must not stop a logout.
    const members = found ?? (await lookUp())
    const outcome = await sessions.end(proof, reachOf(scope, members), event)
    switch (outcome.kind) {
      case 'overtaken':
        return refuse({ reason: 'overtaken' })
      case 'already':
        // A dead token must not use up the quota of the user who got rid of it.
        limiter.giveBack('logout', payer)
        endedSessions.add(own)
        return ok({ scope, ended: 0 })
      case 'revoked':
        limiter.giveBack('logout', payer)
        return refuse({ reason: 'token_revoked' })
      case 'reused':
        return refuse({ reason: 'refresh_token_reused' })
      case 'ended':
        if (scope !== 'others') endedSessions.add(own)
        for (const { id } of members) if (id !== own) endedSessions.add(id)
        return ok({ scope, ended: outcome.count })
    }
  })
}

function reachOf(scope: LogoutScope, members: SessionMember[]): Reach {
  switch (scope) {
    case 'local':
      return { kind: 'own' }
    case 'others':
      return { kind: 'others', members }
    case 'global':
      return { kind: 'all', members }
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
  if (deadEverywhereAt(token) > now) await sessions.blacklist(token, event)
  return ok({ scope: 'local', ended: 0 })
}
