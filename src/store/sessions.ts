/** Owns sessions in Redis: opening, rotating, ending, checking. Decides nothing: the scripts and domain/ do. */

import type { Account } from '../domain/account.ts'
import type { AuditEvent } from '../domain/audit.ts'
import type { ReadConsistency } from '../domain/liveness.ts'
import { STATUS_LIST_TOKENS_MAX } from '../domain/policy.ts'
import type { Digests } from '../domain/ports.ts'
import type { SessionLimits } from '../domain/session.ts'
import type {
  EndOutcome,
  NewSession,
  Reach,
  RotateOutcome,
  SessionMember,
  Sessions,
} from '../domain/session-port.ts'
import { deadEverywhereAt } from '../domain/token.ts'
import { allFields } from './account-record.ts'
import { hashes, outcome, readFields, texts, values, whole } from './answers.ts'
import { callerArgument, callerKeys } from './caller.ts'
import { readGrant } from './granted-session.ts'
import { keys } from './keys.ts'
import { auditArguments } from './lua.ts'
import { memberKeys, memberText, readMember } from './members.ts'
import { createOperatorEndings } from './operator-endings.ts'
import { readHashes, readRange, readValues } from './read-scripts.ts'
import type { RedisDoor } from './redis.ts'
import { createRevocations } from './revocations.ts'
import { listSessions } from './session-list.ts'
import { endSessions, markReauthenticated, openSession, rotateSession } from './session-scripts.ts'
import { blacklistToken } from './token-scripts.ts'

interface SessionStoreOptions {
  redis: RedisDoor
  limits: SessionLimits
  digests: Digests
  readConsistency: ReadConsistency
  /** Places in a new status list. */
  statusListSize: number
}

/** Sessions beyond those that must make room which the script may also end: so sign-ins at once do not overtake each other. */
const SPARE = 8

