/** Owns the status and the words of every refusal. Answers nobody. */

import { type ChallengeAnswer, challenges, staleChallenge } from '../contract/challenges.ts'
import type { ErrorCode, OAuthErrorCode, WeakPasswordReason } from '../contract/errors.ts'
import { headers } from '../contract/headers.ts'
import type { PasswordWeakness, Refusal } from '../domain/refusal.ts'

/** Refusals that only a request can cause, and domain/ does not know. */
export type InputRefusal =
  | { reason: 'json_bad' }
  | { reason: 'input_invalid'; sentence: string; status: 400 | 422 }
  | { reason: 'media_type_unsupported'; accepted: string }
  | { reason: 'body_too_large'; bytes: number }
  | { reason: 'body_broken' }
  | { reason: 'grant_type_unsupported' }
  | { reason: 'cross_site' }
  | { reason: 'path_unknown' }
  | { reason: 'history_unknown' }
  | { reason: 'method_unknown'; allow: string }

type Status = 400 | 401 | 403 | 404 | 405 | 413 | 415 | 422 | 429 | 500 | 501 | 503

export interface Words {
  status: Status
  code: ErrorCode
  sentence: string
  oauth?: OAuthErrorCode
  /** What auth-js looks at to say why a password was refused. */
  weakPassword?: { reasons: WeakPasswordReason[] }
  headers?: Record<string, string>
}

const challenged = ({ status, code, sentence, challenge }: ChallengeAnswer): Words => ({
  status,
  code,
  sentence,
  ...(challenge === null ? {} : { headers: { [headers.challenge]: challenge } }),
})

