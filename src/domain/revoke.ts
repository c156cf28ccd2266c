/** Owns what ends when a client gives a token up (RFC 7009). Knows nothing of HTTP or Redis. Safe to repeat. */

import { type AuditEvent, CLIENT_ACTOR } from './audit.ts'
import { inspect } from './authenticate.ts'
import type { Client } from './client.ts'
import type { Ports } from './ports.ts'
import { recognise } from './recognise.ts'
import { sessionLives } from './refresh-facts.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import type { Origin } from './session.ts'
import { type AccessToken, belongsToSession, deadEverywhereAt, type RefreshToken } from './token.ts'

type RevokePorts = Pick<Ports, 'sessions' | 'refreshFacts' | 'accessTokens' | 'refreshTokens'>

interface Caller {
  client: Client
  origin: Origin
  now: number
}

const DONE = ok(null)

/**
 * What is no token of ours any more is done already (section 2.2). There is no limiter: only what we signed reaches
 * Redis, and a full one must never keep anybody from ending what is theirs.
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

/** A refresh token stands for its session, whichever of its generations it is: whoever kept an old one wants out too. */
async function revokeSession(
  { sessions, refreshFacts }: RevokePorts,
  token: RefreshToken,
  caller: Caller,
): Promise<Result<null, Refusal>> {
  const { client, now } = caller
  const facts = await refreshFacts.read(token)
  // A session never changes hands, so what was looked up still holds when the script runs. Without it the session is over, or
  // has lost its detail and could not be refreshed, but lives: the script ends that, and tells of what is over here only.
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
    case 'overtaken':
      // Not of a session's own end, for which the token need not work. It would mean that nothing was done.
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
  // One that has expired here may not have expired yet by the clock of a guard.
  const asked = { ...token, expiresAt: deadEverywhereAt(token) }
  const live = await inspect({ sessions: sessions.atPrimary }, asked, now)
  const event = revocation(token.subject, token.session ?? '', 'access token', caller)
  if (!live.ok) {
    const isRevoked = live.error.reason === 'token_revoked'
    // Where its session is over here, a guard that goes by the list may not have heard: the script finishes that. One that was
    // ended alone leaves its session be, since it must work.
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
