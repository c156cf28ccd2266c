/** Owns the reading of the session that a refresh token names. Changes nothing: session-scripts.ts does. */

import type { RefreshFactsReader } from '../domain/ports.ts'
import { required, texts, whole } from './answers.ts'
import { keys } from './keys.ts'
import { readRefreshFacts } from './read-scripts.ts'
import type { RedisDoor } from './redis.ts'

export const createRefreshFacts = ({ redis }: { redis: RedisDoor }): RefreshFactsReader => ({
  async read({ session, subject }) {
    const answer = texts(
      await redis.run(readRefreshFacts, [
        keys.session(session),
        keys.sessionDetail(session),
        keys.userVersion(subject),
        keys.realmVersion,
      ]),
    )
    if (answer.length === 0) return null
    const [mark, userVersion, realmVersion, client, generation, ...times] = answer
    const [rotatedAt, createdAt, authenticatedAt] = times
    return {
      mark: required(mark),
      userVersion: required(userVersion),
      realmVersion: required(realmVersion),
      client: required(client),
      generation: whole(generation),
      rotatedAt: whole(rotatedAt),
      createdAt: whole(createdAt),
      authenticatedAt: whole(authenticatedAt),
    }
  },
})
