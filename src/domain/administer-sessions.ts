/** Owns the endings that operators order. Never checks that the caller is an operator: http/ did. */

import { adminEvent, type Operator, UNDONE } from './operator.ts'
import type { Ports } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import { retryWhenOvertaken } from './retry.ts'

/** Ends one session of any user. The session of another user than `id` is answered as unknown. */
export async function endSessionOf(
  { sessions }: Pick<Ports, 'sessions'>,
  { id, session }: { id: string; session: string },
  operator: Operator,
): Promise<Result<null, Refusal>> {
  const event = { ...adminEvent('session_ended', id, operator), session }
  const members = await sessions.members(id)
  const member = members.find((one) => one.id === session)
  if (!member) return refuse({ reason: 'session_unknown' })
  switch (await sessions.endOneOf(id, member, operator.token, event)) {
    case 'ended':
      return ok(null)
    case 'gone':
      return refuse({ reason: 'session_unknown' })
    case 'revoked':
      return refuse({ reason: 'token_revoked' })
  }
}

/** Ends all sessions of one user, and answers how many there were. */
export async function endSessionsOf(
  { sessions }: Pick<Ports, 'sessions'>,
  id: string,
  operator: Operator,
): Promise<Result<number, Refusal>> {
  const event = adminEvent('logout_by_admin', id, operator)
  return retryWhenOvertaken(async () => {
    const members = await sessions.members(id)
    const outcome = await sessions.endAllOf(id, members, operator.token, event)
    if (outcome.kind !== 'ended') return refuse({ reason: UNDONE[outcome.kind] })
    return ok(outcome.count)
  })
}

/** One cutoff for the realm, whatever its size. Its record is written in the same step, in the realm's own log. */
export async function endEveryone(
  { sessions }: Pick<Ports, 'sessions'>,
  operator: Operator,
): Promise<Result<null, Refusal>> {
  const event = adminEvent('logout_everyone', '', operator)
  const outcome = await sessions.endEveryone(operator.token, event)
  return outcome === 'ended' ? ok(null) : refuse({ reason: UNDONE[outcome] })
}
