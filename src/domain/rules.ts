/** Owns the shape of what an operator may configure of the policy. Never the reading of it: config.ts does that. */

import type { LogoutScope } from '../contract/scopes.ts'
import type { SessionLimits } from './session.ts'

export interface Rules {
  sessions: SessionLimits
  /** Milliseconds for which a proof of the password counts. */
  reauthentication: number
  /** Of a logout that asks for none. Never `others`, which would leave the token that asks working. */
  defaultLogoutScope: Exclude<LogoutScope, 'others'>
  signUpOpen: boolean
  password: PasswordRules
  statusList: StatusListRules
}

export interface StatusListRules {
  /** Places in a new list; a multiple of 8. */
  size: number
  /** Seconds for which a list may be relied on. */
  ttl: number
}

export interface PasswordRules {
  /** Code points. */
  minLength: number
  /** Whole passwords, in lower case. */
  refused: ReadonlySet<string>
  /** Whether it may be the account's own email address, or what stands before the @ in it. */
  mayBeEmail: boolean
}
