/** Owns the answers to a token that is missing, wrong or not enough: the service and the guard give the same. */

import type { ErrorCode } from './errors.ts'

export interface ChallengeAnswer {
  status: 401 | 403 | 503
  code: ErrorCode
  sentence: string
  /** The value of WWW-Authenticate; null where none belongs. */
  challenge: string | null
}

/** RFC 6750 section 3: no error code when no token came; otherwise what was wrong with it. */
const bearer = (error: string, description: string, more = ''): string =>
  `Bearer error="${error}", error_description="${description}"${more}`

export const challenges = {
  missing: {
    status: 401,
    code: 'no_authorization',
    sentence: 'This endpoint needs a Bearer token in the Authorization header.',
    challenge: 'Bearer realm="curfew"',
  },
  bad: {
    status: 401,
    code: 'bad_jwt',
    sentence: 'The token is not one that this service issued for this use.',
    challenge: bearer('invalid_token', 'The token is not valid'),
  },
  expired: {
    status: 401,
    code: 'token_expired',
    sentence: 'The token has expired. Refresh it, or sign in again.',
    challenge: bearer('invalid_token', 'The token has expired'),
  },
  revoked: {
    status: 401,
    code: 'session_not_found',
    sentence: 'Token has been invalidated',
    challenge: bearer('invalid_token', 'The token has been invalidated'),
  },
  /** For the service's own administration. */
  notAdmin: {
    status: 403,
    code: 'not_admin',
    sentence: 'This endpoint is for administrators.',
    challenge: 'Bearer error="insufficient_scope"',
  },
  roleMissing: {
    status: 403,
    code: 'insufficient_role',
    sentence: 'The role in this token is not enough here.',
    challenge: bearer('insufficient_scope', 'The role in the token is not enough'),
  },
  unknown: {
    status: 503,
    code: 'service_unavailable',
    sentence:
      'Whether the token still works could not be checked. Nothing was done; try again shortly.',
    challenge: null,
  },
} as const satisfies Record<string, ChallengeAnswer>

/** RFC 9470 section 3: how old, in seconds, a sign-in may be here. */
export const staleChallenge = (maxAge: number): string =>
  bearer(
    'insufficient_user_authentication',
    'A more recent authentication is required',
    `, max_age="${maxAge}"`,
  )
