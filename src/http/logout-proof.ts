/** Owns the step that asks what a logout goes by. Our signature is enough, since it must work with what no longer does. */

import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { type CookieLogoutBody, cookieLogoutBody } from '../contract/bodies.ts'
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
    const { ticket, session } = token.ok ? NOTHING : await readWishes(c)
    const cookie = cookieToken(c)
    const isMeant = !session || !cookie || cookie.session === session
    const refresh =
      readTicket(c, ticket) ?? (isMeant && cookie ? { token: cookie, scope: null } : null)
    if (token.ok) c.set('logoutProofs', { access: token.value, refresh })
    else if (refresh) c.set('logoutProofs', { access: null, refresh })
    else {
      if (c.get('transport') && isMeant) clearCookie(c)
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

const NOTHING: CookieLogoutBody = {}

/** Whoever chose no cookie, and whatever is none of it, wishes nothing. */
async function readWishes(c: Context<AppEnv>): Promise<CookieLogoutBody> {
  if (!c.get('transport')) return NOTHING
  const body = await readBody(c, cookieLogoutBody)
  return body.ok ? body.value : NOTHING
}

const readTicket = (c: Context<AppEnv>, ticket: string | undefined): RefreshProof | null =>
  ticket === undefined ? null : c.get('ports').refreshTokens.readTicket(ticket)

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
