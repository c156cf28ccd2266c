/** Owns the making of answers' bodies from what the domain knows. */

import type {
  AuditEntryBody,
  EventBody,
  IntrospectionBody,
  LogoutBody,
  ReauthenticationBody,
  SessionBody,
  SessionsBody,
  TokenBody,
  UserBody,
} from '../contract/answers.ts'
import type { Account } from '../domain/account.ts'
import type { AuditEntry } from '../domain/audit.ts'
import type { Insight } from '../domain/introspect.ts'
import type { IssuedTokens } from '../domain/issue.ts'
import type { OwnEvent } from '../domain/own-events.ts'
import type { SessionSummary } from '../domain/session.ts'
import { seconds } from '../domain/token.ts'

const iso = (time: number): string => new Date(time).toISOString()
const isoOrNull = (time: number | null): string | null => (time === null ? null : iso(time))

export function userBody(account: Account, audience: string): UserBody {
  const created = iso(account.createdAt)
  const updated = iso(account.updatedAt)
  const confirmed = isoOrNull(account.confirmedAt)
  const lastSignIn = isoOrNull(account.lastSignInAt)
  return {
    id: account.id,
    aud: audience,
    role: account.role,
    email: account.email,
    phone: '',
    email_confirmed_at: confirmed,
    confirmed_at: confirmed,
    last_sign_in_at: lastSignIn,
    created_at: created,
    updated_at: updated,
    banned_until: isoOrNull(account.bannedUntil),
    app_metadata: account.appMetadata,
    user_metadata: account.userMetadata,
    identities: [
      {
        identity_id: account.id,
        id: account.id,
        user_id: account.id,
        provider: 'email',
        identity_data: {
          sub: account.id,
          email: account.email,
          email_verified: confirmed !== null,
        },
        email: account.email,
        last_sign_in_at: lastSignIn,
        created_at: created,
        updated_at: updated,
      },
    ],
    is_anonymous: false,
  }
}

export const tokenBody = (tokens: IssuedTokens, audience: string): TokenBody => ({
  access_token: tokens.accessToken,
  token_type: 'bearer',
  expires_in: tokens.expiresIn,
  expires_at: tokens.expiresAt,
  refresh_token: tokens.refreshToken,
  user: userBody(tokens.account, audience),
})

/** RFC 7662 section 2.2: of what does not work nothing is said, not even why. */
export function introspectionBody(
  insight: Insight | null,
  { issuer, audience }: { issuer: string; audience: string },
): IntrospectionBody {
  if (insight === null) return { active: false }
  if (insight.kind === 'refresh')
    return {
      active: true,
      client_id: insight.client,
      // An API that only looks at `active` and `token_type` must not take it for an access token.
      token_type: 'refresh_token',
      exp: seconds(insight.expiresAt),
      iat: seconds(insight.issuedAt),
      sub: insight.token.subject,
      iss: issuer,
      sid: insight.token.session,
      auth_time: seconds(insight.authenticatedAt),
    }
  const { token } = insight
  return {
    active: true,
    client_id: token.client,
    token_type: 'Bearer',
    exp: seconds(token.expiresAt),
    iat: seconds(token.issuedAt),
    nbf: seconds(token.issuedAt),
    sub: token.subject,
    aud: audience,
    iss: issuer,
    jti: token.id,
    role: token.role,
    // A service token is nobody's: it has no session and no name.
    ...(token.session === null
      ? {}
      : {
          username: token.email,
          sid: token.session,
          auth_time: seconds(token.authenticatedAt),
        }),
  }
}

/** `ended`: how many sessions the call has ended; null where they are not counted. */
export const logoutBody = (
  scope: LogoutBody['scope'],
  ended: number | null,
  now: number,
  message = 'Logout successful',
): LogoutBody => ({ message, timestamp: iso(now), scope, sessions_ended: ended })

/** `provenAt`: the moment of the proof, which counts for `life` milliseconds. */
export const reauthenticationBody = (provenAt: number, life: number): ReauthenticationBody => ({
  message: 'Reauthenticated',
  timestamp: iso(provenAt),
  valid_until: iso(provenAt + life),
})

const sessionBody = (session: SessionSummary, current: string | null): SessionBody => ({
  id: session.id,
  current: session.id === current,
  created_at: iso(session.createdAt),
  last_seen_at: iso(session.lastSeenAt),
  expires_at: iso(session.endsAt),
  device: session.device,
  place: session.place,
})

/** `current` is the session of the caller's own token; null when that has none. */
export const sessionsBody = (
  sessions: readonly SessionSummary[],
  current: string | null,
): SessionsBody => ({ sessions: sessions.map((one) => sessionBody(one, current)) })

export const auditBody = ({ requestId, at, ...entry }: AuditEntry): AuditEntryBody => ({
  ...entry,
  at: iso(at),
  request_id: requestId,
})

export const eventBody = ({ at, ...event }: OwnEvent): EventBody => ({ ...event, at: iso(at) })
