/** Owns what the guard can decide and how each no is answered. Never makes the decision. */

import { type ChallengeAnswer, challenges, staleChallenge } from '../contract/challenges.ts'
import type { ErrorBody } from '../contract/errors.ts'
import { JSON_TYPE } from '../contract/media-types.ts'

/** What a guarded route learns of its caller. Times in epoch seconds, as in the token. */
export interface VerifiedToken {
  subject: string
  /** Null for a service's token, whose `email` is empty and `authenticatedAt` 0. */
  session: string | null
  role: string
  email: string
  client: string
  tokenId: string
  authenticatedAt: number
  expiresAt: number
}

export interface GuardAnswer {
  status: 401 | 403 | 503
  headers: Record<string, string>
  body: ErrorBody
}

export type GuardReason =
  | 'missing'
  | 'bad'
  | 'expired'
  | 'revoked'
  | 'stale'
  | 'role_missing'
  /** Whether the token still works could not be found out: keys, list or Redis failed, or no list has it (a service's token). */
  | 'unknown'

export type GuardDecision =
  | {
      ok: true
      token: VerifiedToken
      /** False when it could not be found out whether the token was ended, and `onFault: 'open'` let it pass. */
      checked: boolean
      fault?: unknown
    }
  | {
      ok: false
      reason: GuardReason
      answer: GuardAnswer
      /** With `unknown`: the error that kept it from being known, for your log. The caller is not told. */
      fault?: unknown
    }

/** `maxAge` in seconds, for a sign-in that is too old. */
export function refusal(reason: GuardReason, maxAge = 0): GuardDecision & { ok: false } {
  return { ok: false, reason, answer: answerOf(wordsOf(reason, maxAge)) }
}

export const notKnown = (fault: unknown): GuardDecision => ({
  ...refusal('unknown'),
  ...(fault instanceof NeverKnown && { answer: answerOf(neverKnown, null) }),
  fault,
})

/** A fault of the guard's options: it stays as long as they do, so the answer has no Retry-After. */
export class NeverKnown extends TypeError {}

const neverKnown: ChallengeAnswer = {
  ...challenges.unknown,
  sentence: "A service's token cannot be checked at this API. Nothing was done.",
}

function wordsOf(reason: GuardReason, maxAge: number): ChallengeAnswer {
  switch (reason) {
    case 'missing':
    case 'bad':
    case 'expired':
    case 'revoked':
    case 'unknown':
      return challenges[reason]
    case 'role_missing':
      return challenges.roleMissing
    case 'stale':
      return {
        status: 401,
        code: 'insufficient_user_authentication',
        sentence: `This needs a sign-in of the last ${maxAge} seconds. Reauthenticate, refresh, and try again.`,
        challenge: staleChallenge(maxAge),
      }
  }
}

/** `retryAfter` in seconds, of a 503. */
const answerOf = (
  { status, code, sentence, challenge }: ChallengeAnswer,
  retryAfter: number | null = status === 503 ? 2 : null,
): GuardAnswer => ({
  status,
  headers: {
    'Cache-Control': 'no-store',
    'Content-Type': JSON_TYPE,
    ...(challenge === null ? {} : { 'WWW-Authenticate': challenge }),
    ...(retryAfter === null ? {} : { 'Retry-After': String(retryAfter) }),
  },
  body: { code: status, error_code: code, msg: sentence },
})
