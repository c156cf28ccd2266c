/** Owns the description of every header field that an answer may have. Never when it has one. */

import { refreshCookie } from '../contract/cookies.ts'
import { headers } from '../contract/headers.ts'
import type { Json } from './json.ts'

const text = (description: string, example: string, more: Json = {}): Json => ({
  description,
  schema: { type: 'string', ...more },
  example,
})
const count = (description: string, example: number, minimum = 0): Json => ({
  description,
  schema: { type: 'integer', minimum },
  example,
})

export const headerComponents = {
  [headers.requestId]: {
    ...text(
      'Names this call in the log. A caller may bring its own: 8 to 64 letters, digits, `-` or `_`.',
      '3f0c6a7e-52a8-4c1b-9e44-0d6b1f0f9a11',
    ),
    required: true,
  },
  'Cache-Control': { ...text('', 'no-store', { const: 'no-store' }), required: true },
  [headers.rateLimitPolicy]: text(
    'draft-ietf-httpapi-ratelimit-headers: the quotas that counted this call; `q` calls in `w` seconds.',
    '"logout";q=20;w=300',
  ),
  [headers.rateLimit]: text(
    'The same quotas: `r` calls are left, more become available in `t` seconds.',
    '"logout";r=19;t=300',
  ),
  [headers.legacyLimit]: count('Of the quota nearest to its end: how many calls it allows.', 20),
  [headers.legacyRemaining]: count('How many of them are left.', 19),
  [headers.legacyReset]: count('When more become available, in epoch seconds.', 1795449600),
  [headers.retryAfter]: {
    ...count('Seconds after which to ask again.', 2, 1),
    required: true,
  },
  [headers.challenge]: {
    ...text(
      'What the call needs (RFC 6750, RFC 9470).',
      'Bearer error="invalid_token", error_description="The token has expired"',
    ),
    required: true,
  },
  [headers.totalCount]: { ...count('The total on all pages.', 1), required: true },
  [headers.link]: {
    ...text(
      'RFC 8288: the `next` and the `last` page.',
      '<https://auth.example.com/admin/users?page=2&per_page=50>; rel="next"',
    ),
    required: true,
  },
  ETag: { ...text('Changes with what the list says.', 'W/"ma9Zf0Pq"'), required: true },
  Vary: { ...text('', 'Accept-Encoding'), required: true },
  'Content-Encoding': text('Sent to callers that accept it.', 'gzip', { const: 'gzip' }),
  'Set-Cookie': text(
    'For a caller that chose the cookie: sets it, or clears it. A session cookie has no Max-Age.',
    `${refreshCookie}=…; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Strict`,
  ),
  'Access-Control-Allow-Origin': {
    ...text('Any page may read it.', '*', { const: '*' }),
    required: true,
  },
  'Cross-Origin-Opener-Policy': { ...text('', 'same-origin'), required: true },
} as const satisfies Record<string, Json>

export type HeaderName = keyof typeof headerComponents

/** A client that names itself in the body gets no challenge (RFC 6749 section 5.2). */
export const optionalChallenge: Json = {
  description: 'For a client that used the Authorization header.',
  schema: { type: 'string' },
  example: 'Basic realm="curfew", charset="UTF-8"',
}

/** An answer has no request id when the service could not be started, or when a static file answers. */
export const optionalRequestId: Json = {
  ...headerComponents[headers.requestId],
  required: false,
}

/** Every answer of the app has these, with the same values, so the document names them once. */
export const headersEverywhere = [
  'Content-Security-Policy',
  'Referrer-Policy',
  'Strict-Transport-Security',
  'Vary',
  'X-Content-Type-Options',
  'X-Frame-Options',
] as const

/** Answers to pages of allowed origins have these two, and to those that chose the cookie the third. */
export const headersForAllowedOrigins = [
  'Access-Control-Allow-Origin',
  'Access-Control-Expose-Headers',
] as const
export const headerForCookies = 'Access-Control-Allow-Credentials'

export const headerRefs = (names: readonly HeaderName[]): Json =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
