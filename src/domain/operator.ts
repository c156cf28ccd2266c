/** Owns what all orders of operators have in common: who gives them, how they are recorded, and what is answered when they are not carried out. */

import type { AuditAction } from '../contract/audit-actions.ts'
import type { AuditEvent } from './audit.ts'
import type { Origin } from './session.ts'
import type { AccessToken } from './token.ts'

/** Who gives the order, from where, and when. */
export interface Operator {
  token: AccessToken
  origin: Origin
  now: number
}

/** What an order is answered that was not carried out. */
export const UNDONE = {
  taken: 'email_taken',
  gone: 'user_unknown',
  revoked: 'token_revoked',
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
