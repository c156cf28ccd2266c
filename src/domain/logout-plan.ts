/** Owns which of a caller's proofs a logout tries, in which scope, and which next if the first was revoked. Never asks Redis. */

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
  /** Tried when the access token of `first` turns out to have been revoked alone. Null: nothing is left to try. */
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
  // A cookie of another session than the token's comes from a later sign-in: this logout does not mean it.
  const ofCookie = refresh?.token.session === access.session ? refresh : null
  // An expired access token can end less than the cookie of its session.
  if (ofCookie && expired) return { first: byRefreshToken(ofCookie), fallback: null }
  const first = byAccessToken(access, asked ?? (expired ? 'local' : rules.defaultLogoutScope))
  // An access token that was revoked alone ends its own session at most; the cookie of that session may end more.
  if (ofCookie) return { first, fallback: byRefreshToken(ofCookie) }
  return { first, fallback: asked === null ? byAccessToken(access, 'local') : null }
}
