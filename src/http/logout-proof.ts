/** Owns the step that asks what a logout goes by. Our signature is enough, since it must work with what no longer does. */

import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { logoutTicketBody } from '../contract/bodies.ts'
import type { LogoutAttempt, LogoutProofs, RefreshProof } from '../domain/logout-plan.ts'
import { readToken } from './authenticate.ts'
import type { AppEnv } from './environment.ts'
import { readBody } from './input.ts'
import { refused } from './problem.ts'
import { clearCookie, cookieToken } from './refresh-cookie.ts'

/** An access token; or, for a browser that chose the cookie, the refresh token in it or a ticket. Asks nothing of Redis. */
export const requireLogoutProof = createMiddleware<AppEnv>(
  async function requireLogoutProof(c, next) {
    const token = await readToken(c)
    const refresh = (token.ok ? null : await readTicket(c)) ?? readCookie(c)
    if (token.ok) c.set('logoutProofs', { access: token.value, refresh })
    else if (refresh) c.set('logoutProofs', { access: null, refresh })
    else {
      if (c.get('transport')) clearCookie(c)
      return refused(c, token.error)
    }
    return next()
  },
)

/** Behind requireLogoutProof. */
export function logoutProofsOf(c: Context<AppEnv>): LogoutProofs {
  const proofs = c.get('logoutProofs')
  if (!proofs) throw new TypeError('logoutProofsOf needs requireLogoutProof before it')
  return proofs
}

function readCookie(c: Context<AppEnv>): RefreshProof | null {
  const token = cookieToken(c)
  return token && { token, scope: null }
}

async function readTicket(c: Context<AppEnv>): Promise<RefreshProof | null> {
  if (!c.get('transport')) return null
  const body = await readBody(c, logoutTicketBody)
  return body.ok ? c.get('ports').refreshTokens.readTicket(body.value.ticket) : null
}

/**
 * Before the store is asked: a fault must not keep the browser signed in. What the cookie could have ended is then told as
 * a ticket, good for this logout alone. A cookie of another session than the one that ends is left as it is.
 */
export function giveUpCookie(c: Context<AppEnv>, { scope, token }: LogoutAttempt): void {
  if (!c.get('transport') || scope === 'others') return
  const cookie = cookieToken(c)
  if (cookie && cookie.session !== token.session) return
  clearCookie(c)
  if (cookie)
    c.set('logoutTicket', c.get('ports').refreshTokens.mintTicket({ token: cookie, scope }))
}
