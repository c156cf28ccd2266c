/** Owns the requests to the service and the reading of its answers. Never throws, never decides what an answer means. */

import type { CookieTokenBody, TokenBody } from '../contract/answers.ts'
import { transportHeader } from '../contract/cookies.ts'
import type { ErrorBody } from '../contract/errors.ts'
import type { paths } from '../contract/paths.ts'
import { claimsOf } from './access-token.ts'
import type { SessionData } from './session-storage.ts'
import type { Settings } from './settings.ts'
import type { AuthError, AuthResult } from './types.ts'

/** Written out at each call, so that a page does not load the whole list of paths; the compiler checks them against it. */
type Path = (typeof paths)[keyof typeof paths]
export type ApiPath = Path | `${Path}?${string}` | `/sessions/${string}`

interface ApiRequest<Value> {
  token?: string | null | undefined
  body?: unknown
  /**
   * For sign-up, sign-in, refresh and logout: the request sends the refresh cookie, and the answer may set or clear it. True:
   * only if the client's transport is `cookie`. `cookie`: whatever its transport is.
   */
  own?: boolean | 'cookie'
  /** Goes on when the page is left. */
  keepalive?: boolean
  /** What sends the request. Default: the settings' `fetch`, which adds no token. */
  send?: typeof fetch | undefined
  /** Whether a success is the service's, and not that of somebody in between; a throw is a no. Default: any JSON is. */
  isOurs?: ((answer: Value) => boolean) | undefined
}

export type ApiResult<Value> = AuthResult<Value> & { ticket?: string | undefined }
type Tokens = CookieTokenBody & Partial<TokenBody>

export type Api = <Value>(
  method: string,
  path: ApiPath,
  request?: ApiRequest<Value>,
) => Promise<ApiResult<Value>>

/** Milliseconds. The service itself ends every request within three seconds. */
const PATIENCE = 10_000

export const createApi =
  ({ base, cookie, storage, fetch }: Settings): Api =>
  async (method, path, { token, body, own, keepalive, send = fetch, isOurs = () => true } = {}) => {
    const usesCookie = own === 'cookie' || (own && cookie)
    try {
      const response = await send(base + path, {
        method,
        headers: {
          'Content-Type': 'application/json',
          ...(token && { Authorization: `Bearer ${token}` }),
          ...(usesCookie && {
            [transportHeader]: storage === 'session' ? 'session-cookie' : 'cookie',
          }),
        },
        body: JSON.stringify(body),
        credentials: usesCookie ? 'include' : 'omit',
        keepalive,
        signal: AbortSignal.timeout(PATIENCE),
      } as RequestInit)
      const answer = await response.json()
      if (response.ok)
        return isOurs(answer as never) ? { ok: true, value: answer as never } : unreached
      const { error_code, msg, logout_ticket } = answer as ErrorBody
      const retryAfter = Number(response.headers.get('Retry-After')) || null
      return { ...failure(error_code, msg, response.status, retryAfter), ticket: logout_ticket }
    } catch {
      // No answer, or a page of somebody in between: neither says what became of the request.
      return unreached
    }
  }

export const failure = (
  code = 'unexpected',
  message = 'The service gave no reason.',
  status: number,
  retryAfter: number | null = null,
): { ok: false; error: AuthError } => ({ ok: false, error: { code, message, status, retryAfter } })

export const unreached = failure('network', 'The service did not answer.', 0)

/** Whether the same request may go better later. */
export const isTemporary = ({ status }: AuthError): boolean =>
  !status || status === 429 || status >= 500

/** Signs up or in, or refreshes. Times are by this browser's clock, which need not be the server's. */
export async function requestTokens(
  api: Api,
  path: ApiPath,
  body: object,
  now: () => number,
): Promise<ApiResult<SessionData>> {
  const answer = await api<Tokens>('POST', path, { body, own: true })
  if (!answer.ok) return answer
  try {
    const { access_token: accessToken, refresh_token: refreshToken = null } = answer.value
    const value: SessionData = {
      user: answer.value.user,
      accessToken,
      refreshToken,
      sessionId: claimsOf(accessToken).sid,
      expiresAt: Math.floor(now() / 1000) + answer.value.expires_in,
    }
    return { ok: true, value }
  } catch {
    return unreached
  }
}
