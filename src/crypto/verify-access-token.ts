/** Owns the checks of an access token's algorithm, type, issuer, audience, signature and shape. Never of its expiry or end. */

import {
  type CryptoKey,
  errors,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { paths } from '../contract/paths.ts'
import { SERVICE_ROLE } from '../domain/account.ts'
import { ACCESS_TOKEN_MAX_LENGTH } from '../domain/policy.ts'
import type { AccessToken, StatusReference } from '../domain/token.ts'
import { ALGORITHM } from './algorithm.ts'

/** RFC 9068 section 2.1; a token of another use does not pass for an access token (RFC 8725 section 3.11). */
export const ACCESS_TOKEN_TYPE = 'at+jwt'

export interface VerifierOptions {
  issuer: string
  /** Where the issuer is reached, and its status lists are published. */
  url: string
  audience: string
}

/** By key id; from configuration or from the issuer's published set, never from the token itself. */
export type KeyOf = JWTVerifyGetKey

export interface Verified {
  token: AccessToken
  header: JWTHeaderParameters
  /** The key that signed the token. */
  key: CryptoKey | Uint8Array
}

/** Where the service at `url` publishes a list. */
export const statusListUri = (url: string, list: string): string =>
  `${url}${paths.statusList.replace(':id', list)}`

/** Null for a token that is not ours. Throws only when the keys could not be had. */
export async function verifyAccessToken(
  text: string,
  { issuer, url, audience }: VerifierOptions,
  keyOf: KeyOf,
): Promise<Verified | null> {
  if (text.length > ACCESS_TOKEN_MAX_LENGTH) return null
  try {
    const { payload, protectedHeader, key } = await jwtVerify(text, keyOf, {
      algorithms: [ALGORITHM],
      typ: ACCESS_TOKEN_TYPE,
      issuer,
      audience,
      requiredClaims: ['sub', 'jti', 'iat', 'exp', 'role', 'client_id'],
      // Expiry is policy's to judge, by the clock that policy was handed: at the epoch nothing has expired.
      currentDate: new Date(0),
    })
    const token = readClaims(payload, url)
    return token && { token, header: protectedHeader, key }
  } catch (error) {
    if (isAboutTheToken(error)) return null
    throw error
  }
}

/** Every error of jose is about the token, except JWKSInvalid, which is about the key set. Other errors come from fetching it. */
export const isAboutTheToken = (error: unknown): boolean =>
  error instanceof errors.JOSEError && !(error instanceof errors.JWKSInvalid)

/** Null for claims of a shape that we never sign. */
function readClaims(claims: JWTPayload, url: string): AccessToken | null {
  const {
    sub,
    jti,
    iat,
    exp,
    sid,
    ver,
    role,
    email,
    auth_time: authTime,
    client_id: client,
  } = claims
  if (typeof sub !== 'string' || typeof jti !== 'string' || typeof role !== 'string') return null
  if (typeof exp !== 'number' || typeof iat !== 'number' || typeof client !== 'string') return null
  const times = { issuedAt: iat * 1000, expiresAt: exp * 1000 }
  const common = { id: jti, subject: sub, role, client, ...times }
  if (sid === undefined)
    return role === SERVICE_ROLE
      ? { ...common, session: null, status: null, version: '', email: '', authenticatedAt: 0 }
      : null
  const status = readStatus(claims.status, url)
  if (typeof sid !== 'string' || typeof ver !== 'string' || typeof email !== 'string') return null
  if (typeof authTime !== 'number' || status === null || role === SERVICE_ROLE) return null
  return { ...common, session: sid, status, version: ver, email, authenticatedAt: authTime * 1000 }
}

/** `status.status_list` (draft-ietf-oauth-status-list section 6). Only a list of the issuer itself is one that we go by. */
function readStatus(claim: unknown, url: string): StatusReference | null {
  const reference = field(claim, 'status_list')
  const index = field(reference, 'idx')
  const uri = field(reference, 'uri')
  const prefix = statusListUri(url, '')
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) return null
  if (typeof uri !== 'string' || !uri.startsWith(prefix)) return null
  const list = uri.slice(prefix.length)
  return /^[0-9a-f-]{36}$/.test(list) ? { list, index } : null
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
