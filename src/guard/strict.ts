/** Owns the strict mode: one question to the service's Redis at every check, refused at once. */

import { type ReadConsistency, type Revocations, works } from '../domain/liveness.ts'
import { readValues } from '../store/read-scripts.ts'
import { openRedis } from '../store/redis.ts'
import { createRevocations } from '../store/revocations.ts'
import { inTime } from './in-time.ts'
import type { Mode } from './mode.ts'

export interface StrictRedis {
  /** The REST URL and token of the service's database. */
  url: string
  token: string
  /** 'replica' asks the nearest replica, late by its delay; it needs a read-only token only. @default 'primary' */
  readConsistency?: ReadConsistency | undefined
  /** What Redis is asked by, where the runtime's own `fetch` may keep answers. */
  fetch?: typeof fetch | undefined
}

export function createStrictMode(options: StrictRedis, timeout: number): Mode {
  const { url, token: secret, readConsistency = 'primary', fetch } = options
  let revocations: Revocations | null = null

  async function open(): Promise<Revocations> {
    // Not by node:crypto, which a Worker without its flag does not have.
    const sha1 = await sha1Hex(readValues.source)
    const digests = {
      sha1Hex(text: string) {
        // Of any other script this hash would run the wrong one.
        if (text !== readValues.source) throw new TypeError('A guard runs one script only.')
        return sha1
      },
    }
    const redis = openRedis({ url, token: secret, timeout, readConsistency, digests, fetch })
    revocations ??= createRevocations({ redis, readConsistency })
    return revocations
  }

  return async (token, now) => {
    const answer = works(revocations ?? (await open()), token, now)
    return fetch ? inTime(answer, timeout, 'The answer of Redis') : answer
  }
}

async function sha1Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
