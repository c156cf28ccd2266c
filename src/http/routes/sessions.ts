/** GET /sessions and DELETE /sessions/:id: one's own devices. */

import type { Context } from 'hono'
import type { SessionsBody } from '../../contract/answers.ts'
import { sessionId } from '../../contract/bodies.ts'
import { endSession } from '../../domain/end-session.ts'
import { sessionBody } from '../answers.ts'
import { personOf } from '../authenticate.ts'
import { originOf } from '../device.ts'
import type { AppEnv } from '../environment.ts'
import { check } from '../input.ts'
import { lookAhead } from '../look-ahead.ts'
import { refused } from '../problem.ts'
import { receipt } from './logout.ts'

export const ownMembers = lookAhead(({ sessions }, { subject }) => sessions.members(subject))

export async function listSessionsRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, now } = c.var
  const token = personOf(c)
  const sessions = await ports.sessions.list(token.subject, await ownMembers.found(c), now)
  const body = { sessions: sessions.map((one) => sessionBody(one, token.session)) }
  return c.json(body satisfies SessionsBody, 200)
}

export async function endSessionRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, now } = c.var
  const caller = personOf(c)
  const session = check(sessionId, c.req.param('id'), 400, 'id')
  if (!session.ok) return refused(c, session.error)
  const input = { session: session.value, members: await ownMembers.found(c), caller }
  const result = await endSession(ports, input, originOf(c), now)
  if (!result.ok) return refused(c, result.error)
  return c.json(receipt('Logout successful', now, 'session', 1), 200)
}