/** A reason without words here does not compile. */
export function wordsOf(refusal: Refusal | InputRefusal): Words {
  switch (refusal.reason) {
    case 'token_missing':
      return challenged(challenges.missing)
    case 'token_bad':
      return challenged(challenges.bad)
    case 'token_expired':
      return challenged(challenges.expired)
    case 'token_revoked':
      return challenged(challenges.revoked)
    case 'role_missing':
      return challenged(challenges.notAdmin)
    case 'reauthentication_needed':
      return {
        status: 401,
        code: 'reauthentication_needed',
        sentence:
          refusal.maxAge === 0
            ? 'This needs the password each time: send it as current_password.'
            : 'This needs a recent proof of the password: send it to /reauthenticate, or as current_password.',
        headers: { [headers.challenge]: staleChallenge(refusal.maxAge) },
      }
    case 'credentials_wrong':
      return grant('invalid_credentials', 'Invalid login credentials')
    case 'email_not_confirmed':
      return grant('email_not_confirmed', 'The email address of this account is not confirmed.')
    case 'user_banned':
      return grant('user_banned', 'This user is banned.')
    case 'refresh_token_bad':
    case 'refresh_token_unknown':
    case 'refresh_token_reused':
    case 'refresh_token_foreign':
      // One answer for all of them: it tells a thief nothing (RFC 9700 section 4.14.2).
      return grant('refresh_token_not_found', 'Invalid Refresh Token: it is not valid any more.')
    case 'client_bad':
      return {
        status: 401,
        code: 'invalid_client',
        sentence: 'Unknown client, or its secret is wrong or missing.',
        oauth: 'invalid_client',
        // RFC 6749 section 5.2. Without that header, a challenge would only make a browser ask its user for a password.
        ...(refusal.by === 'header'
          ? { headers: { [headers.challenge]: 'Basic realm="curfew", charset="UTF-8"' } }
          : {}),
      }
    case 'token_foreign':
      return {
        status: 400,
        code: 'token_of_another_client',
        sentence: 'The token was issued to another client. Nothing was changed.',
        oauth: 'invalid_grant',
      }
    case 'sign_up_closed':
      return plain(422, 'signup_disabled', 'Signing up is closed here.')
    case 'user_exists':
      return plain(422, 'user_already_exists', 'User already registered')
    case 'email_taken':
      return plain(422, 'email_exists', 'A user with this email address or id exists already.')
    case 'email_invalid':
      return plain(400, 'validation_failed', 'Unable to validate email address: invalid format')
    case 'password_weak':
      return weakPassword(refusal.weakness)
    case 'password_same':
      return plain(422, 'same_password', 'The new password must differ from the present one.')
    case 'password_wrong':
      return plain(400, 'current_password_invalid', 'The password is wrong.')
    case 'metadata_too_large':
      return plain(
        422,
        'validation_failed',
        `Together with what is there already, the metadata has more than ${refusal.bytes} bytes as JSON.`,
      )
    case 'session_unknown':
      return plain(404, 'session_unknown', 'There is no such session.')
    case 'user_unknown':
      return plain(404, 'user_not_found', 'There is no such user.')
    case 'role_reserved':
      return plain(422, 'validation_failed', 'role: is reserved for tokens of services.')
    case 'rate_limited':
      return {
        status: 429,
        code: 'over_request_rate_limit',
        sentence: `Too many calls. Try again in ${refusal.retryAfter} s.`,
        oauth: 'temporarily_unavailable',
        headers: { [headers.retryAfter]: String(refusal.retryAfter) },
      }
    case 'overtaken':
      return {
        status: 503,
        code: 'conflict',
        sentence:
          'The account was changed by another request at the same time. Your request changed nothing; try again.',
        oauth: 'temporarily_unavailable',
        headers: { [headers.retryAfter]: '1' },
      }
    case 'json_bad':
      return plain(400, 'bad_json', 'The body is not valid JSON in UTF-8.')
    case 'input_invalid':
      return { status: refusal.status, code: 'validation_failed', sentence: refusal.sentence }
    case 'media_type_unsupported':
      return plain(415, 'unsupported_media_type', `Send the body as ${refusal.accepted}.`)
    case 'body_too_large':
      return plain(
        413,
        'request_entity_too_large',
        `The body may have at most ${refusal.bytes} bytes.`,
      )
    case 'body_broken':
      return plain(
        400,
        'body_incomplete',
        'The body broke off before its end. Nothing was changed.',
      )
    case 'grant_type_unsupported':
      return {
        status: 400,
        code: 'unsupported_grant_type',
        sentence: "grant_type must be 'password' or 'refresh_token'.",
        oauth: 'unsupported_grant_type',
      }
    case 'cross_site':
      return plain(
        403,
        'cross_site_request',
        "The refresh cookie is for this service's own pages and for those of its allowed origins. Nothing was changed.",
      )
    case 'path_unknown':
      return plain(404, 'not_found', 'There is nothing at this path.')
    case 'history_unknown':
      return plain(501, 'not_implemented', 'Only the current list is kept: leave `time` out.')
    case 'method_unknown':
      return {
        status: 405,
        code: 'method_not_allowed',
        sentence: `This path answers ${refusal.allow} only.`,
        headers: { Allow: refusal.allow },
      }
  }
}

const plain = (status: Status, code: ErrorCode, sentence: string): Words => ({
  status,
  code,
  sentence,
})

function weakPassword(weakness: PasswordWeakness): Words {
  const words = (reason: WeakPasswordReason, sentence: string): Words => ({
    ...plain(422, 'weak_password', sentence),
    weakPassword: { reasons: [reason] },
  })
  switch (weakness.kind) {
    case 'short':
      return words('length', `The password needs at least ${weakness.min} characters.`)
    case 'long':
      return words('length', `The password may have at most ${weakness.max} characters.`)
    case 'refused':
      return words(
        'pwned',
        'This password is among the most used ones, or not allowed here. Choose another.',
      )
    case 'email':
      return words(
        'characters',
        'The password must not be your email address, nor the part of it before the @. Choose another.',
      )
  }
}

const grant = (code: ErrorCode, sentence: string): Words => ({
  status: 400,
  code,
  sentence,
  oauth: 'invalid_grant',
})
