/** Owns sessions in Redis: opening, rotating, ending, checking. Decides nothing: the scripts and domain/ do. */

import type { Account } from '../domain/account.ts'
import type { AuditEvent } from '../domain/audit.ts'
import type {
  Digests,
  EndOutcome,
  GrantedSession,
  NewSession,
  OpenOutcome,
  RotateOutcome,
  Sessions,
} from '../domain/ports.ts'
import type { RevocationFacts } from '../domain/revocation.ts'
import { readMark } from '../domain/revocation.ts'
import type { SessionLimits, SessionSummary } from '../domain/session.ts'
import type { AccessToken, SessionToken } from '../domain/token.ts'
import { allFields, readAccount, readFields, readLists } from './account-record.ts'
import { keys } from './keys.ts'
import { auditArguments } from './lua.ts'
import { readHashes, readRange, readValues } from './read-scripts.ts'
import { outcome, type RedisDoor, required, texts, values, whole } from './redis.ts'
import {
  blacklistToken,
  endEveryone,
  endSessions,
  markReauthenticated,
  openSession,
  rotateSession,
} from './session-scripts.ts'

export interface SessionStoreOptions {
  redis: RedisDoor
  limits: SessionLimits
  digests: Digests
  /** 'primary': checks are answered by the primary. 'replica': by the nearest replica, late by its delay. */
  readConsistency: 'primary' | 'replica'
}

/** How many more than needed may make room, so that sign-ins at the same moment do not overtake each other. */
const SPARE = 8

