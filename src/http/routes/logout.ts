/** POST /logout and POST /logout/all: the answer comes after Redis has confirmed, or it is no success. */

import type { Context } from 'hono'
import type { LogoutBody, LogoutScope } from '../../contract/answers.ts'
import { logoutScope } from '../../contract/bodies.ts'
import { logout } from '../../domain/logout.ts'
import { logoutByRefreshToken } from '../../domain/logout-by-refresh-token.ts'
import { isExpired, type RefreshToken } from '../../domain/token.ts'
import { originOf } from '../device.ts'
import type { AppEnv } from '../environment.ts'
import { check } from '../input.ts'
import { giveUpCookie } from '../logout-proof.ts'
import { refused } from '../problem.ts'

/** Scopes come from the query. The body is read for a ticket only: clients announce JSON and send nothing. */
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
  const ports = c.get('ports')
  const token = c.get('token')
  const logoutProof = c.get('logoutProof')
  const origin = originOf(c)
  const now = c.get('now')
  const { rules } = c.get('services')
  // An expired access token can end less than the cookie that came with it.
  const proof = logoutProof && (!token || isExpired(token, now)) ? logoutProof : null
  const wish = proof?.scope ?? asked
  giveUpCookie(c, wish ?? rules.defaultLogoutScope, (proof?.token ?? token).session)
  const byRefreshToken = (given: RefreshToken) =>
    logoutByRefreshToken(ports, rules, { token: given, asked: wish }, origin, now)
  const byAccessToken = (asked: LogoutScope | null) =>
    logout(ports, rules, { token, asked }, origin, now)
  let result = await (proof ? byRefreshToken(proof.token) : byAccessToken(wish))
  // An access token that was revoked alone ends its own session at most; the cookie of that session may end more.
  if (!proof && !result.ok && result.error.reason === 'token_revoked') {
    if (logoutProof?.token.session === token.session)
      result = await byRefreshToken(logoutProof.token)
    else if (wish === null) result = await byAccessToken('local')
  }
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
