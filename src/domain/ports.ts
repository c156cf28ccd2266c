/** Owns what policy asks of the world: what is kept, keys, hashes, chance. Adapters live in store/, crypto/ and http/. */

import type { Accounts } from './account-port.ts'
import type { AuditEntry, AuditEvent } from './audit.ts'
import type { Clients } from './client.ts'
import type { Limiter } from './limiting.ts'
import type { RefreshFacts } from './refresh-facts.ts'
import type { GrantedSession, Sessions } from './session-port.ts'
import type { StatusLists, StatusListTokens } from './status-list.ts'
import type { AccessToken, LogoutTicket, RefreshToken } from './token.ts'

/** The sessions that refresh tokens name. */
export interface RefreshFactsReader {
  /** One round trip. Null when there is no such session any more. */
  read(token: RefreshToken): Promise<RefreshFacts | null>
}

/** Records events that changed nothing in the realm's log, after the answer. A change is recorded by its own script. */
interface Journal {
  record(event: AuditEvent): void
}

export interface AuditLog {
  /** Newest first, and nothing from before `since`. `next` is where the following page begins; null when there is none. */
  read(query: {
    subject: string | null
    action: string | null
    limit: number
    after: string | null
    /** Epoch milliseconds. */
    since: number
  }): Promise<{ entries: AuditEntry[]; next: string | null }>
  /** Into the realm's log alone. */
  append(event: AuditEvent): Promise<void>
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
  /** Makes a ticket: a refresh token that is good for a logout in one scope, and for nothing else. */
  mintTicket(ticket: LogoutTicket): string
  readTicket(text: string): LogoutTicket | null
}

/** `since`: when the request began, epoch ms. Throws an Overload when its turn would come too late. */
export interface Passwords {
  hash(password: string, since: number): Promise<string>
  /** With null it takes as long as with a hash, and answers no. */
  verify(
    password: string,
    hash: string | null,
    since: number,
  ): Promise<{ matches: boolean; outdated: boolean }>
}

/** Synchronous, so that commands of one tick stay in one round trip. */
export interface Digests {
  /** The name that Redis gives a script. */
  sha1Hex(text: string): string
  /** base64url, 43 characters. */
  sha256(text: string): string
}

/** A memory of ended sessions. Such a session never comes back, so an entry stays right; a forgotten one is asked for again. */
export interface EndedSessions {
  has(session: string): boolean
  add(session: string): void
}

export interface Ports {
  accounts: Accounts
  sessions: Sessions
  endedSessions: EndedSessions
  limiter: Limiter
  journal: Journal
  auditLog: AuditLog
  accessTokens: AccessTokens
  refreshTokens: RefreshTokens
  passwords: Passwords
  statusLists: StatusLists
  statusListTokens: StatusListTokens
  refreshFacts: RefreshFactsReader
  clients: Clients
  /** A fresh random UUID. */
  newId: () => string
  /** So many random whole numbers from 0 to below the bound. */
  draw: (count: number, below: number) => number[]
}
