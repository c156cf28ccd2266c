/** Owns what policy asks of the accounts that are kept. The adapter is store/accounts.ts. */

import type { Account } from './account.ts'
import type { AuditEvent } from './audit.ts'
import type { SessionMember } from './session-port.ts'
import type { AccessToken } from './token.ts'

/**
 * Anything here may throw a StoreFault. `caller` is the token that asks. Of the other outcomes than success, in each of which
 * nothing was done, 'overtaken': what was looked up has changed. 'revoked': the caller's token has ended since it was let in.
 * 'unlisted': its session is missing from the user's set, so that nobody knows the others that should end.
 */
export interface Accounts {
  idOf(email: string): Promise<string | null>
  byId(id: string): Promise<Account | null>
  /** Newest first; `total` counts all pages. */
  list(page: Page): Promise<{ accounts: Account[]; total: number }>
  /** By the beginning of the address, in its order. */
  search(prefix: string, page: Page): Promise<{ accounts: Account[]; total: number }>
  create(
    account: Account,
    caller: AccessToken,
    event: AuditEvent,
  ): Promise<'created' | 'taken' | 'revoked'>
  change(change: AccountChange, event: AuditEvent): Promise<ChangeOutcome>
  remove(removal: AccountRemoval, event: AuditEvent): Promise<RemovalOutcome>
}

type Page = { page: number; perPage: number }

/** Which sessions a change of the account ends. `members` are all of the user's sessions as they were looked up. */
export type AccountEnding =
  | { kind: 'none' }
  /** `others`: all but the caller's session. */
  | { kind: 'others' | 'all'; members: SessionMember[] }

export interface AccountChange {
  /** As it was looked up. */
  present: Account
  /** As it shall be. What is as before is not written. */
  next: Account
  /**
   * What must still be as it was looked up, else the change is overtaken. `metadata` compares the whole account's revision. A
   * change of address always rests on the address before it.
   */
  restsOn: { metadata: boolean; password: boolean }
  /** The owner's or an operator's. */
  caller: AccessToken
  ending: AccountEnding
}

/** `members` are all of the user's sessions as they were looked up. */
interface AccountRemoval extends Pick<AccountChange, 'present' | 'caller'> {
  members: SessionMember[]
  restsOn: { password: boolean }
}

type ChangeOutcome = 'changed' | 'taken' | 'gone' | 'revoked' | 'unlisted' | 'overtaken'
type RemovalOutcome = 'removed' | 'gone' | 'revoked' | 'overtaken'
