/** Owns the names of the HTTP header fields that we read, send and expose. Never their values. */

import { transportHeader } from './cookies.ts'

export const headers = {
  requestId: 'X-Request-Id',
  retryAfter: 'Retry-After',
  challenge: 'WWW-Authenticate',
  /** draft-ietf-httpapi-ratelimit-headers: Lists of Strings with parameters (RFC 9651). */
  rateLimit: 'RateLimit',
  rateLimitPolicy: 'RateLimit-Policy',
  /** The older trio without a standard; `Reset` is in epoch seconds, as its readers expect. */
  legacyLimit: 'X-RateLimit-Limit',
  legacyRemaining: 'X-RateLimit-Remaining',
  legacyReset: 'X-RateLimit-Reset',
  totalCount: 'X-Total-Count',
  link: 'Link',
} as const

/** What a browser's script may read of an answer from another origin. */
export const exposedHeaders: readonly string[] = Object.values(headers)

/** What a browser's script may send from another origin; the last four are `@supabase` clients'. */
export const acceptedHeaders = [
  'Accept',
  'Authorization',
  'Content-Type',
  headers.requestId,
  transportHeader,
  'X-Client-Info',
  'X-Supabase-Api-Version',
  'X-JWT-AUD',
  'apikey',
] as const
