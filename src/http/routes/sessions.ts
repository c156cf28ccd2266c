/** GET /sessions and DELETE /sessions/:id: one's own devices. */

import type { Context } from 'hono'
import { sessionId } from '../../contract/bodies.ts'
import { endSession } from '../../domain/end-session.ts'
import { logoutBody, sessionsBody } from '../answers.ts'
import { personOf } from '../authenticate.ts'
import { originOf } from '../device.ts'
import type { AppEnv } from '../environment.ts'
import { readParameter } from '../input.ts'
import { lookAhead } from '../look-ahead.ts'
import { refused } from '../problem.ts'

export const ownMembers = lookAhead(({ sessions }, { subject }) => sessions.members(subject))

export async function listSessionsRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, now } = c.var
  const token = personOf(c)
  const sessions = await ports.sessions.list(token.subject, await ownMembers.found(c), now)
  return c.json(sessionsBody(sessions, token.session), 200)
}

export async function endSessionRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, now } = c.var
  const caller = personOf(c)
  const session = readParameter(c, 'id', sessionId)
  if (!session.ok) return refused(c, session.error)
  const input = { session: session.value, members: await ownMembers.found(c), caller }
  const result = await endSession(ports, input, originOf(c), now)
  if (!result.ok) return refused(c, result.error)
  return c.json(logoutBody('session', 1, now), 200)
}