export function createSessions(options: SessionStoreOptions): Sessions {
  const { redis, limits, digests, readConsistency, statusListSize } = options

  /** Runs openSession for a sign-up or a sign-in, and returns its answer as texts. */
  const runOpenSession = async (
    how: 'sign_up' | 'sign_in',
    account: Account,
    members: SessionMember[],
    rehashed: string | null,
    session: NewSession,
    event: AuditEvent,
  ): Promise<string[]> => {
    const mayGo = members.slice(0, Math.max(0, members.length - limits.perUser + SPARE))
    const { current, candidates, fresh } = session.place
    const list = current?.split(' ')[0] ?? ''
    const fields = how === 'sign_up' ? allFields(account) : []
    return texts(
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
          keys.currentStatusList,
          ...placeKeys(list),
          ...placeKeys(fresh.list),
          ...memberKeys(mayGo),
          keys.closing(account.id),
          keys.realmAudit,
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
          session.client,
          String(statusListSize),
          current ?? '',
          fresh.list,
          String(fresh.index),
          String(candidates.length),
          String(fields.length),
          ...candidates.map(String),
          ...fields,
          ...mayGo.map(memberText),
        ],
      ),
    )
  }

  return {
    ...createRevocations({ redis, readConsistency }),
    atPrimary: createRevocations({ redis, readConsistency: 'primary' }),
    ...createOperatorEndings(redis),
    members: async (subject) =>
      texts(await redis.run(readRange, [keys.sessions(subject)], ['0', '-1'])).map(readMember),

    async currentStatusList() {
      const [current] = values(await redis.run(readValues, [keys.currentStatusList]), 1)
      return current ?? null
    },

    list: (subject, members, now) => listSessions(redis, subject, members, now),

    async authenticatedAt(session) {
      const [detail = []] = hashes(await redis.run(readHashes, [keys.sessionDetail(session)]), 1)
      const fields = readFields(detail)
      return fields.size === 0 ? null : whole(fields.get('authenticated_at'))
    },

    async signUp(account, session, event) {
      const answer = await runOpenSession('sign_up', account, [], null, session, event)
      const kind = outcome(answer[0], ['opened', 'taken', 'gone', 'overtaken'])
      return kind === 'opened' ? { kind, session: readGrant(session.id, answer) } : { kind }
    },

    async open({ account, members, rehashed }, session, event) {
      const answer = await runOpenSession('sign_in', account, members, rehashed, session, event)
      const kind = outcome(answer[0], ['opened', 'gone', 'banned', 'overtaken'])
      return kind === 'opened' ? { kind, session: readGrant(session.id, answer) } : { kind }
    },

    rotation: (token, client, reuse) => ({
      script: rotateSession,
      keys: [
        keys.user(token.subject),
        keys.userVersion(token.subject),
        keys.realmVersion,
        keys.sessions(token.subject),
        keys.session(token.session),
        keys.sessionDetail(token.session),
        keys.statusList(token.status.list),
        keys.userAudit(token.subject),
        keys.realmAudit,
      ],
      args: [
        ...auditArguments(reuse),
        token.subject,
        memberText({ id: token.session, status: token.status }),
        String(token.generation),
        String(limits.idle),
        String(limits.reuseWindow),
        client,
      ],
      read: (found) => readRotation(token.session, texts(found)),
    }),

    reauthenticate: async (token, passwordHash, event) =>
      outcome(
        await redis.run(
          markReauthenticated,
          [
            ...callerKeys(token),
            keys.user(token.subject),
            keys.sessionDetail(token.session),
            keys.userAudit(token.subject),
            keys.realmAudit,
          ],
          [...auditArguments(event), callerArgument(token), passwordHash],
        ),
        ['marked', 'revoked', 'overtaken'],
      ),

    ending({ token, mustWork }, reach, event) {
      const { subject } = token
      const first = { id: token.session, status: token.status }
      const named = [first, ...namedIn(reach).filter(({ id }) => id !== first.id)]
      const isRefreshToken = 'generation' in token
      return {
        script: endSessions,
        keys: [
          keys.userVersion(subject),
          keys.realmVersion,
          keys.sessions(subject),
          keys.blacklist(isRefreshToken ? '' : token.id),
          keys.userAudit(subject),
          keys.user(subject),
          ...memberKeys(named),
          keys.closing(subject),
          keys.realmAudit,
        ],
        args: [
          ...auditArguments(event),
          subject,
          reach.kind,
          mustWork ? 'must work' : 'signed',
          isRefreshToken ? String(token.generation) : '',
          String(isRefreshToken ? 0 : remaining(token.expiresAt, event.at)),
          String(limits.reuseWindow),
          ...named.map(memberText),
        ],
        read: (found) => readEnding(texts(found)),
      }
    },

    blacklisting(token, event) {
      const until = deadEverywhereAt(token)
      // A service token has no session and no place; the script then uses none of these.
      const session = { id: token.session ?? '', status: token.status ?? { list: '', index: 0 } }
      return {
        script: blacklistToken,
        keys: [
          keys.blacklist(token.id),
          keys.userAudit(event.subject),
          keys.statusListTokens(session.status.list),
          keys.sessions(event.subject),
          ...memberKeys([session]),
          keys.realmAudit,
        ],
        args: [
          ...auditArguments(event),
          String(remaining(until, event.at)),
          token.id,
          String(until),
          token.status ? 'session' : 'service',
          String(STATUS_LIST_TOKENS_MAX),
          memberText(session),
        ],
        read: (found) => outcome(found, ['ended', 'already']),
      }
    },

    make: redis.make,
  }
}

function readRotation(session: string, answer: string[]): RotateOutcome {
  const kind = outcome(answer[0], ['rotated', 'replayed', 'gone', 'banned', 'foreign', 'reused'])
  return kind === 'rotated' || kind === 'replayed'
    ? { kind, session: readGrant(session, answer) }
    : { kind }
}

function readEnding(answer: string[]): EndOutcome {
  const kind = outcome(answer[0], [
    'ended',
    'already',
    'revoked',
    'unlisted',
    'reused',
    'overtaken',
  ])
  if (kind === 'ended') return { kind, count: whole(answer[1]) }
  return kind === 'already' ? { kind, others: whole(answer[1]) } : { kind }
}

const placeKeys = (list: string): string[] => [
  keys.statusList(list),
  keys.statusListTaken(list),
  keys.statusListRealm(list),
]

function namedIn(reach: Reach): SessionMember[] {
  switch (reach.kind) {
    case 'own':
      return []
    case 'other':
      return [reach.session]
    case 'others':
    case 'all':
      return reach.members
  }
}

const remaining = (until: number, now: number): number => Math.max(0, until - now)
