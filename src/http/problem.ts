/** Owns the status and the words of every error: the one place where a refusal or a fault becomes an answer. */

import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ErrorBody, ErrorCode, OAuthErrorCode } from '../contract/errors.ts'
import { headers } from '../contract/headers.ts'
import { paths } from '../contract/paths.ts'
import { faultAnswer, StoreFault } from '../domain/fault.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { AppEnv } from './environment.ts'

/** What only HTTP can get wrong. */
export type InputRefusal =
  | { reason: 'json_bad' }
  | { reason: 'input_invalid'; sentence: string; status: 400 | 422 }
  | { reason: 'media_type_unsupported'; accepted: string }
  | { reason: 'body_too_large'; bytes: number }
  | { reason: 'grant_type_unsupported' }
  | { reason: 'path_unknown' }
  | { reason: 'method_unknown'; allow: string }

type Status = 400 | 401 | 403 | 404 | 405 | 413 | 415 | 422 | 429 | 500 | 503

interface Words {
  status: Status
  code: ErrorCode
  sentence: string
  oauth?: OAuthErrorCode
  headers?: Record<string, string>
}

/** RFC 6750 section 3: no error code when no token came; otherwise what was wrong with it. */
const challenge = (error?: string, more = ''): Record<string, string> => ({
  [headers.challenge]: error ? `Bearer error="${error}"${more}` : 'Bearer realm="curfew"',
})

/** A reason without words here does not compile. */
function wordsOf(refusal: Refusal | InputRefusal): Words {
  switch (refusal.reason) {
    case 'token_missing':
      return {
        status: 401,
        code: 'no_authorization',
        sentence: 'This endpoint needs a Bearer token in the Authorization header.',
        headers: challenge(),
      }
    case 'token_bad':
      return {
        status: 401,
        code: 'bad_jwt',
        sentence: 'The token is not one that this service issued for this use.',
        headers: challenge('invalid_token', ', error_description="The token is not valid"'),
      }
    case 'token_expired':
      return {
        status: 401,
        code: 'token_expired',
        sentence: 'The token has expired. Refresh it, or sign in again.',
        headers: challenge('invalid_token', ', error_description="The token has expired"'),
      }
    case 'token_revoked':
      return {
        status: 401,
        code: 'session_not_found',
        sentence: 'Token has been invalidated',
        headers: challenge('invalid_token', ', error_description="The token has been invalidated"'),
      }
    case 'role_missing':
      return {
        status: 403,
        code: 'not_admin',
        sentence: 'This endpoint is for administrators.',
        headers: challenge('insufficient_scope'),
      }
    case 'reauthentication_needed':
      return {
        status: 401,
        code: 'reauthentication_needed',
        sentence:
          'This needs a recent proof of the password: send it to /reauthenticate, or as current_password.',
        // RFC 9470 section 3.
        headers: challenge(
          'insufficient_user_authentication',
          `, error_description="A more recent authentication is required", max_age="${refusal.maxAge}"`,
        ),
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
      // One answer for all three: it tells a thief nothing (RFC 9700 section 4.14.2).
      return grant('refresh_token_not_found', 'Invalid Refresh Token: it is not valid any more.')
    case 'sign_up_closed':
      return { status: 422, code: 'signup_disabled', sentence: 'Signing up is closed here.' }
    case 'user_exists':
      return { status: 422, code: 'user_already_exists', sentence: 'User already registered' }
    case 'email_taken':
      return {
        status: 422,
        code: 'email_exists',
        sentence: 'A user with this email address or id exists already.',
      }
    case 'email_invalid':
      return {
        status: 400,
        code: 'validation_failed',
        sentence: 'Unable to validate email address: invalid format',
      }
    case 'password_weak':
      return { status: 422, code: 'weak_password', sentence: refusal.sentence }
    case 'password_same':
      return {
        status: 422,
        code: 'same_password',
        sentence: 'The new password must differ from the present one.',
      }
    case 'password_wrong':
      return { status: 400, code: 'current_password_invalid', sentence: 'The password is wrong.' }
    case 'metadata_too_large':
      return {
        status: 422,
        code: 'validation_failed',
        sentence: `Together with what is there already, the metadata has more than ${refusal.bytes} bytes as JSON.`,
      }
    case 'session_unknown':
      return { status: 404, code: 'session_unknown', sentence: 'There is no such session.' }
    case 'user_unknown':
      return { status: 404, code: 'user_not_found', sentence: 'There is no such user.' }
    case 'role_reserved':
      return {
        status: 422,
        code: 'validation_failed',
        sentence: 'role: is reserved for tokens of services.',
      }
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
        sentence: 'Other changes of this account came in between. Nothing was changed; try again.',
        oauth: 'temporarily_unavailable',
        headers: { [headers.retryAfter]: '1' },
      }
    case 'json_bad':
      return { status: 400, code: 'bad_json', sentence: 'The body is not valid JSON.' }
    case 'input_invalid':
      return { status: refusal.status, code: 'validation_failed', sentence: refusal.sentence }
    case 'media_type_unsupported':
      return {
        status: 415,
        code: 'unsupported_media_type',
        sentence: `Send the body as ${refusal.accepted}.`,
      }
    case 'body_too_large':
      return {
        status: 413,
        code: 'request_entity_too_large',
        sentence: `The body may have at most ${refusal.bytes} bytes.`,
      }
    case 'grant_type_unsupported':
      return {
        status: 400,
        code: 'unsupported_grant_type',
        sentence: "grant_type must be 'password' or 'refresh_token'.",
        oauth: 'unsupported_grant_type',
      }
    case 'path_unknown':
      return { status: 404, code: 'not_found', sentence: 'There is nothing at this path.' }
    case 'method_unknown':
      return {
        status: 405,
        code: 'method_not_allowed',
        sentence: `This path answers ${refusal.allow} only.`,
        headers: { Allow: refusal.allow },
      }
  }
}

