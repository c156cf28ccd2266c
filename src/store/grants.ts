/** Owns the reading of the session that a refresh token names. Changes nothing: session-scripts.ts does. */

import type { Grants } from '../domain/ports.ts'
import { required, texts, whole } from './answers.ts'
import { keys } from './keys.ts'
import { readGrant } from './read-scripts.ts'
import type { RedisDoor } from './redis.ts'

export const createGrants = ({ redis }: { redis: RedisDoor }): Grants => ({
  async facts({ session, subject }) {
    const answer = texts(
      await redis.run(readGrant, [
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
