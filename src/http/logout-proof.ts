/** Owns the step that reads a logout's proofs. Never asks whether one still works: a logout takes ended and expired ones too. */

import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { type CookieLogoutBody, cookieLogoutBody } from '../contract/bodies.ts'
import type { LogoutAttempt, LogoutProofs, RefreshProof } from '../domain/logout-plan.ts'
import { ok, type Result } from '../domain/result.ts'
import { readToken } from './authenticate.ts'
import type { AppEnv } from './environment.ts'
import { readOptionalBody } from './input.ts'
import { refused } from './problem.ts'
import { clearCookie, cookieToken } from './refresh-cookie.ts'
import type { InputRefusal } from './refusal-words.ts'

/** Takes an access token, a browser's refresh cookie, or both; without an access token also a ticket. Asks nothing of Redis. */
export const requireLogoutProof = createMiddleware<AppEnv>(
  async function requireLogoutProof(c, next) {
    const token = await readToken(c)
    const wishes = token.ok ? NOTHING : await readWishes(c)
    if (!wishes.ok) return refused(c, wishes.error)
    const { ticket, session } = wishes.value
    const cookie = cookieToken(c)
    // A ticket means an earlier session. If it is not valid, the cookie must not take its place: it may be a later session's.
    const isMeant = ticket === undefined && (!session || !cookie || cookie.session === session)
    const ofCookie = isMeant && cookie ? { token: cookie, scope: null } : null
    const refresh = ticket === undefined ? ofCookie : readTicket(c, ticket)
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

const NOTHING = ok<CookieLogoutBody>({})

/** The body is read only for a browser that chose the cookie: other clients may send anything with a logout. */
const readWishes = async (c: Context<AppEnv>): Promise<Result<CookieLogoutBody, InputRefusal>> =>
  c.get('transport') ? readOptionalBody(c, cookieLogoutBody) : NOTHING

const readTicket = (c: Context<AppEnv>, ticket: string): RefreshProof | null =>
  c.get('ports').refreshTokens.readTicket(ticket)

/**
 * Clears the cookie before the store is asked: a fault must not keep the browser signed in. For that case it makes a ticket of
 * the cookie, good for this logout alone. A cookie of another session than the one that ends stays.
 */
export function giveUpCookie(c: Context<AppEnv>, { scope, token }: LogoutAttempt): void {
  if (!c.get('transport') || scope === 'others') return
  const cookie = cookieToken(c)
  if (cookie && cookie.session !== token.session) return
  clearCookie(c)
  if (cookie)
    c.set('logoutTicket', c.get('ports').refreshTokens.mintTicket({ token: cookie, scope }))
}
