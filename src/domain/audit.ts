/** Owns what is written down about an account and in which words. Never an email address, a password or a token. */

import type { AuditAction } from '../contract/audit-actions.ts'
import type { Origin } from './origin.ts'
import { AUDIT_TTL } from './policy.ts'

/** Recorded in everyone's log only: else guesses at an account's password could push its own events out of its own log. */
export const UNOWNED_ACTIONS: ReadonlySet<string> = new Set<AuditAction>(['login_failed'])

/** The `actor` of an OAuth client begins with this; the client's id follows. */
export const CLIENT_ACTOR = 'client:'

export interface AuditEvent extends Origin {
  action: AuditAction
  /** Epoch milliseconds. */
  at: number
  /** Whose account. Empty for the whole realm's. */
  subject: string
  /** Who did it: a user id, `service_role`, `client:<id>` for an OAuth client, or empty when nobody was signed in. */
  actor: string
  /** The account's session that it happened in or to, which its owner may know. Never an operator's own. */
  session: string
  /** A few plain words more, such as the scope of a logout or what an operator changed. */
  detail: string
}

/** An event that the account's owner caused, or somebody with a token of the owner's, in or to `session`. */
export const eventBy = (
  { subject, session }: { subject: string; session: string },
  action: AuditAction,
  origin: Origin,
  now: number,
  detail = '',
): AuditEvent => ({ ...origin, action, at: now, subject, actor: subject, session, detail })

/** From when on it is told what happened. A log in which nothing more is written holds what is older for a while yet. */
export const toldSince = (now: number): number => now - AUDIT_TTL * 1000

export interface AuditEntry extends Omit<AuditEvent, 'action'> {
  id: string
  action: string
}
