/** Owns what our tokens say once their signature was checked. Never how they are signed. */

import type { LogoutScope } from '../contract/scopes.ts'
import { PASSES_AFTER_EXPIRY } from './policy.ts'

/** Where a session's bit stands: which status list, and the place in it (draft-ietf-oauth-status-list). */
export interface StatusReference {
  /** A UUID. */
  list: string
  index: number
}

/** The public client of people who sign in without naming another. */
export const FIRST_PARTY_CLIENT = 'curfew'

/** An access token (RFC 9068). Times in epoch milliseconds. */
export interface AccessToken {
  id: string
  subject: string
  /** Null for a service token, which belongs to no session. */
  session: string | null
  /** The OAuth client that it was issued to. */
  client: string
  /** Null for a service token. */
  status: StatusReference | null
  /** See revocation.ts; empty for a service token. */
  version: string
  role: string
  email: string
  issuedAt: number
  expiresAt: number
  authenticatedAt: number
}

/** A token that belongs to a session: what everyone but a service has. */
export type SessionToken = AccessToken & { session: string; status: StatusReference }

/** Whole seconds since the epoch: what a JWT's times are in (RFC 7519 section 2, NumericDate). */
export const seconds = (ms: number): number => Math.floor(ms / 1000)

export const belongsToSession = (token: AccessToken): token is SessionToken =>
  token.session !== null && token.status !== null

export const isExpired = (token: Pick<AccessToken, 'expiresAt'>, now: number): boolean =>
  token.expiresAt <= now

/** Epoch milliseconds from which on no guard accepts the token, even one that tolerates and is late: see policy.ts. */
export const deadEverywhereAt = (token: Pick<AccessToken, 'expiresAt'>): number =>
  token.expiresAt + PASSES_AFTER_EXPIRY * 1000

/** What a refresh token carries. Redis stores no refresh token: only the session, with its present generation. */
export interface RefreshToken {
  subject: string
  session: string
  status: StatusReference
  generation: number
}

/** Stands for a logout that was asked for and not confirmed. It can be used for that logout and for nothing else. */
export interface LogoutTicket {
  token: RefreshToken
  /** A logout of the other devices keeps its cookie, so it needs no ticket. */
  scope: Exclude<LogoutScope, 'others'>
}
