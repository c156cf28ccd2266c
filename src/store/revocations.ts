/** Owns the one question that a check asks: what Redis knows of a token. One round trip. */

import type { ReadConsistency, Revocations } from '../domain/liveness.ts'
import type { RevocationFacts } from '../domain/revocation.ts'
import { values } from './answers.ts'
import { keys } from './keys.ts'
import { readValues } from './read-scripts.ts'
import type { RedisDoor } from './redis.ts'

interface RevocationOptions {
  redis: RedisDoor
  readConsistency: ReadConsistency
}

export function createRevocations({ redis, readConsistency }: RevocationOptions): Revocations {
  const read = async (names: string[]): Promise<(string | null)[]> =>
    values(
      readConsistency === 'primary' ? await redis.run(readValues, names) : await redis.mget(names),
      names.length,
    )
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
  }
}
