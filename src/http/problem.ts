/** Owns the one place where a refusal or a fault becomes an answer. Never a refusal's words: see refusal-words.ts. */

import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ErrorBody } from '../contract/errors.ts'
import { headers } from '../contract/headers.ts'
import { paths } from '../contract/paths.ts'
import { Overload, StoreFault } from '../domain/fault.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { AppEnv } from './environment.ts'
import {
  type FaultAnswer,
  WHEN_OVERLOADED,
  WHEN_STORE_IS_DOWN,
  whenCutShort,
} from './fault-words.ts'
import { type InputRefusal, type Words, wordsOf } from './refusal-words.ts'

export const oauthPaths: readonly string[] = [paths.token, paths.revoke, paths.introspect]

/** Answers with a refusal. Through c.json, which keeps the headers that earlier steps have set. */
export function refused(c: Context<AppEnv>, refusal: Refusal | InputRefusal): Response {
  c.set('refusal', refusal.reason)
  return answer(c, wordsOf(refusal))
}

/** The 503 of a fault: of the store, of too many passwords, or of a request that took too long. */
export const faultWords = ({ sentence, retryAfter }: FaultAnswer): Words => ({
  status: 503,
  code: 'service_unavailable',
  sentence,
  oauth: 'temporarily_unavailable',
  headers: { [headers.retryAfter]: String(retryAfter) },
})

/** For an error that nobody expected, so a mistake of ours. Its cause is not told. */
export const UNEXPECTED: Words = {
  status: 500,
  code: 'unexpected_failure',
  sentence: 'Something failed here that should not. It is not known whether anything was changed.',
  oauth: 'server_error',
}

/** For worker.ts: the app could not be made, so this answers every path, without a request id. */
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

/** Thrown when the request as a whole took too long, whoever was slow. What it had begun may still happen. */
export class RequestTimeout extends HTTPException {
  override readonly name = 'RequestTimeout'
  constructor() {
    super(503)
  }
}

/** Hono's onError: a fault of the store gets its route's sentence. */
export function failed(error: Error, c: Context<AppEnv>): Response {
  const route = c.var.faultRoute ?? 'read'
  if (error instanceof StoreFault) {
    c.set('refusal', error.reason)
    return answer(c, faultWords(WHEN_STORE_IS_DOWN[route]))
  }
  if (error instanceof Overload) {
    c.set('refusal', 'hashing_overload')
    return answer(c, faultWords(WHEN_OVERLOADED))
  }
  if (error instanceof RequestTimeout) {
    c.set('refusal', 'request_slow')
    return answer(c, faultWords(whenCutShort(route)))
  }
  if (error instanceof BrokenBody) return refused(c, { reason: 'body_broken' })
  // The name of the error only: a message may quote what it failed on.
  c.set('refusal', `unexpected_${error.name}`)
  return answer(c, UNEXPECTED)
}

function answer(c: Context<AppEnv>, words: Words): Response {
  c.set('errorCode', words.code)
  // A route that failed half-way may have set a Cache-Control that lets its answer be kept.
  c.header('Cache-Control', 'no-store')
  for (const [name, value] of Object.entries(words.headers ?? {})) c.header(name, value)
  const isOAuth = oauthPaths.some((path) => c.req.path.endsWith(path))
  // A ticket only with an error after which the same logout may succeed later.
  const ticket =
    words.status >= 429 && c.var.logoutTicket ? { logout_ticket: c.var.logoutTicket } : {}
  return c.json(problemBody(words, isOAuth, ticket), words.status)
}

export const problemBody = (
  { status, code, sentence, oauth, weakPassword }: Words,
  isOAuth: boolean,
  more: Pick<ErrorBody, 'logout_ticket'> = {},
): ErrorBody => ({
  code: status,
  error_code: code,
  msg: sentence,
  ...(weakPassword && { weak_password: weakPassword }),
  ...more,
  // RFC 6749 section 5.2, where OAuth clients look.
  ...(isOAuth ? { error: oauth ?? 'invalid_request', error_description: sentence } : {}),
})
