/** Owns the ending of one session by its id, asked for by its user in this or another one, or by an operator. */

import type { Operator } from './administer.ts'
import { type AuditEvent, eventBy } from './audit.ts'
import type { Ports, Reach } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import type { Origin } from './session.ts'
import type { SessionToken } from './token.ts'

/** A session that is not the caller's is as unknown as one that never was: nobody learns of another's. */
export async function endSession(
  { sessions }: Pick<Ports, 'sessions'>,
  { session, caller }: { session: string; caller: SessionToken },
  origin: Origin,
  now: number,
): Promise<Result<null, Refusal>> {
  const { subject } = caller
  const event = eventBy({ subject, session }, 'session_ended', origin, now)
  const members = await sessions.members(subject)
  const member = members.find(({ id }) => id === session)
  if (!member) return refuse({ reason: 'session_unknown' })
  const reach: Reach =
    session === caller.session ? { kind: 'own' } : { kind: 'other', session: member }
  const outcome = await sessions.end({ token: caller, mustWork: true }, reach, event)
  if (outcome.kind !== 'ended') return refuse({ reason: 'token_revoked' })
  if (outcome.count === 0) return refuse({ reason: 'session_unknown' })
  return ok(null)
}

/** Of any user. A session that is not that user's is unknown there. */
export async function endSessionOf(
  { sessions }: Pick<Ports, 'sessions'>,
  { id, session }: { id: string; session: string },
  { token, origin, now }: Operator,
): Promise<Result<null, Refusal>> {
  const event: AuditEvent = {
    ...origin,
    action: 'session_ended',
    at: now,
    subject: id,
    actor: token.subject,
    session,
    detail: '',
  }
  const members = await sessions.members(id)
  const member = members.find((one) => one.id === session)
  if (!member) return refuse({ reason: 'session_unknown' })
  switch (await sessions.endOneOf(id, member, token, event)) {
    case 'ended':
      return ok(null)
    case 'gone':
      return refuse({ reason: 'session_unknown' })
    case 'revoked':
      return refuse({ reason: 'token_revoked' })
  }
}
