/** Owns the reading of the session that a refresh token names. Changes nothing: session-scripts.ts does. */

import type { Grants } from '../domain/ports.ts'
import { keys } from './keys.ts'
import { defineScript } from './lua.ts'
import { type RedisDoor, required, texts, whole } from './redis.ts'

/**
 * One snapshot; as a script, so that the primary answers.
 *
 * KEYS 1 session:<sid>, 2 its detail, 3 token_version:<uid>, 4 token_version
 * Returns {} when there is no such session, else mark, the two versions, client, generation, and its three times
 */
const readGrant = defineScript(`
local mark, user_version, realm_version = redis.call('GET', KEYS[1]), redis.call('GET', KEYS[3]), redis.call('GET', KEYS[4])
local generation = redis.call('HGET', KEYS[2], 'generation')
if not mark or not user_version or not realm_version or not generation then return {} end
return { mark, user_version, realm_version, redis.call('HGET', KEYS[2], 'client'), generation,
  redis.call('HGET', KEYS[2], 'rotated_at'), redis.call('HGET', KEYS[2], 'created_at'),
  redis.call('HGET', KEYS[2], 'authenticated_at') }
`)

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
