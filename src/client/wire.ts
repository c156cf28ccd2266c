/** Owns the requests to the service and the reading of its answers. Never throws, never decides what an answer means. */

import type { CookieTokenBody, TokenBody } from '../contract/answers.ts'
import { transportHeader } from '../contract/cookies.ts'
import type { ErrorBody } from '../contract/errors.ts'
import type { Settings } from './settings.ts'
import type { AuthError, AuthResult } from './types.ts'
import type { Held } from './vault.ts'

export interface Question {
  token?: string | null | undefined
  body?: unknown
  /** The cookie comes along, and may be set: sign-up, sign-in, refresh and logout. */
  own?: boolean
  /** Goes on when the page is left. */
  keepalive?: boolean
}

export type Answer<Value> = AuthResult<Value> & { ticket?: string }

export type Wire = <Value>(
  method: string,
  path: string,
  question?: Question,
) => Promise<Answer<Value>>

/** Milliseconds. The service itself ends every request within three seconds. */
const PATIENCE = 10_000

export function createWire({ base, cookie, storage, fetch }: Settings): Wire {
  return async (method, path, { token, body, own = false, keepalive = false } = {}) => {
    const headers: Record<string, string> = {}
    if (token) headers.Authorization = `Bearer ${token}`
    if (body) headers['Content-Type'] = 'application/json'
    if (own && cookie)
      headers[transportHeader] = storage === 'session' ? 'session-cookie' : 'cookie'
    let response: Response
    let answer: unknown
    try {
      response = await fetch(base + path, {
        method,
        headers,
        body: body ? JSON.stringify(body) : null,
        credentials: own && cookie ? 'include' : 'omit',
        keepalive,
        signal: AbortSignal.timeout(PATIENCE),
      } as RequestInit)
      answer = await response.json()
    } catch {
      // No answer, or a page of somebody in between: neither says what became of the request.
      return failure('network', 'The service could not be reached.', 0)
    }
    const said = (typeof answer === 'object' && answer) || {}
    if (response.ok) return { ok: true, value: said as never }
    const { error_code, msg, logout_ticket } = said as Partial<ErrorBody>
    const retryAfter = Number(response.headers.get('Retry-After')) || null
    const failed = failure(
      error_code ?? 'unexpected_answer',
      msg ?? '',
      response.status,
      retryAfter,
    )
    return logout_ticket ? { ...failed, ticket: logout_ticket } : failed
  }
}

export const failure = (
  code: string,
  message: string,
  status: number,
  retryAfter: number | null = null,
): { ok: false; error: AuthError } => ({ ok: false, error: { code, message, status, retryAfter } })

/** Whether the same request may go better later. */
export const mayPass = ({ status }: AuthError): boolean =>
  status === 0 || status === 408 || status === 425 || status === 429 || status >= 500

/** Seconds before the end of an access token at which another is asked for; half its life when that is shorter. */
const LEAD = 60

/** By this browser's clock, which need not be the server's. Null when it is no answer of ours. */
export function readTokens(body: TokenBody | CookieTokenBody, now: number): Held | null {
  const { access_token, expires_in, user } = body
  const sessionId = sessionOf(access_token)
  if (!sessionId || !user) return null
  return {
    sessionId,
    user,
    accessToken: access_token,
    refreshToken: 'refresh_token' in body ? body.refresh_token : null,
    expiresAt: Math.floor(now / 1000) + expires_in,
    dueAt: now + (expires_in - Math.min(LEAD, expires_in / 2)) * 1000,
  }
}

function sessionOf(token: string): string | null {
  try {
    const payload = token.split('.')[1] ?? ''
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))).sid
  } catch {
    return null
  }
}
