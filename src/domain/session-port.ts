/** Owns what policy asks of the sessions that are kept. The adapter is store/sessions.ts. */

import type { Account } from './account.ts'
import type { AuditEvent } from './audit.ts'
import type { Revocations } from './liveness.ts'
import type { Prepared } from './prepared.ts'
import type { SessionSummary } from './session.ts'
import type { AccessToken, RefreshToken, SessionToken, StatusReference } from './token.ts'

/** A session as the user's set of them names it. */
export interface SessionMember {
  id: string
  status: StatusReference
}

export interface NewSession {
  id: string
  /** The OAuth client that it is opened for. */
  client: string
  /** The list that was current when it was looked up, and what to draw from; the script takes the first free place. */
  place: StatusPlace
}

/** Where a new session's bit may go. */
export interface StatusPlace {
  /** As `currentStatusList` answered. */
  current: string | null
  /** Drawn at random, so that a place tells nothing of how many there are. */
  candidates: number[]
  /** The list to begin when there is none, or none of the candidates is free. */
  fresh: StatusReference
}

/** A session as the script that opened or rotated it left it: what tokens are minted from. */
export interface GrantedSession {
  id: string
  generation: number
  version: string
  /** Epoch ms, as the next two: when it ends unless it is refreshed. */
  endsAt: number
  /** When it ends, however busy. */
  absoluteEnd: number
  /** When its user last proved the password in it. */
  authenticatedAt: number
  client: string
  status: StatusReference
  account: Account
}

/** `gone`: a late copy of a call whose session was opened, and has ended since. */
type SignUpOutcome =
  | { kind: 'opened'; session: GrantedSession }
  | { kind: 'taken' | 'gone' | 'overtaken' }

/** `gone`: as above, or the account does not exist any more. */
type OpenOutcome =
  | { kind: 'opened'; session: GrantedSession }
  | { kind: 'gone' | 'banned' | 'overtaken' }

export type RotateOutcome =
  | { kind: 'rotated' | 'replayed'; session: GrantedSession }
  | { kind: 'gone' | 'reused' | 'banned' | 'foreign' }

/** What proves that an ending may be asked for. */
export interface EndProof {
  token: SessionToken | RefreshToken
  /**
   * Whether the token itself must still work: an access token must not have been revoked alone, a refresh token not been
   * replaced. If not, it is enough that we signed it and that its session lives.
   */
  mustWork: boolean
}

/** Which sessions end, seen from the one that the token names. `members` are all of the user's as they were looked up. */
export type Reach =
  | { kind: 'own' }
  /** Counted as 0 when there is no such session any more. */
  | { kind: 'other'; session: SessionMember }
  | { kind: 'others' | 'all'; members: SessionMember[] }

/**
 * `already`: the token's session had ended before, so nothing was done; `others` counts the user's other sessions. `revoked`: the
 * access token was ended alone and its session goes on; nothing was done. `unlisted`: its session is missing from the user's set,
 * so that nobody knows the others that should end; nothing was done. `reused`: the refresh token was a replaced one, so its
 * session was ended, no other.
 */
export type EndOutcome =
  | { kind: 'ended'; count: number }
  | { kind: 'already'; others: number }
  | { kind: 'revoked' | 'unlisted' | 'overtaken' | 'reused' }

type EndAllOfOutcome = { kind: 'ended'; count: number } | { kind: 'gone' | 'revoked' | 'overtaken' }

export interface Sessions extends Revocations {
  /** The same questions, never answered by a replica: a replica that has not heard of a new session would call it ended. */
  atPrimary: Revocations
  /** All sessions of the user that are on record, the one that would end first by itself first. */
  members(subject: string): Promise<SessionMember[]>
  /** What `place.current` of a new session must be; null when there is no list yet. */
  currentStatusList(): Promise<string | null>
  /** The summaries of those members that live. */
  list(subject: string, members: SessionMember[], now: number): Promise<SessionSummary[]>
  /** Epoch ms at which this session's user last proved the password; null when there is no such session. */
  authenticatedAt(session: string): Promise<number | null>
  signUp(account: Account, session: NewSession, event: AuditEvent): Promise<SignUpOutcome>
  open(
    seen: { account: Account; members: SessionMember[]; rehashed: string | null },
    session: NewSession,
    event: AuditEvent,
  ): Promise<OpenOutcome>
  /**
   * `client` is who presents the token: 'foreign' when the session is another client's. The event is recorded if this turns out
   * to be a reuse; a rotation takes its time, place and device for the session's own.
   */
  rotation(token: RefreshToken, client: string, reuse: AuditEvent): Prepared<RotateOutcome>
  reauthenticate(
    token: SessionToken,
    passwordHash: string,
    event: AuditEvent,
  ): Promise<'marked' | 'revoked' | 'overtaken'>
  /** `event.at` is the time by which it judges what is over. */
  ending(proof: EndProof, reach: Reach, event: AuditEvent): Prepared<EndOutcome>
  /** Ends one session of a user, for an operator; 'gone' when there is no such session any more. */
  endOneOf(
    subject: string,
    session: SessionMember,
    caller: AccessToken,
    event: AuditEvent,
  ): Promise<'ended' | 'gone' | 'revoked'>
  /** Ends all sessions of a user, for an operator; 'gone' when there is no such user. */
  endAllOf(
    subject: string,
    members: SessionMember[],
    caller: AccessToken,
    event: AuditEvent,
  ): Promise<EndAllOfOutcome>
  endEveryone(caller: AccessToken, event: AuditEvent): Promise<'ended' | 'revoked'>
  /** Ends one access token, and leaves its session, unless its status list names too many tokens already. */
  blacklisting(token: AccessToken, event: AuditEvent): Prepared<'ended' | 'already'>
  /** Makes a prepared change alone, without a limiter's counting in front of it. */
  make<Outcome>(change: Prepared<Outcome>): Promise<Outcome>
}
