/** POST /logout and POST /logout/all: the answer comes after Redis has confirmed, or it is no success. */

import type { Context } from 'hono'
import type { LogoutBody, LogoutScope } from '../../contract/answers.ts'
import { logoutScope } from '../../contract/bodies.ts'
import { logout } from '../../domain/logout.ts'
import type { AppEnv } from '../environment.ts'
import { check } from '../input.ts'
import { refused } from '../problem.ts'

/** The body is not read: clients announce JSON and send nothing, and a logout must not fail over it. */
export async function logoutRoute(c: Context<AppEnv>): Promise<Response> {
  const asked = c.req.query('scope')
  if (asked === undefined) return end(c, null, 'Logout successful')
  const scope = check(logoutScope, asked, 400)
  return scope.ok ? end(c, scope.value, 'Logout successful') : refused(c, scope.error)
}

export const logoutAllRoute = (c: Context<AppEnv>): Promise<Response> =>
  end(c, 'global', 'Logged out from all devices')

async function end(
  c: Context<AppEnv>,
  asked: LogoutScope | null,
  message: string,
): Promise<Response> {
  const { ports, services, token, origin, now } = c.var
  const result = await logout(ports, services.rules, { token, asked }, origin, now)
  if (!result.ok) return refused(c, result.error)
  const { scope, ended } = result.value
  return c.json(receipt(message, now, scope, ended), 200)
}

export const receipt = (
  message: string,
  now: number,
  scope: LogoutBody['scope'],
  ended: number | null,
): LogoutBody => ({
  message,
  timestamp: new Date(now).toISOString(),
  scope,
  sessions_ended: ended,
})
