/** Owns the strict mode: it asks the service's Redis once at every check. Never keeps an answer. */

import { type ReadConsistency, type Revocations, stillWorks } from '../domain/liveness.ts'
import { readValues } from '../store/read-scripts.ts'
import { openRedis } from '../store/redis.ts'
import { createRevocations } from '../store/revocations.ts'
import { inTime } from './in-time.ts'
import type { Mode } from './mode.ts'

export interface StrictRedis {
  /** The REST URL and token of the service's database. */
  url: string
  token: string
  /** 'replica' asks the nearest replica, which is late by its delay; a read-only token is enough for it. @default 'primary' */
  readConsistency?: ReadConsistency | undefined
  /** Asks Redis. Pass one if the runtime's own `fetch` may cache answers. */
  fetch?: typeof fetch | undefined
}

export function createStrictMode(options: StrictRedis, timeout: number): Mode {
  const { url, token: secret, readConsistency = 'primary', fetch } = options
  let revocations: Revocations | null = null

  async function open(): Promise<Revocations> {
    // Not by node:crypto, which a Worker without its compatibility flag does not have.
    const sha1 = await sha1Hex(readValues.source)
    const digests = {
      sha1Hex(text: string) {
        // This is the hash of that script alone: sent for another, it would run the wrong one.
        if (text !== readValues.source) throw new TypeError('A guard runs one script only.')
        return sha1
      },
    }
    const redis = openRedis({ url, token: secret, timeout, readConsistency, digests, fetch })
    revocations ??= createRevocations({ redis, readConsistency })
    return revocations
  }

  return async (token, now) => {
    const answer = stillWorks(revocations ?? (await open()), token, now)
    return fetch ? inTime(answer, timeout, 'The answer of Redis') : answer
  }
}

async function sha1Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
