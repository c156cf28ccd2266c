/** Owns the status and the words of every error: the one place where a refusal or a fault becomes an answer. */

import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { type ChallengeAnswer, challenges, staleChallenge } from '../contract/challenges.ts'
import type { ErrorBody, ErrorCode, OAuthErrorCode } from '../contract/errors.ts'
import { headers } from '../contract/headers.ts'
import { paths } from '../contract/paths.ts'
import { StoreFault } from '../domain/fault.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { AppEnv } from './environment.ts'
import { type FaultAnswer, faultAnswer } from './fault-words.ts'

/** What only HTTP can get wrong. */
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

export const oauthPaths: readonly string[] = [paths.token, paths.revoke, paths.introspect]

type Status = 400 | 401 | 403 | 404 | 405 | 413 | 415 | 422 | 429 | 500 | 501 | 503

export interface Words {
  status: Status
  code: ErrorCode
  sentence: string
  oauth?: OAuthErrorCode
  headers?: Record<string, string>
}

const challenge = ({ status, code, sentence, challenge }: ChallengeAnswer): Words => ({
  status,
  code,
  sentence,
  ...(challenge === null ? {} : { headers: { [headers.challenge]: challenge } }),
})

/** A reason without words here does not compile. */
export function wordsOf(refusal: Refusal | InputRefusal): Words {
  switch (refusal.reason) {
    case 'token_missing':
      return challenge(challenges.missing)
    case 'token_bad':
      return challenge(challenges.bad)
    case 'token_expired':
      return challenge(challenges.expired)
    case 'token_revoked':
      return challenge(challenges.revoked)
    case 'role_missing':
      return challenge(challenges.notAdmin)
    case 'reauthentication_needed':
      return {
        status: 401,
        code: 'reauthentication_needed',
        sentence:
          'This needs a recent proof of the password: send it to /reauthenticate, or as current_password.',
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
        // RFC 6749 section 5.2. To others a challenge would only make browsers ask people for a password.
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
        sentence:
          'The account was changed by another request at the same time. Your request changed nothing; try again.',
        oauth: 'temporarily_unavailable',
        headers: { [headers.retryAfter]: '1' },
      }
    case 'json_bad':
      return { status: 400, code: 'bad_json', sentence: 'The body is not valid JSON in UTF-8.' }
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
    case 'body_broken':
      return {
        status: 400,
        code: 'body_incomplete',
        sentence: 'The body broke off before its end. Nothing was changed.',
      }
    case 'grant_type_unsupported':
      return {
        status: 400,
        code: 'unsupported_grant_type',
        sentence: "grant_type must be 'password' or 'refresh_token'.",
        oauth: 'unsupported_grant_type',
      }
    case 'cross_site':
      return {
        status: 403,
        code: 'cross_site_request',
        sentence:
          "The refresh cookie is for this service's own pages and for those of its allowed origins. Nothing was changed.",
      }
    case 'path_unknown':
      return { status: 404, code: 'not_found', sentence: 'There is nothing at this path.' }
    case 'history_unknown':
      return {
        status: 501,
        code: 'not_implemented',
        sentence: 'Only the current list is kept: leave `time` out.',
      }
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

/** When the store did not do what it was asked, or did not confirm it. */
export const faultWords = ({ sentence, retryAfter }: FaultAnswer): Words => ({
  status: 503,
  code: 'service_unavailable',
  sentence,
  oauth: 'temporarily_unavailable',
  headers: { [headers.retryAfter]: String(retryAfter) },
})

/** What is ours and says nothing of itself. */
export const UNEXPECTED: Words = {
  status: 500,
  code: 'unexpected_failure',
  sentence: 'Something failed here that should not. It is not known whether anything was changed.',
  oauth: 'server_error',
}

/** For the front door: there is no app yet, so this has no request id and stands under every path. */
export const MISCONFIGURED: Words = {
  status: 500,
  code: 'service_misconfigured',
  sentence:
    'This service is not configured correctly; its log says what is wrong. Nothing was changed.',
}

/** Thrown where a body is read whose sender went away: no fault of ours. */
export class BrokenBody extends Error {
  override readonly name = 'BrokenBody'
}

/** Hono's onError: a fault of the store gets its route's sentence. */
export function failed(error: Error, c: Context<AppEnv>): Response {
  const fault = error instanceof HTTPException ? error.cause : error
  if (fault instanceof StoreFault) {
    c.set('refusal', fault.reason)
    return answer(c, faultWords(faultAnswer(fault.kind, c.var.faultRoute ?? 'read')))
  }
  if (error instanceof BrokenBody) return refused(c, { reason: 'body_broken' })
  // The name of the error only: a message may quote what it failed on.
  c.set('refusal', `unexpected_${error.name}`)
  return answer(c, UNEXPECTED)
}

function answer(c: Context<AppEnv>, words: Words, more: Partial<ErrorBody> = {}): Response {
  c.set('errorCode', words.code)
  // What failed half-way may have said already that it can be kept.
  c.header('Cache-Control', 'no-store')
  for (const [name, value] of Object.entries(words.headers ?? {})) c.header(name, value)
  const isOAuth = oauthPaths.some((path) => c.req.path.endsWith(path))
  // Only where asking again may help.
  const ticket =
    words.status >= 429 && c.var.logoutTicket ? { logout_ticket: c.var.logoutTicket } : {}
  return c.json(problemBody(words, isOAuth, { ...more, ...ticket }), words.status)
}

export const problemBody = (
  { status, code, sentence, oauth }: Words,
  isOAuth: boolean,
  more: Partial<ErrorBody> = {},
): ErrorBody => ({
  code: status,
  error_code: code,
  msg: sentence,
  ...more,
  // RFC 6749 section 5.2, where OAuth clients look.
  ...(isOAuth ? { error: oauth ?? 'invalid_request', error_description: sentence } : {}),
})
