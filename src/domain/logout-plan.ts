/** Owns which of a caller's proofs a logout goes by, and what is left when that one turns out to have been revoked. Pure. */

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
  /** `asked` is null for a plain logout, which names no scope. */
  | { by: 'access_token'; token: AccessToken; asked: LogoutScope | null }
  | { by: 'refresh_token'; token: RefreshToken; scope: LogoutScope }

export interface LogoutPlan {
  scope: LogoutScope
  /** Of the proof that it goes by; null for a service token. */
  session: string | null
  first: LogoutAttempt
  /** For an access token that was revoked alone. */
  fallback: LogoutAttempt | null
}

export function planLogout(
  { access, refresh }: LogoutProofs,
  asked: LogoutScope | null,
  rules: Pick<Rules, 'defaultLogoutScope'>,
  now: number,
): LogoutPlan {
  const byRefreshToken = (proof: RefreshProof): LogoutAttempt & { by: 'refresh_token' } => ({
    by: 'refresh_token',
    token: proof.token,
    scope: proof.scope ?? asked ?? rules.defaultLogoutScope,
  })
  const onlyBy = (proof: RefreshProof): LogoutPlan => {
    const first = byRefreshToken(proof)
    return { scope: first.scope, session: proof.token.session, first, fallback: null }
  }
  if (access === null) return onlyBy(refresh)
  // An expired access token can end less than the cookie that came with it.
  if (refresh && isExpired(access, now)) return onlyBy(refresh)
  const { session } = access
  const scope = asked ?? rules.defaultLogoutScope
  const first: LogoutAttempt = { by: 'access_token', token: access, asked }
  // One that was revoked alone ends its own session at most; the cookie of that session may end more.
  if (refresh && refresh.token.session === session)
    return { scope, session, first, fallback: byRefreshToken(refresh) }
  const own: LogoutAttempt = { by: 'access_token', token: access, asked: 'local' }
  return { scope, session, first, fallback: asked === null ? own : null }
}
