/** Owns what it means when something that we need does not work, and every route's choice then. Faults are thrown. */

import type { QuotaName } from './policy.ts'

export type FaultKind =
  /** Nothing answered within its time. */
  | 'timeout'
  /** No connection, or it broke. */
  | 'unreachable'
  /** An answer that is none of ours: a status of 500, a proxy's page, a value of the wrong shape. */
  | 'answer'
  /** The request as a whole took too long. */
  | 'slow'

/** Redis did not do, or did not confirm, what it was asked. Its message is ours: never a command or a value. */
export class StoreFault extends Error {
  readonly kind: FaultKind
  /** What an operator can go by: the HTTP status of the answer, or the code that an error of Redis begins with. '' for neither. */
  readonly hint: string
  constructor(kind: FaultKind, message: string, hint = '') {
    super(message)
    this.name = 'StoreFault'
    this.kind = kind
    this.hint = hint
  }

  /** For a log. */
  get reason(): string {
    return this.hint === '' ? `store_${this.kind}` : `store_${this.kind}_${this.hint}`
  }

  /** It is not down: it does not take our token, or answers a command with an error's code, such as OOM, READONLY or NOPERM. */
  get isRefusal(): boolean {
    return /^(401|403|[A-Z]+)$/.test(this.hint)
  }
}

/**
 * A limiter that cannot count stops what it protects from guessing, and never what only ends or carries on a session:
 * the script behind those still has to be confirmed.
 */
export const WHEN_LIMITER_IS_DOWN: Record<QuotaName, 'go_on' | 'stop'> = {
  logout: 'go_on',
  refresh: 'go_on',
  sign_in_account: 'stop',
  sign_in_address: 'stop',
  sign_up_address: 'stop',
  reauthenticate: 'stop',
  // A new password may be what ends a thief's session.
  change_account: 'go_on',
}

export interface FaultAnswer {
  /** What the caller is told: what is not known, and what to do. */
  sentence: string
  /** Seconds. */
  retryAfter: number
}

const unchanged = (what: string): FaultAnswer => ({
  sentence: `${what} Nothing was changed; try again shortly.`,
  retryAfter: 2,
})
const unconfirmed = (what: string): FaultAnswer => ({
  sentence: `${what} It may or may not have happened; try again until it is confirmed.`,
  retryAfter: 2,
})

/** Every one of these is a 503: checking fails closed, and what was not confirmed is not reported as done. */
export const WHEN_STORE_IS_DOWN = {
  read: unchanged('The session could not be checked.'),
  signUp: unconfirmed('The account could not be confirmed as created.'),
  signIn: unconfirmed('The sign-in was not confirmed.'),
  refresh: unconfirmed('The tokens could not be renewed. Keep the refresh token that you have.'),
  logout: unconfirmed('The logout was not confirmed.'),
  revoke: unconfirmed('The revocation was not confirmed, so the token may still work.'),
  change: unconfirmed('The change was not confirmed.'),
} as const satisfies Record<string, FaultAnswer>

export type FaultRoute = keyof typeof WHEN_STORE_IS_DOWN

const CUT_SHORT = unconfirmed('The request took too long.')

/** What was cut short goes on by itself, so not even a check can promise then that nothing will have been changed. */
export const faultAnswer = (kind: FaultKind, route: FaultRoute): FaultAnswer =>
  kind === 'slow' && route === 'read' ? CUT_SHORT : WHEN_STORE_IS_DOWN[route]
