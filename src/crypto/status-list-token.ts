/** Owns the signing of status lists (draft-ietf-oauth-status-list). Never decides which bits are set. */

import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { StatusListTokens } from '../domain/status-list.ts'
import { seconds } from '../domain/token.ts'
import { signJwt } from './sign-jwt.ts'
import type { SigningKeys } from './signing-keys.ts'
import { statusListUri } from './verify-access-token.ts'
import { STATUS_LIST_TYPE } from './verify-status-list.ts'

interface StatusListTokenOptions {
  keys: SigningKeys
  issuer: string
  /** Where the service is reached: a list's own address is its subject. */
  url: string
  /** Seconds for which a list may be relied on. */
  ttl: number
}

export function createStatusListTokens(options: StatusListTokenOptions): StatusListTokens {
  const { keys, issuer, url, ttl } = options
  /** Seconds, a quarter of the life at most: copies that are made within one step have equal times, so they can share a tag. */
  const step = Math.max(1, Math.floor(ttl / 4))

  return {
    async publish(list, contents, now) {
      const bits = contents.void ? new Uint8Array(contents.bits.length).fill(0xff) : contents.bits
      const issuedAt = Math.floor(seconds(now) / step) * step
      const tag = createHash('sha256')
        .update(`${list} ${issuedAt} ${contents.revokedTokens.join(' ')} `)
        .update(bits)
        .digest('base64url')
      const text = await signJwt(keys.signer, STATUS_LIST_TYPE, {
        iss: issuer,
        sub: statusListUri(url, list),
        iat: issuedAt,
        exp: issuedAt + ttl,
        status_list: {
          bits: 1,
          // Section 4.1: DEFLATE in the ZLIB format.
          lst: Buffer.from(await deflate(bits)).toString('base64url'),
        },
        // Ask again after half of the life, so that a list is renewed before it lapses.
        ttl: Math.max(1, Math.floor(ttl / 2)),
        // Not of the draft: ids of tokens that were ended alone. Their sessions live, so the bits of those stay 0.
        ...(contents.revokedTokens.length > 0 ? { revoked_tokens: contents.revokedTokens } : {}),
      })
      return { text, tag }
    },
  }
}

/**
 * Not by node:zlib, which a Worker with a compatibility_date before 2024-09-23 does not have. Its level is 6: the draft
 * recommends 9, which takes ten times as long for a list that is a tenth shorter (`npm run scale`).
 */
function deflate(bits: Uint8Array): Promise<ArrayBuffer> {
  // No memory here is shared; to say so in the type of a list would ask TypeScript 5.7 of whoever mounts the service.
  const list = new Blob([bits as Uint8Array<ArrayBuffer>])
  return new Response(list.stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer()
}
