/** Owns the guard as a Hono middleware. Decides nothing. */

import type { Context, MiddlewareHandler } from 'hono'
import type { VerifiedToken } from './decision.ts'
import type { Guard } from './guard.ts'
import { type GuardCheck, requireGuard, requireSoundCheck } from './options.ts'

/** What a guarded route finds: `c.get('auth')`. */
export interface AuthVariables {
  auth: VerifiedToken
}

/**
 * Lets a request through when the guard does.
 *
 * @example
 * app.get('/orders', requireAuth(guard, { roles: ['authenticated'] }), (c) => c.json({ for: c.get('auth').subject }))
 */
export function requireAuth(
  guard: Guard,
  check: Pick<GuardCheck, 'roles' | 'maxAge'> = {},
): MiddlewareHandler<{ Variables: AuthVariables }> {
  requireGuard(guard, 'requireAuth')
  requireSoundCheck(check, 'requireAuth')
  return async function requireAuth(c, next) {
    const decision = await guard.check(c.req.raw, { ...check, waitUntil: waitUntilOf(c) })
    if (decision.ok) {
      c.set('auth', decision.token)
      return next()
    }
    const { status, headers, body } = decision.answer
    for (const [name, value] of Object.entries(headers)) c.header(name, value)
    return c.json(body, status)
  }
}

function waitUntilOf(c: Context): GuardCheck['waitUntil'] {
  try {
    const { executionCtx } = c
    return (work) => executionCtx.waitUntil(work)
  } catch {
    // No execution context, such as on Node: there the work goes on by itself.
    return undefined
  }
}
