/** Owns what operators end in Redis: one session, one user's, or everyone's. Decides nothing: the scripts and domain/ do. */

import type { Sessions } from '../domain/session-port.ts'
import { outcome, texts, whole } from './answers.ts'
import { callerArgument, callerKeys } from './caller.ts'
import { keys } from './keys.ts'
import { auditArguments } from './lua.ts'
import { memberKeys, memberText } from './members.ts'
import { endAllOf, endEveryone, endOneOf } from './operator-scripts.ts'
import type { RedisDoor } from './redis.ts'

export const createOperatorEndings = (
  redis: Pick<RedisDoor, 'run'>,
): Pick<Sessions, 'endOneOf' | 'endAllOf' | 'endEveryone'> => ({
  endOneOf: async (subject, session, caller, event) =>
    outcome(
      await redis.run(
        endOneOf,
        [
          ...callerKeys(caller),
          keys.user(subject),
          keys.sessions(subject),
          keys.userAudit(subject),
          ...memberKeys([session]),
          keys.realmAudit,
        ],
        [...auditArguments(event), callerArgument(caller), memberText(session)],
      ),
      ['ended', 'gone', 'revoked'],
    ),

  async endAllOf(subject, members, caller, event) {
    const answer = texts(
      await redis.run(
        endAllOf,
        [
          ...callerKeys(caller),
          keys.user(subject),
          keys.userVersion(subject),
          keys.sessions(subject),
          keys.userAudit(subject),
          ...memberKeys(members),
          keys.closing(subject),
          keys.realmAudit,
        ],
        [...auditArguments(event), callerArgument(caller), ...members.map(memberText)],
      ),
    )
    const kind = outcome(answer[0], ['ended', 'gone', 'revoked', 'overtaken'])
    return kind === 'ended' ? { kind, count: whole(answer[1]) } : { kind }
  },

  endEveryone: async (caller, event) =>
    outcome(
      await redis.run(
        endEveryone,
        [...callerKeys(caller), keys.realmAudit],
        [...auditArguments(event), callerArgument(caller)],
      ),
      ['ended', 'revoked'],
    ),
})
