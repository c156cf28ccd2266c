/** Owns the making of access tokens (RFC 9068). Never asks whether one was revoked, nor what time it is. */

import { errors, type JWTPayload } from 'jose'
import { SERVICE_ROLE } from '../domain/account.ts'
import type { AccessTokens } from '../domain/ports.ts'
import type { GrantedSession } from '../domain/session-port.ts'
import { seconds } from '../domain/token.ts'
import { signJwt } from './sign-jwt.ts'
import type { SigningKeys } from './signing-keys.ts'
import { createVerifier } from './verified-tokens.ts'
import { ACCESS_TOKEN_TYPE, statusListUri } from './verify-access-token.ts'

interface AccessTokenOptions {
  keys: SigningKeys
  issuer: string
  /** Where the service is reached: tokens name a status list there. */
  url: string
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
  const { keys, issuer, url, audience, ttl, newId } = options

  const sign = (claims: JWTPayload, subject: string, now: number, expires: number) =>
    signJwt(keys.signer, ACCESS_TOKEN_TYPE, {
      ...claims,
      iss: issuer,
      aud: audience,
      sub: subject,
      jti: newId(),
      iat: seconds(now),
      exp: expires,
    })

  const keyOf = ({ kid }: { kid?: string }) => {
    const key = kid === undefined ? undefined : keys.verifiers.get(kid)
    if (!key) throw new errors.JWKSNoMatchingKey()
    return key
  }

  const verify = createVerifier({ issuer, url, audience })

  return {
    async sign(session: GrantedSession, now: number) {
      const { account } = session
      // A token never outlives its session.
      const expires = Math.min(seconds(now) + ttl, seconds(session.absoluteEnd))
      const authTime = seconds(session.authenticatedAt)
      const text = await sign(
        {
          sid: session.id,
          // Claims that the types of `@supabase/auth-js` require: the token's session, and that one factor was proven.
          session_id: session.id,
          aal: 'aal1',
          ver: session.version,
          role: account.role,
          email: account.email,
          // RFC 8176 names the methods; RFC 9068 section 2.2.1 carries them with the time.
          amr: ['pwd'],
          auth_time: authTime,
          client_id: session.client,
          status: {
            status_list: {
              idx: session.status.index,
              uri: statusListUri(url, session.status.list),
            },
          },
        },
        account.id,
        now,
        expires,
      )
      return { text, expiresAt: expires * 1000 }
    },

    verify: (text) => verify(text, keyOf),

    signService: (lifetime, now) =>
      sign(
        { role: SERVICE_ROLE, client_id: SERVICE_ROLE },
        SERVICE_ROLE,
        now,
        seconds(now) + lifetime,
      ),
  }
}
