/** POST /logout and POST /logout/all: the answer comes after Redis has confirmed, or it is no success. */

import type { Context } from 'hono'
import { logoutAllQuery, logoutQuery } from '../../contract/bodies.ts'
import type { LogoutScope } from '../../contract/scopes.ts'
import { logout } from '../../domain/logout.ts'
import { planLogout } from '../../domain/logout-plan.ts'
import { logoutBody } from '../answers.ts'
import { originOf } from '../device.ts'
import type { AppEnv } from '../environment.ts'
import { readQuery } from '../input.ts'
import { giveUpCookie, logoutProofsOf } from '../logout-proof.ts'
import { refused } from '../problem.ts'

/** The scope comes from the query. Only logout-proof.ts reads a body: clients announce JSON and then send nothing. */
export async function logoutRoute(c: Context<AppEnv>): Promise<Response> {
  const query = readQuery(c, logoutQuery)
  if (!query.ok) return refused(c, query.error)
  return end(c, query.value.scope ?? null)
}

export async function logoutAllRoute(c: Context<AppEnv>): Promise<Response> {
  const query = readQuery(c, logoutAllQuery)
  if (!query.ok) return refused(c, query.error)
  return end(c, 'global', 'Logged out from all devices')
}

/** `ofAll` is said when none of the user's sessions is left. */
async function end(
  c: Context<AppEnv>,
  asked: LogoutScope | null,
  ofAll?: string,
): Promise<Response> {
  const now = c.get('now')
  const plan = planLogout(logoutProofsOf(c), asked, c.get('services').rules, now)
  giveUpCookie(c, plan.first)
  const result = await logout(c.get('ports'), plan, originOf(c), now)
  if (!result.ok) return refused(c, result.error)
  const { scope, ended } = result.value
  return c.json(logoutBody(scope, ended, now, scope === 'global' ? ofAll : undefined), 200)
}
