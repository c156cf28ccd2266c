/** Owns what ends when a client gives a token up (RFC 7009). Knows nothing of HTTP or Redis. Safe to repeat. */

import { type AuditEvent, CLIENT_ACTOR } from './audit.ts'
import { requireLive } from './authenticate.ts'
import type { Client } from './client.ts'
import type { Origin } from './origin.ts'
import type { Ports } from './ports.ts'
import { recognise } from './recognise.ts'
import { sessionLives } from './refresh-facts.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import { type AccessToken, belongsToSession, deadEverywhereAt, type RefreshToken } from './token.ts'

type RevokePorts = Pick<Ports, 'sessions' | 'refreshFacts' | 'accessTokens' | 'refreshTokens'>

interface Caller {
  client: Client
  origin: Origin
  now: number
}

const DONE = ok(null)

/**
 * A text that is no token of ours counts as revoked already (section 2.2). There is no limiter: only tokens that we signed reach
 * Redis, and a full limiter must never keep anybody from ending what is theirs.
 */
export async function revoke(
  ports: RevokePorts,
  text: string,
  caller: Caller,
): Promise<Result<null, Refusal>> {
  const presented = await recognise(ports, text)
  if (!presented) return DONE
  return presented.kind === 'refresh'
    ? revokeSession(ports, presented.token, caller)
    : revokeAccessToken(ports, presented.token, caller)
}

/** Ends the session of a refresh token of any generation: whoever kept an old one wants out too. */
async function revokeSession(
  { sessions, refreshFacts }: RevokePorts,
  token: RefreshToken,
  caller: Caller,
): Promise<Result<null, Refusal>> {
  const { client, now } = caller
  const facts = await refreshFacts.read(token)
  // A session never changes its client, so the looked-up client still holds when the script runs. Without facts the session is
  // over, or it lives but has lost its detail and cannot be refreshed: the script ends it if it lives.
  if (facts && facts.client !== client.id)
    return sessionLives(token, facts, now) ? refuse({ reason: 'token_foreign' }) : DONE
  const event = revocation(token.subject, token.session, 'refresh token', caller)
  const ending = sessions.ending({ token, mustWork: false }, { kind: 'own' }, event)
  const outcome = await sessions.make(ending)
  switch (outcome.kind) {
    case 'ended':
    case 'already':
    case 'reused':
      return DONE
    case 'revoked':
    case 'unlisted':
    case 'overtaken':
      // Cannot come here: only the token's own session ends, and the token need not work. It would mean that nothing was done.
      return refuse({ reason: 'overtaken' })
  }
}

/** That token alone: its session goes on. */
async function revokeAccessToken(
  { sessions }: RevokePorts,
  token: AccessToken,
  caller: Caller,
): Promise<Result<null, Refusal>> {
  const { client, now } = caller
  // A token that has expired here may not have expired yet by the clock of a guard.
  const asked = { ...token, expiresAt: deadEverywhereAt(token) }
  const live = await requireLive({ sessions: sessions.atPrimary }, asked, now)
  const event = revocation(token.subject, token.session ?? '', 'access token', caller)
  if (!live.ok) {
    const isRevoked = live.error.reason === 'token_revoked'
    // The token's session may be over here while its bit in the status list is not set yet: the script sets it. A token that was
    // ended alone does not work (mustWork), so its session goes on.
    if (isRevoked && belongsToSession(token) && token.client === client.id)
      await sessions.make(sessions.ending({ token, mustWork: true }, { kind: 'own' }, event))
    return DONE
  }
  // Section 2.1; RFC 6749 section 5.2 has this case in its words for invalid_grant: "was issued to another client".
  if (token.client !== client.id) return refuse({ reason: 'token_foreign' })
  await sessions.make(sessions.blacklisting(token, event))
  return DONE
}

const revocation = (
  subject: string,
  session: string,
  detail: string,
  { client, origin, now }: Caller,
): AuditEvent => ({
  ...origin,
  action: 'token_revoked',
  at: now,
  subject,
  actor: CLIENT_ACTOR + client.id,
  session,
  detail,
})
