/** Owns the list of a user's sessions, as it is shown to people. Ends none, and leaves out what has ended. */

import { isLive, readMark, tokenVersion } from '../domain/revocation.ts'
import type { SessionSummary } from '../domain/session.ts'
import type { SessionMember } from '../domain/session-port.ts'
import { hashes, readFields, required, values, whole } from './answers.ts'
import { keys } from './keys.ts'
import { readHashes, readValues } from './read-scripts.ts'
import type { RedisDoor } from './redis.ts'

/** The summary of each member that lives, in the members' order, by one round trip. */
export async function listSessions(
  redis: RedisDoor,
  subject: string,
  members: readonly SessionMember[],
  now: number,
): Promise<SessionSummary[]> {
  const ids = members.map(({ id }) => id)
  if (ids.length === 0) return []
  const [marks, details] = await Promise.all([
    redis.run(readValues, [keys.userVersion(subject), keys.realmVersion, ...ids.map(keys.session)]),
    redis.run(readHashes, ids.map(keys.sessionDetail)),
  ])
  const [userVersion = null, realmVersion = null, ...held] = values(marks, ids.length + 2)
  const versions = { userVersion, realmVersion }
  const version = tokenVersion(userVersion, realmVersion) ?? ''
  const found = hashes(details, ids.length)
  return ids.flatMap((id, index): SessionSummary[] => {
    const mark = held[index] ?? null
    const fields = readFields(found[index] ?? [])
    const lives = isLive({ subject, version }, { blacklisted: null, mark, ...versions }, now)
    if (!lives || fields.size === 0) return []
    return [
      {
        id,
        createdAt: whole(fields.get('created_at')),
        lastSeenAt: whole(fields.get('last_seen_at')),
        endsAt: required(readMark(mark)).endsAt,
        device: fields.get('device') ?? '',
        place: fields.get('place') ?? '',
      },
    ]
  })
}