const grant = (code: ErrorCode, sentence: string): Words => ({
  status: 400,
  code,
  sentence,
  oauth: 'invalid_grant',
})

/** Answers with a refusal. Through c.json, which keeps the headers that earlier steps have set. */
export function refused(c: Context<AppEnv>, refusal: Refusal | InputRefusal): Response {
  c.set('refusal', refusal.reason)
  const more =
    refusal.reason === 'password_weak' ? { weak_password: { reasons: refusal.because } } : {}
  return answer(c, wordsOf(refusal), more)
}

/** Hono's onError: a fault of the store gets its route's sentence, anything else is ours and says nothing of itself. */
export function failed(error: Error, c: Context<AppEnv>): Response {
  const fault = error instanceof HTTPException ? error.cause : error
  if (fault instanceof StoreFault) {
    const { sentence, retryAfter } = faultAnswer(fault.kind, c.var.faultRoute ?? 'read')
    c.set('refusal', `store_${fault.kind}`)
    return answer(c, {
      status: 503,
      code: 'service_unavailable',
      sentence,
      oauth: 'temporarily_unavailable',
      headers: { [headers.retryAfter]: String(retryAfter) },
    })
  }
  // The name of the error only: a message may quote what it failed on.
  c.set('refusal', `unexpected_${error.name}`)
  return answer(c, {
    status: 500,
    code: 'unexpected_failure',
    sentence:
      'Something failed here that should not. It is not known whether anything was changed.',
    oauth: 'server_error',
  })
}

function answer(c: Context<AppEnv>, words: Words, more: Partial<ErrorBody> = {}): Response {
  c.set('errorCode', words.code)
  for (const [name, value] of Object.entries(words.headers ?? {})) c.header(name, value)
  const body: ErrorBody = {
    code: words.status,
    error_code: words.code,
    msg: words.sentence,
    ...more,
    // RFC 6749 section 5.2, where OAuth clients look.
    ...(c.req.path.endsWith(paths.token)
      ? { error: words.oauth ?? 'invalid_request', error_description: words.sentence }
      : {}),
  }
  return c.json(body, words.status)
}
