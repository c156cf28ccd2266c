/** Owns the ending of one of the caller's own sessions by its id. Never tells of anybody else's. */

import { eventBy } from './audit.ts'
import type { Origin } from './origin.ts'
import type { Ports } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import type { Reach, SessionMember } from './session-port.ts'
import type { SessionToken } from './token.ts'

interface EndSessionInput {
  session: string
  /** The caller's own, as they were looked up. */
  members: SessionMember[]
  caller: SessionToken
}

/** A session that is not the caller's is as unknown as one that never was: nobody learns of another's. */
export async function endSession(
  { sessions }: Pick<Ports, 'sessions'>,
  { session, members, caller }: EndSessionInput,
  origin: Origin,
  now: number,
): Promise<Result<null, Refusal>> {
  const { subject } = caller
  const event = eventBy({ subject, session }, 'session_ended', origin, now)
  const member = members.find(({ id }) => id === session)
  if (!member) return refuse({ reason: 'session_unknown' })
  const reach: Reach =
    session === caller.session ? { kind: 'own' } : { kind: 'other', session: member }
  const ending = sessions.ending({ token: caller, mustWork: true }, reach, event)
  const outcome = await sessions.make(ending)
  switch (outcome.kind) {
    case 'ended':
      return outcome.count === 0 ? refuse({ reason: 'session_unknown' }) : ok(null)
    case 'already':
    case 'revoked':
    case 'reused':
      return refuse({ reason: 'token_revoked' })
    case 'unlisted':
    case 'overtaken':
      // Cannot come here: the script looks at the user's set only when it ends several sessions.
      return refuse({ reason: 'overtaken' })
  }
}
