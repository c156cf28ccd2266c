/** Owns the ending of one of a user's sessions by its id: by its owner from another device, or by an operator. */

import type { AuditEvent } from './audit.ts'
import type { Ports } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import type { Origin } from './session.ts'
import type { AccessToken } from './token.ts'

/** A session that is not the subject's is as unknown as one that never was: nobody learns of another's. */
export async function endSession(
  { sessions, journal }: Pick<Ports, 'sessions' | 'journal'>,
  { subject, session, actor }: { subject: string; session: string; actor: AccessToken },
  origin: Origin,
  now: number,
): Promise<Result<null, Refusal>> {
  const event: AuditEvent = {
    ...origin,
    action: 'session_ended',
    at: now,
    subject,
    actor: actor.subject,
    session,
    detail: '',
  }
  const members = await sessions.members(subject)
  const member = members.find(({ id }) => id === session)
  if (!member) return refuse({ reason: 'session_unknown' })
  const outcome = await sessions.endOne(subject, member, event, now)
  if (outcome.kind !== 'ended') return refuse({ reason: 'session_unknown' })
  journal.record(event)
  return ok(null)
}
