/** Owns a logout's result, and the answers given unasked. Never says `confirmed` unasked, unless nobody is signed in here. */

import type { LogoutBody } from '../contract/answers.ts'
import { failure, isTemporary } from './api.ts'
import type { AuthError, LogoutResult, LogoutScope } from './types.ts'

export type Ended = Pick<LogoutBody, 'sessions_ended'> & Partial<LogoutBody>

/** Whether a logout's answer is the service's. */
export const isEnded = ({ sessions_ended }: Ended) => typeof sessions_ended === 'number'

export const signedOut = failure('no_authorization', 'Nobody is signed in.', 401)
export const tooOld = failure('token_expired', 'Only this session was ended.', 401)
export const nothingToEnd = { ok: true, value: { sessions_ended: 0 } } as const

/** `until`: epoch ms until which the logout can still be confirmed; dropped unless it is queued. */
export function resultOf(
  scope: LogoutScope,
  { ok, value, error = null }: { ok: boolean; value?: Ended; error?: AuthError | null },
  until: number | null = null,
): LogoutResult {
  const isQueued = error && isTemporary(error)
  return {
    ok,
    server: ok ? 'confirmed' : isQueued ? 'queued' : 'refused',
    scope,
    sessionsEnded: value?.sessions_ended ?? null,
    until: isQueued ? until : null,
    error,
  }
}
