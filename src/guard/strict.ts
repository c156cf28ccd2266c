/** Owns the strict mode: one question to the service's Redis at every check, refused at once. */

import { digests } from '../crypto/digest.ts'
import { isLive } from '../domain/revocation.ts'
import { belongsToSession } from '../domain/token.ts'
import { openRedis } from '../store/redis.ts'
import { createRevocations } from '../store/revocations.ts'
import type { Mode } from './guard.ts'

export interface StrictRedis {
  /** The REST URL and token of the service's database. */
  url: string
  token: string
  /** 'replica' asks the nearest replica, late by its delay; it needs a read-only token only. @default 'primary' */
  readConsistency?: 'primary' | 'replica'
}

export function createStrictMode(options: StrictRedis, timeout: number): Mode {
  const { url, token: secret, readConsistency = 'primary' } = options
  const redis = openRedis({ url, token: secret, timeout, digests })
  const revocations = createRevocations({ redis, readConsistency })
  return async (token, now) =>
    belongsToSession(token)
      ? isLive(token, await revocations.facts(token), now)
      : !(await revocations.isBlacklisted(token.id))
}
