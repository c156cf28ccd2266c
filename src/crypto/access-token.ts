/** Owns the making and checking of access tokens (RFC 9068). Never asks whether a token was revoked, nor what time it is. */

import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { SERVICE_ROLE } from '../domain/account.ts'
import { ACCESS_TOKEN_MAX_LENGTH } from '../domain/policy.ts'
import type { AccessTokens, GrantedSession } from '../domain/ports.ts'
import { seconds } from '../domain/session.ts'
import type { AccessToken } from '../domain/token.ts'
import { ALGORITHM, type SigningKeys } from './signing-keys.ts'

/** RFC 9068 section 2.1; a token of another use does not pass for an access token (RFC 8725 section 3.11). */
const TYPE = 'at+jwt'
/** The only client so far: people who sign in with a password here. */
const FIRST_PARTY = 'curfew'

export interface AccessTokenOptions {
  keys: SigningKeys
  issuer: string
  audience: string
  /** Seconds. */
  ttl: number
  newId: () => string
}

export interface Mint extends AccessTokens {
  /** A token with the service role that belongs to no session; `ttl` in seconds, `now` in epoch ms. */
  signService(ttl: number, now: number): Promise<string>
}

export function createAccessTokens(options: AccessTokenOptions): Mint {
  const { keys, issuer, audience, ttl, newId } = options

  const sign = (claims: JWTPayload, subject: string, now: number, expires: number) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: keys.signer.kid })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(subject)
      .setJti(newId())
      .setIssuedAt(seconds(now))
      .setExpirationTime(expires)
      .sign(keys.signer.key)

  return {
    async sign(session: GrantedSession, now: number) {
      const { account } = session
      // A token never outlives its session.
      const expires = Math.min(seconds(now) + ttl, seconds(session.absoluteEnd))
      const authTime = seconds(session.authenticatedAt)
      const text = await sign(
        {
          sid: session.id,
          ver: session.version,
          role: account.role,
          email: account.email,
          // RFC 8176 names the methods; RFC 9068 section 2.2.1 carries them with the time.
          amr: ['pwd'],
          auth_time: authTime,
          client_id: FIRST_PARTY,
        },
        account.id,
        now,
        expires,
      )
      return { text, expiresAt: expires * 1000 }
    },

    async verify(text) {
      if (text.length > ACCESS_TOKEN_MAX_LENGTH) return null
      try {
        const { payload } = await jwtVerify(
          text,
          ({ kid }) => {
            const key = kid === undefined ? undefined : keys.verifiers.get(kid)
            if (!key) throw new errors.JWKSNoMatchingKey()
            return key
          },
          {
            algorithms: [ALGORITHM],
            typ: TYPE,
            issuer,
            audience,
            requiredClaims: ['sub', 'jti', 'iat', 'exp', 'role', 'client_id'],
            // Expiry is policy's to judge, by the clock that policy was handed: at the epoch nothing has expired.
            currentDate: new Date(0),
          },
        )
        return readClaims(payload)
      } catch {
        return null
      }
    },

    signService: (lifetime, now) =>
      sign(
        { role: SERVICE_ROLE, client_id: SERVICE_ROLE },
        SERVICE_ROLE,
        now,
        seconds(now) + lifetime,
      ),
  }
}

/** Null for claims of a shape that we never sign. */
function readClaims(claims: JWTPayload): AccessToken | null {
  const { sub, jti, exp, sid, ver, role, email, auth_time: authTime } = claims
  if (typeof sub !== 'string' || typeof jti !== 'string' || typeof role !== 'string') return null
  if (typeof exp !== 'number') return null
  const common = { id: jti, subject: sub, role, expiresAt: exp * 1000 }
  if (sid === undefined)
    return role === SERVICE_ROLE
      ? { ...common, session: null, version: '', email: '', authenticatedAt: 0 }
      : null
  if (typeof sid !== 'string' || typeof ver !== 'string' || typeof email !== 'string') return null
  if (typeof authTime !== 'number' || role === SERVICE_ROLE) return null
  return { ...common, session: sid, version: ver, email, authenticatedAt: authTime * 1000 }
}
