/** Owns what all orders of operators share: who gives them, their audit event, their refusals. Never carries one out. */

import type { AuditAction } from '../contract/audit-actions.ts'
import type { AuditEvent } from './audit.ts'
import type { Origin } from './origin.ts'
import type { AccessToken } from './token.ts'

/** Who gives the order, from where, and when. */
export interface Operator {
  token: AccessToken
  origin: Origin
  now: number
}

/** The refusal for each outcome in which the store did not carry out an order. */
export const UNDONE = {
  taken: 'email_taken',
  gone: 'user_unknown',
  revoked: 'token_revoked',
  unlisted: 'token_revoked',
  overtaken: 'overtaken',
} as const

export const adminEvent = (
  action: AuditAction,
  subject: string,
  operator: Operator,
): AuditEvent => ({
  ...operator.origin,
  action,
  at: operator.now,
  subject,
  actor: operator.token.subject,
  session: '',
  detail: '',
})
