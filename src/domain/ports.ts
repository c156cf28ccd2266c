/** Owns what policy asks of the world: Redis, keys, hashes, chance. Adapters live in store/ and crypto/. */

import type { Account } from './account.ts'
import type { AuditEntry, AuditEvent } from './audit.ts'
import type { QuotaName } from './policy.ts'
import type { RevocationFacts } from './revocation.ts'
import type { Origin, SessionSummary } from './session.ts'
import type { AccessToken, LogoutTicket, RefreshToken, SessionToken } from './token.ts'

/** Anything here may throw a StoreFault. 'overtaken' means: what was looked up has changed, nothing was done. */
export interface Accounts {
  idOf(email: string): Promise<string | null>
  byId(id: string): Promise<Account | null>
  /** Newest first; `total` is null where counting would mean reading everything. */
  list(page: { page: number; perPage: number }): Promise<{ accounts: Account[]; total: number }>
  /** By the beginning of the address, in its order. */
  search(
    prefix: string,
    page: { page: number; perPage: number },
  ): Promise<{ accounts: Account[]; total: number }>
  create(account: Account, event: AuditEvent): Promise<'created' | 'taken'>
  change(change: AccountChange, event: AuditEvent): Promise<ChangeOutcome>
  remove(
    account: Account,
    caller: SessionToken | null,
    event: AuditEvent,
    now: number,
  ): Promise<'removed' | 'gone' | 'overtaken'>
}

/** Which sessions a change of the account ends. `members` are all of the user's sessions as they were looked up. */
export type AccountEnding =
  | { kind: 'none' }
  | { kind: 'others'; keep: string; members: string[] }
  | { kind: 'all' }

export interface AccountChange {
  /** As it was looked up. */
  present: Account
  /** As it shall be. */
  next: Account
  /** The session in which the owner changes it, which must live; null for an operator. */
  caller: SessionToken | null
  ending: AccountEnding
  now: number
}

export type ChangeOutcome =
  | { kind: 'changed'; ended: number }
  | { kind: 'taken' | 'gone' | 'revoked' | 'overtaken' }

export interface NewSession {
  id: string
  origin: Origin
  now: number
}

/** A session as the script that opened or rotated it left it: what tokens are minted from. */
export interface GrantedSession {
  id: string
  generation: number
  version: string
  /** Epoch ms: when it ends however busy; when the password was last proven. */
  absoluteEnd: number
  authenticatedAt: number
  account: Account
}

export type OpenOutcome =
  | { kind: 'opened'; session: GrantedSession; evicted: string[] }
  | { kind: 'taken' | 'gone' | 'banned' | 'overtaken' }

export type RotateOutcome =
  | { kind: 'rotated' | 'replayed'; session: GrantedSession }
  | { kind: 'gone' | 'reused' | 'banned' }

/**
 * `already`: the token that asked no longer worked, so nothing was done. `reused`: it was a refresh token that had been
 * replaced, so its session was ended and nothing else was.
 */
export type EndOutcome =
  | { kind: 'ended'; count: number }
  | { kind: 'already' | 'overtaken' | 'reused' }

