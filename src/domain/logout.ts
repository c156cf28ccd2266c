/** Owns what a logout ends, by the proofs that its plan names. Knows nothing of HTTP or Redis. Safe to repeat. */

import type { LogoutScope } from '../contract/scopes.ts'
import { admit, admitAndMake } from './admit.ts'
import { type AuditEvent, eventBy } from './audit.ts'
import { StoreFault } from './fault.ts'
import type { LogoutAttempt, LogoutPlan } from './logout-plan.ts'
import type { Origin } from './origin.ts'
import type { Ports } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import { retryWhenOvertaken } from './retry.ts'
import type { EndOutcome, EndProof, Reach } from './session-port.ts'
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
  const { first, fallback } = plan
  const result = await by(first)
  const isRevoked = !result.ok && result.error.reason === 'token_revoked'
  return isRevoked && fallback ? by(fallback) : result
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
  return endBy(ports, token, { payer, scope, event })
}

/**
 * By a refresh token, which is what a browser still has when its access token is gone. However old, it ends its own session: at
 * worst a thief ends what he stole. It ends more unless the script finds a replaced token after the reuse window: that is a copy
 * which somebody kept, and ends its session only, as on a refresh.
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
  return endBy(ports, token, { payer, scope, event })
}

/** To end more than its own session, the token itself must still work. */
const endBy = (ports: LogoutPorts, token: EndProof['token'], wish: Wish) =>
  wish.scope === 'local'
    ? endOwn(ports, { token, mustWork: false }, wish)
    : endSeveral(ports, { token, mustWork: true }, wish)

interface Wish {
  payer: string
  scope: LogoutScope
  event: AuditEvent
}

/** The token's own session needs no look-up, so the call is counted and the session ended in one round trip. */
async function endOwn(
  ports: LogoutPorts,
  proof: EndProof,
  wish: Wish,
): Promise<Result<Ending, Refusal>> {
  const ending = ports.sessions.ending(proof, { kind: 'own' }, wish.event)
  const made = await admitAndMake(ports.limiter, 'logout', wish.payer, ending)
  return made.ok ? ended(ports, made.value, [proof.token.session], wish) : made
}

/** Two round trips: the user's sessions are looked up beside the limiter, then ended. */
function endSeveral(
  ports: LogoutPorts,
  proof: EndProof,
  wish: Wish,
): Promise<Result<Ending, Refusal>> {
  const { sessions, limiter } = ports
  const { payer, scope, event } = wish
  return retryWhenOvertaken<Ending>(async () => {
    const lookUp = () => sessions.members(event.subject)
    const [refusal, found] = await Promise.all([
      admit(limiter, 'logout', payer),
      lookUp().catch(faultOnly),
    ])
    if (refusal) return refuse(refusal)
    // Both leave in one request, so a limiter's fault may have failed the look-up too. A dead limiter must not stop a logout.
    const members = found ?? (await lookUp())
    const reach: Reach = { kind: scope === 'others' ? 'others' : 'all', members }
    const outcome = await sessions.make(sessions.ending(proof, reach, event))
    const own = proof.token.session
    const others = members.map(({ id }) => id).filter((id) => id !== own)
    return ended(ports, outcome, scope === 'others' ? others : [own, ...others], wish)
  })
}

/** What the outcome means to the caller. `meant` are the sessions that are over if it was done. */
function ended(
  { endedSessions, limiter }: LogoutPorts,
  outcome: EndOutcome,
  meant: string[],
  { payer, scope, event }: Wish,
): Result<Ending, Refusal> {
  // A dead token must not use up the quota of the user who got rid of it. A call counted for its own session stays counted.
  const giveBackToUser = () => {
    if (payer === event.subject) limiter.giveBack('logout', payer)
  }
  switch (outcome.kind) {
    case 'overtaken':
      return refuse({ reason: 'overtaken' })
    case 'already':
      giveBackToUser()
      endedSessions.add(event.session)
      // This call ended none of the other sessions, so while any lives the answer must not claim a scope that includes them.
      return ok({ scope: outcome.others > 0 ? 'local' : scope, ended: 0 })
    case 'revoked':
    case 'unlisted':
      giveBackToUser()
      return refuse({ reason: 'token_revoked' })
    case 'reused':
      return refuse({ reason: 'refresh_token_reused' })
    case 'ended':
      for (const id of meant) endedSessions.add(id)
      return ok({ scope, ended: outcome.count })
  }
}

function faultOnly(error: unknown): null {
  if (error instanceof StoreFault) return null
  throw error
}

/** A service token belongs to no session: a logout blacklists the token, and records that in the realm's log in the same step. */
async function logoutService(
  { sessions, limiter }: LogoutPorts,
  token: AccessToken,
  origin: Origin,
  now: number,
): Promise<Result<Ending, Refusal>> {
  const done = ok<Ending>({ scope: 'local', ended: 0 })
  if (deadEverywhereAt(token) <= now) return done
  const event: AuditEvent = {
    ...origin,
    action: 'token_revoked',
    at: now,
    subject: '',
    actor: token.subject,
    session: '',
    detail: 'service token',
  }
  const blacklisting = sessions.blacklisting(token, event)
  const made = await admitAndMake(limiter, 'logout', `token:${token.id}`, blacklisting)
  return made.ok ? done : made
}