export function createSessions(options: SessionStoreOptions): Sessions {
  const { redis, limits, digests, readConsistency } = options

  const read = async (names: string[]): Promise<(string | null)[]> =>
    values(
      readConsistency === 'primary' ? await redis.run(readValues, names) : await redis.mget(names),
      names.length,
    )

  const open = async (
    how: 'sign_up' | 'sign_in',
    account: Account,
    members: string[],
    rehashed: string | null,
    session: NewSession,
    event: AuditEvent,
  ): Promise<OpenOutcome> => {
    const mayGo = members.slice(0, Math.max(0, members.length - limits.perUser + SPARE))
    const answer = texts(
      await redis.run(
        openSession,
        [
          keys.user(account.id),
          keys.userVersion(account.id),
          keys.realmVersion,
          keys.sessions(account.id),
          keys.session(session.id),
          keys.sessionDetail(session.id),
          keys.userAudit(account.id),
          keys.email(digests.sha256(account.email)),
          keys.users,
          keys.emails,
          ...pairs(mayGo),
        ],
        [
          ...auditArguments(event),
          how,
          account.id,
          session.id,
          String(limits.idle),
          String(limits.absolute),
          String(limits.perUser),
          account.passwordHash ?? '',
          rehashed ?? '',
          account.email,
          String(mayGo.length),
          ...mayGo,
          ...(how === 'sign_up' ? allFields(account) : []),
        ],
      ),
    )
    const kind = outcome(answer[0], ['opened', 'taken', 'gone', 'banned', 'overtaken'])
    if (kind !== 'opened') return { kind }
    const bar = answer.lastIndexOf('|')
    return {
      kind,
      session: readGrant(session.id, answer.slice(0, bar)),
      evicted: answer.slice(bar + 1),
    }
  }

  const end = async (
    which: 'own' | 'others' | 'all' | 'one' | 'all_of',
    who: { subject: string; session: string; token: AccessToken | null; generation?: number },
    members: string[],
    event: AuditEvent,
    now: number,
  ): Promise<EndOutcome> => {
    const others = members.filter((id) => id !== who.session)
    const answer = texts(
      await redis.run(
        endSessions,
        [
          keys.userVersion(who.subject),
          keys.realmVersion,
          keys.sessions(who.subject),
          keys.session(who.session),
          keys.sessionDetail(who.session),
          keys.blacklist(who.token?.id ?? ''),
          keys.userAudit(who.subject),
          keys.user(who.subject),
          ...pairs(others),
        ],
        [
          ...auditArguments(event),
          who.subject,
          who.session,
          which,
          String(remaining(who.token, now)),
          String(who.generation ?? ''),
          String(limits.reuseWindow),
          ...others,
        ],
      ),
    )
    const kind = outcome(answer[0], ['ended', 'already', 'reused', 'overtaken'])
    return kind === 'ended' ? { kind, count: whole(answer[1]) } : { kind }
  }

  const own = (token: SessionToken) => ({ subject: token.subject, session: token.session, token })

  return {
    async facts(token): Promise<RevocationFacts> {
      const [blacklisted, mark, userVersion, realmVersion] = await read([
        keys.blacklist(token.id),
        keys.session(token.session),
        keys.userVersion(token.subject),
        keys.realmVersion,
      ])
      return {
        blacklisted: blacklisted ?? null,
        mark: mark ?? null,
        userVersion: userVersion ?? null,
        realmVersion: realmVersion ?? null,
      }
    },

    async isBlacklisted(tokenId) {
      const [why] = await read([keys.blacklist(tokenId)])
      return why !== null
    },

    members: async (subject) =>
      texts(await redis.run(readRange, [keys.sessions(subject)], ['0', '-1'])),

    async list(subject, now): Promise<SessionSummary[]> {
      const ids = texts(await redis.run(readRange, [keys.sessions(subject)], ['0', '-1']))
      if (ids.length === 0) return []
      const [marks, details] = await Promise.all([
        redis.run(readValues, [
          keys.userVersion(subject),
          keys.realmVersion,
          ...ids.map(keys.session),
        ]),
        redis.run(readHashes, ids.map(keys.sessionDetail)),
      ])
      const [userVersion, realmVersion, ...held] = values(marks, ids.length + 2)
      const hashes = readLists(texts(details))
      return ids.flatMap((id, index): SessionSummary[] => {
        const mark = readMark(held[index] ?? null)
        const fields = readFields(hashes[index]?.list ?? [])
        const lives =
          mark !== null &&
          mark.version === `${userVersion}.${realmVersion}` &&
          mark.endsAt > now &&
          fields.size > 0
        if (!lives) return []
        return [
          {
            id,
            createdAt: whole(fields.get('created_at')),
            lastSeenAt: whole(fields.get('last_seen_at')),
            endsAt: mark.endsAt,
            device: fields.get('device') ?? '',
            place: fields.get('place') ?? '',
          },
        ]
      })
    },

    async authenticatedAt(session) {
      const [detail] = readLists(texts(await redis.run(readHashes, [keys.sessionDetail(session)])))
      const fields = readFields(required(detail).list)
      return fields.size === 0 ? null : whole(fields.get('authenticated_at'))
    },

    signUp: (account, session, event) => open('sign_up', account, [], null, session, event),
    open: (seen, session, event) =>
      open('sign_in', seen.account, seen.members, seen.rehashed, session, event),

    async rotate(token, _origin, reuse, _now): Promise<RotateOutcome> {
      const answer = texts(
        await redis.run(
          rotateSession,
          [
            keys.user(token.subject),
            keys.userVersion(token.subject),
            keys.realmVersion,
            keys.sessions(token.subject),
            keys.session(token.session),
            keys.sessionDetail(token.session),
            keys.userAudit(token.subject),
          ],
          [
            ...auditArguments(reuse),
            token.subject,
            token.session,
            String(token.generation),
            String(limits.idle),
            String(limits.reuseWindow),
          ],
        ),
      )
      const kind = outcome(answer[0], ['rotated', 'replayed', 'gone', 'banned', 'reused'])
      return kind === 'rotated' || kind === 'replayed'
        ? { kind, session: readGrant(token.session, answer) }
        : { kind }
    },

    reauthenticate: async (token, passwordHash, event) =>
      outcome(
        await redis.run(
          markReauthenticated,
          [
            keys.user(token.subject),
            keys.userVersion(token.subject),
            keys.realmVersion,
            keys.session(token.session),
            keys.sessionDetail(token.session),
            keys.blacklist(token.id),
            keys.userAudit(token.subject),
          ],
          [...auditArguments(event), token.subject, passwordHash],
        ),
        ['marked', 'revoked', 'overtaken'],
      ),

    endOwn: (token, event, now) => end('own', own(token), [], event, now),
    endOthers: (token, members, event, now) => end('others', own(token), members, event, now),
    endAll: (token, event, now) => end('all', own(token), [], event, now),
    endByRefreshToken: (token, scope, members, event, now) =>
      end(scope === 'global' ? 'all' : scope, { ...token, token: null }, members, event, now),
    endOne: (subject, session, event, now) =>
      end('one', { subject, session, token: null }, [], event, now),
    endAllOf: (subject, event, now) =>
      end('all_of', { subject, session: '', token: null }, [], event, now),

    async endEveryone(event) {
      const answer = await redis.run(
        endEveryone,
        [keys.realmVersion, keys.realmAudit],
        auditArguments(event),
      )
      outcome(answer, ['ended'])
    },

    async blacklist(token, event, now) {
      const answer = await redis.run(
        blacklistToken,
        [keys.blacklist(token.id), keys.realmAudit],
        [...auditArguments(event), String(remaining(token, now))],
      )
      outcome(answer, ['ended'])
    },
  }
}

const pairs = (ids: readonly string[]): string[] =>
  ids.flatMap((id) => [keys.session(id), keys.sessionDetail(id)])

const remaining = (token: AccessToken | null, now: number): number =>
  Math.max(0, (token?.expiresAt ?? 0) - now)

function readGrant(id: string, answer: readonly string[]): GrantedSession {
  const [, version, generation, absoluteEnd, authenticatedAt, ...account] = answer
  return {
    id,
    version: required(version),
    generation: whole(generation),
    absoluteEnd: whole(absoluteEnd),
    authenticatedAt: whole(authenticatedAt),
    account: required(readAccount(account)),
  }
}
