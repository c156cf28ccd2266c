/** Owns which of a caller's proofs a logout goes by, in which scope, and what is left when that one turns out to have been revoked. Pure. */

import type { LogoutScope } from '../contract/scopes.ts'
import type { Rules } from './rules.ts'
import { type AccessToken, isExpired, type RefreshToken } from './token.ts'

/** A browser's cookie, or the ticket that was made of one. */
export interface RefreshProof {
  token: RefreshToken
  /** A ticket's own; null when the caller may name one. */
  scope: LogoutScope | null
}

/** What came with the call and has our signature, whether it still works or not. */
export type LogoutProofs =
  | { access: AccessToken; refresh: RefreshProof | null }
  | { access: null; refresh: RefreshProof }

export type LogoutAttempt =
  | { by: 'access_token'; token: AccessToken; scope: LogoutScope }
  | { by: 'refresh_token'; token: RefreshToken; scope: LogoutScope }

export interface LogoutPlan {
  first: LogoutAttempt
  /** For an access token that was revoked alone. */
  fallback: LogoutAttempt | null
}

/** `asked` is null for a plain logout, which names no scope. */
export function planLogout(
  { access, refresh }: LogoutProofs,
  asked: LogoutScope | null,
  rules: Pick<Rules, 'defaultLogoutScope'>,
  now: number,
): LogoutPlan {
  const byRefreshToken = ({ token, scope }: RefreshProof): LogoutAttempt => ({
    by: 'refresh_token',
    token,
    scope: scope ?? asked ?? rules.defaultLogoutScope,
  })
  const byAccessToken = (token: AccessToken, scope: LogoutScope): LogoutAttempt => ({
    by: 'access_token',
    token,
    scope,
  })
  if (access === null) return { first: byRefreshToken(refresh), fallback: null }
  const expired = isExpired(access, now)
  // The cookie of another session is that of a later sign-in, which the token's owner has nothing to do with.
  const ofCookie = refresh?.token.session === access.session ? refresh : null
  // An expired access token can end less than the cookie of its session.
  if (ofCookie && expired) return { first: byRefreshToken(ofCookie), fallback: null }
  const first = byAccessToken(access, asked ?? (expired ? 'local' : rules.defaultLogoutScope))
  // One that was revoked alone ends its own session at most; the cookie of that session may end more.
  if (ofCookie) return { first, fallback: byRefreshToken(ofCookie) }
  return { first, fallback: asked === null ? byAccessToken(access, 'local') : null }
}
