/** /admin/users/:id/sessions and each of them, /admin/users/:id/logout, /admin/logout, /admin/audit: endings and the log. */

import type { Context } from 'hono'
import type { AuditBody } from '../../contract/answers.ts'
import { auditQuery, sessionId, userId } from '../../contract/bodies.ts'
import { endEveryone, endSessionOf, endSessionsOf } from '../../domain/administer-sessions.ts'
import { toldSince } from '../../domain/audit.ts'
import { auditBody, logoutBody, sessionsBody } from '../answers.ts'
import { operatorOf } from '../authenticate.ts'
import type { AppEnv } from '../environment.ts'
import { readParameter, readQuery } from '../input.ts'
import { refused } from '../problem.ts'

export async function listUserSessionsRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, now, token } = c.var
  const id = readParameter(c, 'id', userId)
  if (!id.ok) return refused(c, id.error)
  const account = await ports.accounts.byId(id.value)
  if (!account) return refused(c, { reason: 'user_unknown' })
  const members = await ports.sessions.members(id.value)
  const sessions = await ports.sessions.list(id.value, members, now)
  return c.json(sessionsBody(sessions, token.session), 200)
}

export async function endUserSessionRoute(c: Context<AppEnv>): Promise<Response> {
  const id = readParameter(c, 'id', userId)
  if (!id.ok) return refused(c, id.error)
  const session = readParameter(c, 'session', sessionId)
  if (!session.ok) return refused(c, session.error)
  const input = { id: id.value, session: session.value }
  const result = await endSessionOf(c.var.ports, input, operatorOf(c))
  if (!result.ok) return refused(c, result.error)
  return c.json(logoutBody('session', 1, c.var.now), 200)
}

export async function endUserSessionsRoute(c: Context<AppEnv>): Promise<Response> {
  const id = readParameter(c, 'id', userId)
  if (!id.ok) return refused(c, id.error)
  const result = await endSessionsOf(c.var.ports, id.value, operatorOf(c))
  if (!result.ok) return refused(c, result.error)
  const body = logoutBody('global', result.value, c.var.now, 'Logged out from all devices')
  return c.json(body, 200)
}

export async function endEveryoneRoute(c: Context<AppEnv>): Promise<Response> {
  const result = await endEveryone(c.var.ports, operatorOf(c))
  if (!result.ok) return refused(c, result.error)
  return c.json(logoutBody('realm', null, c.var.now, 'Everyone is logged out'), 200)
}

export async function readAuditRoute(c: Context<AppEnv>): Promise<Response> {
  const query = readQuery(c, auditQuery)
  if (!query.ok) return refused(c, query.error)
  const { user, action, per_page: limit, after } = query.value
  const { entries, next } = await c.var.ports.auditLog.read({
    subject: user ?? null,
    action: action ?? null,
    limit,
    after: after ?? null,
    since: toldSince(c.var.now),
  })
  return c.json({ entries: entries.map(auditBody), next } satisfies AuditBody, 200)
}