export interface Sessions {
  facts(token: SessionToken): Promise<RevocationFacts>
  isBlacklisted(tokenId: string): Promise<boolean>
  /** The ids of all sessions of the user that are on record, the one unused for longest first. */
  members(subject: string): Promise<string[]>
  list(subject: string, now: number): Promise<SessionSummary[]>
  /** Epoch ms at which this session's user last proved the password; null when there is no such session. */
  authenticatedAt(session: string): Promise<number | null>
  signUp(account: Account, session: NewSession, event: AuditEvent): Promise<OpenOutcome>
  open(
    seen: { account: Account; members: string[]; rehashed: string | null },
    session: NewSession,
    event: AuditEvent,
  ): Promise<OpenOutcome>
  rotate(
    token: RefreshToken,
    origin: Origin,
    reuse: AuditEvent,
    now: number,
  ): Promise<RotateOutcome>
  reauthenticate(
    token: SessionToken,
    passwordHash: string,
    event: AuditEvent,
  ): Promise<'marked' | 'revoked' | 'overtaken'>
  /** Ends the session that the token names, if the token still works; an expired token may do this too. */
  endOwn(token: SessionToken, event: AuditEvent, now: number): Promise<EndOutcome>
  endOthers(
    token: SessionToken,
    members: string[],
    event: AuditEvent,
    now: number,
  ): Promise<EndOutcome>
  endAll(token: SessionToken, event: AuditEvent, now: number): Promise<EndOutcome>
  /** More than its own session, by a refresh token: it must be the session's present one, or have been until just now. */
  endByRefreshToken(
    token: RefreshToken,
    scope: 'others' | 'global',
    members: string[],
    event: AuditEvent,
    now: number,
  ): Promise<EndOutcome>
  /** One session of the user by its id, asked for by its owner in another one or by an operator. */
  endOne(subject: string, session: string, event: AuditEvent, now: number): Promise<EndOutcome>
  /** All of a user's, asked for by an operator; `already` when there is no such user. */
  endAllOf(subject: string, event: AuditEvent, now: number): Promise<EndOutcome>
  endEveryone(event: AuditEvent, now: number): Promise<void>
  /** For a token that belongs to no session. */
  blacklist(token: AccessToken, event: AuditEvent, now: number): Promise<void>
}

export type Admission =
  | { kind: 'allowed' }
  | { kind: 'denied'; retryAfter: number }
  | { kind: 'down' }

export interface Limiter {
  /** Counts one call. Never throws: a limiter that cannot count says so. */
  take(quota: QuotaName, identity: string): Promise<Admission>
  /** Gives one call back, after the answer. */
  giveBack(quota: QuotaName, identity: string): void
}

/** What a limiter's counting came to. */
export interface Count {
  quota: QuotaName
  max: number
  /** Seconds. */
  window: number
  remaining: number
  /** Epoch ms at which the present window ends. */
  resetsAt: number
  /** Seconds until the next call is allowed; null when this one was. */
  retryAfter: number | null
}

/** What a Limiter stands on. Both throw a StoreFault. */
export interface Counter {
  take(quota: QuotaName, identity: string): Promise<Count>
  giveBack(quota: QuotaName, identity: string): Promise<void>
}

/** What happened, kept for the realm's log and written after the answer. */
export interface Journal {
  record(event: AuditEvent): void
}

export interface AuditLog {
  /** Newest first. `next` is where the following page begins; null when there is none. */
  read(query: {
    subject: string | null
    action: string | null
    limit: number
    after: string | null
  }): Promise<{ entries: AuditEntry[]; next: string | null }>
  append(events: AuditEvent[]): Promise<void>
}

export interface AccessTokens {
  /** The compact form of a token for a session, and when it expires (epoch ms). */
  sign(session: GrantedSession, now: number): Promise<{ text: string; expiresAt: number }>
  /** Null unless algorithm, type, issuer, audience and signature are right. Expiry is the caller's to judge. */
  verify(text: string): Promise<AccessToken | null>
}

export interface RefreshTokens {
  mint(token: RefreshToken): string
  /** Null unless one of our secrets signed it. */
  read(text: string): RefreshToken | null
  /** What is left of a refresh token when only its right to log out, in one scope, is kept. */
  mintTicket(ticket: LogoutTicket): string
  readTicket(text: string): LogoutTicket | null
}

export interface Passwords {
  hash(password: string): Promise<string>
  /** With null it takes as long as with a hash, and answers no. */
  verify(password: string, hash: string | null): Promise<{ matches: boolean; outdated: boolean }>
}

/** Synchronous, so that commands of one tick stay in one round trip. */
export interface Digests {
  /** The name that Redis gives a script. */
  sha1Hex(text: string): string
  /** base64url, 43 characters. */
  sha256(text: string): string
}

export interface Ports {
  accounts: Accounts
  sessions: Sessions
  limiter: Limiter
  journal: Journal
  auditLog: AuditLog
  accessTokens: AccessTokens
  refreshTokens: RefreshTokens
  passwords: Passwords
  /** A fresh random UUID. */
  newId: () => string
}
