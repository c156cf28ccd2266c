/** Owns the reading of a signed status list (draft-ietf-oauth-status-list section 8.3). Never fetches one, nor asks the time. */

import { type JWTVerifyGetKey, jwtVerify } from 'jose'
import { STATUS_LIST_SIZE_MAX } from '../domain/policy.ts'
import { ALGORITHM } from './algorithm.ts'

export const STATUS_LIST_TYPE = 'statuslist+jwt'

/** Bytes that a list inflates to: one bit for each place that it may have. */
const BYTES_MAX = STATUS_LIST_SIZE_MAX / 8
/** Characters of a signed list, all of them ASCII. */
export const TEXT_MAX = 2 * BYTES_MAX

export interface VerifiedStatusList {
  bits: Uint8Array
  revokedTokens: ReadonlySet<string>
  /** Epoch milliseconds from which, and until which, it may be relied on. */
  issuedAt: number
  expiresAt: number
  /** Milliseconds after which to ask for a newer one. */
  ttl: number
}

/** Throws for anything that is not a list of this issuer for this very address. */
export async function verifyStatusList(
  text: string,
  { uri, issuer, keyOf }: { uri: string; issuer: string; keyOf: JWTVerifyGetKey },
): Promise<VerifiedStatusList> {
  if (text.length > TEXT_MAX) throw new TypeError('The status list is too long.')
  const { payload } = await jwtVerify(text, keyOf, {
    algorithms: [ALGORITHM],
    typ: STATUS_LIST_TYPE,
    issuer,
    subject: uri,
    requiredClaims: ['iat', 'exp', 'sub'],
    // Expiry is the caller's to judge: at the epoch nothing has expired.
    currentDate: new Date(0),
  })
  const { iat, exp, ttl, status_list: list, revoked_tokens: revoked = [] } = payload
  if (typeof iat !== 'number' || typeof exp !== 'number' || typeof ttl !== 'number' || !(ttl > 0))
    throw new TypeError('The status list has no times.')
  if (!isList(list) || list.bits !== 1) throw new TypeError('The status list has no list of bits.')
  if (!Array.isArray(revoked) || !revoked.every((id) => typeof id === 'string'))
    throw new TypeError("The status list's ended tokens are no list.")
  return {
    bits: await inflate(base64url(list.lst)),
    revokedTokens: new Set(revoked),
    issuedAt: iat * 1000,
    expiresAt: exp * 1000,
    ttl: ttl * 1000,
  }
}

/** The bit at an index, least significant bit first (section 4.1); null when the list has no such place. */
export function bitAt(bits: Uint8Array, index: number): boolean | null {
  const byte = bits[Math.floor(index / 8)]
  return byte === undefined ? null : ((byte >> (index % 8)) & 1) === 1
}

/** The older list, plus all endings that the newer one tells of: an ending is never taken back. */
export function withEndsOf(
  newer: VerifiedStatusList,
  older: VerifiedStatusList,
): VerifiedStatusList {
  const bits = older.bits.slice()
  for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] ?? 0) | (newer.bits[i] ?? 0)
  const revokedTokens = new Set([...older.revokedTokens, ...newer.revokedTokens])
  return { ...older, bits, revokedTokens }
}

const isList = (value: unknown): value is { bits: unknown; lst: string } =>
  typeof value === 'object' &&
  value !== null &&
  'bits' in value &&
  'lst' in value &&
  typeof value.lst === 'string'

/** A loop: Uint8Array.from with a function takes fifty times as long. */
function base64url(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = new Uint8Array(characters.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i)
  return bytes
}

/** Stops at the bound: a small text can inflate to gigabytes. */
async function inflate(deflated: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const reader = new Blob([deflated])
    .stream()
    .pipeThrough(new DecompressionStream('deflate'))
    .getReader()
  const parts: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > BYTES_MAX) {
      await reader.cancel()
      throw new TypeError('The status list inflates beyond its bound.')
    }
    parts.push(value)
  }
  const bits = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bits.set(part, at)
    at += part.length
  }
  return bits
}
